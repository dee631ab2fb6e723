// SPDX-License-Identifier: GPL-2.0

//! The way to the server: route, TTL, MTU, and off.

use super::super::{
    super::{
        conn::{
            tracking,
            Conn, //
        },
        family::Family, //
    },
    edit,
    Context, //
};
use ipvs_core::{
    addr::Family as Version,
    flow::Direction,
    packet::Headers,
    reason::Reason, //
};
use linux_ext::{
    net::{
        inet::{
            IcmpError,
            Route, //
        },
        netfilter::{
            HookSkb,
            Verdict, //
        },
        route::NextHop,
        Net, //
    },
    sync::rcu::Reader,
};

/// The route to the real server; without one the sender is told.
#[inline(always)]
pub(in super::super) fn to_server<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn<A>,
    next_hop: NextHop,
) -> Option<A::Route<'hook>> {
    let cache = A::route_cache(conn.dest());
    if let Some(route) = A::cached(cache, cx.net, cx.reader) {
        return Some(route);
    }
    find_route(cx.copy(), skb, conn, next_hop)
}

#[cold]
fn find_route<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn<A>,
    next_hop: NextHop,
) -> Option<A::Route<'hook>> {
    let cache = A::route_cache(conn.dest());
    let Ok(route) = A::find_route(conn.raddr, next_hop, cache, cx.net, cx.reader) else {
        skb.as_mut().link_failure();
        return None;
    };
    // Whoever has removed the destination in between has cleared the cache too early.
    if !conn.dest().is_available() {
        A::forget_route(cache);
    }
    Some(route)
}

/// Whether a packet that keeps its addresses would get to this host though it was for another one,
/// or to another host with an address that only this one can answer.
#[inline]
pub(super) fn crosses_boundary<A: Family>(
    skb: &HookSkb<'_>,
    headers: &Headers<A>,
    to_here: bool,
) -> bool {
    match to_here {
        true => !A::route_of(skb).is_some_and(Route::is_local),
        false => headers.flow.src.is_loopback_addr(),
    }
}

/// Sees whether the packet has a hop left and fits; if not, the sender is told.
#[inline(always)]
pub(in super::super) fn go_on<A: Family>(
    net: &Net,
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    route: A::Route<'_>,
) -> Result<(), Reason> {
    if !has_hop_left::<A>(net, skb, headers.ttl) {
        return Err(Reason::TtlExceeded);
    }
    match fits(net, skb, headers, || route.mtu()) {
        true => Ok(()),
        false => Err(Reason::TooBig),
    }
}

/// Whether the packet has a hop left; if not, the sender is told.
#[inline(always)]
pub(super) fn has_hop_left<A: Family>(net: &Net, skb: &mut HookSkb<'_>, ttl: u8) -> bool {
    if ttl > 1 {
        return true;
    }
    A::icmp_send(skb.as_mut(), net, IcmpError::Expired);
    false
}

/// Whether the packet may be fragmented, or is at most `mtu` bytes long; if not, the sender is told.
#[inline(always)]
pub(super) fn fits<A: Family>(
    net: &Net,
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    mtu: impl FnOnce() -> usize,
) -> bool {
    if !headers.dont_fragment {
        return true;
    }
    let mtu = mtu();
    A::fits(skb, mtu) || is_let_go(net, skb, headers, mtu)
}

/// What becomes of a packet that is too big: whether it goes on.
#[cold]
#[inline(never)]
fn is_let_go<A: Family>(net: &Net, skb: &mut HookSkb<'_>, headers: Headers<A>, mtu: usize) -> bool {
    // There are no errors about errors: one that is too big is cut to pieces, as far as that can be.
    if headers.flow.proto == A::ICMP {
        return A::FAMILY == Version::V4;
    }
    // The packet that the error quotes has made the hop to here.
    if edit::count_hop(skb, headers).is_some() {
        A::icmp_send(skb.as_mut(), net, IcmpError::TooBig(mtu as u32));
    }
    false
}

/// Sends a packet that keeps its addresses to `route`, if it has a hop left and fits.
#[inline(always)]
pub(super) fn send_unchanged<'hook, A: Family>(
    cx: Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
    route: A::Route<'hook>,
) -> Verdict<'hook> {
    let hop = go_on(cx.net, &mut skb, headers, route)
        .and_then(|()| edit::count_hop(&mut skb, headers).ok_or(Reason::NotWritable));
    if let Err(reason) = hop {
        return super::lost(cx, skb, conn, reason);
    }
    send(cx.net, skb, conn, route, cx.reader)
}

/// Sends the packet to `route`, as one of this host.
#[inline(always)]
pub(in super::super) fn send<'hook, A: Family>(
    net: &'hook Net,
    mut skb: HookSkb<'hook>,
    conn: &Conn<A>,
    route: A::Route<'hook>,
    reader: Reader<'hook>,
) -> Verdict<'hook> {
    skb.as_mut().set_ipvs_property();
    tracking::follow(&mut skb, conn, Direction::Original);
    skb.as_mut().drop_early_demux();
    // The IP layer would send an error of its own, to the wrong address.
    skb.as_mut().set_ignore_df();
    let (skb, verdict) = skb.steal();
    A::local_out(skb, net, route, reader);
    verdict
}
