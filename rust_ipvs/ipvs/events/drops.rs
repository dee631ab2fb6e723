// SPDX-License-Identifier: GPL-2.0

//! Drop bursts: who listens is told that packets go no further, and how many, at most once a second for
//! each reason.

use super::{
    Event,
    Events, //
};
use ipvs_core::{
    reason::Reason,
    uapi::event::Drops, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Full,
            Relaxed, //
        },
        Arc, //
    },
    time::Jiffies,
    workqueue::{
        impl_has_delayed_work,
        new_delayed_work,
        DelayedWork,
        WorkItem, //
    },
};
use linux_ext::{
    sync::access::AccessOnce,
    time::{
        jiffies,
        HZ, //
    },
    workqueue, //
};

/// Ticks between two events about the same reason, at least.
const PERIOD: Jiffies = HZ;

/// What went no further in a namespace and has not been told of yet.
#[pin_data]
pub(crate) struct Bursts {
    events: Arc<Events>,
    /// Packets, for each reason.
    counts: [Atomic<u64>; Reason::COUNT],
    /// Whether the work has been asked for since it last began.
    asked: Atomic<i32>,
    /// When it last began, in ticks.
    told: Atomic<usize>,
    #[pin]
    work: DelayedWork<Self>,
}

impl_has_delayed_work! {
    impl HasDelayedWork<Self> for Bursts { self.work }
}

impl Bursts {
    /// Nothing has been dropped. `events` are told.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(events: Arc<Events>) -> Result<Arc<Self>> {
        Arc::pin_init(
            pin_init!(Self {
                events,
                counts: [const { Atomic::new(0) }; Reason::COUNT],
                asked: Atomic::new(0),
                told: Atomic::new(jiffies().wrapping_sub(PERIOD)),
                work <- new_delayed_work!("Bursts::work"),
            }),
            GFP_KERNEL,
        )
    }

    /// Counts a packet that goes no further, and has the work tell of it. If nobody listens, nothing
    /// is written.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    #[cold]
    pub(crate) fn count(self: &Arc<Self>, reason: Reason) {
        if !self.events.is_heard() {
            return;
        }
        if let Some(count) = self.counts.get(reason.index()) {
            count.add(1, Relaxed);
        }
        if self.asked.read_once() == 0 && self.asked.xchg(1, Full) == 0 {
            let since = jiffies().wrapping_sub(self.told.read_once());
            workqueue::queue(self, PERIOD.saturating_sub(since));
        }
    }

    /// Tells of nothing any more.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(self: &Arc<Self>) {
        workqueue::stop(self);
    }
}

impl WorkItem for Bursts {
    type Pointer = Arc<Self>;

    fn run(this: Arc<Self>) {
        this.told.write_once(jiffies());
        // Who counts from now on asks again.
        this.asked.xchg(0, Full);
        for (reason, count) in Reason::ALL.iter().zip(&this.counts) {
            let count = count.xchg(0, Full);
            if count != 0 {
                let drops = Drops {
                    reason: *reason,
                    count,
                };
                this.events.tell(Event::PacketsDropped(drops), None);
            }
        }
    }
}
