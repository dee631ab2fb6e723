// SPDX-License-Identifier: GPL-2.0

//! Why a packet goes no further with us: dropped, answered with an error, or let pass.
//!
//! Names and numbers are for users and programs: they stay what they are. A new reason gets a new
//! number.

use core::ffi::CStr;

use crate::sched::Server;

/// What becomes of the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is gone, and its sender hears nothing.
    Dropped,
    /// It is gone, and its sender is told by an error of ICMP, if that can be sent.
    Answered,
    /// It goes on as if there were no services.
    Passed,
}

impl Fate {
    /// What a listing calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Answered => "answered",
            Self::Passed => "passed",
        }
    }
}

macro_rules! reasons {
    ($($variant:ident = $number:literal, $name:literal, $fate:ident, $what:literal;)*) => {
        /// Why a packet goes no further.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Reason {
            $(#[doc = $what] $variant = $number,)*
        }

        impl Reason {
            /// All of them, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name.
            pub const fn name(self) -> &'static CStr {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What becomes of the packet.
            pub const fn fate(self) -> Fate {
                match self {
                    $(Self::$variant => Fate::$fate,)*
                }
            }

            /// What has happened, in a sentence for people.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $what,)*
                }
            }
        }
    };
}

// First those that may be about a service, without a gap; then those that are known before one is
// looked for.
reasons! {
    NoDestination = 1, c"no-destination", Answered, "The service has no destinations.";
    Quiescent = 2, c"quiescent", Answered, "All destinations have weight 0.";
    Overloaded = 3, c"overloaded", Answered, "Destinations with a weight are above their upper thresholds.";
    NotScheduled = 4, c"not-scheduled", Answered, "The scheduler has no destination for this client.";
    OtherPort = 5, c"other-port", Answered, "The service is for all ports but not persistent.";
    DestinationGone = 6, c"destination-gone", Dropped, "The destination of the connection was removed.";
    PortReuse = 7, c"port-reuse", Dropped, "A tracked connection is opened anew; its old entry is ended first.";
    DropPacket = 8, c"drop-packet", Dropped, "Memory is short, and drop_packet drops a part of new connections.";
    ConnMax = 9, c"conn-max", Dropped, "There are as many connections as may be (conn_max).";
    NoMemory = 10, c"no-memory", Dropped, "There is no memory.";
    NotWritable = 11, c"not-writable", Dropped, "The packet cannot be changed: no memory, or shorter than it says.";
    NoRoute = 12, c"no-route", Answered, "There is no route to the destination, or from there to the client.";
    TtlExceeded = 13, c"ttl-exceeded", Answered, "The packet has made its last hop.";
    TooBig = 14, c"too-big", Answered, "The packet is larger than the MTU, and must not be fragmented.";
    Boundary = 15, c"boundary", Dropped, "The packet would cross between this host's loopback and the network.";
    BadChecksum = 16, c"bad-checksum", Dropped, "An error of ICMP has a wrong checksum.";
    Conntrack = 17, c"conntrack", Dropped, "Connection tracking refuses the packet.";
    NoMethod = 18, c"no-method", Passed, "The destination has no forwarding method that exists.";
    FtpData = 19, c"ftp-data", Passed, "A server opens a data connection of active FTP, or nobody is at a port of it.";
    LocalReply = 20, c"local-reply", Passed, "A server on this host replies to a connection.";
    Truncated = 32, c"truncated", Dropped, "The packet ends within the headers that are needed.";
    SctpNoChunk = 33, c"sctp-no-chunk", Dropped, "A packet of SCTP without a whole chunk.";
    IcmpFragment = 34, c"icmp-fragment", Dropped, "An error of ICMPv6 in fragments.";
    Orphan = 35, c"orphan", Answered, "A server sends to a client whose connection is gone (nat_icmp_send).";
    NoService = 36, c"no-service", Passed, "There is no service for the packet.";
    NotOpening = 37, c"not-opening", Passed, "The packet is of no connection that is known, and opens none.";
    IcmpUnknown = 38, c"icmp-unknown", Passed, "An error of ICMP about a packet of no connection.";
    Malformed = 39, c"malformed", Passed, "The packet has headers that cannot be read.";
    NotBalanced = 40, c"not-balanced", Passed, "The packet is of a protocol that is not balanced.";
    Ended = 41, c"ended", Answered, "The connection was ended by the administrator; both ends are told.";
}

