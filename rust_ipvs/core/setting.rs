// SPDX-License-Identifier: GPL-2.0

//! Settings of a namespace: what they may be, and what follows from them.

/// A number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounded<const MIN: i32, const MAX: i32>(i32);

impl<const MIN: i32, const MAX: i32> Bounded<MIN, MAX> {
    /// `None` if it is out of bounds.
    pub const fn new(value: i32) -> Option<Self> {
        if value < MIN || value > MAX {
            return None;
        }
        Some(Self(value))
    }

    /// The number.
    pub const fn get(self) -> i32 {
        self.0
    }
}

/// `sync_version`: the format of sync messages.
pub type SyncVersion = Bounded<0, 1>;
/// `sync_retries`: how often a connection is told again.
pub type SyncRetries = Bounded<0, 3>;
/// `est_nice`: as for `nice(2)`.
pub type Nice = Bounded<-20, 19>;
/// `conn_lfactor`, `svc_lfactor`: binary logarithm of entries per bucket at which a table grows.
pub type LoadFactor = Bounded<-8, 8>;

impl LoadFactor {
    /// That of connections in the first namespace.
    pub const CONNS_FIRST: Self = Self(-4);
    /// That of services in the first namespace.
    pub const SERVICES_FIRST: Self = Self(-3);
    /// Both in any other namespace.
    pub const OTHER: Self = Self(-2);
}

/// `conn_reuse_mode`: when a packet that opens a connection takes the place of an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// If the old one is through.
    pub closed: bool,
    /// If the client has finished an old one whose replies are not seen.
    pub finished: bool,
}

impl Reuse {
    /// Whenever the old one is over.
    pub const ALL: Self = Self {
        closed: true,
        finished: true,
    };

    /// From its number.
    #[inline]
    pub const fn new(mode: i32) -> Self {
        Self {
            closed: mode != 0,
            finished: mode & 2 != 0,
        }
    }
}

/// `drop_entry`, `drop_packet`, `secure_tcp`: when a defence against floods is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Defence {
    /// Never.
    Off = 0,
    /// When memory is short, which it is not.
    AutoDown = 1,
    /// When memory is short, which it is.
    AutoUp = 2,
    /// Always.
    On = 3,
}

impl Defence {
    /// From its number.
    pub const fn from_i32(mode: i32) -> Option<Self> {
        Some(match mode {
            0 => Self::Off,
            1 => Self::AutoDown,
            2 => Self::AutoUp,
            3 => Self::On,
            _ => return None,
        })
    }

    /// The mode after a look at memory.
    pub const fn observe(self, is_short: bool) -> Self {
        match (self, is_short) {
            (Self::AutoDown | Self::AutoUp, true) => Self::AutoUp,
            (Self::AutoDown | Self::AutoUp, false) => Self::AutoDown,
            (mode, _) => mode,
        }
    }

    /// Whether memory has to be looked at now and then.
    pub const fn is_auto(self) -> bool {
        matches!(self, Self::AutoDown | Self::AutoUp)
    }

    /// Whether the defence is up.
    pub const fn is_up(self) -> bool {
        matches!(self, Self::AutoUp | Self::On)
    }
}

/// Memory, as defences see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Free pages and those of buffers.
    pub available: u64,
    /// Below so many pages memory is short (`amemthresh`).
    pub threshold: i32,
}

impl Memory {
    fn threshold(&self) -> u64 {
        u64::try_from(self.threshold).unwrap_or(0)
    }

    /// Whether there is too little.
    pub fn is_short(&self) -> bool {
        self.available < self.threshold()
    }

    /// The more is missing, the more packets are dropped: one of how many. Zero is none.
    fn drop_rate(&self) -> i32 {
        let missing = self.threshold().saturating_sub(self.available);
        let rate = self.threshold().checked_div(missing).unwrap_or(0);
        i32::try_from(rate).unwrap_or(i32::MAX)
    }
}

/// One of how many first packets of connections is dropped: zero is none, below zero is each.
/// `always` (`am_droprate`) is the rate of [`Defence::On`].
pub fn drop_rate(mode: Defence, memory: &Memory, always: i32) -> i32 {
    match mode {
        Defence::Off | Defence::AutoDown => 0,
        Defence::AutoUp => memory.drop_rate(),
        Defence::On => always,
    }
}

/// `sync_threshold`: which packets of a connection cause a sync message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncThreshold {
    /// Packets before the first message.
    pub first: i32,
    /// Packets between two messages; zero is no further message.
    pub period: i32,
}

impl SyncThreshold {
    /// What a namespace starts with.
    pub const DEFAULT: Self = Self {
        first: 3,
        period: 50,
    };

    /// `None` if a number is negative or the first packet is not in the first period.
    pub const fn new(first: i32, period: i32) -> Option<Self> {
        if first < 0 || period < 0 || (period != 0 && first >= period) {
            return None;
        }
        Some(Self { first, period })
    }
}

