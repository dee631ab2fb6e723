// SPDX-License-Identifier: GPL-2.0

//! ICMP errors about packets of connections: they go where these packets came from.
//!
//! An error quotes the packet that it is about, headers first. So it belongs to a connection if a
//! packet that answers the quoted one does, and it takes the direction of that one.

mod translate;

use super::{
    super::conn::{
        tracking,
        Conn, //
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
use core::net::Ipv4Addr;
use ipvs_core::{
    conn::Method,
    flow::{
        Direction,
        Flow, //
    },
    packet::{
        parse_quoted_ipv4,
        Headers,
        Malformed,
        Parsed,
        L4, //
    },
    quote::Layout,
    wire::{
        icmp::{
            self,
            Header, //
        },
        ipv4, //
    },
};
use linux_ext::net::{
    netfilter::{
        HookSkb,
        Verdict, //
    },
    route::NextHop,
};

/// A message, and where it begins.
struct Message {
    ip: ipv4::Header,
    offset: usize,
    icmp: Header,
}

impl Message {
    /// The packet that carries it, which has no ports.
    fn headers(&self) -> Headers<Ipv4Addr> {
        Headers {
            flow: Flow {
                src: self.ip.src,
                dst: self.ip.dst,
                sport: Default::default(),
                dport: Default::default(),
                proto: self.ip.protocol,
            },
            // At most 60.
            l4_offset: self.offset as u16,
            total_len: self.ip.total_len,
            ttl: self.ip.ttl,
            dont_fragment: self.ip.dont_fragment(),
            l4: L4::Truncated,
        }
    }

    /// Where the parts of an error that quotes `quoted` are.
    fn layout(&self, quoted: &Headers<Ipv4Addr>) -> Layout {
        let quote = self.offset.wrapping_add(icmp::LEN);
        Layout {
            icmp: self.offset,
            l4: quote.wrapping_add(usize::from(quoted.l4_offset)),
            has_ports: quoted.l4 != L4::Ipsec,
        }
    }
}

/// Deals with a packet of ICMP.
#[cold]
pub(super) fn icmp<'hook>(cx: &Context<'hook, Ipv4Addr>, skb: HookSkb<'hook>) -> Verdict<'hook> {
    let (skb, message) = match read(cx, skb) {
        Ok(read) => read,
        Err(verdict) => return verdict,
    };
    if !message.icmp.is_handled_error() {
        return classify::pass(cx, skb);
    }
    let quoted = match parse_quoted_ipv4(&View(&skb), message.offset.wrapping_add(icmp::LEN)) {
        Parsed::Headers(quoted) => quoted,
        // Without ports no service can be looked for.
        Parsed::Malformed(Malformed::Ports) if may_open(cx, &skb) => return skb.discard(),
        _ => return skb.accept(),
    };
    let layout = message.layout(&quoted);
    let flow = quoted.flow.reversed();
    match cx.conns.find(&flow, cx.reader) {
        Some((conn, Direction::Reply)) => to_client(cx, skb, layout, &conn),
        Some((conn, Direction::Original)) if may_be_for_server(cx, &skb) => {
            to_server(cx, skb, &message, layout, &conn)
        }
        None if may_open(cx, &skb) => match schedule::schedule_error(cx, skb, &flow, quoted.l4) {
            Ok((skb, conn)) => to_server(cx, skb, &message, layout, &conn),
            Err(verdict) => verdict,
        },
        _ => skb.accept(),
    }
}

/// Puts a message together and reads its headers.
fn read<'hook>(
    cx: &Context<'hook, Ipv4Addr>,
    skb: HookSkb<'hook>,
) -> Result<(HookSkb<'hook>, Message), Verdict<'hook>> {
    let header = |skb: &HookSkb<'_>| skb.read(0).and_then(|fixed| ipv4::Header::parse(&fixed));
    let skb = match header(&skb) {
        Some(ip) if ip.is_fragment() => classify::reassemble(cx, skb)?,
        _ => skb,
    };
    let Some(ip) = header(&skb) else {
        return Err(skb.accept());
    };
    let offset = ip.header_len();
    // Nobody could make sense of what has no header.
    match skb.read(offset) {
        Some(bytes) => {
            let icmp = Header::parse(&bytes);
            Ok((skb, Message { ip, offset, icmp }))
        }
        None => Err(skb.discard()),
    }
}

/// Whether an error may be one that is for a server.
fn may_be_for_server(cx: &Context<'_, Ipv4Addr>, skb: &HookSkb<'_>) -> bool {
    // Those that only pass by are for a service, too: one of a mark may have any address.
    cx.point == Point::Forward || classify::may_be_request(cx, skb)
}

/// Whether an error that belongs to no connection opens one.
fn may_open(cx: &Context<'_, Ipv4Addr>, skb: &HookSkb<'_>) -> bool {
    cx.ns.config.schedules_icmp() && may_be_for_server(cx, skb)
}

/// An error about a packet of the client, from the server or on the way to it.
fn to_client<'hook>(
    cx: &Context<'hook, Ipv4Addr>,
    mut skb: HookSkb<'hook>,
    layout: Layout,
    conn: &Conn<Ipv4Addr>,
) -> Verdict<'hook> {
    if conn.method() == Some(Method::Masq) {
        if !translate::is_sound(&skb, layout)
            || translate::to_client(&mut skb, layout, conn).is_none()
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
fn to_server<'hook>(
    cx: &Context<'hook, Ipv4Addr>,
    skb: HookSkb<'hook>,
    message: &Message,
    layout: Layout,
    conn: &Conn<Ipv4Addr>,
) -> Verdict<'hook> {
    let translated = conn.method() == Some(Method::Masq);
    if translated && !translate::is_sound(&skb, layout) {
        return skb.discard();
    }
    if conn.dest().is_available() {
        conn.dest().counters.count_in(skb.len());
    }
    match translated {
        true => send(cx, skb, message, layout, conn),
        // These servers have the address that the packet was sent with.
        false => {
            conn.count_request();
            forward::request(cx, skb, &message.headers(), conn)
        }
    }
}

/// Sends an error to a server that has another address.
fn send<'hook>(
    cx: &Context<'hook, Ipv4Addr>,
    mut skb: HookSkb<'hook>,
    message: &Message,
    layout: Layout,
    conn: &Conn<Ipv4Addr>,
) -> Verdict<'hook> {
    let Some(route) = way::to_server(cx, &mut skb, conn, NextHop::Addressed) else {
        return skb.swallow();
    };
    if route.is_local() {
        let came_in = skb.route4().is_some_and(|route| route.is_input());
        let unwanted = conn.raddr.is_loopback() && came_in;
        // What passes by has no way to a server on this host.
        if cx.point == Point::Forward
            || unwanted
            || translate::to_server(&mut skb, layout, conn).is_none()
        {
            return skb.swallow();
        }
        return nat::keep(skb, conn);
    }
    if message.ip.src.is_loopback() {
        return skb.swallow();
    }
    if message.ip.ttl <= 1 {
        cx.net.count_in_hdr_error();
        return skb.swallow();
    }
    if translate::lower_ttl(&mut skb, layout).is_none()
        || translate::to_server(&mut skb, layout, conn).is_none()
    {
        return skb.swallow();
    }
    way::send(cx, skb, conn, route)
}
