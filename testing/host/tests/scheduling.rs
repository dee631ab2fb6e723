// SPDX-License-Identifier: GPL-2.0

//! Schedulers against models that are slow and obvious.

use std::collections::VecDeque;

use ipvs_core::sched::{
    least::{
        self,
        Entry,
        Metric, //
    },
    mh,
    rr,
    tree,
    Load, //
};
use proptest::collection::vec;
use proptest::prelude::*;

fn load() -> impl Strategy<Value = Load> {
    let weight = prop_oneof![-1i32..4, any::<i32>()];
    let count = prop_oneof![0u32..4, 0u32..1 << 24];
    (weight, count.clone(), count, prop::bool::weighted(0.2)).prop_map(
        |(weight, active, inactive, overloaded)| Load {
            weight,
            active,
            total: active + inactive,
            overloaded,
        },
    )
}

fn usable(load: &Load) -> bool {
    load.weight > 0 && !load.overloaded
}

fn pick(metric: Metric, pool: &[Load]) -> Option<usize> {
    least::pick(pool.iter().copied().enumerate(), |load| metric.cost(load))
}

/// The walks of C, comparison by comparison, over a list of which the first is the newest.
fn walk(metric: Metric, pool: &[Load]) -> Option<usize> {
    let overhead = |load: &Load| i128::from(load.active) * 256 + i128::from(load.total);
    let delay = |load: &Load| i128::from(load.active) + 1;
    let weight = |load: &Load| i128::from(load.weight);
    let less = |cost: &dyn Fn(&Load) -> i128| {
        let mut best: Option<usize> = None;
        for (index, load) in pool.iter().enumerate().filter(|(_, load)| usable(load)) {
            let worse =
                |best: usize| cost(&pool[best]) * weight(load) > cost(load) * weight(&pool[best]);
            if best.is_none_or(worse) {
                best = Some(index);
            }
        }
        best
    };
    let highest = |takes: &dyn Fn(&Load) -> bool| {
        let mut best: Option<usize> = None;
        for (index, load) in pool
            .iter()
            .enumerate()
            .filter(|(_, load)| usable(load) && takes(load))
        {
            if best.is_none_or(|best| load.weight > pool[best].weight) {
                best = Some(index);
            }
        }
        best
    };
    match metric {
        Metric::Lc => {
            // It asks only whether the weight is zero.
            let takes = |load: &Load| load.weight != 0 && !load.overloaded;
            let usable = pool.iter().enumerate().filter(|(_, load)| takes(load));
            usable
                .min_by_key(|(_, load)| overhead(load))
                .map(|(index, _)| index)
        }
        Metric::Wlc => less(&overhead),
        Metric::Sed => less(&delay),
        Metric::Nq => {
            let idle = |load: &Load| usable(load) && load.active == 0;
            pool.iter().position(idle).or_else(|| less(&delay))
        }
        Metric::Fo => highest(&|_| true),
        Metric::Ovf => highest(&|load| i64::from(load.active) <= i64::from(load.weight)),
    }
}

