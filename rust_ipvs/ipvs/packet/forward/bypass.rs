// SPDX-License-Identifier: GPL-2.0

//! Bypass: there is no server, and the packet goes to where it was going anyway.

use super::{
    super::{
        super::{
            conn::Conn,
            family::Family, //
        },
        Context, //
    },
    lost,
    way, //
};
use ipvs_core::{
    packet::Headers,
    reason::Reason, //
};
use linux_ext::net::{
    inet::Route,
    netfilter::{
        HookSkb,
        Verdict, //
    },
    route::NextHop, //
};

/// Sends a request on.
#[inline(never)]
pub(super) fn request<'hook, A: Family>(
    cx: Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    // Each packet may go to somebody else, so the route is remembered for this one only.
    let once = A::Cache::default();
    let daddr = headers.flow.dst;
    let Ok(route) = A::find_route(daddr, NextHop::Addressed, &once, cx.net, cx.reader) else {
        skb.as_mut().link_failure();
        return lost(cx, skb, conn, Reason::NoRoute);
    };
    if route.is_local() || way::crosses_boundary(&skb, &headers, false) {
        return lost(cx, skb, conn, Reason::Boundary);
    }
    way::send_unchanged(cx, skb, headers, conn, route)
}
