// SPDX-License-Identifier: GPL-2.0

//! Everything the packet path needs to know of a packet, by value, parsed once.

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::byteorder::Be16;
use crate::flow::Flow;
use crate::ip::Ip;
use crate::wire::{
    ipv4,
    ipv6::{
        self,
        ext,
        Extension, //
    },
    proto,
    sctp,
    tcp,
    udp, //
};

/// Bytes that may lie in pieces, such as the data of an skb.
pub trait Bytes {
    /// Copies `N` bytes from `offset`; `None` if they are not all there.
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]>;

    /// As [`Bytes::read`], if that costs nothing; `None` says nothing about what is there.
    #[inline(always)]
    fn peek<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.read(offset)
    }

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

    #[inline(always)]
    fn peek<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        (**self).peek(offset)
    }

    #[inline]
    fn len(&self) -> usize {
        (**self).len()
    }
}

/// A packet that can belong to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers<A: Ip> {
    /// Its tuple.
    pub flow: Flow<A>,
    /// Where the TCP or UDP header begins, in bytes from the IP header.
    pub l4_offset: u16,
    /// Total length by the IP header, in bytes; 0 for an aggregate beyond 65,535 bytes.
    pub total_len: u16,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Whether routers must not fragment it, as is always so with IPv6.
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
pub enum Parsed<A: Ip> {
    /// To be looked up.
    Headers(Headers<A>),
    /// With IPv4 a fragment of TCP, UDP or SCTP: to be reassembled first, then parsed again. With IPv6
    /// a fragment of any protocol but ESP that is not the first one: the others have been
    /// reassembled.
    Fragment {
        /// Protocol of the payload.
        proto: u8,
    },
    /// A protocol that is not balanced: ACCEPT, except for errors of ICMP, which may quote a packet
    /// of a connection.
    NotHandled {
        /// Protocol of the payload.
        proto: u8,
        /// Where the payload begins, in bytes from the IP header.
        l4_offset: u16,
        /// Whether it is a part of a packet, which with IPv6 is the first part.
        is_fragment: bool,
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

/// Parses what almost every packet of IPv4 is: TCP or UDP behind a header without options, whole and
/// easy to read. `None` says nothing about others.
#[inline(always)]
pub fn parse_plain_ipv4<B: Bytes + ?Sized>(bytes: &B) -> Option<Headers<Ipv4Addr>> {
    let header = ipv4::Header::parse_plain(&bytes.peek(0)?)?;
    let (sport, dport, l4) = plain_transport(bytes, ipv4::MIN_LEN, header.protocol)?;
    if header.is_fragment() {
        return None;
    }

    Some(Headers {
        flow: Flow {
            src: header.src,
            dst: header.dst,
            sport,
            dport,
            proto: header.protocol,
        },
        l4_offset: ipv4::MIN_LEN as u16,
        total_len: header.total_len,
        ttl: header.ttl,
        dont_fragment: header.dont_fragment(),
        l4,
    })
}

/// Parses what almost every packet of IPv6 is: TCP or UDP without extension headers, and easy to
/// read. `None` says nothing about others.
#[inline(always)]
pub fn parse_plain_ipv6<B: Bytes + ?Sized>(bytes: &B) -> Option<Headers<Ipv6Addr>> {
    let header = ipv6::Header::parse(&bytes.peek(0)?)?;
    let (sport, dport, l4) = plain_transport(bytes, ipv6::LEN, header.next)?;

    Some(Headers {
        flow: Flow {
            src: header.src,
            dst: header.dst,
            sport,
            dport,
            proto: header.next,
        },
        l4_offset: ipv6::LEN as u16,
        total_len: ipv6_len(header.payload_len),
        ttl: header.hop_limit,
        dont_fragment: true,
        l4,
    })
}

/// The header of TCP or UDP, if it is easy to read.
#[inline(always)]
fn plain_transport<B: Bytes + ?Sized>(
    bytes: &B,
    offset: usize,
    protocol: u8,
) -> Option<(Be16, Be16, L4)> {
    let l4 = match protocol {
        proto::TCP => {
            bytes.peek::<{ tcp::MIN_LEN }>(offset)?;
            let [flags] = bytes.peek(offset.wrapping_add(tcp::OFFSET_FLAGS))?;
            L4::Tcp(tcp::Flags(flags))
        }
        proto::UDP => {
            bytes.peek::<{ udp::LEN }>(offset)?;
            L4::Udp
        }
        _ => return None,
    };
    let sport = Be16::from_bytes(bytes.peek(offset)?);
    let dport = Be16::from_bytes(bytes.peek(offset.wrapping_add(tcp::OFFSET_DPORT))?);
    Some((sport, dport, l4))
}

/// Length of a packet of IPv6 in bytes; 0 for an aggregate beyond 65,535 bytes.
#[inline]
const fn ipv6_len(payload_len: u16) -> u16 {
    match payload_len {
        0 => 0,
        len => len.saturating_add(ipv6::LEN as u16),
    }
}

/// Parses the IPv4 packet at `base`.
pub fn parse_ipv4<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Ipv4Addr> {
    let header = bytes
        .read(base)
        .and_then(|fixed| ipv4::Header::parse(&fixed));
    parse4(bytes, base, header, ipv4::Header::is_fragment)
}

/// Parses the IPv4 packet at `base` that an ICMP error quotes.
///
/// It cannot be reassembled, so that only a fragment without ports, which is every fragment but the
/// first, is a [`Parsed::Fragment`]: ACCEPT.
pub fn parse_quoted_ipv4<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Ipv4Addr> {
    let header = bytes
        .read(base)
        .and_then(|fixed| ipv4::Header::parse_quoted(&fixed));
    parse4(bytes, base, header, |header| header.fragment_offset() != 0)
}

#[inline]
fn parse4<B: Bytes + ?Sized>(
    bytes: &B,
    base: usize,
    header: Option<ipv4::Header>,
    lacks_ports: impl FnOnce(&ipv4::Header) -> bool,
) -> Parsed<Ipv4Addr> {
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
fn without_ports(header: &ipv4::Header) -> Parsed<Ipv4Addr> {
    if !matches!(header.protocol, proto::AH | proto::ESP) {
        return Parsed::NotHandled {
            proto: header.protocol,
            // At most 60.
            l4_offset: header.header_len() as u16,
            is_fragment: header.is_fragment(),
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

/// Parses the IPv6 packet at `base`.
pub fn parse_ipv6<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Ipv6Addr> {
    let Some(header) = bytes
        .read(base)
        .and_then(|fixed| ipv6::Header::parse(&fixed))
    else {
        return Parsed::Malformed(Malformed::Network);
    };
    let payload = match header.next {
        proto::TCP | proto::UDP | proto::SCTP => Payload {
            proto: header.next,
            offset: ipv6::LEN,
            fragment: None,
        },
        first => match skip_extensions(bytes, base, first) {
            Some(payload) => payload,
            None => return Parsed::Malformed(Malformed::Network),
        },
    };
    let Payload {
        proto,
        offset,
        fragment,
    } = payload;
    if fragment.is_some_and(|offset| offset != 0) && proto != proto::ESP {
        return Parsed::Fragment { proto };
    }
    // Beyond that there is no packet.
    let Ok(l4_offset) = u16::try_from(offset) else {
        return Parsed::Malformed(Malformed::Network);
    };
    let (sport, dport, l4) = match proto {
        proto::TCP | proto::UDP | proto::SCTP => {
            match transport(bytes, base.wrapping_add(offset), proto) {
                Some(transport) => transport,
                None => return Parsed::Malformed(Malformed::Ports),
            }
        }
        // AH is an extension header here.
        proto::ESP => (ISAKMP_PORT, ISAKMP_PORT, L4::Ipsec),
        _ => {
            return Parsed::NotHandled {
                proto,
                l4_offset,
                is_fragment: fragment.is_some(),
            }
        }
    };

    Parsed::Headers(Headers {
        flow: Flow {
            src: header.src,
            dst: header.dst,
            sport,
            dport,
            proto: match l4 {
                L4::Ipsec => proto::UDP,
                _ => proto,
            },
        },
        l4_offset,
        total_len: ipv6_len(header.payload_len),
        ttl: header.hop_limit,
        dont_fragment: true,
        l4,
    })
}

/// Parses the IPv6 packet at `base` that an ICMPv6 error quotes.
pub fn parse_quoted_ipv6<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Parsed<Ipv6Addr> {
    parse_ipv6(bytes, base)
}

/// What lies behind the extension headers of a packet.
struct Payload {
    proto: u8,
    /// In bytes from the IP header; of a fragment that is not the first one, where its fragment
    /// header begins.
    offset: usize,
    /// Position of the fragment in its packet, if the packet has a fragment header.
    fragment: Option<u16>,
}

/// Looks for the payload of the packet at `base`, whose first extension header is `next`.
///
/// `None` if there are too many headers, if they are cut short, or if a fragment begins in the
/// middle of them.
#[cold]
fn skip_extensions<B: Bytes + ?Sized>(bytes: &B, base: usize, next: u8) -> Option<Payload> {
    let mut payload = Payload {
        proto: next,
        offset: ipv6::LEN,
        fragment: None,
    };
    for _ in 0..ipv6::MAX_EXTENSIONS {
        if !ext::is_extension(payload.proto) {
            return Some(payload);
        }
        let start = base.wrapping_add(payload.offset);
        let header = extension(bytes, start, payload.proto)?;
        if payload.proto == ext::FRAGMENT {
            payload.fragment = Some(header.fragment_offset);
        }
        payload.proto = header.next;
        if header.fragment_offset != 0 {
            return (!ext::is_extension(header.next)).then_some(payload);
        }
        if bytes.len().wrapping_sub(start) < header.len {
            return None;
        }
        payload.offset = payload.offset.wrapping_add(header.len);
    }
    (!ext::is_extension(payload.proto)).then_some(payload)
}

/// Reads the beginning of the extension header `kind`, as much of it as that one needs.
fn extension<B: Bytes + ?Sized>(bytes: &B, start: usize, kind: u8) -> Option<Extension> {
    let start_of_it = match kind {
        ext::FRAGMENT | ext::ROUTING => bytes.read(start)?,
        _ => {
            let [next, len] = bytes.read(start)?;
            [next, len, 0, 0]
        }
    };
    Some(Extension::parse(kind, start_of_it))
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
