// SPDX-License-Identifier: GPL-2.0

//! The way of a packet, in five stages: classify, look up, schedule, advance, forward.
//!
//! A stage takes what the one before it made and calls none of the others. An established
//! connection is used under RCU alone: nothing is allocated or locked, no reference is counted, and
//! it is written to only when its state, its lifetime or the tick changes.

mod advance;
mod classify;
mod edit;
mod ended;
pub(crate) mod explain;
mod forward;
mod icmp;
mod lost;
mod orphan;
mod schedule;

use super::conn::{
    table::ConnTable,
    Conn, //
};
use super::family::Family;
use super::netns::{
    Netns,
    Tables, //
};
use classify::Other;
use ipvs_core::{
    flow::Direction,
    packet::{
        Headers,
        L4, //
    },
    proto::{
        sctp,
        tcp, //
    },
    reason::Reason,
    setting::Reuse,
};
use kernel::sync::Arc;
use linux_ext::{
    net::{
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
};

/// Where a packet was met.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// It is for this host.
    LocalIn,
    /// It is for another host.
    Forward,
    /// It is from this host.
    LocalOut,
}

/// What all stages look at.
#[derive(Clone, Copy)]
struct Context<'hook, A: Family> {
    ns: &'hook Netns,
    tables: &'hook Tables,
    /// Connections of the version of IP that the packet has.
    conns: &'hook Arc<ConnTable<A>>,
    net: &'hook Net,
    point: Point,
    reader: Reader<'hook>,
}

impl<A: Family> Context<'_, A> {
    /// The same in another place. What is passed on is this copy, so that the original needs no place
    /// in memory at all.
    #[inline(always)]
    fn copy(&self) -> Self {
        let Self {
            ns,
            tables,
            conns,
            net,
            point,
            reader,
        } = *self;
        Self {
            ns,
            tables,
            conns,
            net,
            point,
            reader,
        }
    }
}

/// Deals with a packet that netfilter shows us.
///
/// In line in the hooks: most packets at [`Point::LocalOut`] have been dealt with.
#[inline(always)]
pub(crate) fn balance<'hook, A: Family>(
    ns: &'hook Netns,
    point: Point,
    skb: HookSkb<'hook>,
    net: &'hook Net,
    reader: Reader<'hook>,
) -> Verdict<'hook> {
    match classify::is_of_interest::<A>(point, &skb) {
        true => look_up::<A>(ns, point, skb, net, reader),
        false => skb.accept(),
    }
}

/// Finds out which connection the packet belongs to, and which way it goes.
///
/// What the packet path needs of an established connection is in line here. What is passed by
/// reference to the rest is made where that is called: as long as nobody has its address, it is in
/// registers.
#[inline(never)]
fn look_up<'hook, A: Family>(
    ns: &'hook Netns,
    point: Point,
    skb: HookSkb<'hook>,
    net: &'hook Net,
    reader: Reader<'hook>,
) -> Verdict<'hook> {
    let Some(tables) = ns.tables() else {
        return skb.accept();
    };
    let Some(conns) = A::table(&tables.conns) else {
        return skb.accept();
    };
    let cx = Context::<A> {
        ns,
        tables,
        conns,
        net,
        point,
        reader,
    };
    let (skb, headers) = match classify::classify(&skb) {
        Some(headers) => (skb, headers),
        None => match unusual(cx.copy(), skb) {
            Ok(classified) => classified,
            Err(verdict) => return verdict,
        },
    };
    let hash = conns.hash(&headers.flow);
    match conns.find_hashed(&headers.flow, hash, reader) {
        Some((conn, Direction::Reply)) => reply(cx, skb, headers, conn),
        None if ended::are_there(&cx) && ended::is_ended(cx.copy(), &skb, headers, hash) => {
            ended::tell(cx.copy(), skb, headers, hash)
        }
        None if orphan::are_told(&cx) && orphan::is_orphan(cx.copy(), headers) => {
            orphan::tell(cx.copy(), skb, headers)
        }
        found => match classify::may_be_request(point, &skb) {
            true => request(cx, skb, headers, hash, found.map(|(conn, _)| conn)),
            false => skb.accept(),
        },
    }
}

