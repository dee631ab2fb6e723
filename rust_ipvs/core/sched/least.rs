// SPDX-License-Identifier: GPL-2.0

//! The destination that costs least: what `lc`, `wlc`, `sed`, `nq`, `fo` and `ovf` have in common.
//!
//! What a destination costs is a fraction, compared exactly. Of those that cost the same the first
//! one is chosen. Either all are looked at ([`pick`]), or the winners are kept in a tree
//! ([`Entry`]); the choice is the same.

use super::{
    fo,
    lc,
    nq,
    ovf,
    sed,
    tree::Summary,
    wlc,
    Kind,
    Server, //
};

/// What a destination costs, shared by its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Below 2^33, so that its product with a weight fits 64 bits.
    sum: u64,
    /// From 1 to 2^31 - 1; 0 makes it more than any other.
    weight: u32,
}

impl Cost {
    /// More than any other.
    const INFINITE: Self = Self { sum: 1, weight: 0 };

    /// Of `sum`, at most 2^33 - 1, shared by `weight`; `None` if that is not positive.
    #[inline]
    pub const fn new(sum: u64, weight: i32) -> Option<Self> {
        if weight <= 0 {
            return None;
        }
        Some(Self {
            sum,
            weight: weight as u32,
        })
    }

    /// Whether nothing can cost less.
    #[inline]
    const fn is_zero(self) -> bool {
        self.sum == 0
    }

    /// What it costs, and what that is divided by.
    pub const fn parts(self) -> (u64, u64) {
        (self.sum, self.weight as u64)
    }

    /// Compares by cross-multiplication.
    #[inline]
    pub const fn is_less(self, other: Self) -> bool {
        self.sum.wrapping_mul(other.weight as u64) < other.sum.wrapping_mul(self.weight as u64)
    }
}

/// Picks of a list the one that costs least, of equals the first. Those that `cost` has nothing for
/// are left out.
#[inline]
pub fn pick<T, S: Server>(
    list: impl Iterator<Item = (T, S)>,
    cost: impl Fn(&S) -> Option<Cost>,
) -> Option<T> {
    let mut best = Cost::INFINITE;
    let mut found = None;
    for (item, server) in list {
        let Some(cost) = cost(&server) else {
            continue;
        };
        if cost.is_less(best) {
            best = cost;
            found = Some(item);
            if cost.is_zero() {
                break;
            }
        }
    }
    found
}

/// What a destination costs depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its number of connections.
    pub total: bool,
    /// Its number of active connections.
    pub active: bool,
}

/// What a scheduler that looks for the least cost counts as cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// See [`lc::cost`].
    Lc,
    /// See [`wlc::cost`].
    Wlc,
    /// See [`sed::cost`].
    Sed,
    /// See [`nq::cost`].
    Nq,
    /// See [`fo::cost`].
    Fo,
    /// See [`ovf::cost`].
    Ovf,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Lc,
        Self::Wlc,
        Self::Sed,
        Self::Nq,
        Self::Fo,
        Self::Ovf,
    ];

    /// That of a scheduler, if it has one. The ones with a memory ask `wlc` for what is new to them.
    pub const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Lc => Some(Self::Lc),
            Kind::Wlc | Kind::Lblc | Kind::Lblcr => Some(Self::Wlc),
            Kind::Sed => Some(Self::Sed),
            Kind::Nq => Some(Self::Nq),
            Kind::Fo => Some(Self::Fo),
            Kind::Ovf => Some(Self::Ovf),
            Kind::Rr | Kind::Wrr | Kind::Dh | Kind::Sh | Kind::Mh | Kind::Twos => None,
            Kind::Srr | Kind::Swrr | Kind::P2c | Kind::Mhb => None,
        }
    }

    /// What `server` costs; `None` if it is not to be chosen.
    #[inline]
    pub fn cost(self, server: &impl Server) -> Option<Cost> {
        match self {
            Self::Lc => lc::cost(server),
            Self::Wlc => wlc::cost(server),
            Self::Sed => sed::cost(server),
            Self::Nq => nq::cost(server),
            Self::Fo => fo::cost(server),
            Self::Ovf => ovf::cost(server),
        }
    }

    /// Which numbers the cost depends on, beside weight and overload.
    pub const fn watches(self) -> Watched {
        match self {
            Self::Lc | Self::Wlc => Watched {
                total: true,
                active: true,
            },
            Self::Sed | Self::Nq | Self::Ovf => Watched {
                total: false,
                active: true,
            },
            Self::Fo => Watched {
                total: false,
                active: false,
            },
        }
    }
}

/// One of a group of slots that costs least: a node of a tree of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    cost: Cost,
    slot: u32,
}

impl Entry {
    /// What is in `slot`, which costs nothing if there is nothing to choose.
    #[inline]
    pub fn new(cost: Option<Cost>, slot: usize) -> Self {
        Self {
            cost: cost.unwrap_or(Cost::INFINITE),
            slot: slot as u32,
        }
    }

    /// The slot to be chosen.
    #[inline]
    pub fn slot(&self) -> Option<usize> {
        (self.cost.weight != 0).then_some(self.slot as usize)
    }
}

impl Summary for Entry {
    const EMPTY: Self = Self {
        cost: Cost::INFINITE,
        slot: 0,
    };

    #[inline]
    fn join(older: Self, newer: Self) -> Self {
        // The newer ones come first in the list.
        if older.cost.is_less(newer.cost) {
            older
        } else {
            newer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    fn cost(sum: u64, weight: i32) -> Cost {
        Cost::new(sum, weight).unwrap()
    }

    #[test]
    fn fractions() {
        assert!(cost(1, 3).is_less(cost(1, 2)));
        assert!(!cost(2, 4).is_less(cost(1, 2)));
        assert!(!cost(1, 2).is_less(cost(2, 4)));
        assert!(cost(0, 1).is_less(cost(1, i32::MAX)));
        assert!(!cost(0, 5).is_less(cost(0, 1)));
        let most = (1 << 33) - 1;
        assert!(cost(most - 1, i32::MAX).is_less(cost(most, i32::MAX)));
        assert_eq!(Cost::new(1, 0), None);
        assert_eq!(Cost::new(1, -1), None);
    }

    #[test]
    fn infinity_is_more_than_all() {
        for finite in [cost(0, 1), cost((1 << 33) - 1, 1)] {
            assert!(finite.is_less(Cost::INFINITE));
            assert!(!Cost::INFINITE.is_less(finite));
        }
        assert!(!Cost::INFINITE.is_less(Cost::INFINITE));
    }

    #[test]
    fn first_of_equals() {
        let load = |weight, total| Load {
            weight,
            active: 0,
            total,
            overloaded: false,
        };
        let list = [load(1, 2), load(2, 2), load(4, 4), load(0, 0)];

        assert_eq!(pick(list.iter().copied().enumerate(), wlc::cost), Some(1));
        assert_eq!(pick([(0, load(0, 0))].into_iter(), wlc::cost), None);
    }

    #[test]
    fn newer_of_equals_in_a_tree() {
        let a = Entry::new(Some(cost(1, 2)), 3);
        let b = Entry::new(Some(cost(2, 4)), 7);

        assert_eq!(Entry::join(a, b).slot(), Some(7));
        assert_eq!(Entry::join(a, Entry::EMPTY).slot(), Some(3));
        assert_eq!(Entry::join(Entry::EMPTY, a).slot(), Some(3));
        assert_eq!(Entry::join(Entry::EMPTY, Entry::new(None, 4)).slot(), None);
    }
}
