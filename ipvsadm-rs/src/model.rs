// SPDX-License-Identifier: GPL-2.0
//! Services and servers as the user names them and as the kernel reports them.

pub mod totals;

use ipvs_core::policy::Change;
use ipvs_core::uapi::answers::Answers;
use ipvs_core::uapi::drain::DrainView;
use std::net::{IpAddr, Ipv4Addr};

/// Protocol numbers that have a name on the command line.
pub mod protocol {
    /// TCP
    pub const TCP: u16 = 6;
    /// UDP
    pub const UDP: u16 = 17;
    /// SCTP
    pub const SCTP: u16 = 132;
}

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceKey {
    /// By address.
    Address {
        /// IP protocol.
        protocol: u16,
        /// Virtual address.
        addr: IpAddr,
        /// Virtual port.
        port: u16,
    },
    /// By firewall mark.
    Mark {
        /// The mark, not 0.
        mark: u32,
        /// Whether it is about IPv6 packets.
        ipv6: bool,
    },
}

impl ServiceKey {
    /// Whether it is about IPv6 packets.
    pub fn is_ipv6(&self) -> bool {
        match self {
            Self::Address { addr, .. } => addr.is_ipv6(),
            Self::Mark { ipv6, .. } => *ipv6,
        }
    }

    /// What to sort by for the same order each time: addresses first, then marks.
    pub fn order(&self) -> (u32, bool, Option<IpAddr>, u16, u16) {
        match *self {
            Self::Mark { mark, ipv6 } => (mark, ipv6, None, 0, 0),
            Self::Address {
                protocol,
                addr,
                port,
            } => (0, addr.is_ipv6(), Some(addr), port, protocol),
        }
    }
}

/// Which clients persistence takes for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Netmask {
    /// IPv4.
    Mask(Ipv4Addr),
    /// IPv6.
    Prefix(u32),
}

impl Netmask {
    /// Every client on its own.
    pub fn host(ipv6: bool) -> Self {
        if ipv6 {
            Self::Prefix(128)
        } else {
            Self::Mask(Ipv4Addr::BROADCAST)
        }
    }
}

/// A service as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which one.
    pub key: ServiceKey,
    /// Name of the scheduler.
    pub scheduler: String,
    /// Name of the persistence engine.
    pub engine: Option<String>,
    /// Bits of `uapi`.
    pub flags: u32,
    /// Of persistence, in seconds.
    pub timeout: u32,
    /// Of persistence.
    pub netmask: Netmask,
    /// Slow start in seconds, if anything is said of it.
    pub slow_start: Option<u32>,
    /// What is said of its policy.
    pub policy: Change,
    /// What it is called, if anything is said of it.
    pub name: Option<String>,
}

impl Service {
    /// What it is called, if it has a name.
    pub fn shown_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }
}

/// How packets reach a server, in the kernel's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Masquerade = 0,
    Local = 1,
    Tunnel = 2,
    Route = 3,
}

/// The encapsulation, in the kernel's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TunnelKind {
    #[default]
    Ipip = 0,
    Gue = 1,
    Gre = 2,
}

/// Parameters of the tunnel to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tunnel {
    /// [`TunnelKind`] as a number: the kernel may know more.
    pub kind: u8,
    /// UDP port of GUE.
    pub port: u16,
    /// Bits of `uapi`.
    pub flags: u16,
}

/// A server as configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Real address.
    pub addr: IpAddr,
    /// Real port.
    pub port: u16,
    /// [`Method`] as a number, and whatever else the kernel says there.
    pub method: u32,
    /// Share of the load.
    pub weight: i32,
    /// Used by the tunnel method.
    pub tunnel: Tunnel,
    /// Connections above which it gets no more.
    pub u_threshold: u32,
    /// Connections below which it gets them again.
    pub l_threshold: u32,
}

impl Default for Server {
    /// What the command line makes of one of which it says no more than the address.
    fn default() -> Self {
        Self {
            addr: Ipv4Addr::UNSPECIFIED.into(),
            port: 0,
            method: Method::Route as u32,
            weight: 1,
            tunnel: Tunnel::default(),
            u_threshold: 0,
            l_threshold: 0,
        }
    }
}

/// What a weight counts as it is, in thousandths.
pub const WHOLE: u32 = 1000;

/// Counters and rates, in the order of the listing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections, packets in and out, bytes in and out.
    pub totals: [u64; 5],
    /// The same per second.
    pub rates: [u64; 5],
}

/// A service as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Its configuration.
    pub service: Service,
    /// Its traffic.
    pub stats: Stats,
}

/// What is wanted of servers beside what they are and how many connections they have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Their traffic, and that of their services.
    pub traffic: bool,
    /// How they answer. C does not know that.
    pub answers: bool,
}

impl Wanted {
    /// Nothing.
    pub const NOTHING: Self = Self {
        traffic: false,
        answers: false,
    };
    /// Their traffic.
    pub const TRAFFIC: Self = Self {
        traffic: true,
        answers: false,
    };
    /// Everything.
    pub const ALL: Self = Self {
        traffic: true,
        answers: true,
    };
}

/// A server as listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerEntry {
    /// Its configuration.
    pub server: Server,
    /// Active connections.
    pub active: u32,
    /// Inactive connections.
    pub inactive: u32,
    /// Persistence templates.
    pub persistent: u32,
    /// Its draining, if it does.
    pub drain: Option<DrainView>,
    /// What its weight counts by feedback, in thousandths.
    pub feedback: u32,
    /// How it answers, if that was asked for and is known.
    pub answers: Option<Answers>,
    /// Its traffic.
    pub stats: Stats,
}

impl ServerEntry {
    /// Whether it has as many connections as it may. (The kernel waits for the lower threshold
    /// before it sends more, which is not told.)
    pub fn is_full(&self) -> bool {
        let upper = self.server.u_threshold;
        upper != 0 && self.active.saturating_add(self.inactive) >= upper
    }
}

/// Which half of synchronisation, in the kernel's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Tells of connections.
    Master = 1,
    /// Listens.
    Backup = 2,
}

/// A sync daemon. What is 0 or `None` is left to the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daemon {
    /// [`Role`] as a number.
    pub state: u32,
    /// Interface of the multicast group.
    pub interface: String,
    /// Identity, from 0 to 255.
    pub sync_id: u32,
    /// Longest message, in bytes.
    pub max_len: u16,
    /// Multicast group.
    pub group: Option<IpAddr>,
    /// UDP port.
    pub port: u16,
    /// Time to live of messages.
    pub ttl: u8,
}

impl Daemon {
    /// The role, if it is one of the two.
    pub fn role(&self) -> Option<Role> {
        [Role::Master, Role::Backup]
            .into_iter()
            .find(|role| self.state == *role as u32)
    }
}

/// Connection timeouts in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Timeouts {
    pub tcp: u32,
    pub tcp_fin: u32,
    pub udp: u32,
}

/// What the kernel says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Three numbers in the low three bytes.
    pub version: u32,
    /// Buckets of the connection table.
    pub size: u32,
}
