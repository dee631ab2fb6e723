// SPDX-License-Identifier: GPL-2.0

//! Where packets come from: family, point and priority of each hook.
//!
//! The C module has two hooks at each point, one for each direction. Here one handler serves both,
//! at the priority of the first; nothing else sits between the two.

use super::{
    netns::Netns,
    packet::{
        self,
        Point, //
    },
};
use linux_ext::{
    net::netfilter::{
        self,
        Hook,
        HookSkb,
        Op,
        State,
        Verdict, //
    },
    sync::rcu::Reader,
};

/// The hooks of IPv4.
pub(crate) const HOOKS: &[Op<Netns>] = &[
    Op::new::<LocalIn>(),
    Op::new::<Forward>(),
    Op::new::<LocalOut>(),
];

macro_rules! hook {
    ($(#[$doc:meta])* $name:ident, $num:ident, $priority:expr) => {
        $(#[$doc])*
        struct $name;

        impl Hook for $name {
            type Data = Netns;
            const PF: u8 = netfilter::NFPROTO_IPV4;
            const NUM: u32 = netfilter::$num;
            const PRIORITY: i32 = $priority;

            #[inline]
            fn call<'hook>(
                ns: &'hook Netns,
                skb: HookSkb<'hook>,
                state: &'hook State,
                reader: Reader<'hook>,
            ) -> Verdict<'hook> {
                packet::balance(ns, Point::$name, skb, state.net(), reader)
            }
        }
    };
}

hook!(
    /// Requests of remote clients, and replies to local ones. After filtering, before source NAT.
    LocalIn, NF_INET_LOCAL_IN, netfilter::NF_IP_PRI_NAT_SRC - 2
);

hook!(
    /// Replies of remote real servers. At the priority that C has for ICMP here, one before replies.
    Forward, NF_INET_FORWARD, netfilter::NF_IP_PRI_NAT_SRC - 1
);

hook!(
    /// Requests of local clients, and replies of local real servers. Before filtering.
    LocalOut, NF_INET_LOCAL_OUT, netfilter::NF_IP_PRI_NAT_DST + 1
);
