// SPDX-License-Identifier: GPL-2.0

//! The IP header before a packet in a tunnel, and what it takes over from that of the packet.

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::addr::Family;
use crate::wire::ipv4;

/// Length of an IPv6 header without extensions, in bytes.
pub const IPV6_LEN: usize = 40;

const ECN: u8 = 3;
const ECN_ECT_0: u8 = 2;
const ECN_CE: u8 = 3;

const DONT_FRAGMENT: u8 = 0x40;

/// What the outer header takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inherited {
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// DSCP and ECN of the packet.
    pub tos: u8,
    /// Whether routers must not fragment what is on its way to the server.
    pub dont_fragment: bool,
}

/// Length of the header, in bytes.
pub const fn len(outer: Family) -> usize {
    match outer {
        Family::V4 => ipv4::MIN_LEN,
        Family::V6 => IPV6_LEN,
    }
}

/// How long a packet every link can carry, in bytes.
pub const fn min_mtu(outer: Family) -> usize {
    match outer {
        Family::V4 => 68,
        Family::V6 => 1280,
    }
}

/// DSCP and ECN outside (RFC 3168, full functionality): congestion that the packet has met before is
/// not told again.
pub const fn encapsulate_tos(inner: u8) -> u8 {
    match inner & ECN {
        ECN_CE => inner & !ECN | ECN_ECT_0,
        _ => inner,
    }
}

/// A header of IPv4. Length, identification and checksum are zero: the IP layer fills them in.
pub fn header4(inherited: Inherited, protocol: u8, src: Ipv4Addr, dst: Ipv4Addr) -> [u8; 20] {
    let [s0, s1, s2, s3] = src.octets();
    let [d0, d1, d2, d3] = dst.octets();
    let tos = encapsulate_tos(inherited.tos);
    let fragment = match inherited.dont_fragment {
        true => DONT_FRAGMENT,
        false => 0,
    };

    [
        0x45,
        tos,
        0,
        0,
        0,
        0,
        fragment,
        0,
        inherited.ttl,
        protocol,
        0,
        0,
        s0,
        s1,
        s2,
        s3,
        d0,
        d1,
        d2,
        d3,
    ]
}

/// A header of IPv6, without a flow label. The length is zero: the IP layer fills it in.
pub fn header6(inherited: Inherited, protocol: u8, src: Ipv6Addr, dst: Ipv6Addr) -> [u8; 40] {
    let tos = encapsulate_tos(inherited.tos);
    let fixed = [
        0x60 | (tos >> 4),
        tos << 4,
        0,
        0,
        0,
        0,
        protocol,
        inherited.ttl,
    ];
    let mut header = [0; IPV6_LEN];
    put(&mut header, 0, fixed);
    put(&mut header, 8, src.octets());
    put(&mut header, 24, dst.octets());

    header
}

#[inline(always)]
fn put<const N: usize>(header: &mut [u8; IPV6_LEN], offset: usize, value: [u8; N]) {
    let place = header.get_mut(offset..).and_then(<[u8]>::first_chunk_mut);
    if let Some(place) = place {
        *place = value;
    }
}
