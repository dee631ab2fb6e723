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
    way, //
};
use ipvs_core::{flow::Direction, packet::Headers};
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
        return skb.swallow();
    };
    if route.is_local() {
        return here(skb, headers, conn);
    }
    // Nobody beyond this host could answer a loopback address.
    if headers.flow.src.is_loopback_addr() || !way::may_go_on(cx.net, &mut skb, headers, route) {
        return skb.swallow();
    }
    if edit::request(&mut skb, headers, conn, edit::Hop::Counted(route)).is_none() {
        return skb.swallow();
    }
    way::send(cx.net, skb, conn, route, cx.reader)
}

/// As [`request`], to a real server on this host.
#[inline(never)]
fn here<'hook, A: Family>(
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    if conn.raddr.is_loopback_addr() && A::has_come_in(&skb) {
        return skb.swallow();
    }
    if edit::request(&mut skb, headers, conn, edit::Hop::None).is_none() {
        return skb.swallow();
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
