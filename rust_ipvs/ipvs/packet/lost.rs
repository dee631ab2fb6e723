// SPDX-License-Identifier: GPL-2.0

//! Packets that go no further with us. Whichever way they came, they leave by one of these functions,
//! which count them, tell the tracepoint, and give the verdict.

use super::{
    super::{
        conn::Conn,
        family::Family,
        netns::{
            Netns,
            Tables, //
        },
        reasons,
        service::Service,
    },
    Context,
};
use ipvs_core::{
    addr::Addr,
    byteorder::Be16,
    flow::{
        Direction,
        Flow, //
    },
    reason::{
        Fate,
        Reason, //
    },
    uapi::service::ServiceId,
};
use linux_ext::{
    net::{
        namespace,
        netfilter::{
            HookSkb,
            Verdict, //
        },
        Net,
    },
    sync::{
        rcu::Reader,
        rcu_arc::RcuRef, //
    },
    trace,
};

/// Who frees a packet.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// The core: a socket of this host that sends it gets an error.
    Core,
    /// We do, and a socket of this host gets none.
    Us,
}

/// Lets a packet pass that is about no service.
#[inline]
pub(super) fn pass<'hook>(tables: &Tables, skb: HookSkb<'hook>, reason: Reason) -> Verdict<'hook> {
    tables.reasons.count(reason);
    skb.accept()
}

/// Has the core free a packet of no connection, or lets it pass, as the reason says. `flow` is that of
/// the client's packets, or what is known of it.
#[cold]
#[inline(never)]
pub(super) fn leave<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    flow: &Flow<A>,
    service: Option<&Service>,
    reason: Reason,
) -> Verdict<'hook> {
    report(cx.ns, cx.tables, cx.net, flow, service, reason);
    match reason.fate() {
        Fate::Passed => skb.accept(),
        Fate::Dropped | Fate::Answered => skb.discard(),
    }
}

/// The same of a packet that has no flow.
#[cold]
#[inline(never)]
pub(super) fn leave_unread<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    reason: Reason,
) -> Verdict<'hook> {
    let flow = Flow {
        src: A::UNSPECIFIED,
        dst: A::UNSPECIFIED,
        sport: Be16::ZERO,
        dport: Be16::ZERO,
        proto: 0,
    };
    leave(cx, skb, &flow, None, reason)
}

/// Frees a packet of a connection, or lets it pass, as the reason says. For the tracepoint it has the
/// addresses that packets of the connection come with.
///
/// What it is about is found by the connection and the namespace alone: an established packet would
/// have to keep everything else at hand for this.
#[cold]
#[inline(never)]
pub(super) fn leave_of<'hook, A: Family>(
    net: &'hook Net,
    skb: HookSkb<'hook>,
    conn: &Conn<A>,
    direction: Direction,
    by: By,
    reason: Reason,
    reader: Reader<'hook>,
) -> Verdict<'hook> {
    note_of(net, conn, direction, reason, reader);
    match (reason.fate(), by) {
        (Fate::Passed, _) => skb.accept(),
        (_, By::Core) => skb.discard(),
        (_, By::Us) => skb.swallow(),
    }
}

/// Notes what has become of a packet of a connection that is out of our hands.
#[cold]
#[inline(never)]
pub(super) fn note_of<A: Family>(
    net: &Net,
    conn: &Conn<A>,
    direction: Direction,
    reason: Reason,
    reader: Reader<'_>,
) {
    let Some(ns) = namespace::data::<Netns>(net) else {
        return;
    };
    let Some(tables) = ns.tables() else {
        return;
    };
    let flow = match direction {
        Direction::Original => *conn.flow(),
        Direction::Reply => conn.reply_flow(),
    };
    let service = tables.services.find(&conn.dest().service(), reader);
    // Not one that was made anew under the same key.
    let its = service.filter(|service| service.id() == conn.dest().owner());
    report(ns, tables, net, &flow, its.map(RcuRef::into_ref), reason);
}

/// Counts a packet and tells the tracepoint.
fn report<A: Family>(
    ns: &Netns,
    tables: &Tables,
    net: &Net,
    flow: &Flow<A>,
    service: Option<&Service>,
    reason: Reason,
) {
    reasons::note(ns, tables, service, reason);
    if reason.fate() == Fate::Passed || !trace::is_enabled() {
        return;
    }
    let endpoint = |addr: Addr, port: Be16| (addr.into(), port.raw());
    let (service, mark) = match service.map(|service| service.key().id) {
        Some(ServiceId::Address { addr, port, .. }) => (Some(endpoint(addr, port)), 0),
        Some(ServiceId::Fwmark(mark)) => (None, mark),
        None => (None, 0),
    };
    trace::Dropped {
        net,
        protocol: flow.proto,
        source: endpoint(flow.src.into(), flow.sport),
        destination: endpoint(flow.dst.into(), flow.dport),
        service,
        mark,
        reason: reason.name(),
    }
    .tell();
}
