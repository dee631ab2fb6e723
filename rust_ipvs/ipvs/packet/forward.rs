// SPDX-License-Identifier: GPL-2.0

//! Fifth stage: off to the real server, or back to the client.
//!
//! One file for each method, and [`way`] for what they have in common. A packet that cannot go on is
//! swallowed: a local sender sees no error, as with C.

mod direct;
mod local;
pub(super) mod nat;
mod tunnel;
pub(super) mod way;

use super::{
    super::conn::Conn,
    edit,
    Context,
    Point, //
};
use ipvs_core::{
    conn::Method,
    packet::Headers, //
};
use kernel::prelude::*;
use linux_ext::net::{
    netfilter::{
        HookSkb,
        Verdict, //
    },
    route::RouteRef4, //
};

/// Sends a request on.
#[inline]
pub(super) fn request<'hook>(
    cx: &Context<'hook>,
    skb: HookSkb<'hook>,
    headers: &Headers,
    conn: &Conn,
) -> Verdict<'hook> {
    match conn.method() {
        Some(Method::Masq) => nat::request(cx, skb, headers, conn),
        Some(Method::Route) => direct::request(cx, skb, headers, conn),
        Some(Method::Local) => local::request(skb),
        Some(Method::Tunnel) => tunnel::request(cx, skb, headers, conn),
        // There is no way to the server yet; this host must not answer in its place.
        Some(Method::Bypass) => skb.discard(),
        // A method that nobody has defined leaves packets alone.
        None => skb.accept(),
    }
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
pub(super) fn reroute(cx: &Context<'_>, skb: &mut HookSkb<'_>) -> Result {
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
