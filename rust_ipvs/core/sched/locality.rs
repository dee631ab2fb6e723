// SPDX-License-Identifier: GPL-2.0

//! What `lblc` and `lblcr` have in common: they remember where packets to an address went, so that
//! the servers, which are caches, have what they are asked for. What they remember has to be
//! forgotten again.

use super::Server;

/// Binary logarithm of the number of chains that entries are in.
pub const BITS: u32 = 10;

/// Above this number of entries those that were not used for a while are forgotten.
pub const SOFT_LIMIT: usize = 16 << BITS;

/// There are never more.
pub const HARD_LIMIT: usize = SOFT_LIMIT + SOFT_LIMIT / 2;

/// Seconds from one look to the next.
pub const INTERVAL: u32 = 60;

/// Seconds after which an entry can be forgotten if there are too many.
pub const SHORT: u32 = 6 * 60;

/// Seconds after which an entry is forgotten in any case, unless somebody sets another number.
pub const LONG: i32 = 24 * 60 * 60;

/// So often it is looked whether there are too many entries; then for all that were not used for
/// long.
const LOOKS: u32 = 30;

/// The first hash of a chain.
pub const fn first_hash(chain: u32) -> u32 {
    chain.wrapping_shl(u32::BITS - BITS)
}

/// The number of the chain of a hash: its first [`BITS`] bits.
pub const fn chain(hash: u32) -> u32 {
    hash.wrapping_shr(u32::BITS - BITS)
}

/// The chain behind this one.
pub const fn next_chain(chain: u32) -> u32 {
    chain.wrapping_add(1) % (1 << BITS)
}

/// What is to be done at one of the looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing.
    Nothing,
    /// Chain by chain, forget all that were not used for [`SHORT`] until there are so many.
    Some(usize),
    /// Forget all that were not used for long.
    All,
}

/// Counts the looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks(u32);

impl Looks {
    /// As many as there have been when there was none.
    pub const FIRST: Self = Self(1);

    /// What to do now, with so many entries, and the state after it.
    pub const fn next(self, entries: usize) -> (Look, Self) {
        if self.0 % LOOKS == 0 {
            return (Look::All, Self::FIRST);
        }
        let Some(excess) = entries.checked_sub(SOFT_LIMIT + 1) else {
            return (Look::Nothing, Self(self.0.wrapping_add(1)));
        };
        let goal = excess.saturating_add(1).saturating_mul(4) / 3;
        let goal = if goal > SOFT_LIMIT / 2 {
            SOFT_LIMIT / 2
        } else {
            goal
        };
        (Look::Some(goal), self)
    }

    /// The state as a number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// From [`Looks::get`].
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// Whether something that was used at `used` has been idle for `period` at `now`, all in ticks.
#[inline]
pub const fn is_idle(now: usize, used: usize, period: isize) -> bool {
    let end = used.wrapping_add_signed(period);
    now.wrapping_sub(end) as isize >= 0
}

/// Whether something that was changed at `changed` has been as it is for longer than `period` at
/// `now`, all in ticks.
#[inline]
pub const fn is_settled(now: usize, changed: usize, period: isize) -> bool {
    let end = changed.wrapping_add_signed(period);
    now.wrapping_sub(end) as isize > 0
}

/// Whether `server` has more than its share while another one has less than half of its own.
#[inline]
pub fn is_overloaded<S: Server>(server: &impl Server, list: impl Iterator<Item = S>) -> bool {
    let (active, weight) = (i64::from(server.active()), i64::from(server.weight()));
    active > weight && { list }.any(|other| {
        let active = i64::from(other.active()).saturating_mul(2);
        active < i64::from(other.weight())
    })
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    #[test]
    fn limits() {
        assert_eq!((SOFT_LIMIT, HARD_LIMIT), (16384, 24576));
    }

    #[test]
    fn chains() {
        for (hash, expected) in [(0, 0), (0x3f_ffff, 0), (0x40_0000, 1), (u32::MAX, 1023)] {
            assert_eq!(chain(hash), expected);
            assert!(first_hash(expected) <= hash);
            assert!(expected == 1023 || hash < first_hash(expected + 1));
        }
        assert_eq!(next_chain(1023), 0);
        assert_eq!(next_chain(5), 6);
    }

    #[test]
    fn every_thirtieth_look_is_at_all() {
        let mut looks = Looks::FIRST;
        for _ in 0..3 {
            for _ in 1..30 {
                let (look, next) = looks.next(SOFT_LIMIT);
                assert_eq!(look, Look::Nothing);
                looks = next;
            }
            let (look, next) = looks.next(SOFT_LIMIT);
            assert_eq!(look, Look::All);
            looks = next;
        }
    }

    #[test]
    fn too_many() {
        let goal = |excess| Looks::FIRST.next(SOFT_LIMIT + excess).0;

        assert_eq!(goal(1), Look::Some(1));
        assert_eq!(goal(3), Look::Some(4));
        assert_eq!(goal(300), Look::Some(400));
        assert_eq!(goal(SOFT_LIMIT / 2), Look::Some(SOFT_LIMIT / 2));
        // Such a look does not bring the thirtieth nearer.
        assert_eq!(Looks::FIRST.next(SOFT_LIMIT + 1).1, Looks::FIRST);
    }

    #[test]
    fn idle() {
        assert!(!is_idle(109, 100, 10));
        assert!(is_idle(110, 100, 10));
        assert!(is_idle(5, usize::MAX - 4, 10));
        assert!(!is_idle(5, usize::MAX - 3, 10));
        assert!(is_idle(100, 100, -5));
        assert!(!is_settled(110, 100, 10));
        assert!(is_settled(111, 100, 10));
    }

    #[test]
    fn overloaded() {
        let load = |weight, active| Load {
            weight,
            active,
            total: active,
            overloaded: false,
        };
        let pool = [load(2, 3), load(5, 3)];
        let idle = [load(2, 3), load(5, 2)];

        assert!(!is_overloaded(&pool[0], pool.iter().copied()));
        assert!(is_overloaded(&pool[0], idle.iter().copied()));
        assert!(!is_overloaded(&load(3, 3), idle.iter().copied()));
    }
}
