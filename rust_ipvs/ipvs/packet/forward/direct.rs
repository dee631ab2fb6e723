// SPDX-License-Identifier: GPL-2.0

//! Direct routing: the packet goes over the link to the server, and keeps its addresses.

use super::{
    super::{
        super::{
            conn::Conn,
            family::Family, //
        },
        Context, //
    },
    local,
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
    let Some(route) = way::to_server(cx, &mut skb, conn, NextHop::Known) else {
        return lost(cx, skb, conn, Reason::NoRoute);
    };
    if way::crosses_boundary(&skb, &headers, route.is_local()) {
        return lost(cx, skb, conn, Reason::Boundary);
    }
    if route.is_local() {
        return local::request(skb, conn);
    }
    way::send_unchanged(cx, skb, headers, conn, route)
}
