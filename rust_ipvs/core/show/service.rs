// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs`: services, each with its destinations below.

use core::fmt;

use super::{
    ProcAddr,
    ProtoName, //
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

/// The first three lines.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Buckets of the connection table; 0 before the first service.
    pub conn_tab_size: u32,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, major, minor, patch] = VERSION_CODE.to_be_bytes();
        let size = self.conn_tab_size;
        writeln!(
            f,
            "IP Virtual Server version {major}.{minor}.{patch} (size={size})"
        )?;

        f.write_str(concat!(
            "Prot LocalAddress:Port Scheduler Flags\n",
            "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n",
        ))
    }
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

impl fmt::Display for Service<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sched = self.sched;
        let ops = match self.flags & svc_flag::ONEPACKET {
            0 => "",
            _ => "ops ",
        };
        match self.key.id {
            ServiceId::Fwmark(mark) => write!(f, "FWM  {mark:08X} {sched} {ops}")?,
            ServiceId::Address { proto, addr, port } => {
                let proto = ProtoName(proto);
                let (address, port) = (ProcAddr(addr), port.to_host());
                match self.key.family {
                    Family::V4 => write!(f, "{proto}  {address}:{port:04X} {sched} {ops} ")?,
                    // Never had a mark for one-packet scheduling.
                    Family::V6 => write!(f, "{proto}  [{address}]:{port:04X} {sched} ")?,
                }
            }
        }
        if self.flags & svc_flag::PERSISTENT != 0 {
            let timeout = self.timeout_ticks as i32;
            let netmask = Be32::from_raw(self.netmask).to_host();
            write!(f, "persistent {timeout} {netmask:08X}")?;
        }

        f.write_str("\n")
    }
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

impl fmt::Display for Dest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, port) = (ProcAddr(self.addr), self.port.to_host());
        match self.addr {
            Addr::V4(_) => write!(f, "  -> {address}:{port:04X}")?,
            Addr::V6(_) => write!(f, "  -> [{address}]:{port:04X}")?,
        }
        let method = Method::from_bits(self.method).unwrap_or(Method::Masq);

        writeln!(
            f,
            "      {:<7} {:<6} {:<10} {:<10}",
            method.name_proc(),
            self.weight,
            self.active,
            self.inactive
        )
    }
}

#[cfg(test)]
mod tests;
