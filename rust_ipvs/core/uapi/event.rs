// SPDX-License-Identifier: GPL-2.0

//! What C does not have: messages about what has happened, to all who listen.
//!
//! A message of [`Command::Event`](super::cmd::Command::Event) to the group [`GROUP`] has the nest
//! [`EVENT`], which says what has happened and when, and the nests of the service and the destination
//! that it happened to, as dumps have them without statistics. If it happened to a destination, its
//! service is there with its identity alone.
//!
//! Messages of a namespace are numbered without gaps ([`attr::SEQ`]). A listener who misses a number
//! asks for all services and destinations, which begins with the number of the last message that is
//! older than what follows (`listing::flag::STATE`).

use super::nla::Sink;
use crate::{addr::Family, reason::Reason};

/// Name of the group that listens.
pub const GROUP: &core::ffi::CStr = c"events";

/// Nest of [`attr`]s. Beside those of service and destination; far from the numbers that C may come to
/// need.
pub const EVENT: u16 = 0x1002;

/// What is in [`EVENT`].
pub mod attr {
    /// u32: a [`Kind`](super::Kind).
    pub const KIND: u16 = 1;
    /// u64: number of the message, from 1 on, one more each time.
    pub const SEQ: u16 = 2;
    /// u64: nanoseconds since 1970, by the clock of the kernel.
    pub const TIME: u16 = 3;
    /// u64: how many messages have been lost in all, for want of memory. They have numbers, too.
    pub const LOST: u16 = 4;
    /// u32: number of the change of services and destinations, if it is one.
    pub const CHANGE: u16 = 5;
    /// u32: the table that has another size, a [`TableKind`](super::TableKind).
    pub const TABLE: u16 = 6;
    /// u32: how many buckets it had.
    pub const BUCKETS_BEFORE: u16 = 7;
    /// u32: how many it has.
    pub const BUCKETS: u16 = 8;
    /// u32: why packets went no further, a [`Reason`](crate::reason::Reason).
    pub const REASON: u16 = 9;
    /// u64: how many packets did since the last event with the same reason.
    pub const PACKETS: u16 = 10;
    /// One more than the highest.
    pub const COUNT: usize = 11;
}

