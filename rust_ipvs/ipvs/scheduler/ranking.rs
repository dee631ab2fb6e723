// SPDX-License-Identifier: GPL-2.0

//! The destinations of a pool in the order in which they are to be chosen, kept while connections
//! open and close, so that a choice does not have to look at all of them.
//!
//! Whoever has changed something about a destination enters its slot into a list. Whoever chooses
//! takes the list, under the lock, and brings the tree in line with it.

use super::{
    super::service::dest::Dest,
    pace::Tempo,
    Plan, //
};
use ipvs_core::sched::{
    least::{
        Entry,
        Metric,
        Watched, //
    },
    mhb,
    slow,
    swrr,
    tree,
    wrr,
    Kind, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        Full, //
    },
};
use linux_ext::{
    new_spinlock_bh, random,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::RcuArc,
        rcu_vec::RcuVec,
        spinlock_bh::SpinLockBh, //
    },
};

/// Up to so many slots it is cheaper to look at all of them.
const FEW: usize = 32;

/// A link of the list of changed slots: one more than a slot, or one of these.
type Link = u32;

/// The slot is not in the list.
const UNCHANGED: Link = 0;
/// Nothing comes behind it.
const END: Link = Link::MAX;

/// What is known of all slots.
enum Order {
    /// Which of them costs least.
    Least(Metric, KVVec<Entry>),
    /// The same with slow start or feedback.
    LeastStarting(Metric, Tempo, KVVec<Entry>),
    /// Whose turn it is; a tree without nodes if there are [`FEW`].
    Turns(wrr::Mark, KVVec<wrr::Weights>),
    /// Which of them is due first, with slow start and feedback.
    Deadlines(swrr::Clock, Tempo, KVVec<swrr::Turn>),
    /// What they have together, with slow start and feedback, and what each of them has.
    Sums(mhb::Sums, Tempo, KVVec<mhb::Sums>),
}

/// The order of the destinations of a pool.
#[pin_data]
pub(crate) struct Ranking {
    watched: Watched,
    /// The slot that was changed last.
    changed: Atomic<Link>,
    /// For each slot the one that was changed before it.
    links: KVVec<Atomic<Link>>,
    #[pin]
    order: SpinLockBh<Order>,
}

/// A tree of `slots` slots in which there is nothing yet.
fn empty_tree<S: tree::Summary>(slots: usize) -> Result<KVVec<S>> {
    Ok(KVVec::from_elem(S::EMPTY, tree::nodes(slots), GFP_KERNEL)?)
}

