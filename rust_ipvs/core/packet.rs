// SPDX-License-Identifier: GPL-2.0

//! Everything the packet path needs to know of a packet, by value, parsed once.

use crate::byteorder::Be16;
use crate::flow::{
    Flow,
    Flow4, //
};
use crate::wire::{
    ipv4,
    proto,
    sctp,
    tcp,
    udp, //
};

/// Bytes that may lie in pieces, such as the data of an skb.
pub trait Bytes {
    /// Copies `N` bytes from `offset`; `None` if they are not all there.
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]>;

    /// Number of bytes.
    fn len(&self) -> usize;

    /// Whether there are none.
    #[inline]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Bytes for [u8] {
    #[inline]
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.get(offset..)?.first_chunk().copied()
    }

    #[inline]
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }
}

impl<B: Bytes + ?Sized> Bytes for &B {
    #[inline]
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        (**self).read(offset)
    }

    #[inline]
    fn len(&self) -> usize {
        (**self).len()
    }
}

/// A packet that can belong to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    /// Its tuple.
    pub flow: Flow4,
    /// Where the TCP or UDP header begins, in bytes from the IP header.
    pub l4_offset: u16,
    /// Total length by the IP header, in bytes; 0 for an aggregate beyond 65,535 bytes.
    pub total_len: u16,
    /// Time to live.
    pub ttl: u8,
    /// Whether routers must not fragment it.
    pub dont_fragment: bool,
    /// What is known beyond the ports.
    pub l4: L4,
}

/// The port at which keys for IPsec are negotiated, over UDP.
pub const ISAKMP_PORT: Be16 = Be16::from_host(500);

/// The transport header, as far as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L4 {
    /// TCP with the fixed part of its header.
    Tcp(tcp::Flags),
    /// UDP with its header.
    Udp,
    /// SCTP with its common header, and what its chunks say.
    Sctp(sctp::Chunks),
    /// AH or ESP, which belong to the connection that negotiated their keys: its flow is that of
    /// UDP between the ports [`ISAKMP_PORT`], and the packet itself has no ports.
    Ipsec,
    /// TCP, UDP or SCTP, by the protocol of the flow, of which only the ports can be read.
    ///
    /// Such a packet finds its connection but neither opens one (DROP) nor moves its state.
    Truncated,
}

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// To be looked up.
    Headers(Headers),
    /// A fragment of TCP, UDP or SCTP: to be reassembled first, then parsed again.
    Fragment {
        /// Protocol of the payload.
        proto: u8,
    },
    /// A protocol that is not balanced: ACCEPT, except for errors of ICMP, which may quote a packet
    /// of a connection.
    NotHandled {
        /// Protocol of the payload.
        proto: u8,
    },
    /// No sense to be made of it.
    Malformed(Malformed),
}

/// Why a packet makes no sense. The verdict depends on the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The IP header is cut short or impossible: ACCEPT, the IP layer deals with it.
    Network,
    /// The ports cannot be read, so no connection is found: ACCEPT on the way out, DROP on the way
    /// in, where scheduling would need them.
    Ports,
}

/// Parses the IPv4 packet at `base`.
#[inline]
pub fn parse_ipv4<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed {
    let header = bytes
        .read(base)
        .and_then(|fixed| ipv4::Header::parse(&fixed));
    parse(bytes, base, header, ipv4::Header::is_fragment)
}

/// Parses the IPv4 packet at `base` that an ICMP error quotes.
///
/// It cannot be reassembled, so that only a fragment without ports, which is every fragment but the
/// first, is a [`Parsed::Fragment`]: ACCEPT.
pub fn parse_quoted_ipv4<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed {
    let header = bytes
        .read(base)
        .and_then(|fixed| ipv4::Header::parse_quoted(&fixed));
    parse(bytes, base, header, |header| header.fragment_offset() != 0)
}

#[inline]
fn parse<B: Bytes + ?Sized>(
    bytes: &B,
    base: usize,
    header: Option<ipv4::Header>,
    lacks_ports: impl FnOnce(&ipv4::Header) -> bool,
) -> Parsed {
    let Some(header) = header else {
        return Parsed::Malformed(Malformed::Network);
    };
    if !matches!(header.protocol, proto::TCP | proto::UDP | proto::SCTP) {
        return without_ports(&header);
    }
    if lacks_ports(&header) {
        return Parsed::Fragment {
            proto: header.protocol,
        };
    }
    let l4_offset = header.header_len();
    let Some((sport, dport, l4)) = transport(bytes, base.wrapping_add(l4_offset), header.protocol)
    else {
        return Parsed::Malformed(Malformed::Ports);
    };

    Parsed::Headers(Headers {
        flow: Flow {
            src: header.src,
            dst: header.dst,
            sport,
            dport,
            proto: header.protocol,
        },
        // At most 60.
        l4_offset: l4_offset as u16,
        total_len: header.total_len,
        ttl: header.ttl,
        dont_fragment: header.dont_fragment(),
        l4,
    })
}

/// What is not a protocol with ports.
#[cold]
fn without_ports(header: &ipv4::Header) -> Parsed {
    if !matches!(header.protocol, proto::AH | proto::ESP) {
        return Parsed::NotHandled {
            proto: header.protocol,
        };
    }
    // Each fragment goes by itself: there is nothing to read in the payload.
    Parsed::Headers(Headers {
        flow: Flow {
            src: header.src,
            dst: header.dst,
            sport: ISAKMP_PORT,
            dport: ISAKMP_PORT,
            proto: proto::UDP,
        },
        // At most 60.
        l4_offset: header.header_len() as u16,
        total_len: header.total_len,
        ttl: header.ttl,
        dont_fragment: header.dont_fragment(),
        l4: L4::Ipsec,
    })
}

/// Source port, destination port, and what follows them.
#[inline]
fn transport<B: Bytes + ?Sized>(
    bytes: &B,
    offset: usize,
    protocol: u8,
) -> Option<(Be16, Be16, L4)> {
    if protocol == proto::TCP {
        // The data offset is not looked at: the fixed part is all that is read or changed.
        if let Some([s0, s1, d0, d1, _, _, _, _, _, _, _, _, _, flags, _, _, _, _, _, _]) =
            bytes.read::<{ tcp::MIN_LEN }>(offset)
        {
            return Some(ports([s0, s1, d0, d1], L4::Tcp(tcp::Flags(flags))));
        }
    } else if protocol == proto::SCTP {
        return transport_sctp(bytes, offset);
    } else if let Some([s0, s1, d0, d1, _, _, _, _]) = bytes.read::<{ udp::LEN }>(offset) {
        return Some(ports([s0, s1, d0, d1], L4::Udp));
    }

    Some(ports(bytes.read(offset)?, L4::Truncated))
}

#[cold]
fn transport_sctp<B: Bytes + ?Sized>(bytes: &B, offset: usize) -> Option<(Be16, Be16, L4)> {
    let l4 = match bytes.read::<{ sctp::LEN }>(offset) {
        Some(_) => L4::Sctp(sctp::Chunks::read(bytes, offset)),
        None => L4::Truncated,
    };

    Some(ports(bytes.read(offset)?, l4))
}

#[inline]
fn ports([s0, s1, d0, d1]: [u8; 4], l4: L4) -> (Be16, Be16, L4) {
    (Be16::from_bytes([s0, s1]), Be16::from_bytes([d0, d1]), l4)
}

#[cfg(test)]
mod tests;
