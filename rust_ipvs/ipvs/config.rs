// SPDX-License-Identifier: GPL-2.0

//! What can be set per namespace, readable by the packet path without a lock.
//!
//! Lifetimes are set over netlink, the rest in `/proc/sys/net/ipv4/vs` (`super::sysctl`).

use ipvs_core::{
    proto::{
        tcp,
        Timeouts,
        NEW_TIMEOUT, //
    },
    setting::{
        ConnMax,
        LoadFactor,
        Reuse,
        SyncThreshold,
        CONN_MAX, //
    },
    uapi::config::ConfigSpec, //
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        atomic::Atomic,
        Mutex, //
    },
    time::Jiffies,
};
use linux_ext::{
    cpumask::CpuSet,
    memory,
    sync::access::AccessOnce,
    time::secs_to_jiffies, //
};

/// Defines [`Plain`].
macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $default:expr,)*) => {
        /// Settings that take every number. Most of them are off if they are 0 and on otherwise.
        pub(crate) struct Plain {
            $($(#[$doc])* pub(crate) $name: Atomic<i32>,)*
        }

        impl Plain {
            fn new() -> Self {
                Self {
                    $($name: Atomic::new($default),)*
                }
            }
        }
    };
}

plain! {
    /// Whether connection tracking sees packets of connections.
    conntrack = 0,
    /// Whether replies are routed anew.
    snat_reroute = 1,
    /// Whether connections that have a template are not synchronised.
    sync_persist_mode = 0,
    /// Bytes of a sync socket's buffer; 0 or less is the system's choice.
    sync_sock_size = 0,
    /// Whether packets of a firewall mark go to their own destination if there is no server.
    cache_bypass = 0,
    /// Whether connections of removed servers expire at once.
    expire_nodest_conn = 0,
    /// Whether any TCP packet opens a connection.
    sloppy_tcp = 0,
    /// Whether any SCTP packet opens a connection.
    sloppy_sctp = 0,
    /// Whether templates of servers with weight 0 are not used.
    expire_quiescent_template = 0,
    /// Whether packets of servers without a connection are answered.
    nat_icmp_send = 0,
    /// Whether tunnels find out their MTU.
    pmtu_disc = 1,
    /// Whether a backup does not balance.
    backup_only = 0,
    /// When a packet that opens a connection takes the place of an old one, see [`Reuse`].
    conn_reuse_mode = 1,
    /// Whether an ICMP error may open a connection.
    schedule_icmp = 0,
    /// Whether packets in tunnels that end here are left alone.
    ignore_tunneled = 0,
    /// Whether rates are estimated.
    run_estimation = 1,
}

/// Seconds that are the lifetime of no connection: the ticks would not fit into what it remembers.
/// If a service has a policy, the packets of all connections of the namespace take a closer look. If
/// none has, it costs nothing that one may.
const UNUSUAL: u32 = u32::MAX;

/// The settings of a namespace. Each is a word for itself; changes of more than one are made one
/// after the other.
#[pin_data]
pub(crate) struct Config {
    /// Lifetimes in seconds.
    tcp: [Atomic<u32>; tcp::STATES],
    udp: Atomic<u32>,
    /// What packets compare the lifetime of their connection with: the same, or [`UNUSUAL`].
    usual_tcp: [Atomic<u32>; tcp::STATES],
    usual_udp: Atomic<u32>,
    /// Services that have a policy; written under `Netns::control`.
    policies: Atomic<i32>,
    pub(crate) plain: Plain,
    conn_max: Atomic<i32>,
    conn_max_hard: Atomic<i32>,
    /// Bounded, see `ipvs_core::setting`.
    pub(crate) sync_version: Atomic<i32>,
    pub(crate) sync_ports: Atomic<i32>,
    /// In seconds.
    pub(crate) sync_refresh_period: Atomic<i32>,
    pub(crate) sync_retries: Atomic<i32>,
    /// Messages.
    pub(crate) sync_qlen_max: Atomic<usize>,
    sync_first: Atomic<i32>,
    sync_period: Atomic<i32>,
    pub(crate) est_nice: Atomic<i32>,
    /// `None` as long as nobody has set it.
    #[pin]
    pub(crate) est_cpus: Mutex<Option<CpuSet>>,
    pub(crate) conn_lfactor: Atomic<i32>,
    pub(crate) svc_lfactor: Atomic<i32>,
}

impl Config {
    /// What a namespace starts with. `first` is the configuration of the first one, unless this is
    /// the one.
    pub(crate) fn new(first: Option<&Self>) -> impl PinInit<Self> {
        let limit = first.map_or(CONN_MAX, |first| first.conn_max().soft);
        let (conns, services) = match first {
            None => (LoadFactor::CONNS_FIRST, LoadFactor::SERVICES_FIRST),
            Some(_) => (LoadFactor::OTHER, LoadFactor::OTHER),
        };
        let sync = SyncThreshold::DEFAULT;
        pin_init!(Self {
            tcp: tcp::TIMEOUTS.map(Atomic::new),
            udp: Atomic::new(Timeouts::DEFAULT.udp),
            usual_tcp: tcp::TIMEOUTS.map(Atomic::new),
            usual_udp: Atomic::new(Timeouts::DEFAULT.udp),
            policies: Atomic::new(0),
            plain: Plain::new(),
            conn_max: Atomic::new(limit),
            conn_max_hard: Atomic::new(limit),
            sync_version: Atomic::new(1),
            sync_ports: Atomic::new(1),
            sync_refresh_period: Atomic::new(0),
            sync_retries: Atomic::new(0),
            sync_qlen_max: Atomic::new(memory::buffer_pages() / 32),
            sync_first: Atomic::new(sync.first),
            sync_period: Atomic::new(sync.period),
            est_nice: Atomic::new(0),
            est_cpus <- new_mutex!(None, "Config::est_cpus"),
            conn_lfactor: Atomic::new(conns.get()),
            svc_lfactor: Atomic::new(services.get()),
        })
    }

    /// Lifetime of a TCP connection in `state`, in ticks.
    #[inline]
    pub(crate) fn tcp_timeout(&self, state: tcp::State) -> Jiffies {
        // Every state is within the array; `get` says it without a panic.
        let secs = self
            .tcp
            .get(state as usize)
            .map_or(NEW_TIMEOUT, AccessOnce::read_once);
        secs_to_jiffies(secs)
    }

    /// Lifetime of a UDP connection, in ticks.
    #[inline]
    pub(crate) fn udp_timeout(&self) -> Jiffies {
        secs_to_jiffies(self.udp.read_once())
    }

    /// The lifetime by which a packet sees that its TCP connection in `state` has the right one, in
    /// ticks. If the connection has another, that may be the right one all the same.
    #[inline]
    pub(crate) fn usual_tcp_timeout(&self, state: tcp::State) -> Jiffies {
        let secs = self
            .usual_tcp
            .get(state as usize)
            .map_or(NEW_TIMEOUT, AccessOnce::read_once);
        secs_to_jiffies(secs)
    }

    /// The same of a UDP connection.
    #[inline]
    pub(crate) fn usual_udp_timeout(&self) -> Jiffies {
        secs_to_jiffies(self.usual_udp.read_once())
    }

    /// All lifetimes.
    pub(crate) fn timeouts(&self) -> Timeouts {
        let mut timeouts = Timeouts::DEFAULT;
        for (to, from) in timeouts.tcp.iter_mut().zip(&self.tcp) {
            *to = from.read_once();
        }
        timeouts.udp = self.udp.read_once();
        timeouts
    }

    /// Changes lifetimes as `spec` says; the next packet of a connection applies it.
    /// Callers come one after the other.
    pub(crate) fn set(&self, spec: &ConfigSpec) {
        let mut timeouts = self.timeouts();
        spec.apply(&mut timeouts);
        for (to, from) in self.tcp.iter().zip(timeouts.tcp) {
            to.write_once(from);
        }
        self.udp.write_once(timeouts.udp);
        self.set_usual();
    }

    fn set_usual(&self) {
        let usual = |secs| match self.has_policies() {
            true => UNUSUAL,
            false => secs,
        };
        let timeouts = self.timeouts();
        for (to, from) in self.usual_tcp.iter().zip(timeouts.tcp) {
            to.write_once(usual(from));
        }
        self.usual_udp.write_once(usual(timeouts.udp));
    }

    /// Counts a service that has a policy now, or has none any more. Callers come one after the other.
    pub(crate) fn count_policy(&self, by: i32) {
        let count = self.policies.read_once().saturating_add(by);
        self.policies.write_once(count);
        self.set_usual();
    }

    /// Whether any service has a policy.
    #[inline]
    pub(crate) fn has_policies(&self) -> bool {
        self.policies.read_once() != 0
    }

    /// How many connections there may be.
    pub(crate) fn conn_max(&self) -> ConnMax {
        ConnMax {
            soft: self.conn_max.read_once(),
            hard: self.conn_max_hard.read_once(),
        }
    }

    /// Changes how many connections there may be. Callers come one after the other.
    pub(crate) fn set_conn_max(&self, limit: ConnMax) {
        self.conn_max_hard.write_once(limit.hard);
        self.conn_max.write_once(limit.soft);
    }

    /// Which packets of a connection cause a sync message.
    pub(crate) fn sync_threshold(&self) -> SyncThreshold {
        SyncThreshold {
            first: self.sync_first.read_once(),
            period: self.sync_period.read_once(),
        }
    }

    /// Changes which packets of a connection cause a sync message. Callers come one after the
    /// other.
    pub(crate) fn set_sync_threshold(&self, threshold: SyncThreshold) {
        self.sync_first.write_once(threshold.first);
        self.sync_period.write_once(threshold.period);
    }

    /// When a packet that opens a connection takes the place of an old one.
    #[inline]
    pub(crate) fn reuse(&self) -> Reuse {
        Reuse::new(self.plain.conn_reuse_mode.read_once())
    }

    /// Whether connections of removed servers expire at once.
    #[inline]
    pub(crate) fn expires_nodest(&self) -> bool {
        self.plain.expire_nodest_conn.read_once() != 0
    }

    /// Whether connection tracking sees packets of new connections.
    pub(crate) fn tracks_conns(&self) -> bool {
        self.plain.conntrack.read_once() != 0
    }

    /// Whether templates of servers with weight 0 are not used.
    pub(crate) fn expires_quiescent_template(&self) -> bool {
        self.plain.expire_quiescent_template.read_once() != 0
    }

    /// Whether packets in tunnels that end here are left alone.
    pub(crate) fn ignores_tunneled(&self) -> bool {
        self.plain.ignore_tunneled.read_once() != 0
    }

    /// Whether an ICMP error may open a connection.
    pub(crate) fn schedules_icmp(&self) -> bool {
        self.plain.schedule_icmp.read_once() != 0
    }

    /// Whether any TCP packet opens a connection.
    pub(crate) fn is_sloppy_tcp(&self) -> bool {
        self.plain.sloppy_tcp.read_once() != 0
    }

    /// Whether any SCTP packet opens a connection.
    pub(crate) fn is_sloppy_sctp(&self) -> bool {
        self.plain.sloppy_sctp.read_once() != 0
    }

    /// Whether packets of a firewall mark go to their own destination if there is no server.
    pub(crate) fn bypasses_cache(&self) -> bool {
        self.plain.cache_bypass.read_once() != 0
    }

    /// Whether tunnels find out their MTU.
    #[inline]
    pub(crate) fn discovers_mtu(&self) -> bool {
        self.plain.pmtu_disc.read_once() != 0
    }

    /// Whether packets of servers without a connection are answered.
    #[inline]
    pub(crate) fn tells_servers(&self) -> bool {
        self.plain.nat_icmp_send.read_once() != 0
    }

    /// Whether replies are routed anew.
    #[inline]
    pub(crate) fn reroutes_replies(&self) -> bool {
        self.plain.snat_reroute.read_once() != 0
    }
}
