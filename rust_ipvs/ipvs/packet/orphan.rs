// SPDX-License-Identifier: GPL-2.0

//! Packets of real servers that belong to no connection.
//!
//! Their clients are gone, and behind address translation the server would not learn of it.

use super::{
    super::family::Family,
    lost,
    Context, //
};
use ipvs_core::{
    packet::{
        Headers,
        L4, //
    },
    reason::Reason, //
};
use linux_ext::net::{
    inet::IcmpError,
    netfilter::{
        HookSkb,
        Verdict, //
    },
};

/// Whether they are told. Asked before [`is_orphan`], which needs the headers in memory.
#[inline(always)]
pub(super) fn are_told<A: Family>(cx: &Context<'_, A>) -> bool {
    cx.ns.config.tells_servers()
}

/// Whether a packet without a connection is one of a real server, which is to be told.
#[cold]
#[inline(never)]
pub(super) fn is_orphan<A: Family>(cx: Context<'_, A>, headers: Headers<A>) -> bool {
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
pub(super) fn tell<'hook, A: Family>(
    cx: Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
) -> Verdict<'hook> {
    A::icmp_send(skb.as_mut(), cx.net, IcmpError::NoPort);
    lost::leave(cx, skb, &headers.flow, None, Reason::Orphan)
}
