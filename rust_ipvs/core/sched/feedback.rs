// SPDX-License-Identifier: GPL-2.0

//! Feedback: how much more or less than its weight says a server is to get, as somebody reports who
//! watches its load.
//!
//! A report holds for a time. If no other one has come by then it fades, and after as much time again
//! the weight counts as it was configured: whoever reports may die without harm.

use super::slow::ONE;

/// The least that a weight counts by feedback, in parts of [`ONE`]: nobody is shut out by it.
pub const LEAST: u32 = ONE / 100;

/// The most.
pub const MOST: u32 = ONE * 10;

/// A factor that somebody reports, as far as it counts.
#[inline]
pub const fn bounded(factor: u32) -> u32 {
    if factor < LEAST {
        LEAST
    } else if factor > MOST {
        MOST
    } else {
        factor
    }
}

/// What is left of `reported`, in parts of [`ONE`], after so many milliseconds, if it holds for
/// `lifetime` of them.
#[inline]
pub const fn factor(reported: u32, elapsed: u64, lifetime: u32) -> u32 {
    let lifetime = lifetime as u64;
    let Some(faded) = elapsed.checked_sub(lifetime) else {
        return reported;
    };
    if faded >= lifetime {
        return ONE;
    }
    // Both are below 2^32, so that the products fit.
    let left = lifetime.wrapping_sub(faded).wrapping_mul(reported as u64);
    let sum = left.wrapping_add(faded.wrapping_mul(ONE as u64));
    match sum.checked_div(lifetime) {
        Some(factor) => factor as u32,
        None => ONE,
    }
}

/// What two factors are together; never nothing.
#[inline]
pub const fn product(first: u32, second: u32) -> u32 {
    let product = (first as u64).wrapping_mul(second as u64);
    match product.checked_div(ONE as u64) {
        Some(product) if product != 0 => product as u32,
        _ => 1,
    }
}

/// Which part of its turns a server takes, in parts of [`ONE`], if its factor is `factor` and the
/// highest one of all is `top`.
#[inline]
pub const fn part(factor: u32, top: u32) -> u32 {
    let part = (factor as u64).wrapping_mul(ONE as u64);
    match part.checked_div(top as u64) {
        Some(part) if part < ONE as u64 => part as u32,
        _ => ONE,
    }
}

/// The weight with which a server has to be drawn, if `reported` was reported of it: no less than what
/// counts at any time.
#[inline]
pub const fn highest(weight: i32, reported: u32) -> i32 {
    if weight <= 0 || reported <= ONE {
        return weight;
    }
    let product = (weight as u64).wrapping_mul(reported as u64);
    let highest = product.div_ceil(ONE as u64);
    if highest > i32::MAX as u64 {
        i32::MAX
    } else {
        highest as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_bounds() {
        assert_eq!(bounded(0), 10);
        assert_eq!(bounded(999), 999);
        assert_eq!(bounded(u32::MAX), 10_000);
    }

    #[test]
    fn holds_and_fades() {
        assert_eq!(factor(500, 0, 1000), 500);
        assert_eq!(factor(500, 1000, 1000), 500);
        assert_eq!(factor(500, 1500, 1000), 750);
        assert_eq!(factor(500, 1999, 1000), 999);
        assert_eq!(factor(500, 2000, 1000), ONE);
        assert_eq!(factor(9000, 1250, 1000), 7000);
        assert_eq!(factor(9000, u64::MAX, u32::MAX), ONE);
        assert_eq!(factor(10_000, u64::from(u32::MAX) + 1, u32::MAX), 9_999);
        assert_eq!(factor(500, 0, 0), ONE);
    }

    #[test]
    fn fades_towards_one_without_jumps() {
        for reported in [LEAST, 300, ONE, 2500, MOST] {
            let mut last = reported;
            for elapsed in 0..=20_000 {
                let now = factor(reported, elapsed, 10_000);
                assert!(
                    now.abs_diff(ONE) <= last.abs_diff(ONE),
                    "{reported} {elapsed}"
                );
                assert!(now.abs_diff(last) <= 1, "{reported} {elapsed}");
                last = now;
            }
            assert_eq!(last, ONE);
        }
    }

    #[test]
    fn together_and_apart() {
        assert_eq!(product(ONE, 300), 300);
        assert_eq!(product(100, 2000), 200);
        assert_eq!(product(100, LEAST), 1);
        assert_eq!(product(1, LEAST), 1);
        assert_eq!(part(500, ONE), 500);
        assert_eq!(part(500, 2000), 250);
        assert_eq!(part(3000, 2000), ONE);
        assert_eq!(part(3000, 0), ONE);
    }

    #[test]
    fn drawn_by_no_less_than_what_counts() {
        assert_eq!(highest(7, ONE), 7);
        assert_eq!(highest(7, LEAST), 7);
        assert_eq!(highest(7, 1100), 8);
        assert_eq!(highest(0, MOST), 0);
        assert_eq!(highest(-3, MOST), -3);
        assert_eq!(highest(i32::MAX, MOST), i32::MAX);
    }
}
