// SPDX-License-Identifier: GPL-2.0

//! Smooth weighted round robin: turns of a server are as far apart as its weight says, and those of
//! others come between them.
//!
//! Each server has a moment at which it is due. The one that is due first is chosen, and is due again
//! after a stride that is the shorter the higher its weight ("earliest deadline first"). At the
//! beginning, and when a server comes, a random part of its stride is left, so that directors with
//! the same list do not choose the same server at the same time.
//!
//! Moments wrap; none is further ahead than the longest stride, which is far below half of the range.

use super::tree::{
    self,
    Summary, //
};

/// What a share of 1 makes a stride of. A [share](super::slow::Starting::share) is below 2^45.
const ROUND: u64 = 1 << 58;

/// How far it is from one turn of a server to its next; 0 without a share.
#[inline]
fn stride(share: u64) -> u64 {
    ROUND.checked_div(share).unwrap_or(0)
}

/// Which of a group of slots is due first: a node of a tree of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    due: u64,
    /// [`NOBODY`] if there is none.
    slot: u32,
}

const NOBODY: u32 = u32::MAX;

impl Turn {
    /// The slot that is due.
    #[inline]
    pub fn slot(&self) -> Option<usize> {
        (self.slot != NOBODY).then_some(self.slot as usize)
    }

    #[inline]
    const fn is_before(&self, other: &Self) -> bool {
        (self.due.wrapping_sub(other.due) as i64) < 0
    }
}

impl Summary for Turn {
    const EMPTY: Self = Self {
        due: 0,
        slot: NOBODY,
    };

    #[inline]
    fn join(older: Self, newer: Self) -> Self {
        let takes_older = match (older.slot, newer.slot) {
            (NOBODY, _) => false,
            (_, NOBODY) => true,
            _ => older.is_before(&newer),
        };
        match takes_older {
            true => older,
            false => newer,
        }
    }
}

/// How far the turns have come.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: u64,
    random: u64,
}

impl Clock {
    /// The beginning. `seed` is to differ from director to director.
    pub const fn new(seed: u64) -> Self {
        Self {
            now: 0,
            random: seed,
        }
    }