impl Ranking {
    /// A ranking of `slots` slots; `None` for schedulers that do without, or if there are so few that
    /// it is better to look at all of them.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn new(plan: Plan, slots: usize) -> Result<Option<RcuArc<Self>>> {
        let Some(kind) = plan.kind else {
            return Ok(None);
        };
        let mut watched = Watched {
            total: false,
            active: false,
        };
        let tempo = plan.tempo;
        let order = match (kind, Metric::of(kind)) {
            (Kind::Wrr, _) => Order::Turns(
                wrr::Mark::new(&tree::Summary::EMPTY),
                match slots > FEW {
                    true => empty_tree(slots)?,
                    false => KVVec::new(),
                },
            ),
            (Kind::Swrr, _) => {
                Order::Deadlines(swrr::Clock::new(random::u64()), tempo, empty_tree(slots)?)
            }
            (Kind::Mhb, _) => {
                watched.total = true;
                let none = mhb::Sums::default();
                let all = KVVec::from_elem(none, slots, GFP_KERNEL)?;
                Order::Sums(none, tempo, all)
            }
            (_, Some(metric)) if slots > FEW => {
                watched = metric.watches();
                let tree = empty_tree(slots)?;
                match tempo.is_even() {
                    true => Order::Least(metric, tree),
                    false => Order::LeastStarting(metric, tempo, tree),
                }
            }
            _ => return Ok(None),
        };
        Self::with_order(order, watched, slots).map(Some)
    }

    fn with_order(order: Order, watched: Watched, slots: usize) -> Result<RcuArc<Self>> {
        let mut links = KVVec::with_capacity(slots, GFP_KERNEL)?;
        for _ in 0..slots {
            // There is room for it.
            let _ = links.push_within_capacity(Atomic::new(UNCHANGED));
        }
        RcuArc::pin_init(
            try_pin_init!(Self {
                watched: watched,
                changed: Atomic::new(END),
                links: links,
                order <- new_spinlock_bh!(order, c"Ranking::order"),
            }? Error),
            GFP_KERNEL,
        )
    }

    /// Which numbers of a destination the order depends on, beside weight and overload.
    #[inline]
    pub(crate) fn watched(&self) -> Watched {
        self.watched
    }

    /// Says that something about `slot` has changed, which must be visible before.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    pub(crate) fn note(&self, slot: usize) {
        let Some(link) = self.links.get(slot) else {
            return;
        };
        // If it is in the list already, nobody has looked at it since.
        if link.read_once() != UNCHANGED || link.cmpxchg(UNCHANGED, END, Full).is_err() {
            return;
        }
        let mut last = self.changed.read_once();
        loop {
            link.write_once(last);
            match self
                .changed
                .cmpxchg(last, (slot as Link).wrapping_add(1), Full)
            {
                Ok(_) => return,
                Err(now) => last = now,
            }
        }
    }

    /// Calls `look` for each slot that has changed. The lock must be held.
    #[inline]
    fn take_changed(&self, mut look: impl FnMut(usize)) {
        if self.changed.read_once() == END {
            return;
        }
        let mut link = self.changed.xchg(END, Full);
        while link != END {
            let slot = (link as usize).wrapping_sub(1);
            let Some(next) = self.links.get(slot) else {
                return;
            };
            // Who changes it from now on enters it anew, and who has done so before is seen.
            link = next.xchg(UNCHANGED, Full);
            look(slot);
        }
    }

    /// The slot that costs least.
    #[inline]
    pub(super) fn pick_least(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) -> Option<usize> {
        let mut order = self.order.lock();
        let nodes = match &mut *order {
            Order::Least(metric, nodes) => {
                let metric = *metric;
                self.take_changed(|slot| {
                    tree::set(nodes, slot, entry(dests, slot, metric, reader))
                });
                nodes
            }
            Order::LeastStarting(metric, tempo, nodes) => {
                let (metric, tempo) = (*metric, *tempo);
                self.take_changed(|slot| {
                    let entry = entry_starting(dests, slot, metric, tempo, reader);
                    tree::set(nodes, slot, entry);
                });
                nodes
            }
            _ => return None,
        };
        tree::root(nodes).slot()
    }

    /// The slot that is due.
    pub(super) fn pick_deadline(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) -> Option<usize> {
        let mut order = self.order.lock();
        let Order::Deadlines(clock, tempo, nodes) = &mut *order else {
            return None;
        };
        let tempo = *tempo;
        self.take_changed(|slot| {
            let share = share(dests, slot, tempo, reader);
            let turn = clock.turn(tree::leaf(nodes, slot), slot, share);
            tree::set(nodes, slot, turn);
        });
        clock.pick(nodes, |slot| share(dests, slot, tempo, reader))
    }

    /// The slot that is due next, which it stays. What has changed since the last choice is entered, as
    /// the next one would do.
    pub(super) fn peek_deadline(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) -> Option<usize> {
        let mut order = self.order.lock();
        let Order::Deadlines(clock, window, nodes) = &mut *order else {
            return None;
        };
        let window = *window;
        self.take_changed(|slot| {
            let share = share(dests, slot, window, reader);
            let turn = clock.turn(tree::leaf(nodes, slot), slot, share);
            tree::set(nodes, slot, turn);
        });
        swrr::peek(nodes, dests.used(), |slot| {
            share(dests, slot, window, reader)
        })
    }

    /// What all of them have together.
    pub(super) fn sums(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) -> Option<mhb::Sums> {
        let mut order = self.order.lock();
        let Order::Sums(all, tempo, each) = &mut *order else {
            return None;
        };
        let tempo = *tempo;
        self.take_changed(|slot| add_up(all, each, slot, sums(dests, slot, tempo, reader)));
        Some(*all)
    }

    /// The slot whose turn it is.
    #[inline]
    pub(super) fn pick_turn(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) -> Option<usize> {
        let mut order = self.order.lock();
        let Order::Turns(mark, nodes) = &mut *order else {
            return None;
        };
        self.next_turn(mark, nodes, dests, reader)
    }

    /// The slot whose turn it would be after `mark`, which moves on; the order's own stays.
    pub(super) fn peek_turn(
        &self,
        mark: &mut wrr::Mark,
        dests: &RcuVec<Dest>,
        reader: Reader<'_>,
    ) -> Option<usize> {
        match &mut *self.order.lock() {
            Order::Turns(_, nodes) => self.next_turn(mark, nodes, dests, reader),
            _ => None,
        }
    }

    #[inline]
    fn next_turn(
        &self,
        mark: &mut wrr::Mark,
        nodes: &mut [wrr::Weights],
        dests: &RcuVec<Dest>,
        reader: Reader<'_>,
    ) -> Option<usize> {
        if nodes.is_empty() {
            return pick_turn_of_few(mark, dests, reader);
        }
        self.take_changed(|slot| tree::set(nodes, slot, weights(dests, slot, reader)));
        mark.pick(
            dests.used(),
            |end, level| tree::last_before(nodes, end, |node| node.usable as i32 >= level),
            || tree::root(nodes).usable as i32,
        )
    }

    /// The state of the turns; `None` if it is another order.
    pub(super) fn mark(&self) -> Option<wrr::Mark> {
        match &*self.order.lock() {
            Order::Turns(mark, _) => Some(*mark),
            _ => None,
        }
    }

    /// Says where the turns go on, if it gives turns.
    pub(super) fn set_mark(&self, new: wrr::Mark) {
        if let Order::Turns(mark, _) = &mut *self.order.lock() {
            *mark = new;
        }
    }

    /// A destination has come, gone or changed: turns begin at the head of the list.
    pub(super) fn restart(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) {
        let mut order = self.order.lock();
        let Order::Turns(mark, nodes) = &mut *order else {
            return;
        };
        if nodes.is_empty() {
            mark.change(&all_weights(dests, reader));
            return;
        }
        self.take_changed(|slot| tree::set(nodes, slot, weights(dests, slot, reader)));
        mark.change(&tree::root(nodes));
    }

    /// Looks at all slots.
    pub(super) fn rank_all(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) {
        let mut order = self.order.lock();
        match &mut *order {
            Order::Least(metric, nodes) => {
                for slot in 0..dests.used() {
                    tree::place(nodes, slot, entry(dests, slot, *metric, reader));
                }
                tree::build(nodes);
            }
            Order::LeastStarting(metric, tempo, nodes) => {
                for slot in 0..dests.used() {
                    let entry = entry_starting(dests, slot, *metric, *tempo, reader);
                    tree::place(nodes, slot, entry);
                }
                tree::build(nodes);
            }
            Order::Turns(_, nodes) => {
                for slot in 0..dests.used() {
                    tree::place(nodes, slot, weights(dests, slot, reader));
                }
                tree::build(nodes);
            }
            Order::Deadlines(clock, tempo, nodes) => {
                for slot in 0..dests.used() {
                    let share = share(dests, slot, *tempo, reader);
                    let turn = clock.turn(tree::Summary::EMPTY, slot, share);
                    tree::place(nodes, slot, turn);
                }
                tree::build(nodes);
            }
            Order::Sums(all, tempo, each) => {
                for slot in 0..dests.used() {
                    add_up(all, each, slot, sums(dests, slot, *tempo, reader));
                }
            }
        }
    }
}

