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
    lost,
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
    reason::Reason,
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
        Parsed::Malformed(Malformed::Ports) if may_open(cx, &skb) => {
            return lost::leave_unread(*cx, skb, Reason::Truncated)
        }
        _ => return lost::pass(cx.tables, skb, Reason::IcmpUnknown),
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
        _ => lost::pass(cx.tables, skb, Reason::IcmpUnknown),
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
        if let Err(reason) = turn_to_client(cx, &mut skb, place, conn) {
            return discard(cx, skb, conn, Direction::Reply, reason);
        }
    }
    if conn.dest().is_available() {
        conn.dest().counters.count_out(skb.len());
    }
    skb.as_mut().set_ipvs_property();
    tracking::follow(&mut skb, conn, Direction::Reply);
    skb.accept()
}

/// Has an error about a packet of the client go to that, in the name of the virtual service.
fn turn_to_client<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: &mut HookSkb<'hook>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Result<(), Reason> {
    if !translate::is_sound(skb, place) {
        return Err(Reason::BadChecksum);
    }
    translate::to_client(skb, place, conn).ok_or(Reason::NotWritable)?;
    forward::reroute(cx, skb).map_err(|_| Reason::NoRoute)
}

/// Has the core free an error about a packet of a connection.
fn discard<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    conn: &Conn<A>,
    direction: Direction,
    reason: Reason,
) -> Verdict<'hook> {
    let by = lost::By::Core;
    lost::leave_of(cx.net, skb, conn, direction, by, reason, cx.reader)
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
        return discard(cx, skb, conn, Direction::Original, Reason::BadChecksum);
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
    let route = way::to_server(*cx, &mut skb, conn, NextHop::Addressed).ok_or(Reason::NoRoute);
    let turned = route.and_then(|route| match route.is_local() {
        true => turn_to_here(cx, &mut skb, place, conn).map(|()| route),
        false => turn_to_server(cx, &mut skb, message, place, conn, route).map(|()| route),
    });
    match turned {
        Ok(route) if route.is_local() => nat::keep(skb, conn),
        Ok(route) => way::send(cx.net, skb, conn, route, cx.reader),
        Err(reason) => {
            let (direction, by) = (Direction::Original, lost::By::Us);
            lost::leave_of(cx.net, skb, conn, direction, by, reason, cx.reader)
        }
    }
}

/// Has an error go to a server on this host.
fn turn_to_here<A: Family>(
    cx: &Context<'_, A>,
    skb: &mut HookSkb<'_>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Result<(), Reason> {
    // What passes by has no way to a server on this host.
    if cx.point == Point::Forward || conn.raddr.is_loopback_addr() && A::has_come_in(skb) {
        return Err(Reason::Boundary);
    }
    translate::to_server(skb, place, conn).ok_or(Reason::NotWritable)
}

/// Has an error go to a server elsewhere.
fn turn_to_server<A: Family>(
    cx: &Context<'_, A>,
    skb: &mut HookSkb<'_>,
    message: &Message<A>,
    place: &Place<A>,
    conn: &Conn<A>,
    route: A::Route<'_>,
) -> Result<(), Reason> {
    if message.headers.flow.src.is_loopback_addr() {
        return Err(Reason::Boundary);
    }
    way::go_on(cx.net, skb, message.headers, route)?;
    translate::lower_ttl(skb, place)
        .and_then(|()| translate::to_server(skb, place, conn))
        .ok_or(Reason::NotWritable)
}
