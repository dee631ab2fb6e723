// SPDX-License-Identifier: GPL-2.0

//! The files below `/proc/net`, line by line, from plain values.
//!
//! Programs parse these lines by columns, so that every blank counts, trailing ones too.

pub mod app;
pub mod conn;
pub mod line;
pub mod service;
pub mod stats;
pub mod status;

use crate::addr::Addr;
use crate::wire::proto;
use line::Line;

/// An address as these files have it: `C0000201` or `fd00:0000:…:0001`.
#[inline]
fn put_addr<const N: usize>(line: &mut Line<N>, addr: Addr) {
    match addr {
        Addr::V4(addr) => line.hex8(addr.to_bits()),
        Addr::V6(addr) => line.groups(addr),
    }
}

/// A protocol as these files have it, with blanks behind it to a width.
fn put_proto<const N: usize>(line: &mut Line<N>, number: u16, width: usize) {
    let name = match u8::try_from(number) {
        Ok(proto::IP) => "IP",
        Ok(proto::ICMP) => "ICMP",
        Ok(proto::TCP) => "TCP",
        Ok(proto::UDP) => "UDP",
        Ok(proto::SCTP) => "SCTP",
        Ok(proto::ICMPV6) => "ICMPv6",
        _ => {
            line.text("IP_");
            line.dec_left(number.into(), width.saturating_sub(3));
            return;
        }
    };
    line.left(name, width);
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;
    use std::string::String;

    fn text(fill: impl FnOnce(&mut Line<64>)) -> String {
        let mut line = Line::new();
        fill(&mut line);
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn addresses() {
        let v4 = Addr::V4(Ipv4Addr::new(10, 0, 0, 2));
        let v6 = Addr::V6("fd00:abcd::1".parse().unwrap());

        assert_eq!(text(|line| put_addr(line, v4)), "0A000002");
        assert_eq!(
            text(|line| put_addr(line, v6)),
            "fd00:abcd:0000:0000:0000:0000:0000:0001"
        );
    }

    #[test]
    fn protocols() {
        for (number, name) in [
            (0, "IP "),
            (1, "ICMP"),
            (6, "TCP"),
            (17, "UDP"),
            (132, "SCTP"),
            (58, "ICMPv6"),
            (47, "IP_47"),
            (262, "IP_262"),
        ] {
            assert_eq!(text(|line| put_proto(line, number, 3)), name);
        }
    }
}
