// SPDX-License-Identifier: GPL-2.0

//! Slow start: the share of a server that is new, or that had weight 0 until now, grows from a tenth
//! to the whole of what its weight says.
//!
//! The formula is that of Envoy with its defaults: within the window a weight counts as
//! `weight * max(10 %, max(time, 1 s) / window)`.
//!
//! Schedulers that compare what servers cost ask a [`Starting`] in place of the server. Those that
//! give turns let a server that is starting pass some of its own ([`take_turn`]).

use super::{
    least::{
        Cost,
        Metric, //
    },
    Server, //
};

/// The whole of a share.
pub const ONE: u32 = 1000;

/// The share at the beginning.
const LEAST: u32 = ONE / 10;

/// What the weight of a server counts, in parts of [`ONE`], so many milliseconds after it has started.
/// `window` is in seconds; with 0 there is no slow start.
#[inline]
pub const fn factor(elapsed: u64, window: u32) -> u32 {
    let window = (window as u64).wrapping_mul(1000);
    if elapsed >= window {
        return ONE;
    }
    let elapsed = if elapsed < 1000 { 1000 } else { elapsed };
    let part = match elapsed.saturating_mul(ONE as u64).checked_div(window) {
        Some(part) if part < ONE as u64 => part as u32,
        _ => ONE,
    };
    if part < LEAST {
        LEAST
    } else {
        part
    }
}

/// Whether a server takes its turn, and what is left of its turns then, which is to be given the next
/// time. So with a factor of a third of [`ONE`] it takes each third one.
#[inline]
pub const fn take_turn(left: u32, factor: u32) -> (bool, u32) {
    let left = left.wrapping_add(factor);
    match left.checked_sub(ONE) {
        Some(left) => (true, left),
        None => (false, left),
    }
}

/// How many turns servers may let pass in a row. If all of them are starting somebody has to take it.
pub const PASSES: usize = 32;

/// A server of a service with slow start or [feedback](super::feedback), and how much of its weight
/// counts.
#[derive(Clone, Copy, Debug)]
pub struct Starting<S> {
    server: S,
    factor: u32,
}

impl<S: Server> Starting<S> {
    /// `server`, of whose weight `factor` counts, in parts of [`ONE`]; from 1 to
    /// [`MOST`](super::feedback::MOST).
    #[inline]
    pub const fn new(server: S, factor: u32) -> Self {
        Self { server, factor }
    }

    /// Its weight in parts of [`ONE`], as far as it counts; 0 if it takes no connections.
    #[inline]
    pub fn share(&self) -> u64 {
        match self.server.is_usable() {
            true => u64::from(self.server.weight() as u32).wrapping_mul(u64::from(self.factor)),
            false => 0,
        }
    }
}

/// What it costs to choose `server`, as [`Metric::cost`].
#[inline]
pub fn cost<S: Server>(metric: Metric, server: &Starting<S>) -> Option<Cost> {
    match metric {
        // Otherwise all weights count the same.
        Metric::Lc if server.server.weight() != 0 && !server.is_overloaded() => {
            Cost::new(server.overhead(), server.factor as i32)
        }
        metric => metric.cost(server),
    }
}

impl<S: Server> Server for Starting<S> {
    /// In parts of [`ONE`]: so all servers of the service have to be asked in this way. Weights above
    /// 2,147,483, divided by the factor if that is more than the whole, count as that.
    #[inline]
    fn weight(&self) -> i32 {
        self.server.weight().saturating_mul(self.factor as i32)
    }

    #[inline]
    fn active(&self) -> u32 {
        self.server.active()
    }

    #[inline]
    fn total(&self) -> u32 {
        self.server.total()
    }

    #[inline]
    fn is_overloaded(&self) -> bool {
        self.server.is_overloaded()
    }