macro_rules! numbered {
    ($(#[doc = $about:literal])* $enum:ident {
        $($(#[doc = $doc:literal])* $variant:ident = $number:literal, $name:literal;)*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum $enum {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl $enum {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// From its number.
            pub const fn from_u32(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

numbered! {
/// What has happened.
Kind {
    /// Not an event: the beginning of a list of what there is. Its number is that of the last
    /// message that the list is not older than.
    State = 0, "state";
    /// A service was added.
    ServiceAdded = 1, "service-added";
    /// A service was changed.
    ServiceChanged = 2, "service-changed";
    /// A service was removed, and its destinations with it.
    ServiceRemoved = 3, "service-removed";
    /// All services were removed.
    Flushed = 4, "flushed";
    /// A destination was added to a service.
    DestAdded = 5, "dest-added";
    /// A destination was changed.
    DestChanged = 6, "dest-changed";
    /// A destination was removed.
    DestRemoved = 7, "dest-removed";
    /// A destination that is draining has lost its last connection, or was given up.
    DestDrained = 8, "dest-drained";
    /// A destination has as many connections as its upper threshold allows.
    DestOverloaded = 9, "dest-overloaded";
    /// A destination gets connections again.
    DestRelieved = 10, "dest-relieved";
    /// A table has another size.
    TableResized = 11, "table-resized";
    /// Packets have been dropped or answered with an error.
    PacketsDropped = 12, "packets-dropped";
}
}

numbered! {
/// A table that changes its size.
TableKind {
    /// Connections over IPv4.
    Conns4 = 0, "connections";
    /// Connections over IPv6.
    Conns6 = 1, "connections6";
    /// Templates of persistence for IPv4.
    Templates4 = 2, "templates";
    /// Templates of persistence for IPv6.
    Templates6 = 3, "templates6";
    /// Services.
    Services = 4, "services";
    /// Destinations.
    Dests = 5, "destinations";
    /// Addresses and ports of servers.
    Servers = 6, "servers";
    /// Ended connections over IPv4, whose packets are answered with a RST.
    Ended4 = 7, "ended";
    /// Ended connections over IPv6.
    Ended6 = 8, "ended6";
}
}

impl TableKind {
    /// That of connections of a family.
    pub const fn conns(family: Family) -> Self {
        match family {
            Family::V4 => Self::Conns4,
            Family::V6 => Self::Conns6,
        }
    }

    /// That of ended connections of a family.
    pub const fn ended(family: Family) -> Self {
        match family {
            Family::V4 => Self::Ended4,
            Family::V6 => Self::Ended6,
        }
    }

    /// That of templates of a family.
    pub const fn templates(family: Family) -> Self {
        match family {
            Family::V4 => Self::Templates4,
            Family::V6 => Self::Templates6,
        }
    }
}

/// Packets that went no further for one reason, dropped or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drops {
    /// Why.
    pub reason: Reason,
    /// How many since the last event about this reason.
    pub count: u64,
}

/// A table that has another size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Which one.
    pub table: TableKind,
    /// How many buckets it had.
    pub before: u32,
    /// How many it has.
    pub buckets: u32,
}

/// What only some events say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// Of [`Kind::TableResized`].
    Resize(Resize),
    /// Of [`Kind::PacketsDropped`].
    Drops(Drops),
}

/// What every message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What has happened.
    pub kind: Kind,
    /// Number of the message.
    pub seq: u64,
    /// Nanoseconds since 1970.
    pub time: u64,
    /// How many messages have been lost in all.
    pub lost: u64,
    /// Number of the change, if it is one.
    pub change: Option<u32>,
}

/// How the messages of a namespace are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The number of the last one.
    seq: u64,
    /// How many could not be sent.
    lost: u64,
}

impl Numbers {
    /// What a message says that has the number of the last one, at `time`, in nanoseconds since 1970.
    /// `change` is the number of the change, if it is one.
    pub const fn head(&self, kind: Kind, time: u64, change: Option<u32>) -> Head {
        Head {
            kind,
            seq: self.seq,
            time,
            lost: self.lost,
            change,
        }
    }

    /// As [`Self::head`], for a message that has the next number, which it takes whether it can be sent
    /// or not.
    pub const fn next_head(&mut self, kind: Kind, time: u64, change: Option<u32>) -> Head {
        self.seq = self.seq.wrapping_add(1);
        self.head(kind, time, change)
    }

    /// The message that has the last number could not be sent: those after it say so.
    pub const fn lose(&mut self) {
        self.lost = self.lost.wrapping_add(1);
    }
}

/// Writes the nest [`EVENT`].
pub fn emit_event<S: Sink>(sink: &mut S, head: &Head, detail: &Detail) -> Result<(), S::Error> {
    let nest = sink.begin_nest(EVENT)?;
    sink.put(attr::KIND, &(head.kind as u32).to_ne_bytes())?;
    sink.put(attr::SEQ, &head.seq.to_ne_bytes())?;
    sink.put(attr::TIME, &head.time.to_ne_bytes())?;
    sink.put(attr::LOST, &head.lost.to_ne_bytes())?;
    if let Some(change) = head.change {
        sink.put(attr::CHANGE, &change.to_ne_bytes())?;
    }
    match detail {
        Detail::None => (),
        Detail::Resize(resize) => {
            sink.put(attr::TABLE, &(resize.table as u32).to_ne_bytes())?;
            sink.put(attr::BUCKETS_BEFORE, &resize.before.to_ne_bytes())?;
            sink.put(attr::BUCKETS, &resize.buckets.to_ne_bytes())?;
        }
        Detail::Drops(drops) => {
            sink.put(
                attr::REASON,
                &u32::from(drops.reason.number()).to_ne_bytes(),
            )?;
            sink.put(attr::PACKETS, &drops.count.to_ne_bytes())?;
        }
    }
    sink.end_nest(nest)
}

#[cfg(test)]
mod tests {
    use super::super::nla::Attrs;
    use super::super::tests::Buffer;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn numbers_and_names_are_one_to_one() {
        for (number, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, number);
            assert_eq!(Kind::from_u32(number as u32), Some(*kind));
            let same = Kind::ALL.iter().filter(|other| other.name() == kind.name());
            assert_eq!(same.count(), 1);
        }
        assert_eq!(Kind::from_u32(Kind::ALL.len() as u32), None);
        for (number, table) in TableKind::ALL.iter().enumerate() {
            assert_eq!(TableKind::from_u32(number as u32), Some(*table));
        }
        assert_eq!(TableKind::conns(Family::V6).name(), "connections6");
        assert_eq!(TableKind::templates(Family::V4).name(), "templates");
        assert_eq!(TableKind::ended(Family::V6).name(), "ended6");
    }

    #[test]
    fn what_is_lost_leaves_a_gap_and_is_counted() {
        let mut numbers = Numbers::default();
        let mut next = |is_sent: bool| {
            let head = numbers.next_head(Kind::Flushed, 5, Some(6));
            if !is_sent {
                numbers.lose();
            }
            (head.seq, head.lost)
        };
        assert_eq!(next(true), (1, 0));
        assert_eq!(next(false), (2, 0));
        assert_eq!(next(false), (3, 1));
        assert_eq!(next(true), (4, 2));
        let state = numbers.head(Kind::State, 7, None);
        assert_eq!((state.seq, state.lost, state.time), (4, 2, 7));
        assert_eq!(state.change, None);
    }

    #[test]
    fn an_event_says_what_it_is_about() {
        let head = Head {
            kind: Kind::TableResized,
            seq: 1 << 40,
            time: 3,
            lost: 4,
            change: None,
        };
        let detail = Detail::Resize(Resize {
            table: TableKind::Services,
            before: 16,
            buckets: 32,
        });
        let mut sink = Buffer::default();
        emit_event(&mut sink, &head, &detail).unwrap();
        let event = Attrs::new(&sink.0).next().unwrap();
        assert_eq!(event.kind, EVENT);
        let attrs: Vec<_> = Attrs::new(event.data).collect();
        let kinds: Vec<_> = attrs.iter().map(|attr| attr.kind).collect();
        assert_eq!(kinds, [1, 2, 3, 4, 6, 7, 8]);
        assert_eq!(attrs[1].data, (1_u64 << 40).to_ne_bytes());
        assert_eq!(attrs[4].data, 4_u32.to_ne_bytes());
    }

    #[test]
    fn drops_have_a_reason() {
        let head = Head {
            kind: Kind::PacketsDropped,
            seq: 1,
            time: 0,
            lost: 0,
            change: Some(9),
        };
        let detail = Detail::Drops(Drops {
            reason: Reason::NoMemory,
            count: 77,
        });
        let mut sink = Buffer::default();
        emit_event(&mut sink, &head, &detail).unwrap();
        let event = Attrs::new(&sink.0).next().unwrap();
        let attrs: Vec<_> = Attrs::new(event.data).collect();
        assert_eq!(attrs[4].data, 9_u32.to_ne_bytes());
        assert_eq!(attrs[5].data, 10_u32.to_ne_bytes());
        assert_eq!(attrs[6].data, 77_u64.to_ne_bytes());
    }
}
