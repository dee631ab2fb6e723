// SPDX-License-Identifier: GPL-2.0

//! What the tests share: netlink bytes, packets, and the reference of what core computes cleverly.

use core::convert::Infallible;
use std::net::Ipv4Addr;

use ipvs_core::flow::Flow4;
use ipvs_core::uapi::nla::Sink;

/// An attribute with its padding.
pub fn attr(kind: u16, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len() + 4).expect("an attribute has a length of 16 bits");
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Keeps the attributes that are written.
#[derive(Debug, Default)]
pub struct Buffer(pub Vec<u8>);

impl Buffer {
    /// The data of the only attribute.
    pub fn payload(&self) -> &[u8] {
        &self.0[4..]
    }
}

impl Sink for Buffer {
    type Error = Infallible;

    fn put(&mut self, kind: u16, data: &[u8]) -> Result<(), Infallible> {
        self.0.extend(attr(kind, data));
        Ok(())
    }

    /// Where it begins.
    type Nest = usize;

    fn begin_nest(&mut self, kind: u16) -> Result<usize, Infallible> {
        let start = self.0.len();
        self.put(kind, &[])?;
        Ok(start)
    }

    fn end_nest(&mut self, start: usize) -> Result<(), Infallible> {
        let len = (self.0.len() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&len.to_ne_bytes());
        Ok(())
    }
}

/// The checksum of bytes by the letter of RFC 1071: 16 bits at a time, carries added at the end.
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u64 = 0;
    for word in bytes.chunks(2) {
        sum += (u64::from(word[0]) << 8) | word.get(1).map_or(0, |low| u64::from(*low));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// The pseudo header of TCP and UDP over IPv4.
pub fn pseudo(src: Ipv4Addr, dst: Ipv4Addr, proto: u8, len: usize) -> Vec<u8> {
    let mut bytes = [src.octets(), dst.octets()].concat();
    bytes.extend([0, proto]);
    bytes.extend((len as u16).to_be_bytes());
    bytes
}

/// Offset of the checksum in the header of TCP or UDP.
pub const fn check_offset(proto: u8) -> usize {
    match proto {
        6 => 16,
        _ => 6,
    }
}

/// A packet with `options` bytes of IP options, a multiple of four, and right checksums.
pub fn packet(flow: &Flow4, tcp_flags: u8, options: usize, data: &[u8]) -> Vec<u8> {
    let mut l4 = [flow.sport.to_bytes(), flow.dport.to_bytes()].concat();
    if flow.proto == 6 {
        l4.extend([
            0, 0, 0, 1, 0, 0, 0, 2, 0x50, tcp_flags, 0xff, 0xff, 0, 0, 0, 0,
        ]);
    } else if flow.proto == 132 {
        // A tag; the CRC is not computed.
        l4.extend([0, 0, 0, 1, 0, 0, 0, 0]);
    } else {
        l4.extend((8 + data.len() as u16).to_be_bytes());
        l4.extend([0, 0]);
    }
    l4.extend(data);
    let check = checksum(&[pseudo(flow.src, flow.dst, flow.proto, l4.len()), l4.clone()].concat());
    let check = match (flow.proto, check) {
        (17, 0) => 0xffff,
        _ => check,
    };
    if flow.proto != 132 {
        l4[check_offset(flow.proto)..][..2].copy_from_slice(&check.to_be_bytes());
    }

    let header_len = 20 + options;
    let mut ip = vec![0x40 | (header_len / 4) as u8, 0];
    ip.extend(((header_len + l4.len()) as u16).to_be_bytes());
    ip.extend([0x12, 0x34, 0x40, 0, 64, flow.proto, 0, 0]);
    ip.extend(flow.src.octets());
    ip.extend(flow.dst.octets());
    ip.resize(header_len, 1);
    let check = checksum(&ip);
    ip[10..12].copy_from_slice(&check.to_be_bytes());
    ip.extend(l4);
    ip
}

/// Whether both checksums of a packet are right; that of UDP may be missing.
pub fn is_intact(packet: &[u8]) -> bool {
    let header_len = usize::from(packet[0] & 0xf) * 4;
    let (ip, l4) = packet.split_at(header_len);
    let proto = ip[9];
    let address = |at: usize| Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
    let whole = [
        pseudo(address(12), address(16), proto, l4.len()),
        l4.to_vec(),
    ]
    .concat();
    let none = proto == 17 && l4[6..8] == [0, 0];

    checksum(ip) == 0 && (none || checksum(&whole) == 0)
}

/// SipHash with one round per word and three at the end, of any bytes, written from the paper.
pub fn siphash13(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut v = [
        k0 ^ 0x736f6d6570736575,
        k1 ^ 0x646f72616e646f6d,
        k0 ^ 0x6c7967656e657261,
        k1 ^ 0x7465646279746573,
    ];
    let mut blocks = bytes.to_vec();
    blocks.resize(bytes.len() / 8 * 8 + 7, 0);
    blocks[bytes.len()..].fill(0);
    blocks.push(bytes.len() as u8);
    for block in blocks.chunks(8) {
        let word = u64::from_le_bytes(block.try_into().expect("a multiple of eight"));
        v[3] ^= word;
        sip_round(&mut v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for _ in 0..3 {
        sip_round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn sip_round(v: &mut [u64; 4]) {
    for (a, b, rotate_b, c, d, rotate_d) in [(0, 1, 13, 2, 3, 16), (2, 1, 17, 0, 3, 21)] {
        v[a] = v[a].wrapping_add(v[b]);
        v[b] = v[b].rotate_left(rotate_b) ^ v[a];
        v[a] = v[a].rotate_left(32);
        v[c] = v[c].wrapping_add(v[d]);
        v[d] = v[d].rotate_left(rotate_d) ^ v[c];
    }
}
