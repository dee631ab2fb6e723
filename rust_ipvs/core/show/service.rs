// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs`: services, each with its destinations below.

use super::line::Line;
use super::{
    put_addr,
    put_proto, //
};
use crate::addr::{
    Addr,
    Family, //
};
use crate::byteorder::{
    Be16,
    Be32, //
};
use crate::conn::Method;
use crate::uapi::service::{
    ServiceId,
    ServiceKey, //
};
use crate::uapi::{
    svc_flag,
    VERSION_CODE, //
};

/// The first three lines; `conn_tab_size` is the number of buckets of the connection table, or 0
/// before the first service.
pub fn header(conn_tab_size: u32) -> Line<192> {
    let mut line = Line::new();
    put_version(&mut line, conn_tab_size);
    line.text(concat!(
        "\n",
        "Prot LocalAddress:Port Scheduler Flags\n",
        "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n",
    ));

    line
}

/// The first line as the old socket interface has it: with a NUL instead of an end of line.
pub fn version(conn_tab_size: u32) -> Line<64> {
    let mut line = Line::new();
    put_version(&mut line, conn_tab_size);
    line.byte(0);

    line
}

fn put_version<const N: usize>(line: &mut Line<N>, conn_tab_size: u32) {
    let [_, major, minor, patch] = VERSION_CODE.to_be_bytes();
    line.text("IP Virtual Server version ");
    line.dec(major.into());
    line.byte(b'.');
    line.dec(minor.into());
    line.byte(b'.');
    line.dec(patch.into());
    line.text(" (size=");
    line.dec(conn_tab_size.into());
    line.byte(b')');
}

/// The line of a service.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// Which one.
    pub key: ServiceKey,
    /// Name of its scheduler, `none` if it has none.
    pub sched: &'a str,
    /// Its flags.
    pub flags: u32,
    /// Persistence, in ticks and not in seconds.
    pub timeout_ticks: u32,
    /// Granularity of persistence as sent; of IPv6 too its bytes are swapped.
    pub netmask: u32,
}

impl Service<'_> {
    /// The line, with its end.
    pub fn line(&self) -> Line<128> {
        let mut line = Line::new();
        let ops = match self.flags & svc_flag::ONEPACKET {
            0 => "",
            _ => "ops ",
        };
        match self.key.id {
            ServiceId::Fwmark(mark) => {
                line.text("FWM  ");
                line.hex8(mark);
                line.byte(b' ');
                line.text(self.sched);
                line.byte(b' ');
                line.text(ops);
            }
            ServiceId::Address { proto, addr, port } => {
                put_proto(&mut line, proto, 0);
                line.text("  ");
                put_end(&mut line, addr, port);
                line.byte(b' ');
                line.text(self.sched);
                line.byte(b' ');
                // That of IPv6 never had a mark for one-packet scheduling.
                if self.key.family == Family::V4 {
                    line.text(ops);
                    line.byte(b' ');
                }
            }
        }
        if self.flags & svc_flag::PERSISTENT != 0 {
            line.text("persistent ");
            line.dec_left((self.timeout_ticks as i32).into(), 0);
            line.byte(b' ');
            line.hex8(Be32::from_raw(self.netmask).to_host());
        }
        line.byte(b'\n');

        line
    }
}

/// Address and port, the address of IPv6 in brackets.
fn put_end<const N: usize>(line: &mut Line<N>, addr: Addr, port: Be16) {
    match addr {
        Addr::V4(_) => put_addr(line, addr),
        Addr::V6(_) => {
            line.byte(b'[');
            put_addr(line, addr);
            line.byte(b']');
        }
    }
    line.byte(b':');
    line.hex4(port.to_host());
}

/// The line of a destination.
#[derive(Clone, Copy, Debug)]
pub struct Dest {
    /// Its address.
    pub addr: Addr,
    /// Its port.
    pub port: Be16,
    /// Its forwarding method: the low three bits of the flags.
    pub method: u32,
    /// Its weight.
    pub weight: i32,
    /// Active connections.
    pub active: u32,
    /// Inactive connections.
    pub inactive: u32,
}

impl Dest {
    /// The line, with its end.
    pub fn line(&self) -> Line<128> {
        let mut line = Line::new();
        line.chunk(*b"  -> ");
        put_end(&mut line, self.addr, self.port);
        let method = Method::from_bits(self.method).unwrap_or(Method::Masq);
        line.chunk(*b"      ");
        line.left(method.name_proc(), 7);
        line.byte(b' ');
        line.dec_left(self.weight.into(), 6);
        line.byte(b' ');
        line.dec_left((self.active as i32).into(), 10);
        line.byte(b' ');
        line.dec_left((self.inactive as i32).into(), 10);
        line.byte(b'\n');

        line
    }
}

#[cfg(test)]
mod tests;