    /// A random part of `whole` (splitmix64).
    fn part_of(&mut self, whole: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ mixed.wrapping_shr(30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed.wrapping_shr(27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed.wrapping_shr(31);
        u128::from(whole)
            .wrapping_mul(u128::from(mixed))
            .wrapping_shr(64) as u64
    }

    /// What is to be in `slot` if its server's share is `share` now, and `old` was there.
    #[inline]
    pub fn turn(&mut self, old: Turn, slot: usize, share: u64) -> Turn {
        if share == 0 {
            return Turn::EMPTY;
        }
        let stride = stride(share);
        let left = match old.slot {
            NOBODY => self.part_of(stride),
            // With a higher weight it does not wait as long as it would have.
            _ => old.due.wrapping_sub(self.now).min(stride),
        };
        Turn {
            due: self.now.wrapping_add(left),
            slot: slot as u32,
        }
    }

    /// Picks the slot that is due in `nodes`, whose share is `share_of` it.
    #[inline]
    pub fn pick(&mut self, nodes: &mut [Turn], share_of: impl Fn(usize) -> u64) -> Option<usize> {
        loop {
            let turn = tree::root(nodes);
            let slot = turn.slot()?;
            let share = share_of(slot);
            let next = match share {
                0 => Turn::EMPTY,
                _ => Turn {
                    due: turn.due.wrapping_add(stride(share)),
                    ..turn
                },
            };
            self.now = turn.due;
            tree::set(nodes, slot, next);
            if share != 0 {
                return Some(slot);
            }
        }
    }
}

/// The slot that [`Clock::pick`] would pick in `nodes`, which are of `slots` slots.
pub fn peek(nodes: &[Turn], slots: usize, share_of: impl Fn(usize) -> u64) -> Option<usize> {
    let first = tree::root(nodes).slot()?;
    if share_of(first) != 0 {
        return Some(first);
    }
    // It has just become unusable: it would be passed over.
    let usable = (0..slots).filter(|slot| share_of(*slot) != 0);
    let turns = usable.map(|slot| tree::leaf(nodes, slot));
    turns.fold(Turn::EMPTY, Turn::join).slot()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    struct Service {
        clock: Clock,
        nodes: Vec<Turn>,
        shares: Vec<u64>,
    }

    impl Service {
        fn new(seed: u64, weights: &[u64]) -> Self {
            let mut service = Self {
                clock: Clock::new(seed),
                nodes: vec![Turn::EMPTY; tree::nodes(weights.len())],
                shares: vec![0; weights.len()],
            };
            for (slot, weight) in weights.iter().enumerate() {
                service.set(slot, weight * 1000);
            }
            service
        }

        fn peek(&self) -> Option<usize> {
            peek(&self.nodes, self.shares.len(), |slot| self.shares[slot])
        }

        fn set(&mut self, slot: usize, share: u64) {
            self.shares[slot] = share;
            let old = tree::leaf(&self.nodes, slot);
            let turn = self.clock.turn(old, slot, share);
            tree::set(&mut self.nodes, slot, turn);
        }

        fn pick(&mut self) -> Option<usize> {
            self.clock.pick(&mut self.nodes, |slot| self.shares[slot])
        }
    }

    /// However many have been picked, each server has had its share of them, but for one or
    /// two.
    #[test]
    fn a_look_tells_who_is_next_and_changes_nothing() {
        let mut service = Service::new(7, &[5, 1, 3]);
        for turn in 0..40 {
            if turn == 20 {
                // Unusable all at once, as when nobody has told yet.
                service.shares[0] = 0;
            }
            let expected = service.peek();
            assert_eq!(service.peek(), expected);
            let shares = service.shares.clone();
            let picked = service.clock.pick(&mut service.nodes, |slot| shares[slot]);
            assert_eq!(picked, expected);
        }
        service.shares = vec![0; 3];
        assert_eq!(service.peek(), None);
    }

    #[test]
    fn smooth() {
        for weights in [
            &[1, 1, 1][..],
            &[5, 1, 1],
            &[100, 1, 10, 3, 0, 7],
            &[i32::MAX as u64, i32::MAX as u64 / 3, 1],
        ] {
            for seed in 0..20 {
                let total: u64 = weights.iter().sum();
                let mut service = Service::new(seed, weights);
                let mut picks = vec![0_u64; weights.len()];
                for count in 1..2000_u64 {
                    picks[service.pick().unwrap()] += 1;
                    for (slot, &weight) in weights.iter().enumerate() {
                        let fair = count as f64 * weight as f64 / total as f64;
                        let off = picks[slot] as f64 - fair;
                        assert!(
                            off.abs() < 3.0,
                            "{weights:?} {seed} {count}: {slot} by {off}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn equal_ones_take_turns_in_an_order_of_each_director() {
        let mut orders = Vec::new();
        for seed in 0..50 {
            let mut service = Service::new(seed, &[7; 4]);
            let order: Vec<_> = (0..4).map(|_| service.pick().unwrap()).collect();
            for _ in 0..3 {
                let next: Vec<_> = (0..4).map(|_| service.pick().unwrap()).collect();
                assert_eq!(order, next);
            }
            orders.push(order);
        }
        for slot in 0..4 {
            let first = orders.iter().filter(|order| order[0] == slot).count();
            assert!((4..25).contains(&first), "{slot} is first {first} times");
        }
    }

    #[test]
    fn heavy_ones_do_not_come_in_a_row() {
        let mut service = Service::new(1, &[5, 5, 5, 5]);
        service.set(0, 10_000);
        let picks: Vec<_> = (0..100).map(|_| service.pick().unwrap()).collect();
        assert!(picks.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn changes() {
        let mut service = Service::new(3, &[1, 1, 0]);
        for _ in 0..10 {
            service.pick();
        }
        // One that comes is not given what it has missed.
        service.set(2, 1000);
        let picks: Vec<_> = (0..6).map(|_| service.pick().unwrap()).collect();
        assert_eq!(picks.iter().filter(|&&slot| slot == 2).count(), 2);
        // One that becomes heavy does not wait for its old turn.
        service.set(0, 1000);
        service.set(1, 1);
        for _ in 0..5 {
            service.pick();
        }
        service.set(1, 1000);
        let picks: Vec<_> = (0..4).map(|_| service.pick().unwrap()).collect();
        assert!(picks.contains(&1), "{picks:?}");
        // One that goes is not chosen, even if nobody has said so.
        service.shares[0] = 0;
        assert!((0..10).all(|_| service.pick() != Some(0)));
        for slot in 0..3 {
            service.set(slot, 0);
        }
        assert_eq!(service.pick(), None);
        service.set(1, 5);
        assert_eq!(service.pick(), Some(1));
    }

    #[test]
    fn moments_wrap() {
        let mut service = Service::new(3, &[1, 2]);
        service.clock.now = u64::MAX - (1 << 40);
        service.set(0, 0);
        service.set(1, 0);
        service.set(0, 1);
        service.set(1, 2);
        let picks = (0..3000).filter(|_| service.pick() == Some(1)).count();
        assert!(picks.abs_diff(2000) <= 1);
    }
}
