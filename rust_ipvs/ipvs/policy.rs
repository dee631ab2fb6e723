// SPDX-License-Identifier: GPL-2.0

//! What applies to connections of a service: its policy, and the settings of the namespace where that
//! says nothing.

use super::config::Config;
use ipvs_core::{
    policy::{
        Field,
        Policy, //
    },
    proto::tcp,
    setting::Reuse, //
};
use kernel::{
    prelude::*,
    sync::rcu::read_lock,
    time::Jiffies, //
};
use linux_ext::{
    sync::{
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuSlot, //
        },
    },
    time::secs_to_jiffies, //
};

/// The policy of a service, shared by the service and each of its destinations, which connections
/// know. Written under `Netns::control`.
///
/// A destination that was removed keeps what it had, until it comes back.
pub(crate) struct PolicySlot(RcuSlot<Policy>);

impl PolicySlot {
    /// Nothing of its own.
    pub(crate) const fn new() -> Self {
        Self(RcuSlot::new())
    }

    /// A policy to be put into slots; `None` is one that says nothing.
    ///
    /// # Context
    ///
    /// May sleep. `ENOMEM` is the only error.
    pub(crate) fn content(policy: &Policy) -> Result<Option<RcuArc<Policy>>> {
        match policy.is_empty() {
            true => Ok(None),
            false => Ok(Some(RcuArc::new(*policy, GFP_KERNEL)?)),
        }
    }

    /// Replaces the policy. `None` is one that says nothing.
    pub(crate) fn set(&self, policy: Option<&RcuArc<Policy>>, reader: Reader<'_>) {
        match policy {
            Some(policy) => {
                self.0.set(policy.clone(), reader);
            }
            None => self.0.clear(),
        }
    }

    /// Gives another one the same policy.
    pub(crate) fn share(&self, with: &Self, reader: Reader<'_>) {
        let policy = self.0.load(reader).and_then(|policy| policy.get());
        with.set(policy.as_ref(), reader);
    }

    /// The policy of now.
    pub(crate) fn read(&self, reader: Reader<'_>) -> Policy {
        self.0
            .load(reader)
            .map_or_else(Policy::default, |policy| *policy)
    }

    /// Whether it says anything.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// What it says of a field.
    #[inline]
    fn get(&self, field: Field) -> Option<u32> {
        match self.0.is_some() {
            true => self.look_up(field),
            false => None,
        }
    }

    #[inline(never)]
    fn look_up(&self, field: Field) -> Option<u32> {
        let guard = read_lock();
        self.0.load(Reader::from(&guard))?.into_ref().get(field)
    }

    fn switch(&self, field: Field, otherwise: bool) -> bool {
        self.get(field).map_or(otherwise, |value| value != 0)
    }

    /// Lifetime of a TCP connection in `state`, in ticks.
    pub(crate) fn tcp_timeout(&self, config: &Config, state: tcp::State) -> Jiffies {
        let own = Field::of_state(state).and_then(|field| self.get(field));
        own.map_or_else(|| config.tcp_timeout(state), secs_to_jiffies)
    }

    /// Lifetime of a UDP connection, in ticks.
    pub(crate) fn udp_timeout(&self, config: &Config) -> Jiffies {
        let own = self.get(Field::Udp);
        own.map_or_else(|| config.udp_timeout(), secs_to_jiffies)
    }

    /// When a packet that opens a connection takes the place of an old one.
    pub(crate) fn reuse(&self, config: &Config) -> Reuse {
        let own = self.get(Field::Reuse).map(|mode| Reuse::new(mode as i32));
        own.unwrap_or_else(|| config.reuse())
    }

    /// Whether connections of removed servers expire at once.
    pub(crate) fn expires_nodest(&self, config: &Config) -> bool {
        self.switch(Field::Nodest, config.expires_nodest())
    }

    /// Whether templates of servers with weight 0 are not used.
    pub(crate) fn expires_quiescent_template(&self, config: &Config) -> bool {
        self.switch(Field::Quiescent, config.expires_quiescent_template())
    }

    /// Whether any TCP packet opens a connection.
    pub(crate) fn is_sloppy_tcp(&self, config: &Config) -> bool {
        self.switch(Field::SloppyTcp, config.is_sloppy_tcp())
    }

    /// Whether any SCTP packet opens a connection.
    pub(crate) fn is_sloppy_sctp(&self, config: &Config) -> bool {
        self.switch(Field::SloppySctp, config.is_sloppy_sctp())
    }
}
