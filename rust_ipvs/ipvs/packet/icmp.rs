// SPDX-License-Identifier: GPL-2.0

//! ICMP errors about packets of connections: they go where these packets came from.
//!
//! An error quotes the packet that it is about, headers first. So it belongs to a connection if a
//! packet that answers the quoted one does, and it takes the direction of that one.

mod message;
mod translate;
mod tunnel;

use super::{
    super::{
        conn::{
            tracking,
            Conn, //
        },
        family::Family,
    },
    classify::{
        self,
        View, //
    },
    forward::{
        self,
        nat,
        way, //
    },
    schedule,
    Context,
    Point, //
};
use ipvs_core::{
    conn::Method,
    flow::Direction,
    packet::{
        Malformed,
        Parsed, //
    },
};
use linux_ext::net::{
    inet::Route,
    netfilter::{
        HookSkb,
        Verdict, //
    },
    route::NextHop,
};
use message::Message;
use translate::Place;

/// Deals with a packet of ICMP or ICMPv6, whose header begins at `offset`.
#[cold]
#[inline(never)]
pub(super) fn icmp<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    offset: u16,
    is_fragment: bool,
) -> Verdict<'hook> {
    let (skb, message) = match message::read(cx, skb, offset, is_fragment) {
        Ok(read) => read,
        Err(verdict) => return verdict,
    };
    let skb = match tunnel::relay(cx, skb, &message) {
        Ok(skb) => skb,
        Err(verdict) => return verdict,
    };
    let quoted = match A::parse_quoted(&View(&skb), message.quoted()) {
        Parsed::Headers(quoted) => quoted,
        // Without ports no service can be looked for.
        Parsed::Malformed(Malformed::Ports) if may_open(cx, &skb) => return skb.discard(),
        _ => return skb.accept(),
    };
    let place = message.place(&quoted);
    let flow = quoted.flow.reversed();
    match cx.conns.find(&flow, cx.reader) {
        Some((conn, Direction::Reply)) => to_client(cx, skb, &place, &conn),
        Some((conn, Direction::Original)) if may_be_for_server(cx, &skb) => {
            to_server(cx, skb, &message, &place, &conn)
        }
        None if may_open(cx, &skb) => match schedule::schedule_error(cx, skb, &flow, quoted.l4) {
            Ok((skb, conn)) => to_server(cx, skb, &message, &place, &conn),
            Err(verdict) => verdict,
        },
        _ => skb.accept(),
    }
}

/// Whether an error may be one that is for a server.
fn may_be_for_server<A: Family>(cx: &Context<'_, A>, skb: &HookSkb<'_>) -> bool {
    // Those that only pass by are for a service, too: one of a mark may have any address.
    cx.point == Point::Forward || classify::may_be_request(cx.point, skb)
}

/// Whether an error that belongs to no connection opens one.
fn may_open<A: Family>(cx: &Context<'_, A>, skb: &HookSkb<'_>) -> bool {
    cx.ns.config.schedules_icmp() && may_be_for_server(cx, skb)
}

/// An error about a packet of the client, from the server or on the way to it.
fn to_client<'hook, A: Family>(
    cx: &Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    if conn.method() == Some(Method::Masq) {
        if !translate::is_sound(&skb, place)
            || translate::to_client(&mut skb, place, conn).is_none()
            || forward::reroute(cx, &mut skb).is_err()
        {
            return skb.discard();
        }
    }
    if conn.dest().is_available() {
        conn.dest().counters.count_out(skb.len());
    }
    skb.as_mut().set_ipvs_property();
    tracking::follow(&mut skb, conn, Direction::Reply);
    skb.accept()
}

/// An error about a packet of the server, from the client or on the way to it.
fn to_server<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    message: &Message<A>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    let translated = conn.method() == Some(Method::Masq);
    if translated && !translate::is_sound(&skb, place) {
        return skb.discard();
    }
    if conn.dest().is_available() {
        conn.dest().counters.count_in(skb.len());
    }
    match translated {
        true => send(cx, skb, message, place, conn),
        // These servers have the address that the packet was sent with.
        false => {
            conn.count_request();
            forward::request(*cx, skb, message.headers, conn)
        }
    }
}

/// Sends an error to a server that has another address.
fn send<'hook, A: Family>(
    cx: &Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    message: &Message<A>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    let Some(route) = way::to_server(*cx, &mut skb, conn, NextHop::Addressed) else {
        return skb.swallow();
    };
    if route.is_local() {
        let unwanted = conn.raddr.is_loopback_addr() && A::has_come_in(&skb);
        // What passes by has no way to a server on this host.
        if cx.point == Point::Forward
            || unwanted
            || translate::to_server(&mut skb, place, conn).is_none()
        {
            return skb.swallow();
        }
        return nat::keep(skb, conn);
    }
    if message.headers.flow.src.is_loopback_addr()
        || !way::may_go_on(cx.net, &mut skb, message.headers, route)
        || translate::lower_ttl(&mut skb, place).is_none()
        || translate::to_server(&mut skb, place, conn).is_none()
    {
        return skb.swallow();
    }
    way::send(cx.net, skb, conn, route, cx.reader)
}
