// SPDX-License-Identifier: GPL-2.0

//! Schedulers against models that are slow and obvious.

use std::collections::VecDeque;

use ipvs_core::sched::{
    rr,
    wlc,
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
            inactive,
            overloaded,
        },
    )
}

fn usable(load: &Load) -> bool {
    load.weight > 0 && !load.overloaded
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
        let idle = Load { weight: 1, active: 0, inactive: 0, overloaded: false };
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
        let cost = |load: &Load| u128::from(load.active) * 257 + u128::from(load.inactive);
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

        prop_assert_eq!(wlc::pick(&pool[..]), model);
    }

    /// Connections that stay are spread by weight.
    #[test]
    fn wlc_fills_by_weight(weights in vec(1i32..20, 1..8)) {
        let mut pool: Vec<Load> = weights
            .iter()
            .map(|weight| Load { weight: *weight, active: 0, inactive: 0, overloaded: false })
            .collect();
        let total: i32 = weights.iter().sum();
        for _ in 0..total * 10 {
            let index = wlc::pick(&pool[..]).unwrap();
            pool[index].active += 1;
        }
        for load in pool {
            let expected = load.weight as u32 * 10;
            prop_assert!(load.active.abs_diff(expected) <= 10, "{load:?}");
        }
    }
}
