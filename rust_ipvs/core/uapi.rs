// SPDX-License-Identifier: GPL-2.0

//! The control interface: numbers, and messages to and from values.
//!
//! Numbers are those of `include/uapi/linux/ip_vs.h`. Readers are as liberal as the kernel's
//! `nla_parse_deprecated()`, on which existing programs rely; writers emit attributes in the order and
//! sizes that these programs have always seen.

pub mod answers;
pub mod apply;
pub mod attr;
pub mod cmd;
pub mod config;
pub mod conn;
pub mod daemon;
pub mod dest;
pub mod drain;
pub mod error;
pub mod event;
pub mod explain;
pub mod feedback;
pub mod listing;
pub mod name;
pub mod nla;
pub mod policy;
pub mod reasons;
pub mod service;
pub mod service_name;
pub mod slow_start;
pub mod sockopt;
pub mod stats;
pub mod totals;

/// Name of the generic netlink family.
pub const GENL_NAME: &core::ffi::CStr = c"IPVS";
/// Version of the family.
pub const GENL_VERSION: u8 = 1;
/// Version of IPVS: one byte each for major, minor and patch level.
pub const VERSION_CODE: u32 = 0x01_02_01;

/// Size of a scheduler's name in structures of the socket interface, with its NUL.
pub const SCHEDNAME_MAXLEN: usize = 16;
/// Longest name of a persistence engine, without its NUL.
pub const PENAME_MAXLEN: usize = 16;
/// Size of an interface's name, with its NUL.
pub const IFNAME_MAXLEN: usize = 16;
/// Longest data of a persistence engine, in bytes.
pub const PEDATA_MAXLEN: usize = 255;

/// Flags of a service.
pub mod svc_flag {
    /// One client, one server.
    pub const PERSISTENT: u32 = 0x0001;
    /// Is in the table. The kernel's own; user space gets to see it.
    pub const HASHED: u32 = 0x0002;
    /// Each packet is scheduled by itself (UDP).
    pub const ONEPACKET: u32 = 0x0004;
    /// First flag of the scheduler: `sh-fallback`, `mh-fallback`.
    pub const SCHED1: u32 = 0x0008;
    /// Second flag of the scheduler: `sh-port`, `mh-port`.
    pub const SCHED2: u32 = 0x0010;
    /// Third flag of the scheduler.
    pub const SCHED3: u32 = 0x0020;
}

/// Types of tunnels.
pub mod tun_type {
    /// IP in IP.
    pub const IPIP: u8 = 0;
    /// Generic UDP encapsulation.
    pub const GUE: u8 = 1;
    /// Generic routing encapsulation.
    pub const GRE: u8 = 2;
}

/// Flags of tunnels.
pub mod tun_flag {
    /// With a checksum.
    pub const CSUM: u16 = 1;
    /// With remote checksum offload.
    pub const REMCSUM: u16 = 2;
}

/// Where in the nest `top` of a request the attribute of type `kind` begins that an error is about, as
/// [`error::Place::In`] has them. `None` if it is not there.
pub fn blamed(top: u16, nest: &[u8], kind: u16) -> Option<usize> {
    match top {
        attr::cmd::SERVICE => nla::find(nest, kind, &service::POLICY),
        attr::cmd::DEST => nla::find(nest, kind, &dest::POLICY),
        attr::cmd::DAEMON => nla::find(nest, kind, &daemon::POLICY),
        drain::DRAIN => nla::find(nest, kind, &drain::POLICY),
        conn::CONN => nla::find(nest, kind, &conn::POLICY),
        feedback::FEEDBACK => nla::find(nest, kind, &feedback::POLICY),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