/// A queue whose front is next: what is picked goes to the back, with all that was in front of it.
fn rr_model(queue: &mut VecDeque<usize>, pool: &[Load]) -> Option<usize> {
    let at = queue.iter().position(|index| usable(&pool[*index]))?;
    queue.rotate_left(at + 1);
    queue.back().copied()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn rr_is_a_queue(pool in vec(load(), 0..12), changes in vec((any::<prop::sample::Index>(), load()), 1..40)) {
        let mut pool = pool;
        let mut queue: VecDeque<usize> = (0..pool.len()).collect();
        let mut last = None;
        for (index, changed) in changes {
            let pick = rr::pick(&pool[..], last);
            prop_assert_eq!(pick, rr_model(&mut queue, &pool));
            last = pick.or(last);
            if !pool.is_empty() {
                let index = index.index(pool.len());
                pool[index] = changed;
            }
        }
    }

    #[test]
    fn rr_is_fair(len in 1usize..20, laps in 1usize..5) {
        let idle = Load { weight: 1, active: 0, total: 0, overloaded: false };
        let pool = vec![idle; len];
        let mut picks = vec![0; len];
        let mut last = None;
        for _ in 0..len * laps {
            last = rr::pick(&pool[..], last);
            picks[last.unwrap()] += 1;
        }

        prop_assert_eq!(picks, vec![laps; len]);
    }

    #[test]
    fn wlc_is_the_first_of_the_least(pool in vec(load(), 0..12)) {
        let cost = |load: &Load| u128::from(load.active) * 256 + u128::from(load.total);
        let mut model: Option<usize> = None;
        for (index, load) in pool.iter().enumerate().filter(|(_, load)| usable(load)) {
            // cost / weight, exactly: the fractions are compared in 128 bits.
            let less = |best: usize| {
                let (this, that) = (cost(load), cost(&pool[best]));
                this * u128::from(pool[best].weight as u32) < that * u128::from(load.weight as u32)
            };
            if model.is_none_or(less) {
                model = Some(index);
            }
        }

        prop_assert_eq!(pick(Metric::Wlc, &pool), model);
    }

    /// Connections that stay are spread by weight.
    #[test]
    fn wlc_fills_by_weight(weights in vec(1i32..20, 1..8)) {
        let mut pool: Vec<Load> = weights
            .iter()
            .map(|weight| Load { weight: *weight, active: 0, total: 0, overloaded: false })
            .collect();
        let total: i32 = weights.iter().sum();
        for _ in 0..total * 10 {
            let index = pick(Metric::Wlc, &pool).unwrap();
            pool[index].active += 1;
            pool[index].total += 1;
        }
        for load in pool {
            let expected = load.weight as u32 * 10;
            prop_assert!(load.active.abs_diff(expected) <= 10, "{load:?}");
        }
    }

    /// The tree chooses what a walk through the list does, whatever changes.
    #[test]
    fn least_is_the_walk_of_c(
        pool in vec(load(), 0..40),
        changes in vec((any::<prop::sample::Index>(), load()), 1..60),
    ) {
        for metric in Metric::ALL {
            let mut pool = pool.clone();
            let slot = |index: usize, pool: &[Load]| pool.len() - 1 - index;
            let mut nodes = vec![tree::Summary::EMPTY; tree::nodes(pool.len())];
            for (index, load) in pool.iter().enumerate() {
                let slot = slot(index, &pool);
                tree::place(&mut nodes, slot, Entry::new(metric.cost(load), slot));
            }
            tree::build(&mut nodes);
            for (index, changed) in &changes {
                let expected = walk(metric, &pool);
                prop_assert_eq!(pick(metric, &pool), expected, "{:?}", metric);
                let found = tree::root(&nodes).slot().map(|found| slot(found, &pool));
                prop_assert_eq!(found, expected, "{:?}", metric);
                if !pool.is_empty() {
                    let index = index.index(pool.len());
                    pool[index] = *changed;
                    let slot = slot(index, &pool);
                    tree::set(&mut nodes, slot, Entry::new(metric.cost(changed), slot));
                }
            }
        }
    }

    /// All have a share by weight, whatever their addresses.
    #[test]
    fn mh_shares(addrs in prop::collection::btree_set(any::<u32>(), 1..40)) {
        let addrs: Vec<u32> = addrs.into_iter().collect();
        let table = mh_table(&addrs);
        for addr in &addrs {
            let share = table.iter().filter(|slot| *slot == addr).count();
            prop_assert!(share.abs_diff(mh::SIZE / addrs.len()) <= 1);
        }
    }
}

/// Which address is in which slot.
fn mh_table(addrs: &[u32]) -> Vec<u32> {
    let seat = |addr: &u32| mh::Seat::new(*addr, *addr, 80, 1);
    let mut seats: Vec<_> = addrs.iter().map(seat).collect();
    let mut table = vec![0; mh::SIZE];
    assert!(mh::fill(&mut seats, |slot, addr| table[slot] = addr));
    table
}

/// Who is not removed keeps nearly all of its slots.
///
/// How many it loses is a matter of luck: there are three addresses with which it is a third. Therefore
/// the addresses are the same each time.
#[test]
fn mh_moves_little() {
    let mut state = 1_u32;
    for len in 2..40 {
        let addrs: Vec<u32> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state
            })
            .collect();
        let before = mh_table(&addrs);
        let mut total = 0;
        for gone in &addrs {
            let rest: Vec<u32> = addrs.iter().copied().filter(|addr| addr != gone).collect();
            let after = mh_table(&rest);
            let both = before.iter().zip(&after);
            let moved = both.filter(|(old, new)| *old != gone && old != new).count();
            total += moved;
        }

        let mean = total / len;
        assert!(mean < mh::SIZE / 32, "{len} servers: {mean} slots moved");
    }
}
