// SPDX-License-Identifier: GPL-2.0

//! What can be set per namespace, readable by the packet path without a lock.

use ipvs_core::{
    proto::{
        tcp,
        Timeouts,
        NEW_TIMEOUT, //
    },
    uapi::config::ConfigSpec, //
};
use kernel::{
    sync::atomic::Atomic,
    time::Jiffies, //
};
use linux_ext::{
    sync::access::AccessOnce,
    time::secs_to_jiffies, //
};

/// The lifetimes of connections, in seconds.
pub(crate) struct Config {
    tcp: [Atomic<u32>; tcp::STATES],
    udp: Atomic<u32>,
}

impl Config {
    /// What a namespace starts with.
    pub(crate) fn new() -> Self {
        Self {
            tcp: tcp::TIMEOUTS.map(Atomic::new),
            udp: Atomic::new(Timeouts::DEFAULT.udp),
        }
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

    /// All of them.
    pub(crate) fn timeouts(&self) -> Timeouts {
        let mut timeouts = Timeouts::DEFAULT;
        for (to, from) in timeouts.tcp.iter_mut().zip(&self.tcp) {
            *to = from.read_once();
        }
        timeouts.udp = self.udp.read_once();
        timeouts
    }

    /// Changes what `spec` says; the next packet of a connection applies it.
    pub(crate) fn set(&self, spec: &ConfigSpec) {
        let mut timeouts = self.timeouts();
        spec.apply(&mut timeouts);
        for (to, from) in self.tcp.iter().zip(timeouts.tcp) {
            to.write_once(from);
        }
        self.udp.write_once(timeouts.udp);
    }
}
