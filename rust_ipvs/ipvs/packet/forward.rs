// SPDX-License-Identifier: GPL-2.0

//! Fifth stage: off to the real server, or back to the client.
//!
//! A packet that cannot go on is swallowed: a local sender sees no error, as with C.

use super::{
    super::conn::Conn,
    edit,
    Context,
    Point, //
};
use ipvs_core::{
    conn::Method,
    packet::Headers,
    wire::icmp, //
};
use kernel::prelude::*;
use linux_ext::net::{
    netfilter::{
        HookSkb,
        Verdict, //
    },
    route::{
        Route4,
        RouteRef4, //
    },
};

/// Sends a request on.
#[inline]
pub(super) fn request<'hook>(
    cx: &Context<'hook>,
    mut skb: HookSkb<'hook>,
    headers: &Headers,
    conn: &Conn,
) -> Verdict<'hook> {
    match conn.method() {
        Some(Method::Masq) => translate(cx, skb, headers, conn),
        Some(Method::Local) => {
            skb.as_mut().set_ipvs_property();
            skb.as_mut().notrack();
            skb.accept()
        }
        // There is no way to the server yet; this host must not answer in its place.
        Some(Method::Tunnel | Method::Route | Method::Bypass) => skb.discard(),
        // A method that nobody has defined leaves packets alone.
        None => skb.accept(),
    }
}

/// Network address translation: the packet gets the address of the real server.
#[inline]
fn translate<'hook>(
    cx: &Context<'hook>,
    mut skb: HookSkb<'hook>,
    headers: &Headers,
    conn: &Conn,
) -> Verdict<'hook> {
    let Some(route) = route(cx, &mut skb, conn) else {
        return skb.swallow();
    };
    if route.is_local() {
        return translate_here(skb, headers, conn);
    }
    // Nobody beyond this host could answer a loopback address.
    if headers.flow.src.is_loopback() || !may_go_on(cx, &mut skb, headers, route) {
        return skb.swallow();
    }
    if edit::request(&mut skb, headers, conn, edit::Hop::Counted).is_none() {
        return skb.swallow();
    }
    skb.as_mut().set_ipvs_property();
    skb.as_mut().notrack();
    skb.as_mut().drop_early_demux();
    // The IP layer would send an error of its own, to the wrong address.
    skb.as_mut().set_ignore_df();
    let (skb, verdict) = skb.steal();
    skb.local_out4(cx.net, route, cx.reader);
    verdict
}

/// As [`translate`], to a real server on this host.
#[inline(never)]
fn translate_here<'hook>(
    mut skb: HookSkb<'hook>,
    headers: &Headers,
    conn: &Conn,
) -> Verdict<'hook> {
    let came_in = skb.route4().is_some_and(RouteRef4::is_input);
    if conn.raddr.is_loopback() && came_in {
        return skb.swallow();
    }
    if edit::request(&mut skb, headers, conn, edit::Hop::None).is_none() {
        return skb.swallow();
    }
    skb.as_mut().set_ignore_df();
    skb.as_mut().set_ipvs_property();
    skb.as_mut().notrack();
    if conn.rport != headers.flow.dport || conn.raddr != headers.flow.dst {
        skb.as_mut().drop_early_demux();
    }
    skb.accept()
}

/// The route to the real server; without one the sender is told.
#[inline]
fn route<'hook>(
    cx: &Context<'hook>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn,
) -> Option<RouteRef4<'hook>> {
    let cache = &conn.dest().route;
    if let Some(route) = cache.get(cx.net, cx.reader) {
        return Some(route);
    }
    find_route(cx, skb, conn)
}

#[cold]
fn find_route<'hook>(
    cx: &Context<'hook>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn,
) -> Option<RouteRef4<'hook>> {
    let Ok(route) = Route4::output(cx.net, conn.raddr) else {
        skb.as_mut().link_failure();
        return None;
    };
    let cache = &conn.dest().route;
    let route = cache.set(route, cx.reader);
    // Whoever has removed the destination in between has cleared the cache too early.
    if !conn.dest().is_available() {
        cache.clear();
    }
    Some(route)
}

/// Whether the packet has a hop left and fits; if not, the sender is told.
#[inline]
fn may_go_on(
    cx: &Context<'_>,
    skb: &mut HookSkb<'_>,
    headers: &Headers,
    route: RouteRef4<'_>,
) -> bool {
    if headers.ttl <= 1 {
        cx.net.count_in_hdr_error();
        skb.icmp_send(icmp::TIME_EXCEEDED, icmp::TTL_EXCEEDED, 0);
        return false;
    }
    if !headers.dont_fragment {
        return true;
    }
    let mtu = route.mtu();
    if skb.fits(mtu) {
        return true;
    }
    // The packet that the error quotes has made the hop to here.
    if edit::count_hop(skb, headers).is_some() {
        skb.icmp_send(icmp::DEST_UNREACH, icmp::FRAG_NEEDED, mtu as u32);
    }
    false
}

/// Sends a reply on: the packet gets the address of the virtual service. `account` is called when
/// nothing can go wrong any more.
#[inline]
pub(super) fn reply<'hook>(
    cx: &Context<'hook>,
    mut skb: HookSkb<'hook>,
    headers: &Headers,
    conn: &Conn,
    account: impl FnOnce(&HookSkb<'hook>),
) -> Verdict<'hook> {
    if conn.method() == Some(Method::Masq) {
        if edit::reply(&mut skb, headers, conn).is_none() || reroute(cx, &mut skb).is_err() {
            return skb.swallow();
        }
    }
    account(&skb);
    skb.as_mut().set_ipvs_property();
    skb.as_mut().notrack();
    skb.accept()
}

/// A reply has another source now, by which its route may differ.
#[inline]
fn reroute(cx: &Context<'_>, skb: &mut HookSkb<'_>) -> Result {
    if cx.point == Point::LocalIn {
        return Ok(());
    }
    // Only these look at the source; without them a lookup for every reply would be for nothing.
    if !cx.net.has_policy_routing4() && !cx.net.has_output_policies() {
        return Ok(());
    }
    if !cx.ns.config.reroutes_replies() || skb.route4().is_some_and(RouteRef4::is_local) {
        return Ok(());
    }
    skb.as_mut().reroute4(cx.net)
}
