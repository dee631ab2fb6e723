// SPDX-License-Identifier: GPL-2.0

//! Numbers of attributes (`IPVS_*_ATTR_*`).

/// Of a message.
pub mod cmd {
    /// Nest [`svc`](super::svc).
    pub const SERVICE: u16 = 1;
    /// Nest [`dest`](super::dest).
    pub const DEST: u16 = 2;
    /// Nest [`daemon`](super::daemon).
    pub const DAEMON: u16 = 3;
    /// u32: lifetime of established TCP connections, in seconds.
    pub const TIMEOUT_TCP: u16 = 4;
    /// u32: lifetime of TCP connections after a FIN, in seconds.
    pub const TIMEOUT_TCP_FIN: u16 = 5;
    /// u32: lifetime of UDP connections, in seconds.
    pub const TIMEOUT_UDP: u16 = 6;
}

/// Of a service.
pub mod svc {
    /// u16: address family.
    pub const AF: u16 = 1;
    /// u16: protocol.
    pub const PROTOCOL: u16 = 2;
    /// Up to 16 bytes: address, in network order.
    pub const ADDR: u16 = 3;
    /// u16 in network order: port.
    pub const PORT: u16 = 4;
    /// u32: firewall mark.
    pub const FWMARK: u16 = 5;
    /// String: scheduler.
    pub const SCHED_NAME: u16 = 6;
    /// Two u32: flags, and which of them count.
    pub const FLAGS: u16 = 7;
    /// u32: persistence, in seconds.
    pub const TIMEOUT: u16 = 8;
    /// u32: granularity of persistence; a mask in network order, or the length of a prefix.
    pub const NETMASK: u16 = 9;
    /// Nest [`stats`](super::stats) with numbers of 32 bits.
    pub const STATS: u16 = 10;
    /// String: persistence engine.
    pub const PE_NAME: u16 = 11;
    /// Nest [`stats`](super::stats) with numbers of 64 bits.
    pub const STATS64: u16 = 12;
    /// One more than the highest.
    pub const COUNT: usize = 13;
}

/// Of a destination.
pub mod dest {
    /// Up to 16 bytes: address, in network order.
    pub const ADDR: u16 = 1;
    /// u16 in network order: port.
    pub const PORT: u16 = 2;
    /// u32: forwarding method.
    pub const FWD_METHOD: u16 = 3;
    /// u32: weight.
    pub const WEIGHT: u16 = 4;
    /// u32: upper threshold, in connections.
    pub const U_THRESH: u16 = 5;
    /// u32: lower threshold, in connections.
    pub const L_THRESH: u16 = 6;
    /// u32: active connections.
    pub const ACTIVE_CONNS: u16 = 7;
    /// u32: inactive connections.
    pub const INACT_CONNS: u16 = 8;
    /// u32: persistence templates.
    pub const PERSIST_CONNS: u16 = 9;
    /// Nest [`stats`](super::stats) with numbers of 32 bits.
    pub const STATS: u16 = 10;
    /// u16: address family.
    pub const ADDR_FAMILY: u16 = 11;
    /// Nest [`stats`](super::stats) with numbers of 64 bits.
    pub const STATS64: u16 = 12;
    /// u8: type of tunnel.
    pub const TUN_TYPE: u16 = 13;
    /// u16 in network order: port of the tunnel.
    pub const TUN_PORT: u16 = 14;
    /// u16: flags of the tunnel.
    pub const TUN_FLAGS: u16 = 15;
    /// One more than the highest.
    pub const COUNT: usize = 16;
}

/// Of a sync daemon.
pub mod daemon {
    /// u32: 1 master, 2 backup.
    pub const STATE: u16 = 1;
    /// String: interface.
    pub const MCAST_IFN: u16 = 2;
    /// u32: identity of the group.
    pub const SYNC_ID: u16 = 3;
    /// u16: longest message, in bytes.
    pub const SYNC_MAXLEN: u16 = 4;
    /// u32 in network order: IPv4 group.
    pub const MCAST_GROUP: u16 = 5;
    /// 16 bytes: IPv6 group.
    pub const MCAST_GROUP6: u16 = 6;
    /// u16 in host order: port.
    pub const MCAST_PORT: u16 = 7;
    /// u8: time to live.
    pub const MCAST_TTL: u16 = 8;
    /// One more than the highest.
    pub const COUNT: usize = 9;
}

/// Of statistics.
pub mod stats {
    /// Connections.
    pub const CONNS: u16 = 1;
    /// Packets in.
    pub const INPKTS: u16 = 2;
    /// Packets out.
    pub const OUTPKTS: u16 = 3;
    /// Bytes in, always 64 bits.
    pub const INBYTES: u16 = 4;
    /// Bytes out, always 64 bits.
    pub const OUTBYTES: u16 = 5;
    /// Connections per second.
    pub const CPS: u16 = 6;
    /// Packets in per second.
    pub const INPPS: u16 = 7;
    /// Packets out per second.
    pub const OUTPPS: u16 = 8;
    /// Bytes in per second.
    pub const INBPS: u16 = 9;
    /// Bytes out per second.
    pub const OUTBPS: u16 = 10;
    /// Filler before numbers of 64 bits where they must be aligned.
    pub const PAD: u16 = 11;
}

/// Of general information.
pub mod info {
    /// u32: version.
    pub const VERSION: u16 = 1;
    /// u32: buckets of the connection table.
    pub const CONN_TAB_SIZE: u16 = 2;
}
