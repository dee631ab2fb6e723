// SPDX-License-Identifier: GPL-2.0
//! Connections, from the text of `/proc/net/ip_vs_conn`.

use super::json::Rows;
use super::name::Speller;
use super::text::Text;
use super::Style;
use crate::model::protocol;
use crate::resolve::Names;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

/// Where the kernel lists connections.
pub const FILE: &str = "/proc/net/ip_vs_conn";

/// An address and a port.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Endpoint {
    pub addr: IpAddr,
    pub port: u16,
}

/// A line of the file.
#[derive(Debug)]
pub struct Connection<'a> {
    /// Of the protocol.
    pub name: &'a str,
    /// Where it comes from.
    pub client: Endpoint,
    /// Where it was addressed to.
    pub service: Endpoint,
    /// Where it goes.
    pub server: Endpoint,
    /// In the kernel's words.
    pub state: &'a str,
    /// Until it is forgotten.
    pub seconds: i32,
    /// Name and data of the persistence engine.
    pub engine: Option<(&'a str, &'a str)>,
}

impl<'a> Connection<'a> {
    /// Reads a line; `None` for what is not one of the kernel's.
    pub fn new(line: &'a str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let name = words.next()?;
        let mut endpoint = || -> Option<Endpoint> {
            let addr = address(words.next()?)?;
            let port = u32::from_str_radix(words.next()?, 16).ok()? as u16;
            Some(Endpoint { addr, port })
        };
        Some(Self {
            name,
            client: endpoint()?,
            service: endpoint()?,
            server: endpoint()?,
            state: words.next()?,
            seconds: words.next()?.parse().ok()?,
            engine: words.next().zip(words.next()),
        })
    }
}

/// The connections in the text of the file.
pub fn all(text: &str) -> impl Iterator<Item = Connection<'_>> {
    text.lines().skip(1).filter_map(Connection::new)
}

/// The same as JSON.
pub fn json(out: &mut Text, text: &str) {
    let mut rows = Rows::begin(out, "connections", None);
    for connection in all(text) {
        rows.connection(out, &connection);
    }
    rows.end(out);
}

/// Titles and a row for each connection in `text`.
pub fn table(out: &mut Text, text: &str, style: Style, names: &dyn Names) {
    out.push_str("IPVS connection entries\n");
    let _ = write!(
        out,
        "pro expire {:<11} {:<18} {:<18} ",
        "state", "source", "virtual"
    );
    if style.engines {
        let _ = writeln!(out, "{:<18} {:<16} pe_data", "destination", "pe name");
    } else {
        out.push_str("destination\n");
    }
    let speller = Speller::new(style.numeric, names);
    for connection in all(text) {
        row(out, &connection, style.engines, &speller);
    }
}

fn row(out: &mut Text, connection: &Connection<'_>, engines: bool, speller: &Speller<'_>) {
    let Connection { name, state, .. } = connection;
    let protocol = protocol_number(name);
    let spell = |end: Endpoint| speller.endpoint(end.addr, end.port, protocol);
    let (source, service) = (spell(connection.client), spell(connection.service));
    let server = spell(connection.server);
    let expires = format!(
        "{:02}:{:02}",
        connection.seconds / 60,
        connection.seconds % 60
    );
    let _ = write!(
        out,
        "{name:<3} {expires:<6} {state:<11} {source:<18} {service:<18} "
    );
    match connection.engine {
        Some((engine, data)) if engines => {
            let _ = writeln!(out, "{server:<16} {engine:<18} {data}");
        }
        _ => {
            let _ = writeln!(out, "{server}");
        }
    }
}

fn protocol_number(name: &str) -> u16 {
    match name {
        "TCP" => protocol::TCP,
        "UDP" => protocol::UDP,
        "SCTP" => protocol::SCTP,
        _ => 0,
    }
}

/// Eight hexadecimal digits, or an address as usual.
fn address(text: &str) -> Option<IpAddr> {
    let hex = || {
        u32::from_str_radix(text, 16)
            .ok()
            .map(|bits| Ipv4Addr::from_bits(bits).into())
    };
    text.parse().ok().or_else(hex)
}
