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
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// What has happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum Kind {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl Kind {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
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
}

impl Kind {
    /// From its number.
    pub fn from_u32(number: u32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| *kind as u32 == number)
    }
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

/// Writes the nest [`EVENT`].
pub fn emit_event<S: Sink>(sink: &mut S, head: &Head) -> Result<(), S::Error> {
    let nest = sink.begin_nest(EVENT)?;
    sink.put(attr::KIND, &(head.kind as u32).to_ne_bytes())?;
    sink.put(attr::SEQ, &head.seq.to_ne_bytes())?;
    sink.put(attr::TIME, &head.time.to_ne_bytes())?;
    sink.put(attr::LOST, &head.lost.to_ne_bytes())?;
    if let Some(change) = head.change {
        sink.put(attr::CHANGE, &change.to_ne_bytes())?;
    }
    sink.end_nest(nest)
}
