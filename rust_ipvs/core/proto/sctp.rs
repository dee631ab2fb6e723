// SPDX-License-Identifier: GPL-2.0

//! States of an SCTP association as seen from the middle.
//!
//! They are those of the server. What happens before its COOKIE ACK is CLOSED by RFC 9260 (section
//! 4); here it has states of its own, so that an INIT that nobody answers is forgotten soon. The
//! tables are those of IPVS, with the columns in the order of [`State`].

use super::Path;
use crate::wire::sctp::Chunk;

/// Number of states.
pub const STATES: usize = 14;

/// The longest time between two packets of an association that is not open, in seconds: the
/// longest timeout for a retransmission, and one more.
const MAX_RTO: u32 = 61;

/// Lifetime after the last packet by state, in seconds. They cannot be set.
const TIMEOUTS: [u32; STATES] = [
    2, 4, MAX_RTO, MAX_RTO, MAX_RTO, MAX_RTO, MAX_RTO, MAX_RTO, 900, MAX_RTO, MAX_RTO, MAX_RTO, 4,
    MAX_RTO,
];

/// State of an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum State {
    /// Before the first packet.
    None = 0,
    /// The client has sent one INIT.
    Init1 = 1,
    /// The client has sent more than one INIT.
    Init = 2,
    /// The server has sent INIT ACK.
    CookieSent = 3,
    /// The client has sent COOKIE ECHO.
    CookieReplied = 4,
    /// The server has sent INIT.
    CookieWait = 5,
    /// The client has answered that with INIT ACK.
    Cookie = 6,
    /// The server has sent COOKIE ECHO.
    CookieEchoed = 7,
    /// Open.
    Established = 8,
    /// The server has finished.
    ShutdownSent = 9,
    /// The client has finished.
    ShutdownReceived = 10,
    /// The server has sent SHUTDOWN ACK.
    ShutdownAckSent = 11,
    /// Aborted before it was open.
    Rejected = 12,
    /// Finished.
    Closed = 13,
}

impl State {
    /// From its number.
    #[inline]
    pub const fn from_u8(state: u8) -> Option<Self> {
        Some(match state {
            0 => Self::None,
            1 => Self::Init1,
            2 => Self::Init,
            3 => Self::CookieSent,
            4 => Self::CookieReplied,
            5 => Self::CookieWait,
            6 => Self::Cookie,
            7 => Self::CookieEchoed,
            8 => Self::Established,
            9 => Self::ShutdownSent,
            10 => Self::ShutdownReceived,
            11 => Self::ShutdownAckSent,
            12 => Self::Rejected,
            13 => Self::Closed,
            _ => return Option::None,
        })
    }

    /// Whether a connection in this state counts as active.
    #[inline]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Established)
    }

    /// Lifetime after the last packet, in seconds.
    #[inline]
    pub fn timeout(self) -> u32 {
        // Every state is within the array; `get` says it without a panic.
        TIMEOUTS.get(self as usize).copied().unwrap_or(MAX_RTO)
    }

    /// The name in `/proc/net/ip_vs_conn`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Init1 => "INIT1",
            Self::Init => "INIT",
            Self::CookieSent => "C-SENT",
            Self::CookieReplied => "C-REPLIED",
            Self::CookieWait => "C-WAIT",
            Self::Cookie => "COOKIE",
            Self::CookieEchoed => "C-ECHOED",
            Self::Established => "ESTABLISHED",
            Self::ShutdownSent => "S-SENT",
            Self::ShutdownReceived => "S-RECEIVED",
            Self::ShutdownAckSent => "S-ACK-SENT",
            Self::Rejected => "REJECTED",
            Self::Closed => "CLOSED",
        }
    }
}

/// The state after a packet.
#[inline]
pub fn next(path: Path, event: Chunk, state: State) -> State {
    // Every index is within its array by its type; `get` says it without a panic.
    TRANSITIONS
        .get(path as usize)
        .and_then(|rows| rows.get(event as usize))
        .and_then(|row| row.get(state as usize))
        .copied()
        .unwrap_or(State::Closed)
}

type Row = [State; STATES];

/// One line of a table in the notation of its source: a hexadecimal digit for each state.
const fn row(digits: &[u8; STATES]) -> Row {
    let mut row = [State::Closed; STATES];
    let mut rest: &[u8] = digits;
    let mut to: &mut [State] = &mut row;
    while let ([digit, digits @ ..], [slot, slots @ ..]) = (rest, to) {
        let number = match *digit {
            b'0'..=b'9' => *digit ^ b'0',
            _ => (*digit & 7).wrapping_add(9),
        };
        // Tests compare every line.
        if let Some(state) = State::from_u8(number) {
            *slot = state;
        }
        rest = digits;
        to = slots;
    }
    row
}

/// By path, event and state.
static TRANSITIONS: [[Row; 10]; 3] = [
    [
        row(b"8123456789ABCD"),
        row(b"1223456789AB22"),
        row(b"5553466789ABCD"),
        row(b"4224456789ABCD"),
        row(b"8123456889ABCD"),
        row(b"A1234567A9ABCD"),
        row(b"D22345678DADCD"),
        row(b"DDD3456789ADCD"),
        row(b"D123456D89ABCD"),
        row(b"DDDDDCDDDDDDDD"),
    ],
    [
        row(b"8123456789ABCD"),
        row(b"55555555855555"),
        row(b"3333456789ABCD"),
        row(b"7777777789ABCD"),
        row(b"8888888889ABCD"),
        row(b"9999999999ABCD"),
        row(b"BBBBB5678BBBCD"),
        row(b"D123456789ABCD"),
        row(b"DDDDD56789ABCD"),
        row(b"DCDDDDDDDDDDDD"),
    ],
    [
        row(b"8123486789ABCD"),
        row(b"1222226789AB22"),
        row(b"7777776789ABCD"),
        row(b"8888886789ABCD"),
        row(b"8128858889ABCD"),
        row(b"A1234567A9ABCD"),
        row(b"D2234567DDADCD"),
        row(b"DDDDD56789DDCD"),
        row(b"D123456789ABCD"),
        row(b"DDDDDCDDDDDDDD"),
    ],
];

#[cfg(test)]
mod tests;
