// SPDX-License-Identifier: GPL-2.0
//! Connections, from the text of `/proc/net/ip_vs_conn`.

use super::name::Speller;
use super::Style;
use crate::model::protocol;
use crate::resolve::Names;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

/// Where the kernel lists connections.
pub const FILE: &str = "/proc/net/ip_vs_conn";

/// Titles and a row for each connection in `text`.
pub fn table(out: &mut String, text: &str, style: Style, names: &dyn Names) {
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
    for line in text.lines().skip(1) {
        // a line that is not one of the kernel's has no row
        let _ = row(out, line, style.engines, &speller);
    }
}

fn row(out: &mut String, line: &str, engines: bool, speller: &Speller<'_>) -> Option<()> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next()?;
    let protocol = protocol_number(name);
    let mut endpoint = || -> Option<String> {
        let addr = address(words.next()?)?;
        let port = u32::from_str_radix(words.next()?, 16).ok()?;
        Some(speller.endpoint(addr, port as u16, protocol))
    };
    let (source, service, server) = (endpoint()?, endpoint()?, endpoint()?);
    let (state, seconds) = (words.next()?, words.next()?.parse::<i32>().ok()?);
    let expires = format!("{:02}:{:02}", seconds / 60, seconds % 60);
    let _ = write!(
        out,
        "{name:<3} {expires:<6} {state:<11} {source:<18} {service:<18} "
    );
    match (words.next(), words.next()) {
        (Some(engine), Some(data)) if engines => {
            let _ = writeln!(out, "{server:<16} {engine:<18} {data}");
        }
        _ => {
            let _ = writeln!(out, "{server}");
        }
    }
    Some(())
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
