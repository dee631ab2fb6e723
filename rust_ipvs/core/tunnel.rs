// SPDX-License-Identifier: GPL-2.0

//! Tunnels: what is put before a packet, so that it gets to a server with all that is in it.
//!
//! That is a header of IP, the *outer* one, and, for GUE and GRE, a *shim* between it and the packet:
//!
//! ```text
//! IPIP   outer IP | packet
//! GUE    outer IP | UDP | GUE | packet
//! GRE    outer IP | GRE | packet
//! ```

mod gre;
mod gue;
pub mod outer;
pub mod quoted;

use crate::addr::Family;
use crate::byteorder::Be16;
use crate::uapi::{
    tun_flag,
    tun_type, //
};
use crate::wire::{
    proto,
    udp, //
};

/// The kind of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IP in IP: nothing is in between.
    Ipip,
    /// Generic UDP encapsulation.
    Gue {
        /// The port of the server, in network order.
        port: Be16,
        /// Whether a device may leave it to the server to complete the checksum of the packet.
        remote: bool,
    },
    /// Generic routing encapsulation.
    Gre,
}

/// A tunnel to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The kind.
    pub kind: Kind,
    /// Whether the shim has a checksum.
    pub checksum: bool,
}

/// Where in a packet the checksum is that its sender has left to a device, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenChecksum {
    /// What is summed up begins here.
    pub start: u16,
    /// The result is to be put here.
    pub at: u16,
}

/// The longest shim, in bytes: UDP, and GUE with all that it can have.
pub const MAX_SHIM: usize = udp::LEN + gue::MAX_LEN;

/// What is between the outer IP header and the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shim {
    bytes: [u8; MAX_SHIM],
    len: usize,
}

impl Shim {
    /// The bytes as they are on the wire, but for a checksum: its field is zero.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Tunnel {
    /// From what user space has set. A type that nobody has defined is IP in IP.
    pub const fn new(ty: u8, port: Be16, flags: u16) -> Self {
        let remote = flags & tun_flag::REMCSUM != 0;
        let checksum = flags & tun_flag::CSUM != 0;
        match ty {
            tun_type::GUE => Self {
                kind: Kind::Gue { port, remote },
                // What the server is to complete it has to be able to trust.
                checksum: checksum || remote,
            },
            tun_type::GRE => Self {
                kind: Kind::Gre,
                checksum,
            },
            _ => Self {
                kind: Kind::Ipip,
                checksum: false,
            },
        }
    }

    /// Whether the server completes the checksum of a packet. `open` says whether there is anything
    /// to complete.
    #[inline]
    pub const fn leaves_checksum(&self, open: bool) -> bool {
        open && matches!(self.kind, Kind::Gue { remote: true, .. })
    }

    /// By how much packets grow, in bytes. `open` is as for [`Self::leaves_checksum`].
    pub const fn overhead(&self, outer: Family, open: bool) -> usize {
        let shim = match self.kind {
            Kind::Ipip => 0,
            Kind::Gue { .. } => udp::LEN.saturating_add(gue::len(self.leaves_checksum(open))),
            Kind::Gre => gre::len(self.checksum),
        };
        outer::len(outer).saturating_add(shim)
    }

    /// How long a packet may be, in bytes, that goes over a route that carries `mtu`. `None` if that
    /// is less than every packet of IP may rely on.
    pub const fn inner_mtu(&self, mtu: usize, outer: Family, open: bool) -> Option<usize> {
        match mtu.checked_sub(self.overhead(outer, open)) {
            Some(inner) if inner >= outer::min_mtu(outer) => Some(inner),
            _ => None,
        }
    }

    /// The protocol that the outer header names.
    #[inline]
    pub const fn protocol(&self, inner: Family) -> u8 {
        match self.kind {
            Kind::Ipip => protocol_of(inner),
            Kind::Gue { .. } => proto::UDP,
            Kind::Gre => proto::GRE,
        }
    }

    /// The shim before a packet of `len` bytes. `sport` is the source port, if there is one; `open`
    /// is what the server is to complete.
    pub fn shim(&self, inner: Family, len: usize, sport: Be16, open: Option<OpenChecksum>) -> Shim {
        let (bytes, shim_len) = match self.kind {
            Kind::Ipip => ([0; MAX_SHIM], 0),
            Kind::Gue { port, .. } => {
                let gue_len = gue::len(open.is_some());
                let udp = udp::header(sport, port, gue_len.saturating_add(len));
                (
                    gue::after(udp, protocol_of(inner), open),
                    udp::LEN.saturating_add(gue_len),
                )
            }
            Kind::Gre => (gre::header(inner, self.checksum), gre::len(self.checksum)),
        };
        Shim {
            bytes,
            len: shim_len,
        }
    }
}

/// The number of the protocol of a packet in another one.
pub const fn protocol_of(inner: Family) -> u8 {
    match inner {
        Family::V4 => proto::IPIP,
        Family::V6 => proto::IPV6,
    }
}

#[cfg(test)]
mod tests;
