// SPDX-License-Identifier: GPL-2.0

//! Connection flags and forwarding methods.
//!
//! Values of `IP_VS_CONN_F_*` in `include/uapi/linux/ip_vs.h`.

/// Flags of a connection. Bits from 16 on never leave the host.
pub mod flag {
    /// The bits that hold the [`Method`](super::Method).
    pub const FWD_MASK: u32 = 0x0007;
    /// Came from a sync daemon.
    pub const SYNC: u32 = 0x0020;
    /// Is in the table.
    pub const HASHED: u32 = 0x0040;
    /// No packet from the server was seen; for most methods none ever will be.
    pub const NOOUTPUT: u32 = 0x0080;
    /// Does not count as active.
    pub const INACTIVE: u32 = 0x0100;
    /// Sequence numbers from the server are adjusted.
    pub const OUT_SEQ: u32 = 0x0200;
    /// Sequence numbers from the client are adjusted.
    pub const IN_SEQ: u32 = 0x0400;
    /// Both of the above.
    pub const SEQ_MASK: u32 = 0x0600;
    /// The client's port is not known yet.
    pub const NO_CPORT: u32 = 0x0800;
    /// A persistence template, not a connection.
    pub const TEMPLATE: u32 = 0x1000;
    /// Lives for one packet.
    pub const ONE_PACKET: u32 = 0x2000;
    /// Is followed by netfilter's connection tracking.
    pub const NFCT: u32 = 1 << 16;

    /// What a backup takes over from a sync message for a new connection.
    pub const BACKUP_MASK: u32 = FWD_MASK | NOOUTPUT | INACTIVE | SEQ_MASK | NO_CPORT | TEMPLATE;
    /// What a backup takes over for one that it has.
    pub const BACKUP_UPDATE_MASK: u32 = INACTIVE | SEQ_MASK;
    /// What user space may set by the old socket interface.
    pub const DEST_MASK: u32 = FWD_MASK | ONE_PACKET | NFCT;
}

/// How packets get to the real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Method {
    /// Addresses and ports are rewritten, in both directions.
    Masq = 0,
    /// The director itself is the server.
    Local = 1,
    /// In a tunnel.
    Tunnel = 2,
    /// To the server's link-layer address, unchanged.
    Route = 3,
    /// To where the packet was going anyway.
    Bypass = 4,
}

impl Method {
    /// Takes the low bits of flags; `None` for 5 to 7, which can be configured but forward nothing.
    #[inline]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits & flag::FWD_MASK {
            0 => Some(Self::Masq),
            1 => Some(Self::Local),
            2 => Some(Self::Tunnel),
            3 => Some(Self::Route),
            4 => Some(Self::Bypass),
            _ => None,
        }
    }

    /// The bits in the flags.
    #[inline]
    pub const fn bits(self) -> u32 {
        self as u32
    }

    /// The name in `/proc/net/ip_vs`, where whatever has none of its own is `Masq`.
    pub const fn name_proc(self) -> &'static str {
        match self {
            Self::Masq | Self::Bypass => "Masq",
            Self::Local => "Local",
            Self::Tunnel => "Tunnel",
            Self::Route => "Route",
        }
    }

    /// Flags of a new connection by this method: it is inactive, and unless addresses are rewritten
    /// no packet of the server is expected.
    #[inline]
    pub const fn initial_flags(self) -> u32 {
        let output = match self {
            Self::Masq => 0,
            _ => flag::NOOUTPUT,
        };

        self.bits() | output | flag::INACTIVE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_the_low_three_bits() {
        let known = [
            Method::Masq,
            Method::Local,
            Method::Tunnel,
            Method::Route,
            Method::Bypass,
        ];
        for (bits, method) in (0..).zip(known) {
            assert_eq!(Method::from_bits(bits), Some(method));
            assert_eq!(Method::from_bits(bits | 0xffff_fff8), Some(method));
            assert_eq!(method.bits(), bits);
        }
        for bits in 5..8 {
            assert_eq!(Method::from_bits(bits), None);
        }
    }

    #[test]
    fn names_of_proc() {
        let names = [0, 1, 2, 3, 4].map(|bits| Method::from_bits(bits).unwrap().name_proc());

        assert_eq!(names, ["Masq", "Local", "Tunnel", "Route", "Masq"]);
    }

    #[test]
    fn new_connections_are_inactive() {
        assert_eq!(Method::Masq.initial_flags(), 0x100);
        assert_eq!(Method::Local.initial_flags(), 0x181);
        assert_eq!(Method::Tunnel.initial_flags(), 0x182);
        assert_eq!(Method::Route.initial_flags(), 0x183);
    }

    #[test]
    fn masks() {
        assert_eq!(flag::BACKUP_MASK, 0x1f87);
        assert_eq!(flag::BACKUP_UPDATE_MASK, 0x0700);
        assert_eq!(flag::DEST_MASK, 0x1_2007);
    }
}
