// SPDX-License-Identifier: GPL-2.0

//! Network address translation: addresses and ports are rewritten.

use super::{
    super::{
        super::{
            conn::{
                tracking,
                Conn, //
            },
            family::Family, //
        },
        edit,
        Context, //
    },
    lost,
    way, //
};
use ipvs_core::{
    flow::Direction,
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

/// Sends a request on: it gets the address of the real server.
#[inline(always)]
pub(super) fn request<'hook, A: Family>(
    cx: Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    let Some(route) = way::to_server(cx, &mut skb, conn, NextHop::Addressed) else {
        return lost(cx, skb, conn, Reason::NoRoute);
    };
    if route.is_local() {
        return here(cx.copy(), skb, headers, conn);
    }
    // Nobody beyond this host could answer a loopback address.
    if headers.flow.src.is_loopback_addr() {
        return lost(cx, skb, conn, Reason::Boundary);
    }
    let hop = edit::Hop::Counted(route);
    let turned = way::go_on(cx.net, &mut skb, headers, route)
        .and_then(|()| edit::request(&mut skb, headers, conn, hop).ok_or(Reason::NotWritable));
    if let Err(reason) = turned {
        return lost(cx, skb, conn, reason);
    }
    way::send(cx.net, skb, conn, route, cx.reader)
}

/// As [`request`], to a real server on this host.
#[inline(never)]
fn here<'hook, A: Family>(
    cx: Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    if conn.raddr.is_loopback_addr() && A::has_come_in(&skb) {
        return lost(cx, skb, conn, Reason::Boundary);
    }
    if edit::request(&mut skb, headers, conn, edit::Hop::None).is_none() {
        return lost(cx, skb, conn, Reason::NotWritable);
    }
    keep(skb, conn)
}

/// Gives a packet that has the address of its real server to this host.
pub(in super::super) fn keep<'hook, A: Family>(
    mut skb: HookSkb<'hook>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    skb.as_mut().set_ignore_df();
    skb.as_mut().set_ipvs_property();
    tracking::follow(&mut skb, conn, Direction::Original);
    if conn.rport != conn.flow().dport || conn.raddr != conn.flow().dst {
        skb.as_mut().drop_early_demux();
    }
    skb.accept()
}
