// SPDX-License-Identifier: GPL-2.0

//! Where packets come from: family, point and priority of each hook.
//!
//! The C module has two hooks at each point, one for each direction. Here one handler serves both,
//! at the priority of the first; nothing else sits between the two.

use super::{
    family::Family,
    netns::Netns,
    packet::{
        self,
        Point, //
    },
};
use core::{
    marker::PhantomData,
    net::{
        Ipv4Addr,
        Ipv6Addr, //
    },
};
use linux_ext::{
    net::netfilter::{
        self,
        Hook,
        HookSkb,
        InetHook,
        Op,
        State,
        Verdict,
        Version, //
    },
    sync::rcu::Reader,
};

/// The hooks of both versions of IP.
pub(crate) const HOOKS: &[Op<Netns>] = &[
    Op::new::<LocalIn<Ipv4Addr>>(),
    Op::new::<Forward<Ipv4Addr>>(),
    Op::new::<LocalOut<Ipv4Addr>>(),
    Op::new::<LocalIn<Ipv6Addr>>(),
    Op::new::<Forward<Ipv6Addr>>(),
    Op::new::<LocalOut<Ipv6Addr>>(),
];

macro_rules! hook {
    ($(#[$doc:meta])* $name:ident, $priority:expr) => {
        $(#[$doc])*
        struct $name<A: Family>(PhantomData<A>);

        impl<A: Family> Hook for $name<A> {
            type Data = Netns;
            const VERSION: Version = A::VERSION;
            const POINT: InetHook = InetHook::$name;
            const PRIORITY: i32 = $priority;

            #[inline]
            fn call<'hook>(
                ns: &'hook Netns,
                skb: HookSkb<'hook>,
                state: &'hook State,
                reader: Reader<'hook>,
            ) -> Verdict<'hook> {
                packet::balance::<A>(ns, Point::$name, skb, state.net(), reader)
            }
        }
    };
}

hook!(
    /// Requests of remote clients, and replies to local ones. After filtering, before source NAT.
    LocalIn, netfilter::NF_IP_PRI_NAT_SRC - 2
);

hook!(
    /// Replies of remote real servers. At the priority that C has for ICMP here, one before replies.
    Forward, netfilter::NF_IP_PRI_NAT_SRC - 1
);

hook!(
    /// Requests of local clients, and replies of local real servers. Before filtering.
    LocalOut, netfilter::NF_IP_PRI_NAT_DST + 1
);
