// SPDX-License-Identifier: GPL-2.0
//! Addresses, ports and services as text.

use super::text::Text;
use crate::model::{protocol, Server, ServiceKey};
use crate::resolve::Names;
use std::fmt::Write;
use std::net::{IpAddr, Ipv6Addr};

/// What stock has room for: an address with its port, a service, a server.
const ENDPOINT: usize = 59;
const SERVICE: usize = 33;
const SERVER: usize = 28;

/// A service as it is titled.
#[derive(Debug)]
pub struct Title {
    /// Its text.
    pub text: Text,
    /// The protocol of its servers' ports.
    pub protocol: u16,
}

/// Spells addresses and ports by name or by number.
pub struct Speller<'a> {
    names: Option<&'a dyn Names>,
}

impl<'a> Speller<'a> {
    /// By number if `numeric`.
    pub fn new(numeric: bool, names: &'a dyn Names) -> Self {
        Self {
            names: (!numeric).then_some(names),
        }
    }

    /// A service.
    pub fn service(&self, key: &ServiceKey) -> Title {
        match *key {
            ServiceKey::Mark { mark, ipv6 } => {
                // stock prints it as a signed number
                let mark = mark as i32;
                let mut text = Text::default();
                text.push_str("FWM  ");
                text.decimal(mark);
                if ipv6 {
                    text.push_str(" IPv6");
                }
                Title { text, protocol: 0 }
            }
            ServiceKey::Address {
                protocol,
                addr,
                port,
            } => {
                let name = protocol_name(protocol);
                let mut text = Text::default();
                text.left(name, 4);
                text.push(' ');
                text.append(&self.endpoint(addr, port, protocol));
                if addr.is_ipv4() {
                    text.cut(SERVICE);
                }
                Title { text, protocol }
            }
        }
    }

    /// Appends a server of a service of this protocol.
    pub fn server(&self, out: &mut Text, server: &Server, protocol: u16) {
        let start = out.len();
        self.whole(out, server.addr, server.port, protocol);
        let room = if server.addr.is_ipv4() {
            SERVER
        } else {
            ENDPOINT
        };
        out.cut(start + room);
    }

    /// `address:port` or `[address]:port`, in what stock has room for.
    pub fn endpoint(&self, addr: IpAddr, port: u16, protocol: u16) -> Text {
        let mut text = Text::with_capacity(2 * ENDPOINT);
        self.whole(&mut text, addr, port, protocol);
        text.cut(ENDPOINT);
        text
    }

    /// The same at full length, appended.
    pub fn whole(&self, text: &mut Text, addr: IpAddr, port: u16, protocol: u16) {
        match self.names.and_then(|names| names.host_name(addr)) {
            Some(name) if addr.is_ipv6() => {
                let _ = write!(text, "[{name}]:");
            }
            Some(name) => {
                let _ = write!(text, "{name}:");
            }
            None => number(text, addr),
        }
        self.port(text, port, protocol);
    }

    /// The same with the host's number.
    pub fn numeric_host(&self, text: &mut Text, addr: IpAddr, port: u16, protocol: u16) {
        number(text, addr);
        self.port(text, port, protocol);
    }

    fn port(&self, text: &mut Text, port: u16, protocol: u16) {
        match self
            .names
            .and_then(|names| names.service_name(port, protocol))
        {
            Some(name) => text.push_str(&name),
            None => text.decimal(port),
        }
    }
}

fn number(text: &mut Text, addr: IpAddr) {
    match addr {
        IpAddr::V4(addr) => {
            let [a, b, c, d] = addr.octets();
            for (octet, behind) in [(a, '.'), (b, '.'), (c, '.'), (d, ':')] {
                text.decimal(octet);
                text.push(behind);
            }
        }
        IpAddr::V6(addr) => {
            let _ = match compatible(addr) {
                Some(v4) => write!(text, "[::{v4}]:"),
                None => write!(text, "[{addr}]:"),
            };
        }
    }
}

/// inet_ntop(3) still writes `::a.b.c.d` for what was once the form of IPv4 addresses.
fn compatible(addr: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [0, 0, 0, 0, 0, 0, high, _] = addr.segments() else {
        return None;
    };
    (high != 0).then(|| addr.to_ipv4()).flatten()
}

pub(crate) fn protocol_name(protocol: u16) -> &'static str {
    match protocol {
        protocol::TCP => "TCP",
        protocol::UDP => "UDP",
        protocol::SCTP => "SCTP",
        _ => "?",
    }
}
