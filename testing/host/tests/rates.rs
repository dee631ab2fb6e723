// SPDX-License-Identifier: GPL-2.0

//! Rates computed late against a model that samples every two seconds.

use ipvs_core::estimate::{
    Counters,
    Estimator,
    STEP_MS, //
};
use proptest::collection::vec;
use proptest::prelude::*;

fn conns(conns: u64) -> Counters {
    Counters {
        conns,
        ..Counters::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Even traffic: whenever somebody asks, as if somebody had asked every two seconds.
    #[test]
    fn late_is_often_for_even_traffic(per_step in 0u64..1_000_000, asked in vec(1u64..100, 1..20)) {
        let mut often = Estimator::new(0, &conns(0));
        let mut late = Estimator::new(0, &conns(0));
        let mut step = 0;
        for steps in asked {
            for _ in 0..steps {
                step += 1;
                often.update(step * STEP_MS, &conns(step * per_step));
            }
            late.update(step * STEP_MS, &conns(step * per_step));
            // A step that is not made beyond the 64th is less than one in 10^7.
            prop_assert!(late.rates().cps.abs_diff(often.rates().cps) <= 1);
        }
    }

    /// Uneven traffic: no rate is higher than the highest sample, and none is left in the end.
    #[test]
    fn rates_stay_within_samples(asks in vec((0u64..10_000, 0u64..1_000_000), 1..40)) {
        let mut estimator = Estimator::new(0, &conns(0));
        let (mut now, mut counted, mut pending) = (0, 0, (0u64, 0u64));
        let mut highest = 0;
        for (elapsed, count) in asks {
            now += elapsed;
            counted += count;
            pending = (pending.0 + elapsed, pending.1 + count);
            estimator.update(now, &conns(counted));
            if pending.0 >= STEP_MS {
                // Within any two seconds at most all of what came since they began.
                highest = highest.max(pending.1.div_ceil(2));
                pending = (pending.0 % STEP_MS, pending.1);
            }
            prop_assert!(estimator.rates().cps <= highest.max(pending.1));
        }
        // A share of what is pending stays pending: nothing is left only after some silence.
        for silence in 1..=5 {
            estimator.update(now + silence * 200 * STEP_MS, &conns(counted));
        }
        prop_assert_eq!(estimator.rates().cps, 0);
    }

    /// Even traffic has its rate, at whatever times somebody asks.
    #[test]
    fn irregular_questions(per_ms in 1u64..1000, asked in vec(2000u64..9000, 60..80)) {
        let mut estimator = Estimator::new(0, &conns(0));
        let mut now = 0;
        for elapsed in asked {
            now += elapsed;
            estimator.update(now, &conns(now * per_ms));
        }
        prop_assert!(estimator.rates().cps.abs_diff(per_ms * 1000) <= 1);
    }

    #[test]
    fn any_numbers(asks in vec((any::<u64>(), any::<u64>()), 1..20)) {
        let mut estimator = Estimator::new(0, &conns(0));
        for (now, count) in asks {
            estimator.update(now, &conns(count));
            let _ = estimator.rates();
        }
    }
}
