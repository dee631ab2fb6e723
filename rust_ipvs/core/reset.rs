// SPDX-License-Identifier: GPL-2.0

//! How the ends of a TCP connection are told that it is over (RFC 9293, 3.10.7.4; RFC 5961).
//!
//! An end believes a RST that has the very number that it expects next. Who balances packets does not
//! know it, but each packet says it for both: its acknowledgment is what the sender expects, its own
//! number what the receiver expects, unless some packets are missing in between.
//!
//! Who sends nothing can be asked. To a SYN in the middle of a connection an end replies with an
//! acknowledgment, whatever the number of the SYN.

use crate::byteorder::Be16;
use crate::csum::Sum;
use crate::flow::Flow;
use crate::ip::{
    put,
    Ip, //
};
use crate::packet::Bytes;
use crate::wire::{
    proto,
    tcp::{
        self,
        Flags, //
    },
};

/// Length of the longest packet that is made here, in bytes.
const LONGEST: usize = 60;

/// Hops that a packet from here may make.
const TTL: u8 = 64;

/// What a packet of TCP says about numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    seq: u32,
    ack: u32,
    /// The number that follows.
    next: u32,
    flags: Flags,
}

/// What a packet of TCP without data says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    seq: u32,
    ack: u32,
    flags: Flags,
}

impl Segment {
    /// Reads the packet whose TCP header begins at `offset`; its data goes to the end of `bytes`.
    pub fn read<B: Bytes + ?Sized>(bytes: &B, offset: usize) -> Option<Self> {
        let header: [u8; tcp::MIN_LEN] = bytes.read(offset)?;
        let [_, _, _, _, s0, s1, s2, s3, a0, a1, a2, a3, ..] = header;
        let parsed = tcp::Header::parse(&header)?;
        let data = offset.wrapping_add(parsed.header_len.into());
        let len = bytes.len().checked_sub(data)? as u32;
        let seq = u32::from_be_bytes([s0, s1, s2, s3]);
        let flags = parsed.flags;

        Some(Self {
            seq,
            ack: u32::from_be_bytes([a0, a1, a2, a3]),
            // SYN and FIN count as a byte each.
            next: seq
                .wrapping_add(len)
                .wrapping_add(flags.syn().into())
                .wrapping_add(flags.fin().into()),
            flags,
        })
    }

    /// The RST for who has sent the packet; none for who has sent a RST.
    pub const fn to_sender(&self) -> Option<Control> {
        if self.flags.rst() {
            return None;
        }
        Some(match self.flags.ack() {
            true => Control {
                seq: self.ack,
                ack: 0,
                flags: Flags::RST,
            },
            false => Control {
                seq: 0,
                ack: self.next,
                flags: Flags(Flags::RST.0 | Flags::ACK.0),
            },
        })
    }

    /// The RST for whom the packet was meant for.
    pub const fn to_receiver(&self) -> Control {
        match self.flags.ack() {
            true => Control {
                seq: self.seq,
                ack: self.ack,
                flags: Flags(Flags::RST.0 | Flags::ACK.0),
            },
            false => Control {
                seq: self.seq,
                ack: 0,
                flags: Flags::RST,
            },
        }
    }
}

/// A packet, to be sent.
pub struct Packet {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Packet {
    /// It begins with the IP header, and all checksums are right.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Control {
    /// Has an end say which number it expects. `seq` is any number.
    pub const fn question(seq: u32) -> Self {
        Self {
            seq,
            ack: 0,
            flags: Flags::SYN,
        }
    }

    /// Makes a packet of `flow`, whose protocol is TCP.
    pub fn packet<A: Ip>(self, flow: &Flow<A>) -> Packet {
        let mut bytes = [0; LONGEST];
        let len = A::HEADER_LEN.wrapping_add(tcp::MIN_LEN);
        // It is long enough for either version.
        if let Some(packet) = bytes.get_mut(..len) {
            let _ = self.write(packet, flow);
        }

        Packet { bytes, len }
    }

