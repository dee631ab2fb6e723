// SPDX-License-Identifier: GPL-2.0

//! Packets of tunnels over IPv4 with packets of IPv4 inside, as ICMP errors quote them.

use core::net::Ipv4Addr;

use super::{
    gre,
    gue,
    outer,
    Kind,
    Tunnel, //
};
use crate::addr::Family;
use crate::byteorder::Be16;
use crate::packet::Bytes;
use crate::wire::{
    ipv4,
    proto,
    udp, //
};

/// A packet with another one inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Where it was going.
    pub server: Ipv4Addr,
    /// Length of its IP header in bytes.
    pub header_len: usize,
    /// Where the packet inside begins, in bytes from that header.
    pub inner: usize,
    shim: Shim,
}

/// What is in between, as far as it says which tunnel this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shim {
    Ipip,
    Gue { port: Be16 },
    Gre,
}

impl Quoted {
    /// Reads the packet at `base`. `None` if it is no tunnel, has something else inside than IPv4, or
    /// does not begin with its headers, because it is a fragment.
    pub fn read<B: Bytes + ?Sized>(bytes: &B, base: usize) -> Option<Self> {
        let header = ipv4::Header::parse_quoted(&bytes.read(base)?)?;
        if header.fragment_offset() != 0 {
            return None;
        }
        let header_len = header.header_len();
        let at = base.wrapping_add(header_len);
        let (shim, len) = match header.protocol {
            proto::IPIP => (Shim::Ipip, 0),
            proto::UDP => {
                let port = udp::Header::parse(&bytes.read(at)?).dport;
                let gue = gue::data_len(bytes.read(at.wrapping_add(udp::LEN))?, proto::IPIP)?;
                (Shim::Gue { port }, udp::LEN.wrapping_add(gue))
            }
            proto::GRE => (Shim::Gre, gre::len_of(bytes.read(at)?, Family::V4)?),
            _ => return None,
        };

        Some(Self {
            server: header.dst,
            header_len,
            inner: header_len.wrapping_add(len),
            shim,
        })
    }
}

impl Tunnel {
    /// Whether a packet may have gone through this tunnel, by its headers.
    pub fn may_have_sent(&self, packet: &Quoted) -> bool {
        match (self.kind, packet.shim) {
            (Kind::Ipip, Shim::Ipip) | (Kind::Gre, Shim::Gre) => true,
            (Kind::Gue { port, .. }, Shim::Gue { port: to }) => port == to,
            _ => false,
        }
    }
}

/// The MTU that a client is to be told, whose packets reach the server inside of others that may have
/// `mtu` bytes, of which `overhead` are not theirs.
pub const fn mtu_inside(mtu: u32, overhead: u32) -> u32 {
    match mtu.checked_sub(overhead) {
        Some(inside) if inside > outer::min_mtu(Family::V4) as u32 => inside,
        _ => mtu,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tunnel::OpenChecksum;
    use crate::uapi::{
        tun_flag,
        tun_type, //
    };
    use std::vec::Vec;

    const PORT: Be16 = Be16::from_host(6080);

    fn header(words: u8, protocol: u8) -> Vec<u8> {
        let mut bytes = std::vec![0; usize::from(words) * 4];
        bytes[0] = 0x40 | words;
        bytes[9] = protocol;
        bytes[16..20].copy_from_slice(&[10, 1, 1, 2]);
        bytes
    }

    /// What `tunnel` puts before a packet of IPv4 of 100 bytes.
    fn sent(tunnel: Tunnel, words: u8, open: Option<OpenChecksum>) -> Vec<u8> {
        let mut bytes = header(words, tunnel.protocol(Family::V4));
        let shim = tunnel.shim(Family::V4, 100, Be16::from_host(50000), open);
        bytes.extend(shim.as_bytes());
        bytes
    }

    fn tunnels() -> Vec<Tunnel> {
        let flags = [0, tun_flag::CSUM, tun_flag::REMCSUM];
        let types = [tun_type::IPIP, tun_type::GUE, tun_type::GRE];
        let all = types.into_iter().flat_map(|ty| flags.map(|f| (ty, f)));
        all.map(|(ty, flags)| Tunnel::new(ty, PORT, flags))
            .collect()
    }

    #[test]
    fn what_was_sent_is_known() {
        for tunnel in tunnels() {
            for words in [5, 6, 15] {
                let open = tunnel
                    .leaves_checksum(true)
                    .then_some(OpenChecksum { start: 20, at: 26 });
                let bytes = sent(tunnel, words, open);
                let quoted = Quoted::read(bytes.as_slice(), 0).unwrap();
                assert_eq!(quoted.server, Ipv4Addr::new(10, 1, 1, 2));
                assert_eq!(quoted.header_len, usize::from(words) * 4);
                assert_eq!(quoted.inner, bytes.len());
                assert!(tunnel.may_have_sent(&quoted));
                for other in tunnels() {
                    let same = core::mem::discriminant(&other.kind)
                        == core::mem::discriminant(&tunnel.kind);
                    assert_eq!(other.may_have_sent(&quoted), same);
                }
                for len in 0..ipv4::MIN_LEN {
                    assert_eq!(Quoted::read(&bytes[..len], 0), None);
                }
            }
        }
    }

    #[test]
    fn another_port_is_another_tunnel() {
        let tunnel = Tunnel::new(tun_type::GUE, PORT, 0);
        let other = Tunnel::new(tun_type::GUE, Be16::from_host(6081), 0);
        let quoted = Quoted::read(sent(tunnel, 5, None).as_slice(), 0).unwrap();
        assert!(!other.may_have_sent(&quoted));
    }

    #[test]
    fn what_is_no_tunnel_or_has_no_ipv4_inside() {
        let refused = |at: usize, value: u8, tunnel: Tunnel| {
            let mut bytes = sent(tunnel, 5, None);
            bytes[at] = value;
            Quoted::read(bytes.as_slice(), 0).is_none()
        };
        let ipip = Tunnel::new(tun_type::IPIP, Be16::ZERO, 0);
        assert!(refused(0, 0x65, ipip));
        assert!(refused(9, proto::IPV6, ipip));
        // A fragment that is not the first one.
        assert!(refused(7, 1, ipip));
        assert!(!refused(6, 0x20, ipip));
        let gue = Tunnel::new(tun_type::GUE, PORT, 0);
        // A control message, version 1, IPv6.
        assert!(refused(28, 0x20, gue));
        assert!(refused(28, 0x40, gue));
        assert!(refused(29, proto::IPV6, gue));
        let gre = Tunnel::new(tun_type::GRE, Be16::ZERO, 0);
        // A key, version 1, IPv6.
        assert!(refused(20, 0x20, gre));
        assert!(refused(21, 1, gre));
        assert!(refused(22, 0x86, gre));
    }

    #[test]
    fn what_is_left_for_the_client() {
        assert_eq!(mtu_inside(1400, 20), 1380);
        assert_eq!(mtu_inside(89, 20), 69);
        // Less than every packet may have: whatever was said.
        assert_eq!(mtu_inside(88, 20), 88);
        assert_eq!(mtu_inside(0, 20), 0);
    }
}
