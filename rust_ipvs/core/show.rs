// SPDX-License-Identifier: GPL-2.0

//! The files below `/proc/net`, line by line, from plain values.
//!
//! Programs parse these lines by columns, so that every blank counts, trailing ones too.

pub mod conn;
pub mod service;
pub mod stats;

use core::fmt;
use core::net::Ipv6Addr;

use crate::addr::Addr;
use crate::wire::proto;

/// An address as these files have it: `C0000201` or `fd00:0000:…:0001`.
#[derive(Clone, Copy, Debug)]
pub struct ProcAddr(pub Addr);

impl fmt::Display for ProcAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Addr::V4(addr) => write!(f, "{:08X}", addr.to_bits()),
            Addr::V6(addr) => write_groups(f, addr),
        }
    }
}

/// All eight groups, in full.
fn write_groups(f: &mut fmt::Formatter<'_>, addr: Ipv6Addr) -> fmt::Result {
    let [first, rest @ ..] = addr.segments();
    write!(f, "{first:04x}")?;
    for group in rest {
        write!(f, ":{group:04x}")?;
    }

    Ok(())
}

/// A protocol as these files have it, at least three characters wide if asked.
#[derive(Clone, Copy, Debug)]
pub struct ProtoName(pub u16);

impl fmt::Display for ProtoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(number) = u8::try_from(self.0) else {
            return write!(f, "IP_{}", self.0);
        };
        match number {
            proto::IP => f.pad("IP"),
            proto::ICMP => f.pad("ICMP"),
            proto::TCP => f.pad("TCP"),
            proto::UDP => f.pad("UDP"),
            proto::SCTP => f.pad("SCTP"),
            proto::ICMPV6 => f.pad("ICMPv6"),
            _ => write!(f, "IP_{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;
    use std::format;

    #[test]
    fn addresses() {
        let v4 = ProcAddr(Addr::V4(Ipv4Addr::new(10, 0, 0, 2)));
        let v6 = ProcAddr(Addr::V6("fd00:abcd::1".parse().unwrap()));

        assert_eq!(format!("{v4}"), "0A000002");
        assert_eq!(format!("{v6}"), "fd00:abcd:0000:0000:0000:0000:0000:0001");
    }

    #[test]
    fn protocols() {
        for (number, name) in [
            (0, "IP |"),
            (1, "ICMP|"),
            (6, "TCP|"),
            (17, "UDP|"),
            (132, "SCTP|"),
            (58, "ICMPv6|"),
            (47, "IP_47|"),
            (262, "IP_262|"),
        ] {
            assert_eq!(format!("{:<3}|", ProtoName(number)), name);
        }
    }
}