#[inline]
fn entry(dests: &RcuVec<Dest>, slot: usize, metric: Metric, reader: Reader<'_>) -> Entry {
    let dest = dests.get(slot, reader);
    Entry::new(dest.and_then(|dest| metric.cost(&*dest)), slot)
}

#[inline]
fn entry_starting(
    dests: &RcuVec<Dest>,
    slot: usize,
    metric: Metric,
    tempo: Tempo,
    reader: Reader<'_>,
) -> Entry {
    let dest = dests.get(slot, reader);
    Entry::new(
        dest.and_then(|dest| slow::cost(metric, &tempo.starting(&dest))),
        slot,
    )
}

#[inline]
fn share(dests: &RcuVec<Dest>, slot: usize, tempo: Tempo, reader: Reader<'_>) -> u64 {
    let dest = dests.get(slot, reader);
    dest.map_or(0, |dest| tempo.starting(&dest).share())
}

#[inline]
fn sums(dests: &RcuVec<Dest>, slot: usize, tempo: Tempo, reader: Reader<'_>) -> mhb::Sums {
    let dest = dests.get(slot, reader);
    dest.map_or_else(Default::default, |dest| {
        mhb::Sums::of(&tempo.starting(&dest))
    })
}

/// Puts what a slot has now in place of what it had.
#[inline]
fn add_up(all: &mut mhb::Sums, each: &mut [mhb::Sums], slot: usize, now: mhb::Sums) {
    if let Some(each) = each.get_mut(slot) {
        *all = all.with(*each, now);
        *each = now;
    }
}

#[inline]
fn weights(dests: &RcuVec<Dest>, slot: usize, reader: Reader<'_>) -> wrr::Weights {
    let dest = dests.get(slot, reader);
    dest.map_or(tree::Summary::EMPTY, |dest| wrr::Weights::of(&*dest))
}

/// The weights of all destinations.
pub(super) fn all_weights(dests: &RcuVec<Dest>, reader: Reader<'_>) -> wrr::Weights {
    dests
        .values(reader)
        .map(|dest| wrr::Weights::of(&*dest))
        .fold(tree::Summary::EMPTY, tree::Summary::join)
}

fn pick_turn_of_few(
    mark: &mut wrr::Mark,
    dests: &RcuVec<Dest>,
    reader: Reader<'_>,
) -> Option<usize> {
    let usable = |slot: usize| weights(dests, slot, reader).usable as i32;
    let used = dests.used();
    mark.pick(
        used,
        |end, level| (0..end).rev().find(|&slot| usable(slot) >= level),
        || (0..used).map(usable).max().unwrap_or(0),
    )
}
