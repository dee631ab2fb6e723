// SPDX-License-Identifier: GPL-2.0

use super::*;

fn counters(n: u64) -> Counters {
    Counters {
        conns: n,
        in_pkts: 10 * n,
        out_pkts: 5 * n,
        in_bytes: 1000 * n,
        out_bytes: 7000 * n,
    }
}

/// One step as the reference makes it: 2^10 for packets, 2^5 for bytes, samples of two seconds.
fn reference(avg: u64, delta: u64, shift: u32) -> u64 {
    (avg as i64 + (((delta << shift) as i64 - avg as i64) >> 2)) as u64
}

#[test]
fn one_step() {
    let mut estimator = Estimator::new(0, &counters(0));
    estimator.update(2000, &counters(800));
    // A quarter of 400 connections per second.
    let rates = estimator.rates();

    assert_eq!(rates.cps, 100);
    assert_eq!(rates.in_pps, 1000);
    assert_eq!(rates.out_pps, 500);
    assert_eq!(rates.in_bps, 100_000);
    assert_eq!(rates.out_bps, 700_000);
}

#[test]
fn steps_are_those_of_the_reference() {
    let mut estimator = Estimator::new(500, &counters(7));
    let (mut total, mut conns, mut bytes) = (7, 0, 0);
    for (step, delta) in (1..).zip([3, 1000, 0, 0, 1, 77, 5000, 0, 0, 0, 0, 0, 0, 2]) {
        total += delta;
        estimator.update(500 + step * 2000, &counters(total));
        conns = reference(conns, delta, 9);
        bytes = reference(bytes, 1000 * delta, 4);

        assert_eq!(estimator.rates().cps, (conns + 511) >> 10);
        assert_eq!(estimator.rates().in_bps, (bytes + 15) >> 5);
    }
}

#[test]
fn rounding_is_at_just_above_a_half() {
    for (conns, rate) in [(0, 0), (3, 0), (4, 0), (5, 1), (12, 1), (13, 2)] {
        let mut estimator = Estimator::new(0, &counters(0));
        estimator.update(2000, &counters(conns));

        // A quarter of conns/2 per second: 4 are exactly 0.5, which is rounded down.
        assert_eq!(estimator.rates().cps, rate, "{conns}");
    }
}

#[test]
fn nothing_before_two_seconds() {
    let mut estimator = Estimator::new(0, &counters(0));
    estimator.update(1999, &counters(800));
    assert_eq!(estimator.rates(), Rates::default());
    // What came early counts when the step is made.
    estimator.update(2000, &counters(800));
    assert_eq!(estimator.rates().cps, 100);
}

#[test]
fn asking_late_is_asking_often() {
    for steps in [2u64, 3, 10, 63, 64, 65, 200] {
        let mut often = Estimator::new(0, &counters(0));
        for step in 1..=steps {
            often.update(step * STEP_MS, &counters(step * 800));
        }
        let mut late = Estimator::new(0, &counters(0));
        late.update(steps * STEP_MS, &counters(steps * 800));

        assert_eq!(late.rates(), often.rates());
    }
}

#[test]
fn time_between_steps_is_not_lost() {
    let mut odd = Estimator::new(0, &counters(0));
    for step in 1..=60 {
        // Every 2.5 s, 1000 in each: 400 per second.
        odd.update(step * 2500, &counters(step * 1000));
    }

    assert_eq!(odd.rates().cps, 400);
    assert_eq!(odd.rates().out_bps, 2_800_000);
}

#[test]
fn silence_fades_out() {
    let mut estimator = Estimator::new(0, &counters(0));
    estimator.update(200_000, &counters(40_000));
    assert_eq!(estimator.rates().cps, 200);

    estimator.update(202_000, &counters(40_000));
    assert_eq!(estimator.rates().cps, 150);
    estimator.update(1_000_000, &counters(40_000));
    assert_eq!(estimator.rates(), Rates::default());
}

#[test]
fn counters_wrap() {
    let start = Counters {
        conns: u64::MAX - 399,
        ..Counters::default()
    };
    let mut estimator = Estimator::new(0, &start);
    estimator.update(
        2000,
        &Counters {
            conns: 400,
            ..start
        },
    );

    assert_eq!(estimator.rates().cps, 100);
}

#[test]
fn years_and_clocks_that_go_back() {
    let mut estimator = Estimator::new(1_000_000, &counters(0));
    estimator.update(0, &counters(5));
    assert_eq!(estimator.rates(), Rates::default());

    let year = 365 * 24 * 3600;
    estimator.update(1_000_000 + 20 * year * 1000, &counters(20 * year * 100));
    assert_eq!(estimator.rates().cps, 100);
    estimator.update(u64::MAX, &counters(u64::MAX / 10_000));
}

#[test]
fn zero_forgets_rates_only() {
    let mut estimator = Estimator::new(0, &counters(0));
    estimator.update(2000, &counters(800));
    estimator.zero();
    assert_eq!(estimator.rates(), Rates::default());
    estimator.update(4000, &counters(1600));
    assert_eq!(estimator.rates().cps, 100);
}

#[test]
fn sums_and_differences() {
    let a = counters(3);
    let b = counters(4);

    assert_eq!(a.plus(&b), counters(7));
    assert_eq!(a.plus(&b).since(&b), a);
    assert_eq!(a.since(&b).plus(&b), a);
}

#[test]
fn a_stopped_clock_makes_no_steps() {
    let mut estimator = Estimator::new(0, &counters(0));
    estimator.update(2000, &counters(800));
    estimator.freeze(&counters(900));
    assert!(estimator.is_frozen());
    assert_eq!(estimator.counted(), counters(900));
    estimator.update(60_000, &counters(5000));
    assert_eq!(estimator.rates().cps, 100);
    assert_eq!(estimator.counted(), counters(900));

    // All that was counted meanwhile is in the first step.
    estimator.thaw(60_000);
    assert!(!estimator.is_frozen());
    estimator.update(62_000, &counters(1700));
    let cps = reference(reference(0, 800, 9), 800, 9);
    assert_eq!(estimator.rates().cps, (cps + 511) >> 10);

    let mut estimator = Estimator::frozen(&counters(3));
    estimator.update(10_000, &counters(4));
    assert!(estimator.is_frozen());
    assert_eq!(estimator.counted(), counters(3));
    assert_eq!(estimator.rates(), Rates::default());
}
