// SPDX-License-Identifier: GPL-2.0

//! ICMP errors: the packet inside of the packet, and how both get other addresses.

use core::net::Ipv4Addr;

use crate::byteorder::Be16;
use crate::csum::Sum;
use crate::flow::Direction;
use crate::ip::put;
use crate::wire::{
    icmp,
    ipv4,
    tcp, //
};

/// Where the headers of an ICMP error over IPv4 begin, in bytes from the outer IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The ICMP header.
    pub icmp: usize,
    /// The transport header of the quoted packet.
    pub l4: usize,
    /// Whether that begins with ports.
    pub has_ports: bool,
}

/// Length of the ports, which is all that is known to be quoted of a transport header.
const PORTS_LEN: usize = 4;

impl Layout {
    /// The IP header of the quoted packet.
    #[inline]
    pub const fn quoted(&self) -> usize {
        self.icmp.wrapping_add(icmp::LEN)
    }

    /// Where what [`Self::translate`] looks at ends.
    #[inline]
    pub const fn end(&self) -> usize {
        match self.has_ports {
            true => self.l4.wrapping_add(PORTS_LEN),
            false => self.l4,
        }
    }

    /// Gives the error another address, and the packet that it quotes another address and port, and
    /// makes the checksums of both IP headers right. The checksum of ICMP becomes 0, for the caller
    /// to compute: most of what it is about does not lie in `packet`.
    ///
    /// `direction` is the way of the error: one to the real server ([`Direction::Original`]) quotes a
    /// packet that the server has sent, as the client saw it, and is given the server's address. One
    /// from the side of the server quotes a packet of the client, and is given that of the virtual
    /// service.
    ///
    /// `None` if `packet` is shorter than [`Self::end`] or its quoted header does not end where it
    /// did.
    pub fn translate(
        &self,
        packet: &mut [u8],
        direction: Direction,
        addr: Ipv4Addr,
        port: Be16,
    ) -> Option<()> {
        let (outer_at, quoted_at, port_at) = match direction {
            Direction::Original => (ipv4::OFFSET_DST, ipv4::OFFSET_SRC, tcp::OFFSET_SPORT),
            Direction::Reply => (ipv4::OFFSET_SRC, ipv4::OFFSET_DST, tcp::OFFSET_DPORT),
        };
        let (outer, rest) = packet.split_at_mut_checked(self.icmp)?;
        let (header, rest) = rest.split_at_mut_checked(icmp::LEN)?;
        let quoted_len = self.l4.checked_sub(self.quoted())?;
        let (quoted, ports) = rest.split_at_mut_checked(quoted_len)?;
        if quoted.first()? & 0xf != u8::try_from(quoted_len / 4).ok()? {
            return None;
        }
        if self.has_ports {
            put(ports.get_mut(..PORTS_LEN)?, port_at, port.to_bytes())?;
        }
        put(outer, outer_at, addr.octets())?;
        fill_in_check(outer)?;
        put(quoted, quoted_at, addr.octets())?;
        fill_in_check(quoted)?;
        put(header, icmp::OFFSET_CHECK, [0, 0])
    }
}

/// Makes the checksum of an IPv4 header with its options right.
///
/// `None` if it is cut short.
pub fn fill_in_check(header: &mut [u8]) -> Option<()> {
    put(header, ipv4::OFFSET_CHECK, [0, 0])?;
    let check = Sum::new().add_bytes(header).checksum();
    put(header, ipv4::OFFSET_CHECK, check.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const ROUTER: [u8; 4] = [10, 0, 0, 9];
    const SERVICE: [u8; 4] = [192, 0, 2, 1];
    const CLIENT: [u8; 4] = [10, 0, 0, 2];
    const SERVER: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 2);

    fn ip(header_len: u8, src: [u8; 4], dst: [u8; 4]) -> Vec<u8> {
        let mut bytes = std::vec![0; header_len.into()];
        bytes[0] = 0x40 | (header_len / 4);
        bytes[12..16].copy_from_slice(&src);
        bytes[16..20].copy_from_slice(&dst);
        bytes
    }

    /// An error about a packet from the service to the client, with options in both headers.
    fn error() -> (Vec<u8>, Layout) {
        let mut bytes = ip(24, ROUTER, SERVICE);
        bytes.extend([3, 4, 0xaa, 0xbb, 0, 0, 5, 0]);
        bytes.extend(ip(28, SERVICE, CLIENT));
        bytes.extend([0, 80, 0x30, 0x39]);
        let layout = Layout {
            icmp: 24,
            l4: 60,
            has_ports: true,
        };
        (bytes, layout)
    }

    fn is_right(header: &[u8]) -> bool {
        Sum::new().add_bytes(header).checksum() == Be16::ZERO
    }

    #[test]
    fn to_the_server() {
        let (mut bytes, layout) = error();
        let done = layout.translate(
            &mut bytes,
            Direction::Original,
            SERVER,
            Be16::from_host(8080),
        );
        assert_eq!(done, Some(()));
        assert_eq!(bytes[12..20], [10, 0, 0, 9, 10, 1, 1, 2]);
        assert_eq!(bytes[32..][12..20], [10, 1, 1, 2, 10, 0, 0, 2]);
        assert_eq!(bytes[60..], [0x1f, 0x90, 0x30, 0x39]);
        assert_eq!(bytes[24..32], [3, 4, 0, 0, 0, 0, 5, 0]);
        assert!(is_right(&bytes[..24]) && is_right(&bytes[32..60]));
    }

    #[test]
    fn to_the_client() {
        let (mut bytes, layout) = error();
        let done = layout.translate(&mut bytes, Direction::Reply, SERVER, Be16::from_host(8080));
        assert_eq!(done, Some(()));
        assert_eq!(bytes[12..20], [10, 1, 1, 2, 192, 0, 2, 1]);
        assert_eq!(bytes[32..][12..20], [192, 0, 2, 1, 10, 1, 1, 2]);
        assert_eq!(bytes[60..], [0, 80, 0x1f, 0x90]);
        assert!(is_right(&bytes[..24]) && is_right(&bytes[32..60]));
    }

    #[test]
    fn without_ports() {
        let (bytes, layout) = error();
        let layout = Layout {
            has_ports: false,
            ..layout
        };
        let mut cut = bytes[..60].to_vec();
        let done = layout.translate(&mut cut, Direction::Original, SERVER, Be16::ZERO);
        assert_eq!((done, layout.end()), (Some(()), 60));
        assert_eq!(cut[32..][12..20], [10, 1, 1, 2, 10, 0, 0, 2]);
    }

    #[test]
    fn what_is_cut_short_is_left_alone() {
        let (bytes, layout) = error();
        assert_eq!(layout.end(), bytes.len());
        for len in 0..bytes.len() {
            let mut cut = bytes[..len].to_vec();
            let done = layout.translate(&mut cut, Direction::Original, SERVER, Be16::ZERO);
            assert_eq!(done, None);
        }
        let mut other = bytes.clone();
        other[32] = 0x45;
        let done = layout.translate(&mut other, Direction::Original, SERVER, Be16::ZERO);
        assert_eq!(done, None);
    }
}