/// The number of the first that is known before a service is looked for.
const WITHOUT_SERVICE: u8 = 32;

impl Reason {
    /// How many may be about a service.
    pub const OF_SERVICE: usize = 20;

    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// From its number.
    pub fn from_number(number: u16) -> Option<Self> {
        let is_it = |reason: &Self| u16::from(reason.number()) == number;
        Self::ALL.iter().copied().find(is_it)
    }

    /// Its place among all; those that may be about a service come first.
    #[inline]
    pub const fn index(self) -> usize {
        let first = match self.is_of_service() {
            true => 1,
            false => WITHOUT_SERVICE.wrapping_sub(Self::OF_SERVICE as u8),
        };
        self.number().wrapping_sub(first) as usize
    }

    /// Whether it may be about a service.
    #[inline]
    pub const fn is_of_service(self) -> bool {
        self.number() < WITHOUT_SERVICE
    }

    /// Why none of `servers` was chosen, of which those that come first are looked at.
    pub fn of_nobody<S: Server>(servers: impl Iterator<Item = S>) -> Self {
        /// A flood that nobody takes must not cost a look at everybody.
        const LOOKS: usize = 64;

        let mut why = Self::NoDestination;
        for server in servers.take(LOOKS) {
            if server.is_usable() {
                return Self::NotScheduled;
            }
            why = match (why, server.is_overloaded() && server.weight() > 0) {
                (Self::Overloaded, _) | (_, true) => Self::Overloaded,
                _ => Self::Quiescent,
            };
        }
        why
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sched::Load;
    use std::vec::Vec;

    #[test]
    fn indices_are_dense_and_those_of_services_first() {
        let indices: Vec<usize> = Reason::ALL.iter().map(|reason| reason.index()).collect();
        assert_eq!(indices, (0..Reason::COUNT).collect::<Vec<_>>());
        for reason in Reason::ALL {
            assert_eq!(reason.is_of_service(), reason.index() < Reason::OF_SERVICE);
        }
    }

    #[test]
    fn names_and_numbers_tell_them_apart() {
        for reason in Reason::ALL {
            let number = u16::from(reason.number());
            assert_eq!(Reason::from_number(number), Some(*reason));
            let name = reason.name().to_str().unwrap();
            assert!(name.bytes().all(|c| c.is_ascii_lowercase() || c == b'-'));
            assert!(reason.text().ends_with('.'));
            let namesakes = Reason::ALL.iter().filter(|r| r.name() == reason.name());
            assert_eq!(namesakes.count(), 1);
        }
        assert_eq!(Reason::from_number(0), None);
        assert_eq!(Reason::from_number(21), None);
    }

    #[test]
    fn numbers_stay() {
        assert_eq!(Reason::NoDestination.number(), 1);
        assert_eq!(Reason::TooBig.number(), 14);
        assert_eq!(Reason::LocalReply.number(), 20);
        assert_eq!(Reason::NotBalanced.number(), 40);
    }

    #[test]
    fn why_nobody() {
        let load = |weight, overloaded| Load {
            weight,
            active: 0,
            total: 0,
            overloaded,
        };
        let why = |loads: &[Load]| Reason::of_nobody(loads.iter());

        assert_eq!(why(&[]), Reason::NoDestination);
        assert_eq!(why(&[load(0, false), load(0, true)]), Reason::Quiescent);
        assert_eq!(why(&[load(0, false), load(1, true)]), Reason::Overloaded);
        assert_eq!(why(&[load(1, true), load(0, false)]), Reason::Overloaded);
        assert_eq!(why(&[load(1, true), load(2, false)]), Reason::NotScheduled);
    }
}
