// SPDX-License-Identifier: GPL-2.0

//! States of a TCP connection as seen from the middle.
//!
//! A director does not track sequence numbers; it concludes from flags alone, and for most methods
//! from one direction alone. The tables are those of IPVS (RFC 9293 has no such machine), with the
//! columns in the order of [`State`].

use super::Path;
use crate::wire::tcp::Flags;

/// Number of states.
pub const STATES: usize = 11;

/// Lifetime after the last packet by state, in seconds.
pub const TIMEOUTS: [u32; STATES] = [2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120];

/// State of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum State {
    /// Before the first packet.
    None = 0,
    /// Open.
    Established = 1,
    /// The server opens a connection (active FTP).
    SynSent = 2,
    /// The client asked for a connection.
    SynRecv = 3,
    /// One side has finished.
    FinWait = 4,
    /// Both sides have finished.
    TimeWait = 5,
    /// Aborted, or never a connection.
    Close = 6,
    /// The client has finished, the server has not.
    CloseWait = 7,
    /// The client has finished last.
    LastAck = 8,
    /// Expected by a helper.
    Listen = 9,
    /// Asked for, under a defence against SYN floods.
    SynAck = 10,
}

impl State {
    /// From its number.
    #[inline]
    pub const fn from_u8(state: u8) -> Option<Self> {
        Some(match state {
            0 => Self::None,
            1 => Self::Established,
            2 => Self::SynSent,
            3 => Self::SynRecv,
            4 => Self::FinWait,
            5 => Self::TimeWait,
            6 => Self::Close,
            7 => Self::CloseWait,
            8 => Self::LastAck,
            9 => Self::Listen,
            10 => Self::SynAck,
            _ => return Option::None,
        })
    }

    /// Whether both ends have a connection, or one of them still has.
    #[inline]
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Established | Self::FinWait | Self::CloseWait | Self::LastAck
        )
    }

    /// Whether a connection in this state counts as active.
    #[inline]
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Established | Self::SynSent | Self::SynRecv | Self::SynAck
        )
    }

    /// The name in `/proc/net/ip_vs_conn`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Established => "ESTABLISHED",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::FinWait => "FIN_WAIT",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::Listen => "LISTEN",
            Self::SynAck => "SYNACK",
        }
    }
}

/// What a packet means, by its most important flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Event {
    /// SYN, with ACK or without.
    Syn = 0,
    /// FIN.
    Fin = 1,
    /// ACK only.
    Ack = 2,
    /// RST, whatever else is set.
    Rst = 3,
}

impl Event {
    /// `None` if no flag that matters is set, which no packet of a connection may do.
    #[inline]
    pub const fn from_flags(flags: Flags) -> Option<Self> {
        if flags.rst() {
            Some(Self::Rst)
        } else if flags.syn() {
            Some(Self::Syn)
        } else if flags.fin() {
            Some(Self::Fin)
        } else if flags.ack() {
            Some(Self::Ack)
        } else {
            None
        }
    }
}

/// Which set of transitions is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Table {
    /// The usual one.
    #[default]
    Normal = 0,
    /// Under attack (`secure_tcp`): half-open connections are not refreshed.
    Secure = 1,
}

/// The state after a packet.
#[inline]
pub fn next(table: Table, path: Path, flags: Flags, state: State) -> State {
    // Nearly all packets, and the same in every table.
    if matches!(state, State::Established) && flags.is_plain_ack() {
        return State::Established;
    }
    let Some(event) = Event::from_flags(flags) else {
        return State::Close;
    };
    let rows = match table {
        Table::Normal => &NORMAL,
        Table::Secure => &SECURE,
    };

    // Every index is within its array by its type; `get` says it without a panic.
    rows.get(path as usize)
        .and_then(|rows| rows.get(event as usize))
        .and_then(|row| row.get(state as usize))
        .copied()
        .unwrap_or(State::Close)
}

type Row = [State; STATES];

/// By path, event and state.
type Transitions = [[Row; 4]; 3];

/// One line of a table in the notation of its source: a digit for each state.
const fn row(digits: [u8; STATES]) -> Row {
    const fn state(digit: u8) -> State {
        match State::from_u8(digit) {
            Some(state) => state,
            // Tests compare every line, so that this cannot go unnoticed.
            None => State::Close,
        }
    }
    let [a, b, c, d, e, f, g, h, i, j, k] = digits;

    [
        state(a),
        state(b),
        state(c),
        state(d),
        state(e),
        state(f),
        state(g),
        state(h),
        state(i),
        state(j),
        state(k),
    ]
}

static NORMAL: Transitions = [
    [
        row([3, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3]),
        row([6, 7, 2, 5, 5, 5, 6, 7, 8, 9, 5]),
        row([1, 1, 2, 1, 4, 5, 6, 7, 6, 9, 1]),
        row([6, 6, 6, 3, 6, 6, 6, 6, 8, 9, 3]),
    ],
    [
        row([2, 1, 2, 3, 2, 2, 2, 2, 2, 9, 3]),
        row([5, 4, 2, 5, 4, 5, 6, 5, 8, 9, 5]),
        row([1, 1, 2, 1, 4, 5, 6, 7, 8, 1, 1]),
        row([6, 6, 2, 6, 6, 5, 6, 6, 6, 6, 6]),
    ],
    [
        row([3, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3]),
        row([6, 4, 2, 5, 4, 5, 6, 7, 8, 9, 5]),
        row([1, 1, 2, 1, 4, 5, 6, 7, 6, 9, 1]),
        row([6, 6, 6, 3, 6, 6, 6, 6, 8, 9, 6]),
    ],
];

static SECURE: Transitions = [
    [
        row([3, 1, 1, 3, 3, 3, 3, 3, 3, 3, 10]),
        row([6, 7, 2, 5, 5, 5, 6, 7, 8, 9, 10]),
        row([1, 1, 2, 3, 4, 5, 6, 7, 6, 9, 10]),
        row([6, 6, 6, 3, 6, 6, 6, 6, 8, 9, 6]),
    ],
    [
        row([2, 1, 2, 10, 2, 2, 2, 2, 2, 9, 10]),
        row([5, 4, 2, 5, 4, 5, 6, 5, 8, 9, 5]),
        row([1, 1, 2, 1, 4, 5, 6, 7, 8, 1, 1]),
        row([6, 6, 2, 6, 6, 5, 6, 6, 6, 6, 6]),
    ],
    [
        row([10, 1, 1, 3, 10, 10, 10, 10, 10, 10, 10]),
        row([6, 4, 2, 5, 4, 5, 6, 7, 8, 9, 5]),
        row([1, 1, 2, 1, 4, 5, 6, 7, 6, 9, 1]),
        row([6, 6, 6, 3, 6, 6, 6, 6, 8, 9, 6]),
    ],
];

#[cfg(test)]
mod tests;