    fn write<A: Ip>(self, packet: &mut [u8], flow: &Flow<A>) -> Option<()> {
        let (ip, tcp) = packet.split_at_mut_checked(A::HEADER_LEN)?;
        A::put_header(ip, flow.src, flow.dst, proto::TCP, TTL, tcp.len() as u16)?;
        let ([s0, s1], [d0, d1]) = (flow.sport.to_bytes(), flow.dport.to_bytes());
        let ([q0, q1, q2, q3], [a0, a1, a2, a3]) = (self.seq.to_be_bytes(), self.ack.to_be_bytes());
        let offset = (tcp::MIN_LEN as u8) << 2;
        let header: [u8; tcp::MIN_LEN] = [
            s0,
            s1,
            d0,
            d1,
            q0,
            q1,
            q2,
            q3,
            a0,
            a1,
            a2,
            a3,
            offset,
            self.flags.0,
            0,
            0,
            0,
            0,
            0,
            0,
        ];
        put(tcp, 0, header)?;
        let sum = A::add_pseudo(Sum::new(), flow.src, flow.dst, proto::TCP, tcp.len());
        let check: Be16 = sum.add_bytes(tcp).checksum();
        put(tcp, tcp::OFFSET_CHECK, check.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{
        Headers,
        Parsed,
        L4, //
    };
    use core::net::{
        Ipv4Addr,
        Ipv6Addr, //
    };
    use std::vec::Vec;

    fn segment(flags: u8, data: usize) -> Segment {
        let mut bytes = std::vec![0xff; 7];
        bytes.extend([0xc3, 0x50, 0, 80, 0, 0, 1, 0, 0, 0, 2, 0, 0x60, flags]);
        bytes.extend([0; 6 + 4]);
        bytes.resize(bytes.len() + data, b'x');
        Segment::read(&bytes[..], 7).unwrap()
    }

    #[test]
    fn the_sender_expects_what_it_acknowledges() {
        let rst = segment(0x10, 5).to_sender().unwrap();
        assert_eq!((rst.seq, rst.ack, rst.flags), (0x200, 0, Flags::RST));
        // Without an acknowledgment what was sent is acknowledged, SYN and FIN, too.
        for (flags, next) in [(0x00, 0x105), (0x02, 0x106), (0x03, 0x107)] {
            let rst = segment(flags, 5).to_sender().unwrap();
            assert_eq!((rst.seq, rst.ack, rst.flags), (0, next, Flags(0x14)));
        }
        assert_eq!(segment(0x14, 0).to_sender(), None, "RST is not answered");
    }

    #[test]
    fn the_receiver_expects_the_number_of_the_packet() {
        let rst = segment(0x18, 100).to_receiver();
        assert_eq!((rst.seq, rst.ack, rst.flags), (0x100, 0x200, Flags(0x14)));
        let rst = segment(0x02, 0).to_receiver();
        assert_eq!((rst.seq, rst.ack, rst.flags), (0x100, 0, Flags::RST));
    }

    #[test]
    fn what_is_cut_short_says_nothing() {
        let header = [
            0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x60, 0x10, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(Segment::read(&header[..19], 0), None);
        // Options are missing.
        assert_eq!(Segment::read(&header[..], 0), None);
        assert_eq!(Segment::read(&header[..], usize::MAX), None);
    }

    fn is_right<A: Ip>(flow: Flow<A>) {
        let control = segment(0x10, 0).to_receiver();
        let packet = control.packet(&flow);
        let bytes = packet.as_bytes();
        let Parsed::Headers(headers) = A::parse(bytes, 0) else {
            panic!("not a packet: {bytes:x?}");
        };
        let Headers { l4_offset, .. } = headers;
        assert_eq!(headers.flow, flow);
        assert_eq!(headers.l4, L4::Tcp(Flags(0x14)));
        assert_eq!(usize::from(headers.total_len), bytes.len());
        let tcp: Vec<u8> = bytes[l4_offset.into()..].to_vec();
        let sum = A::add_pseudo(Sum::new(), flow.src, flow.dst, 6, tcp.len());
        assert_eq!(sum.add_bytes(&tcp).fold(), 0xffff);
        if A::HEADER_LEN == 20 {
            assert_eq!(Sum::new().add_bytes(&bytes[..20]).fold(), 0xffff);
        }
    }

    #[test]
    fn packets_of_both_versions() {
        let (sport, dport) = (Be16::from_host(50000), Be16::from_host(80));
        is_right(Flow {
            src: Ipv4Addr::new(10, 0, 0, 2),
            dst: Ipv4Addr::new(192, 0, 2, 1),
            sport,
            dport,
            proto: 6,
        });
        is_right(Flow {
            src: "fd00::2".parse::<Ipv6Addr>().unwrap(),
            dst: "fd00::1".parse().unwrap(),
            sport,
            dport,
            proto: 6,
        });
    }
}