/// A packet that takes more to understand.
#[cold]
#[inline(never)]
fn unusual<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
) -> Result<(HookSkb<'hook>, Headers<A>), Verdict<'hook>> {
    classify::unusual(&cx, skb).map_err(|other| match other {
        Other::Verdict(verdict) => verdict,
        Other::Icmp {
            skb,
            offset,
            is_fragment,
        } => icmp::icmp(&cx, skb, offset, is_fragment),
    })
}

/// A packet from a client, of a connection or of none.
#[inline(always)]
fn request<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: Headers<A>,
    hash: u32,
    found: Option<RcuRef<'hook, Conn<A>>>,
) -> Verdict<'hook> {
    let (skb, conn) = match found {
        Some(conn) if !is_given_up(&cx, &conn, &headers) => {
            if !conn.dest().is_available() {
                return lost::leave_of(
                    cx.net,
                    skb,
                    &conn,
                    Direction::Original,
                    lost::By::Core,
                    Reason::DestinationGone,
                    cx.reader,
                );
            }
            (skb, conn)
        }
        found => match begin(cx.copy(), skb, headers, hash, found) {
            Ok(begun) => begun,
            Err(verdict) => return verdict,
        },
    };
    conn.dest().counters.count_in(skb.len());
    conn.count_request();
    advance::advance(cx.ns, conn, headers.l4, Direction::Original);
    forward::request(cx, skb, headers, &conn)
}

/// Makes a connection for a packet, in place of the one that it belongs to if there is one.
#[inline(never)]
fn begin<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: Headers<A>,
    hash: u32,
    old: Option<RcuRef<'hook, Conn<A>>>,
) -> schedule::Scheduled<'hook, A> {
    if let Some(old) = old {
        let is_tracked = skb.has_confirmed_conntrack();
        if !is_tracked {
            old.forget_tracking();
        }
        cx.conns.remove(&old);
        if is_tracked {
            // The old entry does not know the new connection; the client will ask again.
            return Err(lost::leave_of(
                cx.net,
                skb,
                &old,
                Direction::Original,
                lost::By::Core,
                Reason::PortReuse,
                cx.reader,
            ));
        }
    }
    schedule::schedule(&cx, skb, &headers, hash)
}

/// A packet from a real server.
#[inline(always)]
fn reply<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: Headers<A>,
    conn: RcuRef<'hook, Conn<A>>,
) -> Verdict<'hook> {
    forward::reply(cx, skb, headers, &conn, |skb| {
        if conn.dest().is_available() {
            conn.dest().counters.count_out(skb.len());
        }
        advance::advance(cx.ns, conn, headers.l4, Direction::Reply);
    })
}

/// Whether the packet is better off with another connection than the one that it belongs to.
#[inline(always)]
fn is_given_up<A: Family>(cx: &Context<'_, A>, conn: &Conn<A>, headers: &Headers<A>) -> bool {
    let opens = match headers.l4 {
        L4::Tcp(flags) => flags.syn(),
        L4::Sctp(chunks) => chunks.is_init(),
        _ => false,
    };
    if opens && is_replaced(cx.ns, conn, headers.l4) {
        return true;
    }
    !conn.dest().is_available() && conn.dest().policy.expires_nodest(&cx.ns.config)
}

/// Whether a packet that opens a connection does so over this one.
#[inline(never)]
fn is_replaced<A: Family>(ns: &Netns, conn: &Conn<A>, l4: L4) -> bool {
    let policy = &conn.dest().policy;
    if policy.expires_nodest(&ns.config) && conn.dest().weight() == 0 {
        return true;
    }
    let reuse = match (conn.dest().is_draining(), conn.controller()) {
        // A connection that is through does not keep its server from going.
        (true, _) => Reuse::ALL,
        (false, Some(_)) => return false,
        (false, None) => policy.reuse(&ns.config),
    };
    if let L4::Sctp(_) = l4 {
        return reuse.closed && conn.sctp_state() == sctp::State::Closed;
    }
    match conn.tcp_state() {
        tcp::State::TimeWait | tcp::State::Close => reuse.closed,
        // Whether the server has finished, too, is not known.
        tcp::State::FinWait => reuse.finished && conn.is_one_way(),
        _ => false,
    }
}
