// SPDX-License-Identifier: GPL-2.0

//! Fifth stage: off to the real server, or back to the client.
//!
//! One file for each method, and [`way`] for what they have in common. A packet that cannot go on is
//! swallowed: a local sender sees no error, as with C.

mod bypass;
mod direct;
mod local;
pub(super) mod nat;
mod tunnel;
pub(super) mod way;

use super::{
    super::{
        conn::{
            tracking,
            Conn, //
        },
        family::Family, //
    },
    edit,
    lost,
    Context,
    Point, //
};
use ipvs_core::{
    conn::Method,
    flow::Direction,
    packet::Headers,
    reason::Reason, //
};
use kernel::prelude::*;
use linux_ext::{
    net::{
        inet::Route,
        netfilter::{
            HookSkb,
            Verdict, //
        },
    },
    time::jiffies,
};

/// Sends a request on.
#[inline(always)]
pub(super) fn request<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    match conn.method() {
        Some(Method::Masq) => nat::request(cx, skb, headers, conn),
        Some(Method::Route) => direct::request(cx.copy(), skb, headers, conn),
        Some(Method::Local) => local::request(skb, conn),
        Some(Method::Tunnel) => tunnel::request(&cx.copy(), skb, &headers, conn),
        Some(Method::Bypass) => bypass::request(cx.copy(), skb, headers, conn),
        // A method that nobody has defined leaves packets alone.
        None => lost(cx, skb, conn, Reason::NoMethod),
    }
}

/// A request that cannot go on.
#[inline(always)]
fn lost<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    conn: &Conn<A>,
    reason: Reason,
) -> Verdict<'hook> {
    let (direction, by) = (Direction::Original, lost::By::Us);
    lost::leave_of(cx.net, skb, conn, direction, by, reason, cx.reader)
}

/// Sends a reply on: the packet gets the address of the virtual service. `account` is called when
/// nothing can go wrong any more.
#[inline(always)]
pub(super) fn reply<'hook, A: Family>(
    cx: Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: &Conn<A>,
    account: impl FnOnce(&HookSkb<'hook>),
) -> Verdict<'hook> {
    if conn.method() == Some(Method::Masq) {
        let edited = edit::reply(&mut skb, headers, conn).ok_or(Reason::NotWritable);
        let turned =
            edited.and_then(|()| reroute(&cx.copy(), &mut skb).map_err(|_| Reason::NoRoute));
        if let Err(reason) = turned {
            // Its server has answered, nevertheless.
            conn.touch(jiffies());
            let (direction, by) = (Direction::Reply, lost::By::Us);
            return lost::leave_of(cx.net, skb, conn, direction, by, reason, cx.reader);
        }
    }
    account(&skb);
    skb.as_mut().set_ipvs_property();
    tracking::follow(&mut skb, conn, Direction::Reply);
    skb.accept()
}

/// A reply has another source now, by which its route may differ.
#[inline]
pub(super) fn reroute<A: Family>(cx: &Context<'_, A>, skb: &mut HookSkb<'_>) -> Result {
    if cx.point == Point::LocalIn {
        return Ok(());
    }
    // Only these look at the source; without them a lookup for every reply would be for nothing.
    if !A::routes_by_source(cx.net) && !cx.net.has_output_policies() {
        return Ok(());
    }
    if !cx.ns.config.reroutes_replies() || A::route_of(skb).is_some_and(Route::is_local) {
        return Ok(());
    }
    A::reroute(skb.as_mut(), cx.net)
}
