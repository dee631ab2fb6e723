// SPDX-License-Identifier: GPL-2.0

//! The policy of a service: what it has of its own over the settings of its namespace.

use crate::proto::tcp;

/// A setting that a service may have of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Field {
    /// Seconds of life of an established TCP connection.
    Tcp = 0,
    /// The same of one of which one side has finished.
    Fin = 1,
    /// The same of a UDP connection.
    Udp = 2,
    /// The same of a TCP connection that was asked for and not answered.
    SynRecv = 3,
    /// The same of one of which the client has finished and the server has not.
    CloseWait = 4,
    /// When a packet that opens a connection takes the place of an old one, as
    /// [`Reuse`](crate::setting::Reuse) has it.
    Reuse = 5,
    /// Whether connections of removed servers expire at once.
    Nodest = 6,
    /// Whether templates of servers with weight 0 are not used.
    Quiescent = 7,
    /// Whether any TCP packet opens a connection.
    SloppyTcp = 8,
    /// Whether any SCTP packet opens a connection.
    SloppySctp = 9,
}

/// What the values of a [`Field`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A time, at least a second.
    Seconds,
    /// A mode of reuse.
    Mode,
    /// 0 is off and 1 is on.
    Switch,
}

/// The longest lifetime: what an `int` of ticks holds at any rate of ticks, in seconds.
const LONGEST: u32 = i32::MAX as u32 / 1000;

impl Field {
    /// Every one, by its number.
    pub const ALL: [Self; 10] = [
        Self::Tcp,
        Self::Fin,
        Self::Udp,
        Self::SynRecv,
        Self::CloseWait,
        Self::Reuse,
        Self::Nodest,
        Self::Quiescent,
        Self::SloppyTcp,
        Self::SloppySctp,
    ];

    /// What its values are.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Tcp | Self::Fin | Self::Udp | Self::SynRecv | Self::CloseWait => Kind::Seconds,
            Self::Reuse => Kind::Mode,
            Self::Nodest | Self::Quiescent | Self::SloppyTcp | Self::SloppySctp => Kind::Switch,
        }
    }

    /// Whether it may have this value.
    pub fn allows(self, value: u32) -> bool {
        match self.kind() {
            Kind::Seconds => (1..=LONGEST).contains(&value),
            Kind::Mode => value <= 3,
            Kind::Switch => value <= 1,
        }
    }

    /// The one that is the lifetime of TCP connections in a state.
    pub const fn of_state(state: tcp::State) -> Option<Self> {
        Some(match state {
            tcp::State::Established => Self::Tcp,
            tcp::State::FinWait => Self::Fin,
            tcp::State::SynRecv => Self::SynRecv,
            tcp::State::CloseWait => Self::CloseWait,
            _ => return None,
        })
    }
}

/// What a service has of its own. The default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy([Option<u32>; Field::ALL.len()]);

impl Policy {
    /// The service's own value; `None` is that of the namespace.
    #[inline]
    pub fn get(&self, field: Field) -> Option<u32> {
        self.0.get(field as usize).copied().flatten()
    }

    /// Gives the service a value, which the field must [allow](Field::allows), or takes it away.
    pub fn set(&mut self, field: Field, value: Option<u32>) {
        if let Some(slot) = self.0.get_mut(field as usize) {
            *slot = value;
        }
    }

    /// What the service has of its own.
    pub fn own(&self) -> impl Iterator<Item = (Field, u32)> + '_ {
        let get = |field| Some((field, self.get(field)?));
        Field::ALL.into_iter().filter_map(get)
    }

    /// Whether the service has nothing of its own.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is to become of a policy; the default is that it stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change([Option<Option<u32>>; Field::ALL.len()]);

impl Change {
    /// Nothing is to be left of what the service had of its own.
    pub const RESET: Self = Self([Some(None); Field::ALL.len()]);

    /// Has a field changed: to a value, or to that of the namespace.
    pub fn set(&mut self, field: Field, value: Option<u32>) {
        if let Some(slot) = self.0.get_mut(field as usize) {
            *slot = Some(value);
        }
    }

    /// Whether everything stays.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The fields that change, and to what.
    pub fn fields(&self) -> impl Iterator<Item = (Field, Option<u32>)> + '_ {
        Field::ALL
            .into_iter()
            .zip(self.0)
            .filter_map(|(field, change)| Some((field, change?)))
    }

    /// The policy that a service with policy `old` has then.
    pub fn applied(&self, old: &Policy) -> Policy {
        let mut new = *old;
        for (field, value) in self.fields() {
            new.set(field, value);
        }
        new
    }
}

impl From<Policy> for Change {
    /// A service that has just this policy.
    fn from(policy: Policy) -> Self {
        Self(policy.0.map(Some))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense() {
        for (number, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, number);
        }
    }

    #[test]
    fn a_change_leaves_what_it_does_not_say() {
        let mut change = Change::default();
        assert!(change.is_empty());
        change.set(Field::Udp, Some(10));
        change.set(Field::Nodest, Some(1));
        let policy = change.applied(&Policy::default());
        assert_eq!(policy.get(Field::Udp), Some(10));
        assert_eq!(policy.get(Field::Tcp), None);

        let mut change = Change::default();
        change.set(Field::Nodest, None);
        change.set(Field::Tcp, Some(7200));
        let policy = change.applied(&policy);
        let own: std::vec::Vec<_> = policy.own().collect();
        assert_eq!(own, [(Field::Tcp, 7200), (Field::Udp, 10)]);
        assert!(Change::RESET.applied(&policy).is_empty());
        assert_eq!(Change::from(policy).applied(&Policy::default()), policy);
    }

    #[test]
    fn bounds() {
        for (field, least, most) in [
            (Field::Tcp, 1, 2_147_483),
            (Field::CloseWait, 1, 2_147_483),
            (Field::Reuse, 0, 3),
            (Field::SloppySctp, 0, 1),
        ] {
            assert!(field.allows(least) && field.allows(most));
            assert!(!field.allows(most + 1));
            assert_eq!(field.allows(0), least == 0);
        }
    }

    #[test]
    fn states() {
        let states = [
            (tcp::State::Established, Field::Tcp),
            (tcp::State::FinWait, Field::Fin),
            (tcp::State::SynRecv, Field::SynRecv),
            (tcp::State::CloseWait, Field::CloseWait),
        ];
        for (state, field) in states {
            assert_eq!(Field::of_state(state), Some(field));
        }
        assert_eq!(Field::of_state(tcp::State::TimeWait), None);
        assert_eq!(Field::of_state(tcp::State::None), None);
    }
}
