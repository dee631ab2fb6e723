// SPDX-License-Identifier: GPL-2.0

//! Fields of protocol headers, read from arrays of the header's length.
//!
//! An array cannot be too short, so that reading it cannot fail; `parse` only refuses values that no
//! packet may have. `OFFSET_*` are positions in bytes from the start of the header, for writing.

pub mod icmp;
pub mod icmpv6;
pub mod ipv4;
pub mod ipv6;
pub mod sctp;
pub mod tcp;
pub mod udp;

/// Protocol numbers of the IP header, as assigned by IANA.
pub mod proto {
    /// "Any": persistence templates of firewall marks have no protocol.
    pub const IP: u8 = 0;
    /// RFC 792.
    pub const ICMP: u8 = 1;
    /// IPv4 in IP, RFC 2003.
    pub const IPIP: u8 = 4;
    /// RFC 9293.
    pub const TCP: u8 = 6;
    /// RFC 768.
    pub const UDP: u8 = 17;
    /// IPv6 in IP, RFC 4213.
    pub const IPV6: u8 = 41;
    /// RFC 2784.
    pub const GRE: u8 = 47;
    /// Encapsulating Security Payload, RFC 4303.
    pub const ESP: u8 = 50;
    /// Authentication Header, RFC 4302.
    pub const AH: u8 = 51;
    /// RFC 4443.
    pub const ICMPV6: u8 = 58;
    /// RFC 9260.
    pub const SCTP: u8 = 132;
}

/// Protocol numbers of Ethernet.
pub mod ethertype {
    use crate::addr::Family;

    /// IPv4.
    pub const IPV4: u16 = 0x0800;
    /// IPv6.
    pub const IPV6: u16 = 0x86dd;

    /// The one of a packet of `family`.
    pub const fn of(family: Family) -> u16 {
        match family {
            Family::V4 => IPV4,
            Family::V6 => IPV6,
        }
    }
}
