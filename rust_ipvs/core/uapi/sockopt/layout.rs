// SPDX-License-Identifier: GPL-2.0

//! Where the fields of the structures are, in bytes. All numbers in them are in host order but
//! addresses, ports and masks.
//!
//! These are the layouts of 64-bit kernels; IPVS never had a translation for 32-bit programs.

/// `struct ip_vs_service_user`: a service in a request.
pub mod service_user {
    /// Protocol, 16 bits.
    pub const PROTOCOL: usize = 0;
    /// Address.
    pub const ADDR: usize = 4;
    /// Port.
    pub const PORT: usize = 8;
    /// Mark, 32 bits; 0 for none.
    pub const FWMARK: usize = 12;
    /// Name of the scheduler, 16 bytes with its NUL.
    pub const SCHED_NAME: usize = 16;
    /// Flags, 32 bits.
    pub const FLAGS: usize = 32;
    /// Persistence in seconds, 32 bits.
    pub const TIMEOUT: usize = 36;
    /// Granularity of persistence.
    pub const NETMASK: usize = 40;
    /// Its size.
    pub const SIZE: usize = 44;
}

/// `struct ip_vs_service_entry`: a service in an answer. It begins as
/// [`service_user`](super::layout::service_user).
pub mod service_entry {
    /// Number of its destinations, 32 bits.
    pub const NUM_DESTS: usize = 44;
    /// Its [`stats_user`](super::stats_user).
    pub const STATS: usize = 48;
    /// Its size.
    pub const SIZE: usize = 104;
}

/// `struct ip_vs_dest_user`: a destination in a request.
pub mod dest_user {
    /// Address.
    pub const ADDR: usize = 0;
    /// Port.
    pub const PORT: usize = 4;
    /// Flags that its connections get, 32 bits.
    pub const CONN_FLAGS: usize = 8;
    /// Weight, 32 bits with a sign.
    pub const WEIGHT: usize = 12;
    /// Upper threshold, 32 bits.
    pub const U_THRESHOLD: usize = 16;
    /// Lower threshold, 32 bits.
    pub const L_THRESHOLD: usize = 20;
    /// Its size.
    pub const SIZE: usize = 24;
}

/// `struct ip_vs_dest_entry`: a destination in an answer. It begins as
/// [`dest_user`](super::layout::dest_user).
pub mod dest_entry {
    /// Active connections, 32 bits.
    pub const ACTIVECONNS: usize = 24;
    /// Other connections, 32 bits.
    pub const INACTCONNS: usize = 28;
    /// Persistence templates, 32 bits.
    pub const PERSISTCONNS: usize = 32;
    /// Its [`stats_user`](super::stats_user).
    pub const STATS: usize = 40;
    /// Its size.
    pub const SIZE: usize = 96;
}

/// `struct ip_vs_stats_user`: statistics. All numbers have 32 bits but those of bytes.
pub mod stats_user {
    /// Connections.
    pub const CONNS: usize = 0;
    /// Packets from clients.
    pub const INPKTS: usize = 4;
    /// Packets to clients.
    pub const OUTPKTS: usize = 8;
    /// Bytes from clients, 64 bits.
    pub const INBYTES: usize = 16;
    /// Bytes to clients, 64 bits.
    pub const OUTBYTES: usize = 24;
    /// Connections per second.
    pub const CPS: usize = 32;
    /// Packets from clients per second.
    pub const INPPS: usize = 36;
    /// Packets to clients per second.
    pub const OUTPPS: usize = 40;
    /// Bytes from clients per second.
    pub const INBPS: usize = 44;
    /// Bytes to clients per second.
    pub const OUTBPS: usize = 48;
}

/// `struct ip_vs_getinfo`: general information.
pub mod getinfo {
    /// Version, as [`VERSION_CODE`](crate::uapi::VERSION_CODE).
    pub const VERSION: usize = 0;
    /// Buckets of the connection table, 32 bits.
    pub const SIZE: usize = 4;
    /// Number of IPv4 services, 32 bits.
    pub const NUM_SERVICES: usize = 8;
}

/// `struct ip_vs_get_services`: a request for all services.
pub mod get_services {
    /// For how many there is room, 32 bits.
    pub const NUM_SERVICES: usize = 0;
    /// Where the first one goes, and the size of what is before.
    pub const ENTRYTABLE: usize = 8;
}

/// `struct ip_vs_get_dests`: a request for the destinations of a service, which is said as in
/// [`service_user`](super::layout::service_user).
pub mod get_dests {
    /// For how many there is room, 32 bits.
    pub const NUM_DESTS: usize = 16;
    /// Where the first one goes, and the size of what is before.
    pub const ENTRYTABLE: usize = 24;
}

/// `struct ip_vs_timeout_user`: lifetimes of connections in seconds, 32 bits with a sign.
pub mod timeout_user {
    /// Of TCP connections that are established.
    pub const TCP_TIMEOUT: usize = 0;
    /// Of TCP connections after a FIN.
    pub const TCP_FIN_TIMEOUT: usize = 4;
    /// Of UDP connections.
    pub const UDP_TIMEOUT: usize = 8;
    /// Its size.
    pub const SIZE: usize = 12;
}

/// `struct ip_vs_daemon_user`: a sync daemon.
pub mod daemon_user {
    /// Its role, 32 bits with a sign.
    pub const STATE: usize = 0;
    /// Its interface, 16 bytes with the NUL.
    pub const MCAST_IFN: usize = 4;
    /// The number of its group, 32 bits with a sign.
    pub const SYNCID: usize = 20;
    /// Its size.
    pub const SIZE: usize = 24;
}
