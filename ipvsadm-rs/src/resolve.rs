// SPDX-License-Identifier: GPL-2.0
//! Names of hosts and services, and the spellings of numbers that the C library accepts.

use crate::model::protocol;
use dns_lookup::{getaddrinfo, getnameinfo, AddrInfoHints};
use std::cell::OnceCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where names come from.
pub trait Names {
    /// The first IPv4 address of a host.
    fn host(&self, name: &str) -> Option<Ipv4Addr>;
    /// The port of a service of this protocol.
    fn port(&self, name: &str, protocol: u16) -> Option<u16>;
    /// The name of an address.
    fn host_name(&self, addr: IpAddr) -> Option<String>;
    /// The service at a port of this protocol.
    fn service_name(&self, port: u16, protocol: u16) -> Option<String>;
}

/// The system's names: the resolver of the C library and `/etc/services`.
#[derive(Default)]
pub struct System {
    services: OnceCell<String>,
}

impl System {
    fn services(&self) -> &str {
        self.services.get_or_init(|| {
            let bytes = std::fs::read("/etc/services").unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }
}

impl Names for System {
    fn host(&self, name: &str) -> Option<Ipv4Addr> {
        let hints = AddrInfoHints {
            address: libc::AF_INET,
            socktype: libc::SOCK_STREAM,
            ..AddrInfoHints::default()
        };
        let found = getaddrinfo(Some(name), None, Some(hints)).ok()?;
        found.flatten().find_map(|info| match info.sockaddr.ip() {
            IpAddr::V4(addr) => Some(addr),
            IpAddr::V6(_) => None,
        })
    }

    fn port(&self, name: &str, protocol: u16) -> Option<u16> {
        port_in(self.services(), name, protocol)
    }

    fn host_name(&self, addr: IpAddr) -> Option<String> {
        let flags = libc::NI_NAMEREQD | libc::NI_NUMERICSERV;
        let (host, _) = getnameinfo(&SocketAddr::new(addr, 0), flags).ok()?;
        Some(host)
    }

    fn service_name(&self, port: u16, protocol: u16) -> Option<String> {
        name_in(self.services(), port, protocol).map(str::to_owned)
    }
}

/// The lines of a services(5) file for one protocol: port, name, aliases.
fn entries(file: &str, protocol: u16) -> impl Iterator<Item = (u16, Vec<&str>)> {
    let wanted = match protocol {
        protocol::TCP => "tcp",
        protocol::UDP => "udp",
        protocol::SCTP => "sctp",
        _ => "",
    };
    file.lines().filter_map(move |line| {
        let mut words = line.split('#').next()?.split_ascii_whitespace();
        let name = words.next()?;
        let (port, proto) = words.next()?.split_once('/')?;
        if proto != wanted {
            return None;
        }
        let names = std::iter::once(name).chain(words).collect();
        Some((port.parse().ok()?, names))
    })
}

fn port_in(file: &str, name: &str, protocol: u16) -> Option<u16> {
    entries(file, protocol)
        .find(|(_, names)| names.contains(&name))
        .map(|(port, _)| port)
}

fn name_in(file: &str, port: u16, protocol: u16) -> Option<&str> {
    entries(file, protocol)
        .find(|(found, _)| *found == port)
        .map(|(_, names)| names[0])
}

/// A number as strtol(3) reads it in base 10: blanks and a sign before it, nothing after it.
pub fn number(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    text.parse().ok()
}

/// An IPv4 address as inet_aton(3) reads it: one to four parts, decimal, octal or hexadecimal, of
/// which the last one fills what is left; anything may follow a blank.
pub fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    if let Ok(addr) = text.parse() {
        // four decimal parts without a leading zero, as nearly always
        return Some(addr);
    }
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r');
    let text = text.split(blank).next()?;
    let mut parts = text.split('.').map(part);
    let mut value = 0_u32;
    for shift in [24, 16, 8, 0] {
        let part = parts.next()??;
        if parts.clone().next().is_none() {
            let room = u32::MAX >> (24 - shift);
            return (part <= room).then(|| Ipv4Addr::from(value | part));
        }
        value |= u32::from(u8::try_from(part).ok()?) << shift;
    }
    None
}

fn part(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hex {
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# comment\nhttp\t80/tcp\twww # web\ndomain 53/tcp\ndomain 53/udp\n\
                        www-alias 80/tcp\nbad line\nx 99999/tcp\nsctpy 9/sctp\n";

    #[test]
    fn services_by_name() {
        assert_eq!(port_in(FILE, "http", protocol::TCP), Some(80));
        assert_eq!(port_in(FILE, "www", protocol::TCP), Some(80));
        assert_eq!(port_in(FILE, "http", protocol::UDP), None);
        assert_eq!(port_in(FILE, "domain", protocol::UDP), Some(53));
        assert_eq!(port_in(FILE, "sctpy", protocol::SCTP), Some(9));
        assert_eq!(port_in(FILE, "web", protocol::TCP), None);
        assert_eq!(port_in(FILE, "http", 0), None);
    }

    #[test]
    fn services_by_port() {
        assert_eq!(name_in(FILE, 80, protocol::TCP), Some("http"));
        assert_eq!(name_in(FILE, 80, protocol::UDP), None);
        assert_eq!(name_in(FILE, 53, protocol::UDP), Some("domain"));
        assert_eq!(name_in(FILE, 53, 99), None);
        assert_eq!(name_in(FILE, 25, protocol::TCP), None);
    }

    #[test]
    fn numbers() {
        for (text, value) in [("5", 5), (" \t7", 7), ("+7", 7), ("-1", -1), ("007", 7)] {
            assert_eq!(number(text), Some(value), "{text:?}");
        }
        for text in [
            "",
            " ",
            "5 ",
            "0x5",
            "5a",
            "--5",
            "+",
            "9223372036854775808",
        ] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn addresses_as_inet_aton() {
        for (text, value) in [
            ("10.1.1.1", [10, 1, 1, 1]),
            ("1", [0, 0, 0, 1]),
            ("10.1", [10, 0, 0, 1]),
            ("10.1.257", [10, 1, 1, 1]),
            ("0x0a.0x1.0X1.010", [10, 1, 1, 8]),
            ("4294967295", [255, 255, 255, 255]),
            ("0", [0, 0, 0, 0]),
            ("10.1.1.1 rest", [10, 1, 1, 1]),
        ] {
            assert_eq!(inet_aton(text), Some(Ipv4Addr::from(value)), "{text:?}");
        }
        for text in [
            "",
            ".",
            "a",
            "1.",
            "1..2",
            "256.1.1.1",
            "1.2.3.256",
            "1.2.65536",
            "1.16777216",
            "4294967296",
            "1.2.3.4.5",
            "08",
            "1.2.3.4x",
            "-1",
            "+1",
            "0x+1",
            " 1.2.3.4",
        ] {
            assert_eq!(inet_aton(text), None, "{text:?}");
        }
    }
}
