// SPDX-License-Identifier: GPL-2.0

//! A table that keeps its size in line with what is in it.
//!
//! How large it is to be is decided in `ipvs_core::sizing`; here is when.

use super::events::{
    Event,
    Events, //
};
use ipvs_core::{
    hash,
    sizing::Bounds,
    uapi::event::{
        Resize,
        TableKind, //
    },
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Full, //
        },
        Arc, //
    },
    time::Jiffies,
    workqueue::{
        impl_has_delayed_work,
        DelayedWork,
        WorkItem, //
    },
};
use linux_ext::{
    random,
    sync::{
        access::AccessOnce,
        rcu_table::{
            Hashed,
            Lengths,
            Quota,
            Table, //
        },
    },
    task,
    time::secs_to_jiffies,
    workqueue, //
};

/// The secret of a new table.
pub(crate) fn random_key() -> hash::Key {
    hash::Key::new(random::u64(), random::u64())
}

/// What could not be done, or has to be done again, is done after so many ticks.
const PERIOD: Jiffies = secs_to_jiffies(2);

/// What is known of the size of a table.
pub(crate) struct Shape {
    /// The number of items.
    pub(crate) items: usize,
    /// Binary logarithm of the number of buckets.
    pub(crate) bits: u32,
    /// The load factor that the size follows from: its binary logarithm.
    pub(crate) load_factor: i32,
    /// The lengths of the chains, unless the table changed all the time.
    pub(crate) lengths: Option<Lengths>,
}

impl Shape {
    /// Both tables as if they were one, which has the size of the larger one. A table in which
    /// nothing is does not matter.
    pub(crate) fn and(self, other: Self) -> Self {
        let add = |a: Lengths, b: Lengths| {
            let mut sums = a.iter().zip(b).map(|(a, b)| a.saturating_add(b));
            core::array::from_fn(|_| sums.next().unwrap_or(0))
        };
        let lengths = match (self.items, other.items) {
            (_, 0) => self.lengths,
            (0, _) => other.lengths,
            _ => self.lengths.zip(other.lengths).map(|(a, b)| add(a, b)),
        };
        Self {
            items: self.items.saturating_add(other.items),
            bits: self.bits.max(other.bits),
            load_factor: self.load_factor,
            lengths,
        }
    }
}

/// What becomes of the size of a table that is empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenEmpty {
    /// It shrinks as others do.
    Shrink,
    /// It is the smallest, as if the table had just been made.
    StartAnew,
}

/// What a table is called by events about it.
pub(crate) struct Notice {
    pub(crate) events: Arc<Events>,
    pub(crate) table: TableKind,
}

impl Notice {
    /// Of one of the tables of the namespace that `events` are of.
    pub(crate) fn new(events: &Arc<Events>, table: TableKind) -> Self {
        Self {
            events: events.clone(),
            table,
        }
    }

    /// Tells that the table has had `before` bits and has `now`.
    fn tell(&self, before: u32, now: u32) {
        let buckets = |bits| 1u32.wrapping_shl(bits);
        let resize = Resize {
            table: self.table,
            before: buckets(before),
            buckets: buckets(now),
        };
        self.events.tell(Event::TableResized(resize), None);
    }
}

/// A table and what makes it grow and shrink.
#[pin_data]
pub(crate) struct Resizing<T: Hashed<N>, const N: usize, const LOCKS: usize> {
    pub(crate) table: Table<T, N, LOCKS>,
    bounds: Bounds,
    when_empty: WhenEmpty,
    notice: Notice,
    /// The load factor that is wanted.
    wanted: Atomic<i32>,
    /// The load factor that the size follows from.
    load_factor: Atomic<i32>,
    /// With more items than this, the table is to grow.
    full: Atomic<usize>,
    /// Whether the work has been asked for since it last began.
    asked: Atomic<i32>,
    #[pin]
    work: DelayedWork<Self>,
}

impl_has_delayed_work! {
    impl{T: Hashed<N>, const N: usize, const LOCKS: usize} HasDelayedWork<Self>
    for Resizing<T, N, LOCKS> { self.work }
}

impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Resizing<T, N, LOCKS> {
    /// Makes an empty table.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        bounds: Bounds,
        load_factor: i32,
        when_empty: WhenEmpty,
        notice: Notice,
    ) -> Result<Arc<Self>> {
        let quota = Arc::new(Quota::new(), GFP_KERNEL)?;
        Self::with_quota(bounds, load_factor, when_empty, quota, notice)
    }

    /// Makes an empty table, of as many items as `quota` says.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn with_quota(
        bounds: Bounds,
        load_factor: i32,
        when_empty: WhenEmpty,
        quota: Arc<Quota>,
        notice: Notice,
    ) -> Result<Arc<Self>> {
        let table = Table::new(bounds.min(), quota)?;
        let full = bounds.full(bounds.min(), load_factor);
        Arc::pin_init(
            pin_init!(Self {
                table,
                bounds,
                when_empty,
                notice,
                wanted: Atomic::new(load_factor),
                load_factor: Atomic::new(load_factor),
                full: Atomic::new(full),
                asked: Atomic::new(0),
                work <- kernel::new_delayed_work!("Resizing::work"),
            }),
            GFP_KERNEL,
        )
    }

    /// Sees to it that the table grows, if an item that was put in is one too many.
    ///
    /// # Context
    ///
    /// Any.
    pub(crate) fn inserted(self: &Arc<Self>) {
        if self.table.len() > self.full.read_once() {
            self.ask();
        }
    }

    /// Sees to it that the table shrinks, if one that was taken out leaves it too large.
    ///
    /// # Context
    ///
    /// Any.
    pub(crate) fn removed(self: &Arc<Self>) {
        if self.size() != self.table.bits() {
            self.ask();
        }
    }

    /// Sets the load factor, to which the size is fitted at once.
    pub(crate) fn set_load_factor(self: &Arc<Self>, load_factor: i32) {
        self.wanted.write_once(load_factor);
        workqueue::hurry(self);
    }

    /// Describes the table. `pause` is called now and then; it may sleep if the caller may.
    pub(crate) fn shape(&self, pause: impl Fn()) -> Shape {
        Shape {
            items: self.table.len(),
            bits: self.table.bits(),
            load_factor: self.load_factor.read_once(),
            lengths: self.table.lengths(pause),
        }
    }

    /// Leaves the table as it is from now on.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(self: &Arc<Self>) {
        workqueue::stop(self);
    }

    fn ask(self: &Arc<Self>) {
        if self.asked.read_once() == 0 && self.asked.xchg(1, Full) == 0 {
            workqueue::hurry(self);
        }
    }

    /// The size that the table is to have.
    fn size(&self) -> u32 {
        let items = self.table.len();
        if items == 0 && self.when_empty == WhenEmpty::StartAnew {
            return self.bounds.min();
        }
        let bits = self.table.bits();
        let load_factor = self.load_factor.read_once();
        self.bounds
            .size(items, bits, load_factor, self.wanted.read_once())
    }

    /// Gives the table its size. Without memory it stays as it is.
    fn fit(&self) -> Result {
        let wanted = self.wanted.read_once();
        let (before, bits) = (self.table.bits(), self.size());
        self.table.resize(bits, task::cond_resched)?;
        self.load_factor.write_once(wanted);
        self.full.write_once(self.bounds.full(bits, wanted));
        if before != bits {
            self.notice.tell(before, bits);
        }
        Ok(())
    }
}

impl<T: Hashed<N>, const N: usize, const LOCKS: usize> WorkItem for Resizing<T, N, LOCKS> {
    type Pointer = Arc<Self>;

    fn run(this: Arc<Self>) {
        // Who asks from now on has seen something that is not seen to yet.
        this.asked.xchg(0, Full);
        // Those who took something out meanwhile compared with the size that the table had before.
        if this.fit().is_err() || this.size() != this.table.bits() {
            workqueue::queue(&this, PERIOD);
        }
    }
}