    #[inline]
    fn capacity(&self) -> i32 {
        let share = i64::from(self.server.weight()).wrapping_mul(i64::from(self.factor));
        // Rounded up, so that it takes one at least.
        const ALL: i64 = ONE as i64;
        let capacity = share.wrapping_add(ALL - 1) / ALL;
        if capacity > i64::from(i32::MAX) {
            i32::MAX
        } else {
            capacity as i32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ovf, wlc, Load};
    use super::*;

    #[test]
    fn grows_from_a_tenth_to_the_whole() {
        assert_eq!(factor(0, 60), 100);
        assert_eq!(factor(5_999, 60), 100);
        assert_eq!(factor(6_060, 60), 101);
        assert_eq!(factor(30_000, 60), 500);
        assert_eq!(factor(59_999, 60), 999);
        assert_eq!(factor(60_000, 60), ONE);
        assert_eq!(factor(u64::MAX, u32::MAX), ONE);
        // The first second counts as a whole one.
        assert_eq!(factor(0, 2), 500);
        assert_eq!(factor(0, 1), ONE);
        assert_eq!(factor(0, 0), ONE);
        assert_eq!(factor(0, u32::MAX), 100);
        let mut last = 0;
        for elapsed in 0..70_000 {
            assert!(factor(elapsed, 60) >= last);
            last = factor(elapsed, 60);
        }
    }

    #[test]
    fn turns() {
        let mut left = 0;
        let mut taken = 0;
        for _ in 0..1000 {
            let turn = take_turn(left, 137);
            taken += u32::from(turn.0);
            left = turn.1;
        }
        assert_eq!(taken, 137);
        assert_eq!(take_turn(0, ONE), (true, 0));
    }

    fn load(weight: i32, active: u32) -> Load {
        Load::new(weight, active, 0)
    }

    #[test]
    fn a_tenth_of_the_weight_costs_ten_times_as_much() {
        let cost = |weight, active, factor| {
            wlc::cost(&Starting::new(load(weight, active), factor)).unwrap()
        };

        assert!(cost(1, 19, ONE).is_less(cost(1, 2, 100)));
        assert!(cost(1, 1, 100).is_less(cost(1, 11, ONE)));
        assert!(!cost(1, 10, ONE).is_less(cost(1, 1, 100)));
        assert!(!cost(1, 1, 100).is_less(cost(1, 10, ONE)));
        // As heavy as can be.
        assert!(cost(i32::MAX, 1, ONE).is_less(cost(i32::MAX, 2, ONE)));
    }

    #[test]
    fn lc_counts_the_time_and_not_the_weight() {
        let cost =
            |weight, active, factor| cost(Metric::Lc, &Starting::new(load(weight, active), factor));

        assert_eq!(cost(0, 1, ONE), None);
        assert_eq!(cost(1, 1, ONE), cost(7, 1, ONE));
        assert!(cost(1, 9, ONE).unwrap().is_less(cost(9, 1, 100).unwrap()));
    }

    #[test]
    fn a_tenth_of_the_weight_is_full_at_a_tenth() {
        let takes = |active| ovf::cost(&Starting::new(load(50, active), 100)).is_some();

        assert!(takes(5));
        assert!(!takes(6));
        assert_eq!(Starting::new(load(1, 0), 100).capacity(), 1);
        assert_eq!(Starting::new(load(i32::MAX, 0), ONE).capacity(), i32::MAX);
        assert_eq!(
            Starting::new(load(i32::MAX, 0), 10 * ONE).capacity(),
            i32::MAX
        );
        assert_eq!(Starting::new(load(50, 0), 3 * ONE).capacity(), 150);
    }

    #[test]
    fn without_connections_no_share() {
        assert_eq!(Starting::new(load(3, 0), 500).share(), 1500);
        assert_eq!(Starting::new(load(0, 0), ONE).share(), 0);
        assert_eq!(Starting::new(load(-1, 0), ONE).share(), 0);
        let overloaded = Load {
            overloaded: true,
            ..load(1, 0)
        };
        assert_eq!(Starting::new(overloaded, ONE).share(), 0);
        assert_eq!(
            Starting::new(load(i32::MAX, 0), ONE).share(),
            i32::MAX as u64 * 1000
        );
    }
}
