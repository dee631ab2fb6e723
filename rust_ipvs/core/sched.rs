// SPDX-License-Identifier: GPL-2.0

//! Schedulers: which destination takes a new connection.
//!
//! "First" and "earlier" below mean closer to the head of the service's list, which is where a
//! destination that is added goes: the newest is first.

pub mod classes;
pub mod dh;
pub mod feedback;
pub mod fo;
pub mod fold;
pub mod gcd;
pub mod lblc;
pub mod lblcr;
pub mod lc;
pub mod least;
pub mod locality;
pub mod mh;
pub mod mhb;
pub mod nq;
pub mod ovf;
pub mod p2c;
pub mod probe;
pub mod rr;
pub mod sed;
pub mod sh;
pub mod slots;
pub mod slow;
pub mod srr;
pub mod swrr;
pub mod tree;
pub mod twos;
pub mod wlc;
pub mod wrr;

/// The destinations of a service.
pub trait Pool {
    /// Number of places for destinations, of which some may be empty.
    fn len(&self) -> usize;

    /// What the destination at `index` carries; `None` for an empty place, or behind the end. Index
    /// 0 is the head of the list.
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

/// What a scheduler can ask a destination. Each answer is of the moment.
pub trait Server {
    /// Its share; no new connections at 0 or below.
    fn weight(&self) -> i32;

    /// Connections in an active state.
    fn active(&self) -> u32;

    /// All connections.
    fn total(&self) -> u32;

    /// Whether it is above its upper threshold, and not yet back below the lower one.
    fn is_overloaded(&self) -> bool;

    /// How many active connections `ovf` gives it.
    #[inline]
    fn capacity(&self) -> i32 {
        self.weight()
    }

    /// Whether it takes new connections.
    #[inline]
    fn is_usable(&self) -> bool {
        self.weight() > 0 && !self.is_overloaded()
    }

    /// What its connections are counted as costing: one that is active as much as 257 that are not.
    ///
    /// Ends at 2^33 - 1 (33 million active connections), so that its product with a weight fits 64
    /// bits.
    #[inline]
    fn overhead(&self) -> u64 {
        const MAX: u64 = (1 << 33) - 1;
        let active = u64::from(self.active()) << 8;
        let overhead = active.wrapping_add(u64::from(self.total()));

        if overhead < MAX {
            overhead
        } else {
            MAX
        }
    }
}

impl<T: Server + ?Sized> Server for &T {
    #[inline]
    fn weight(&self) -> i32 {
        T::weight(self)
    }

    #[inline]
    fn active(&self) -> u32 {
        T::active(self)
    }

    #[inline]
    fn total(&self) -> u32 {
        T::total(self)
    }

    #[inline]
    fn is_overloaded(&self) -> bool {
        T::is_overloaded(self)
    }

    #[inline]
    fn capacity(&self) -> i32 {
        T::capacity(self)
    }
}

/// What a destination may and does carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// See [`Server::weight`].
    pub weight: i32,
    /// See [`Server::active`].
    pub active: u32,
    /// See [`Server::total`].
    pub total: u32,
    /// See [`Server::is_overloaded`].
    pub overloaded: bool,
}

#[cfg(test)]
impl Load {
    /// Of a destination that is not overloaded.
    pub(crate) const fn new(weight: i32, active: u32, inactive: u32) -> Self {
        Self {
            weight,
            active,
            total: active + inactive,
            overloaded: false,
        }
    }
}

impl Server for Load {
    #[inline]
    fn weight(&self) -> i32 {
        self.weight
    }

    #[inline]
    fn active(&self) -> u32 {
        self.active
    }

    #[inline]
    fn total(&self) -> u32 {
        self.total
    }

    #[inline]
    fn is_overloaded(&self) -> bool {
        self.overloaded
    }
}

/// A scheduler, by what user space calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Round robin.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connections.
    Lc,
    /// Weighted least connections.
    Wlc,
    /// Weighted failover.
    Fo,
    /// Weighted overflow.
    Ovf,
    /// Locality-based least connections.
    Lblc,
    /// Locality-based least connections with replication.
    Lblcr,
    /// Destination hashing.
    Dh,
    /// Source hashing.
    Sh,
    /// Maglev hashing.
    Mh,
    /// Shortest expected delay.
    Sed,
    /// Never queue.
    Nq,
    /// The less loaded of two at random.
    Twos,
    /// Seeded round robin. This one and the following are not in C.
    Srr,
    /// Smooth weighted round robin.
    Swrr,
    /// Power of two choices.
    P2c,
    /// Maglev hashing with bounded load.
    Mhb,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Rr,
        Self::Wrr,
        Self::Lc,
        Self::Wlc,
        Self::Fo,
        Self::Ovf,
        Self::Lblc,
        Self::Lblcr,
        Self::Dh,
        Self::Sh,
        Self::Mh,
        Self::Sed,
        Self::Nq,
        Self::Twos,
        Self::Srr,
        Self::Swrr,
        Self::P2c,
        Self::Mhb,
    ];

    /// From the name in a request, without its NUL.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().as_bytes() == name)
    }

    /// The name user space knows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Wrr => "wrr",
            Self::Lc => "lc",
            Self::Wlc => "wlc",
            Self::Fo => "fo",
            Self::Ovf => "ovf",
            Self::Lblc => "lblc",
            Self::Lblcr => "lblcr",
            Self::Dh => "dh",
            Self::Sh => "sh",
            Self::Mh => "mh",
            Self::Sed => "sed",
            Self::Nq => "nq",
            Self::Twos => "twos",
            Self::Srr => "srr",
            Self::Swrr => "swrr",
            Self::P2c => "p2c",
            Self::Mhb => "mhb",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name().as_bytes()), Some(kind));
        }
        for name in ["", "r", "rrr", "RR", "none", "wlc\0", "lblcrr"] {
            assert_eq!(Kind::from_name(name.as_bytes()), None);
        }
    }

    #[test]
    fn overhead_counts_active_257_times() {
        let load = |active, total| Load {
            weight: 1,
            active,
            total,
            overloaded: false,
        };

        assert_eq!(load(0, 0).overhead(), 0);
        assert_eq!(load(0, 9).overhead(), 9);
        assert_eq!(load(3, 12).overhead(), 3 * 256 + 12);
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
            total: 0,
            overloaded,
        };

        assert!(load(1, false).is_usable());
        assert!(!load(1, true).is_usable());
        assert!(!load(0, false).is_usable());
        assert!(!load(-1, false).is_usable());
    }
}
