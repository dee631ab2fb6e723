// SPDX-License-Identifier: GPL-2.0

//! Schedulers: which destination takes a new connection.
//!
//! A scheduler sees a [`Pool`] and answers with an index. Index 0 is the head of the service's list,
//! the destination that was added last: "first" and "earlier" below mean closer to the head.

pub mod rr;
pub mod slots;
pub mod wlc;

/// The destinations of a service.
pub trait Pool {
    /// Number of places for destinations, of which some may be empty.
    fn len(&self) -> usize;

    /// What the destination at `index` carries; `None` for an empty place, or behind the end.
    fn get(&self, index: usize) -> Option<Load>;

    /// Whether there are no places.
    #[inline]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Pool for [Load] {
    #[inline]
    fn len(&self) -> usize {
        <[Load]>::len(self)
    }

    #[inline]
    fn get(&self, index: usize) -> Option<Load> {
        <[Load]>::get(self, index).copied()
    }
}

/// What a destination may and does carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its share; no new connections at 0 or below.
    pub weight: i32,
    /// Connections in an active state.
    pub active: u32,
    /// All others.
    pub inactive: u32,
    /// Above its upper threshold, and not yet back below the lower one.
    pub overloaded: bool,
}

impl Load {
    /// Whether it takes new connections.
    #[inline]
    pub const fn is_usable(&self) -> bool {
        self.weight > 0 && !self.overloaded
    }

    /// What its connections are counted as costing: one that is active as much as 257 that are not.
    ///
    /// Ends at 2^33 - 1 (33 million active connections), so that its product with a weight fits 64
    /// bits.
    #[inline]
    pub const fn overhead(&self) -> u64 {
        const MAX: u64 = (1 << 33) - 1;
        let overhead = (self.active as u64)
            .wrapping_mul(257)
            .wrapping_add(self.inactive as u64);

        if overhead < MAX {
            overhead
        } else {
            MAX
        }
    }
}

/// A scheduler, by what user space calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Round robin.
    Rr,
    /// Weighted least connections.
    Wlc,
}

impl Kind {
    /// From the name in a request, without its NUL.
    pub const fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"rr" => Some(Self::Rr),
            b"wlc" => Some(Self::Wlc),
            _ => None,
        }
    }

    /// The name user space knows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Wlc => "wlc",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for kind in [Kind::Rr, Kind::Wlc] {
            assert_eq!(Kind::from_name(kind.name().as_bytes()), Some(kind));
        }
        for name in ["", "r", "rrr", "RR", "none", "wlc\0"] {
            assert_eq!(Kind::from_name(name.as_bytes()), None);
        }
    }

    #[test]
    fn overhead_counts_active_257_times() {
        let load = |active, inactive| Load {
            weight: 1,
            active,
            inactive,
            overloaded: false,
        };

        assert_eq!(load(0, 0).overhead(), 0);
        assert_eq!(load(0, 9).overhead(), 9);
        // active * 256 + total
        assert_eq!(load(3, 9).overhead(), 3 * 256 + 12);
        assert_eq!(load(u32::MAX, u32::MAX).overhead(), (1 << 33) - 1);
        assert!(load(u32::MAX, u32::MAX)
            .overhead()
            .checked_mul(i32::MAX as u64)
            .is_some());
    }

    #[test]
    fn usable() {
        let load = |weight, overloaded| Load {
            weight,
            active: 0,
            inactive: 0,
            overloaded,
        };

        assert!(load(1, false).is_usable());
        assert!(!load(1, true).is_usable());
        assert!(!load(0, false).is_usable());
        assert!(!load(-1, false).is_usable());
    }
}
