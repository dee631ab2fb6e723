// SPDX-License-Identifier: GPL-2.0

//! Packets of real servers that belong to no connection.
//!
//! Their clients are gone, and behind address translation the server would not learn of it.

use super::{
    super::family::Family,
    Context, //
};
use ipvs_core::packet::{
    Headers,
    L4, //
};
use linux_ext::net::{
    inet::IcmpError,
    netfilter::{
        HookSkb,
        Verdict, //
    },
    Net, //
};

/// Whether a packet without a connection is one of a real server, which is to be told.
#[inline(always)]
pub(super) fn is_orphan<A: Family>(cx: Context<'_, A>, headers: Headers<A>) -> bool {
    cx.ns.config.tells_servers() && is_from_server(cx.copy(), headers)
}

#[cold]
#[inline(never)]
fn is_from_server<A: Family>(cx: Context<'_, A>, headers: Headers<A>) -> bool {
    let ends = match headers.l4 {
        L4::Tcp(flags) => flags.rst(),
        L4::Sctp(chunks) => chunks.is_abort(),
        L4::Ipsec => return false,
        L4::Udp | L4::Truncated => false,
    };
    let flow = &headers.flow;
    !ends
        && cx
            .tables
            .dests
            .has_server(flow.src.into(), flow.sport, flow.proto, cx.reader)
}

/// Tells the server that nobody is there.
#[cold]
pub(super) fn tell<'hook, A: Family>(net: &Net, mut skb: HookSkb<'hook>) -> Verdict<'hook> {
    A::icmp_send(skb.as_mut(), net, IcmpError::NoPort);
    skb.discard()
}
