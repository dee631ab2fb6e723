// SPDX-License-Identifier: GPL-2.0
//! Names of hosts and services, and the spellings of numbers that the C library accepts.

use crate::model::protocol;
use dns_lookup::{getaddrinfo, getnameinfo, AddrInfoHints};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
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

/// The system's names: the resolver of the C library and `/etc/services`. Each is asked once.
#[derive(Default)]
pub struct System {
    services: OnceCell<Services>,
    hosts: RefCell<HashMap<IpAddr, Option<String>>>,
}

impl System {
    fn services(&self) -> &Services {
        self.services.get_or_init(|| {
            let bytes = std::fs::read("/etc/services").unwrap_or_default();
            Services::new(&String::from_utf8_lossy(&bytes))
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
        self.services().port(name, protocol)
    }

    fn host_name(&self, addr: IpAddr) -> Option<String> {
        let mut hosts = self.hosts.borrow_mut();
        let name = hosts.entry(addr).or_insert_with(|| {
            let flags = libc::NI_NAMEREQD | libc::NI_NUMERICSERV;
            let (host, _) = getnameinfo(&SocketAddr::new(addr, 0), flags).ok()?;
            Some(host)
        });
        name.clone()
    }

    fn service_name(&self, port: u16, protocol: u16) -> Option<String> {
        self.services().name(port, protocol).map(str::to_owned)
    }
}

/// A services(5) file. Of several entries the first one counts.
#[derive(Default)]
struct Services {
    ports: HashMap<(u16, String), u16>,
    names: HashMap<(u16, u16), String>,
}

impl Services {
    fn new(file: &str) -> Self {
        let mut services = Self::default();
        for (protocol, port, names) in file.lines().filter_map(entry) {
            for (index, name) in names.into_iter().enumerate() {
                if index == 0 {
                    let slot = services.names.entry((protocol, port));
                    slot.or_insert_with(|| name.to_owned());
                }
                let slot = services.ports.entry((protocol, name.to_owned()));
                slot.or_insert(port);
            }
        }
        services
    }

    fn port(&self, name: &str, protocol: u16) -> Option<u16> {
        self.ports.get(&(protocol, name.to_owned())).copied()
    }

    fn name(&self, port: u16, protocol: u16) -> Option<&str> {
        self.names.get(&(protocol, port)).map(String::as_str)
    }
}

/// A line: protocol, port, name and aliases.
fn entry(line: &str) -> Option<(u16, u16, Vec<&str>)> {
    let mut words = line.split('#').next()?.split_ascii_whitespace();
    let name = words.next()?;
    let (port, protocol) = words.next()?.split_once('/')?;
    let protocol = match protocol {
        "tcp" => protocol::TCP,
        "udp" => protocol::UDP,
        "sctp" => protocol::SCTP,
        _ => return None,
    };
    let names = std::iter::once(name).chain(words).collect();
    Some((protocol, port.parse().ok()?, names))
}

/// A number as strtol(3) reads it in base 10: blanks and a sign before it, nothing after it.
pub fn number(text: &str) -> Option<i64> {
    if let Some(number) = short_number(text.as_bytes()) {
        // as nearly always
        return Some(number.into());
    }
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    text.parse().ok()
}

/// A number of one to nine digits and nothing else.
fn short_number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    let mut number = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    Some(number)
}

/// `address` or `address:port` of numbers in their usual spelling: four decimal parts without a zero
/// at the front, and a decimal port. Says what [`inet_aton`] and [`number`] say of the two, at a
/// fraction of their cost, or nothing.
pub fn plain_endpoint(text: &str) -> Option<(Ipv4Addr, Option<u16>)> {
    let mut rest = text.as_bytes();
    let mut octets = [0; 4];
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        (*octet, rest) = plain_octet(rest)?;
    }
    let port = match rest {
        [] => None,
        [b':', port @ ..] => Some(u16::try_from(short_number(port)?).ok()?),
        _ => return None,
    };
    Some((octets.into(), port))
}

/// The number at the beginning, and what is behind up to three digits of it.
fn plain_octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |at: usize| {
        let digit = text.get(at)?.wrapping_sub(b'0');
        (digit <= 9).then_some(u16::from(digit))
    };
    let first = digit(0)?;
    let (value, length) = match (first, digit(1), digit(2)) {
        (_, None, _) => (first, 1),
        (1.., Some(second), None) => (first * 10 + second, 2),
        (1.., Some(second), Some(third)) => (first * 100 + second * 10 + third, 3),
        _ => return None,
    };
    Some((u8::try_from(value).ok()?, text.get(length..)?))
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
        let services = Services::new(FILE);
        assert_eq!(services.port("http", protocol::TCP), Some(80));
        assert_eq!(services.port("www", protocol::TCP), Some(80));
        assert_eq!(services.port("http", protocol::UDP), None);
        assert_eq!(services.port("domain", protocol::UDP), Some(53));
        assert_eq!(services.port("sctpy", protocol::SCTP), Some(9));
        assert_eq!(services.port("web", protocol::TCP), None);
        assert_eq!(services.port("http", 0), None);
    }

    #[test]
    fn services_by_port() {
        let services = Services::new(FILE);
        assert_eq!(services.name(80, protocol::TCP), Some("http"));
        assert_eq!(services.name(80, protocol::UDP), None);
        assert_eq!(services.name(53, protocol::UDP), Some("domain"));
        assert_eq!(services.name(53, 99), None);
        assert_eq!(services.name(25, protocol::TCP), None);
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
