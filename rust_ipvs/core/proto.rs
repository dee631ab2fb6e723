// SPDX-License-Identifier: GPL-2.0

//! Protocols: states of their connections and how long each state lasts.

pub mod sctp;
pub mod tcp;
pub mod udp;

use crate::wire::proto::{
    IP,
    SCTP,
    TCP,
    UDP, //
};

/// Which packets of a connection the director sees, and which one this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Path {
    /// From the client, of a connection whose server is heard too.
    In = 0,
    /// From the server.
    Out = 1,
    /// From the client, of a connection whose server was never heard.
    InOnly = 2,
}

/// Lifetime of a connection before its first packet moved it to a state, in seconds.
pub const NEW_TIMEOUT: u32 = 3;

/// The settable lifetimes of one namespace, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// By TCP state.
    pub tcp: [u32; tcp::STATES],
    /// Of UDP.
    pub udp: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Timeouts {
    /// What a namespace starts with.
    pub const DEFAULT: Self = Self {
        tcp: tcp::TIMEOUTS,
        udp: udp::TIMEOUT,
    };

    /// Lifetime of a TCP connection in `state`.
    #[inline]
    pub fn tcp(&self, state: tcp::State) -> u32 {
        // The state is within the array; `get` says it without a panic.
        self.tcp.get(state as usize).copied().unwrap_or(NEW_TIMEOUT)
    }

    /// What user space calls "tcp", "tcpfin" and "udp": ESTABLISHED, FIN_WAIT and UDP.
    #[inline]
    pub fn config(&self) -> (u32, u32, u32) {
        (
            self.tcp(tcp::State::Established),
            self.tcp(tcp::State::FinWait),
            self.udp,
        )
    }

    /// Sets what [`Self::config`] gets; 0 keeps a value.
    pub fn set(&mut self, tcp: u32, tcp_fin: u32, udp: u32) {
        let [_, established, _, _, fin_wait, ..] = &mut self.tcp;
        for (slot, value) in [
            (established, tcp),
            (fin_wait, tcp_fin),
            (&mut self.udp, udp),
        ] {
            if value != 0 {
                *slot = value;
            }
        }
    }
}

/// Name of a connection's state in `/proc/net/ip_vs_conn`.
pub const fn state_name(proto: u8, state: u8) -> &'static str {
    match proto {
        TCP => match tcp::State::from_u8(state) {
            Some(state) => state.name(),
            None => "ERR!",
        },
        UDP => udp::state_name(state),
        SCTP => match sctp::State::from_u8(state) {
            Some(state) => state.name(),
            None => "ERR!",
        },
        IP => "NONE",
        _ => "ERR!",
    }
}

/// Name of a template's state in `/proc/net/ip_vs_conn`: 1 if one of its connections was seen to be
/// established.
pub const fn template_state_name(state: u8) -> &'static str {
    match state {
        0 => "NONE",
        1 => "ASSURED",
        _ => "ERR!",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_keeps_a_timeout() {
        let mut timeouts = Timeouts::default();
        assert_eq!(timeouts.config(), (900, 120, 300));

        timeouts.set(0, 0, 0);
        assert_eq!(timeouts, Timeouts::DEFAULT);
        timeouts.set(1000, 0, 0);
        assert_eq!(timeouts.config(), (1000, 120, 300));
        timeouts.set(0, 7, 8);
        assert_eq!(timeouts.config(), (1000, 7, 8));
        assert_eq!(
            timeouts.tcp,
            [2, 1000, 120, 60, 7, 120, 10, 60, 30, 120, 120]
        );
    }

    #[test]
    fn names_by_protocol() {
        assert_eq!(state_name(6, 1), "ESTABLISHED");
        assert_eq!(state_name(6, 10), "SYNACK");
        assert_eq!(state_name(6, 11), "ERR!");
        assert_eq!(state_name(17, 0), "UDP");
        assert_eq!(state_name(17, 1), "ERR!");
        assert_eq!(state_name(132, 3), "C-SENT");
        assert_eq!(state_name(132, 14), "ERR!");
        assert_eq!(state_name(0, 0), "NONE");
        assert_eq!(state_name(47, 0), "ERR!");
        assert_eq!(
            [0, 1, 2].map(template_state_name),
            ["NONE", "ASSURED", "ERR!"]
        );
    }
}
