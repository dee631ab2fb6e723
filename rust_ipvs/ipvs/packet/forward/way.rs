// SPDX-License-Identifier: GPL-2.0

//! The way to the server: route, TTL, MTU, and off.

use super::super::{
    super::conn::Conn,
    edit,
    Context, //
};
use ipvs_core::{
    packet::Headers,
    wire::icmp, //
};
use linux_ext::net::{
    netfilter::{
        HookSkb,
        Verdict, //
    },
    route::{
        NextHop,
        Route4,
        RouteRef4, //
    },
};

/// The route to the real server; without one the sender is told.
#[inline]
pub(in super::super) fn to_server<'hook>(
    cx: &Context<'hook>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn,
    next_hop: NextHop,
) -> Option<RouteRef4<'hook>> {
    let cache = &conn.dest().route;
    if let Some(route) = cache.get(cx.net, cx.reader) {
        return Some(route);
    }
    find_route(cx, skb, conn, next_hop)
}

#[cold]
fn find_route<'hook>(
    cx: &Context<'hook>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn,
    next_hop: NextHop,
) -> Option<RouteRef4<'hook>> {
    let Ok(route) = Route4::output(cx.net, conn.raddr, next_hop) else {
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

/// Whether a packet that keeps its addresses would get to this host though it was for another one,
/// or to another host with an address that only this one can answer.
#[inline]
pub(super) fn crosses_boundary(skb: &HookSkb<'_>, headers: &Headers, to_here: bool) -> bool {
    match to_here {
        true => !skb.route4().is_some_and(RouteRef4::is_local),
        false => headers.flow.src.is_loopback(),
    }
}

/// Whether the packet has a hop left and fits; if not, the sender is told.
#[inline]
pub(super) fn may_go_on(
    cx: &Context<'_>,
    skb: &mut HookSkb<'_>,
    headers: &Headers,
    route: RouteRef4<'_>,
) -> bool {
    has_hop_left(cx, skb, headers) && fits(skb, headers, || route.mtu())
}

/// Whether the packet has a hop left; if not, the sender is told.
#[inline]
pub(super) fn has_hop_left(cx: &Context<'_>, skb: &mut HookSkb<'_>, headers: &Headers) -> bool {
    if headers.ttl > 1 {
        return true;
    }
    cx.net.count_in_hdr_error();
    skb.icmp_send(icmp::TIME_EXCEEDED, icmp::TTL_EXCEEDED, 0);
    false
}

/// Whether the packet may be fragmented, or is at most `mtu` bytes long; if not, the sender is told.
#[inline]
pub(super) fn fits(skb: &mut HookSkb<'_>, headers: &Headers, mtu: impl FnOnce() -> usize) -> bool {
    if !headers.dont_fragment {
        return true;
    }
    let mtu = mtu();
    if skb.fits(mtu) {
        return true;
    }
    // The packet that the error quotes has made the hop to here.
    if edit::count_hop(skb, headers).is_some() {
        skb.icmp_send(icmp::DEST_UNREACH, icmp::FRAG_NEEDED, mtu as u32);
    }
    false
}

/// Sends the packet to `route`, as one of this host.
#[inline]
pub(in super::super) fn send<'hook>(
    cx: &Context<'hook>,
    mut skb: HookSkb<'hook>,
    route: RouteRef4<'hook>,
) -> Verdict<'hook> {
    skb.as_mut().set_ipvs_property();
    skb.as_mut().notrack();
    skb.as_mut().drop_early_demux();
    // The IP layer would send an error of its own, to the wrong address.
    skb.as_mut().set_ignore_df();
    let (skb, verdict) = skb.steal();
    skb.local_out4(cx.net, route, cx.reader);
    verdict
}
