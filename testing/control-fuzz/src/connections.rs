// SPDX-License-Identifier: GPL-2.0

//! Requests about connections, which C does not have.

use ipvs_core::uapi::attr::cmd;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::conn::{attr, flag, CONN};

use crate::attr::Attr;
use crate::draw::Draw;
use crate::request::{which, Identity, Request, DEST_ADDRS, PORTS, SERVICE_ADDRS};

/// Lists or ends connections.
pub fn valid(draw: &mut Draw) -> Request {
    let mut attrs = Vec::new();
    if draw.percent(30) {
        attrs.push(Attr::nest(cmd::SERVICE, Identity::of(which(draw)).attrs()));
    }
    let dump = draw.percent(50);
    let mut filter: Vec<_> = (0..draw.below(3)).map(|_| selector(draw)).collect();
    let flags = match draw.below(4) {
        0 => flag::TEMPLATE,
        1 => flag::RESET,
        _ => 0,
    };
    if !dump || draw.percent(30) {
        // Of those that end something, some would end everything.
        let all = if draw.percent(5) { flag::ALL } else { 0 };
        filter.push(Attr::u32(attr::FLAGS, flags | all));
    }
    attrs.push(Attr::nest(CONN, filter));
    let command = if dump {
        Command::GetConn
    } else {
        Command::DelConn
    };
    Request::new(command, dump, attrs)
}

fn selector(draw: &mut Draw) -> Attr {
    match draw.below(10) {
        0 => Attr::u16(attr::AF, draw.pick(&[libc::AF_INET, libc::AF_INET6]) as u16),
        1 => Attr::u16(attr::PROTOCOL, draw.pick(&[6, 17, 132])),
        2 => Attr::new(attr::CLIENT, &draw.pick(&DEST_ADDRS)),
        3 => Attr::be16(attr::CLIENT_PORT, draw.edge() as u16),
        4 => Attr::new(attr::VIRTUAL, &draw.pick(&SERVICE_ADDRS)),
        5 => Attr::be16(attr::VIRTUAL_PORT, draw.pick(&PORTS)),
        6 => Attr::new(attr::SERVER, &draw.pick(&DEST_ADDRS)),
        7 => Attr::text(attr::STATE, draw.pick(&["UDP", "SYN_RECV", "ESTABLISHED"])),
        8 => Attr::new(attr::IDLE, &u64::from(draw.edge() as u32).to_ne_bytes()),
        _ => Attr::new(attr::COOKIE, &draw.edge().to_ne_bytes()),
    }
}