/// `sync_ports`: the number of sync threads, if it is one.
pub const fn sync_ports(value: i32) -> Option<i32> {
    if value > 0 && (value as u32).is_power_of_two() {
        return Some(value);
    }
    None
}

/// Seconds that are kept in ticks, of which there are `hz` in a second. `None` if it is too many.
pub const fn ticks(secs: i32, hz: i32) -> Option<i32> {
    secs.checked_mul(hz)
}

/// The most connections that a namespace can be allowed to have.
pub const CONN_MAX: i32 = if cfg!(target_pointer_width = "64") {
    1 << 30
} else {
    1 << 24
};

/// `conn_max`: how many connections a namespace may have, and how many its own administrator may
/// allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnMax {
    /// Enforced.
    pub soft: i32,
    /// How far the administrator of the namespace may raise it.
    pub hard: i32,
}

impl ConnMax {
    /// Both are `limit`.
    pub const fn new(limit: i32) -> Self {
        Self {
            soft: limit,
            hard: limit,
        }
    }

    /// Sets the limit; who is `trusted` by the whole system sets both. `None` if it is too high or
    /// negative.
    pub const fn set(self, limit: i32, trusted: bool) -> Option<Self> {
        let most = if trusted { CONN_MAX } else { self.hard };
        if limit < 0 || limit > most {
            return None;
        }
        let hard = if trusted { limit } else { self.hard };
        Some(Self { soft: limit, hard })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive() {
        assert_eq!(Nice::new(-20).map(Nice::get), Some(-20));
        assert_eq!(Nice::new(19).map(Nice::get), Some(19));
        assert_eq!(Nice::new(-21), None);
        assert_eq!(Nice::new(20), None);
        assert_eq!(LoadFactor::new(9), None);
    }

    #[test]
    fn auto_follows_memory() {
        for (mode, short, then) in [
            (Defence::Off, true, Defence::Off),
            (Defence::AutoDown, false, Defence::AutoDown),
            (Defence::AutoDown, true, Defence::AutoUp),
            (Defence::AutoUp, true, Defence::AutoUp),
            (Defence::AutoUp, false, Defence::AutoDown),
            (Defence::On, false, Defence::On),
        ] {
            assert_eq!(mode.observe(short), then);
        }
        for mode in 0..4 {
            assert_eq!(Defence::from_i32(mode).map(|mode| mode as i32), Some(mode));
        }
        assert_eq!(Defence::from_i32(4), None);
        assert_eq!(Defence::from_i32(-1), None);
    }

    #[test]
    fn rate_rises_as_memory_runs_out() {
        let memory = |available| Memory {
            available,
            threshold: 1024,
        };
        assert!(!memory(1024).is_short());
        assert!(memory(1023).is_short());
        let rate = |available| drop_rate(Defence::AutoUp, &memory(available), 10);
        assert_eq!(rate(1023), 1024);
        assert_eq!(rate(512), 2);
        assert_eq!(rate(0), 1);
        assert_eq!(rate(1024), 0);
        assert_eq!(drop_rate(Defence::On, &memory(0), -7), -7);
        assert_eq!(drop_rate(Defence::AutoDown, &memory(0), 10), 0);
        let never = Memory {
            available: 0,
            threshold: -5,
        };
        assert!(!never.is_short());
    }

    #[test]
    fn threshold_is_in_the_period() {
        assert!(SyncThreshold::new(3, 50).is_some());
        assert!(SyncThreshold::new(50, 50).is_none());
        assert!(SyncThreshold::new(50, 0).is_some());
        assert!(SyncThreshold::new(0, 0).is_some());
        assert!(SyncThreshold::new(-1, 50).is_none());
        assert!(SyncThreshold::new(3, -1).is_none());
    }

    #[test]
    fn ports_are_a_power_of_two() {
        for good in [1, 2, 64, 1 << 30] {
            assert_eq!(sync_ports(good), Some(good));
        }
        for bad in [0, -1, 3, 6, i32::MIN, i32::MAX] {
            assert_eq!(sync_ports(bad), None);
        }
    }

    #[test]
    fn only_the_trusted_move_the_hard_limit() {
        let limit = ConnMax::new(1000);
        assert_eq!(limit.set(1001, false), None);
        assert_eq!(limit.set(-1, true), None);
        assert_eq!(limit.set(CONN_MAX, true), Some(ConnMax::new(CONN_MAX)));
        assert_eq!(limit.set(10, true), Some(ConnMax::new(10)));
        let lower = limit.set(10, false).unwrap();
        assert_eq!((lower.soft, lower.hard), (10, 1000));
        assert_eq!(lower.set(1000, false), Some(limit));
    }
}
