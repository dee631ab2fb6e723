// SPDX-License-Identifier: GPL-2.0

//! Third stage: the first packet of a connection finds its service and its server.

pub(super) mod persist;

use super::{
    super::{
        conn::{
            template::Control,
            tracking::Tracking,
            Conn, //
        },
        family::Family,
        policy::PolicySlot,
        scheduler::Opening,
        service::{
            dest::Dest,
            table::{
                FTP_DATA_PORT,
                FTP_PORT, //
            },
            Service,
        },
    },
    lost, Context,
};
use ipvs_core::{
    addr::{
        is_unicast6,
        Addr, //
    },
    byteorder::Be16,
    flow::{
        Direction,
        Flow, //
    },
    packet::{
        Headers,
        L4, //
    },
    reason::Reason,
    wire::{
        proto,
        sctp::Chunks,
        tcp::Flags, //
    },
};
use linux_ext::{
    net::{
        inet::IcmpError,
        netfilter::{
            HookSkb,
            Verdict, //
        },
    },
    sync::rcu_arc::{
        RcuArc,
        RcuRef, //
    },
};

/// A packet with its new connection, or what becomes of one that gets none.
pub(super) type Scheduled<'hook, A> =
    Result<(HookSkb<'hook>, RcuRef<'hook, Conn<A>>), Verdict<'hook>>;

/// What a connection is asked for by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A packet of the client.
    Request,
    /// An ICMP error about a packet that a server has sent to the client.
    Error,
}

/// Makes a connection for a packet that has none. `hash` is that of its flow.
pub(super) fn schedule<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: &Headers<A>,
    hash: u32,
) -> Scheduled<'hook, A> {
    match headers.l4 {
        L4::Tcp(flags) if !may_open(cx, &skb, &headers.flow, flags) => Err(not_opening(cx, skb)),
        L4::Sctp(Chunks::None) => Err(unread(cx, skb, headers, Reason::SctpNoChunk)),
        L4::Sctp(chunks) if !may_open_sctp(cx, &skb, &headers.flow, chunks) => {
            Err(not_opening(cx, skb))
        }
        L4::Tcp(_) | L4::Udp | L4::Sctp(_) => make(cx, skb, &headers.flow, hash, By::Request),
        // It goes with the connection that has negotiated its keys, or is not ours.
        L4::Ipsec => Err(not_opening(cx, skb)),
        L4::Truncated => Err(unread(cx, skb, headers, Reason::Truncated)),
    }
}

fn not_opening<'hook, A: Family>(cx: &Context<'hook, A>, skb: HookSkb<'hook>) -> Verdict<'hook> {
    lost::pass(cx.tables, skb, Reason::NotOpening)
}

/// A packet that lacks what would have to be known of it.
fn unread<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: &Headers<A>,
    reason: Reason,
) -> Verdict<'hook> {
    lost::leave(*cx, skb, &headers.flow, None, reason)
}

/// Makes a connection for an ICMP error about a packet of one that is not there: `flow` is that of
/// the client's packets.
#[cold]
pub(super) fn schedule_error<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    flow: &Flow<A>,
    quoted: L4,
) -> Scheduled<'hook, A> {
    match quoted {
        L4::Ipsec => Err(lost::pass(cx.tables, skb, Reason::IcmpUnknown)),
        _ => make(cx, skb, flow, cx.conns.hash(flow), By::Error),
    }
}

#[inline]
fn make<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    flow: &Flow<A>,
    hash: u32,
    by: By,
) -> Scheduled<'hook, A> {
    let services = &cx.tables.services;
    let Some(service) = services.find_for(cx.net, skb.mark(), flow, cx.reader) else {
        return Err(lost::pass(cx.tables, skb, Reason::NoService));
    };
    let leave = |skb, reason| Err(lost::leave(*cx, skb, flow, Some(&service), reason));
    if cx.ns.defences.drops_packet() {
        return leave(skb, Reason::DropPacket);
    }
    if is_ftp_data(flow) {
        return leave(skb, Reason::FtpData);
    }
    if is_local_reply(cx, &skb, flow) {
        return leave(skb, Reason::LocalReply);
    }
    let found = match service.persistence() {
        Some(persistence) => persist::choose(cx, &service, &persistence, flow, by),
        None => choose(cx, &service, flow, by),
    };
    let chosen = match found {
        Ok(chosen) => chosen,
        Err(Miss::Server) if by == By::Request && may_bypass(cx, &service, flow) => {
            Chosen::alone(RcuArc::as_ref(cx.tables.elsewhere(A::FAMILY)), flow)
        }
        Err(Miss::Server) => return Err(refuse(cx, skb, &service, flow, by)),
        Err(Miss::Room) => return leave(skb, no_room(cx)),
    };
    let Chosen {
        dest,
        port,
        control,
    } = chosen;
    if cx.tables.conns.is_full() {
        return leave(skb, Reason::ConnMax);
    }
    let is_one_packet =
        flow.proto == proto::UDP && (service.is_one_packet() || dest.is_one_packet());
    let tracking = match cx.ns.config.tracks_conns() || dest.is_tracked() {
        true if is_one_packet => Tracking::Kept,
        true => Tracking::Full,
        false => Tracking::Off,
    };
    // Out of memory costs this packet and nothing else, as does a destination that is just going.
    let method = dest.method();
    let Some(held) = dest.get() else {
        return leave(skb, Reason::DestinationGone);
    };
    let Ok(conn) = Conn::new(cx.conns, *flow, method, held, port, control, tracking) else {
        return leave(skb, Reason::NoMemory);
    };
    let count = || dest.counters.count_conn();
    if is_one_packet {
        count();
        if by == By::Request {
            conn.count_only_request();
        }
        // Nobody else finds it, and its destination has it no longer than now.
        conn.release();
        return Ok((skb, RcuArc::release(conn, cx.reader)));
    }
    match cx.conns.insert(conn, hash, cx.reader, count) {
        Some(conn) => Ok((skb, conn)),
        None => leave(skb, Reason::ConnMax),
    }
}

/// The server of a new connection.
struct Chosen<'hook, A: Family> {
    dest: RcuRef<'hook, Dest>,
    /// The port that it is asked at.
    port: Be16,
    /// The template that says so.
    control: Control<A>,
}

impl<'hook, A: Family> Chosen<'hook, A> {
    /// For a connection that no template controls.
    fn alone(dest: RcuRef<'hook, Dest>, flow: &Flow<A>) -> Self {
        let port = match dest.port() {
            // Not that of a server.
            Be16::ZERO if dest.key().addr.is_unspecified() => Be16::ZERO,
            Be16::ZERO => flow.dport,
            port => port,
        };
        Self {
            dest,
            port,
            control: Control::NONE,
        }
    }
}

/// Why there is no server for a new connection.
enum Miss {
    /// None wants it.
    Server,
    /// There are as many connections as may be, or there is no memory.
    Room,
}

/// Chooses a server.
fn choose<'hook, A: Family>(
    cx: &Context<'hook, A>,
    service: &Service,
    flow: &Flow<A>,
    by: By,
) -> Result<Chosen<'hook, A>, Miss> {
    if !for_this_port(service, flow) {
        return Err(Miss::Server);
    }
    let dest = service
        .pool(cx.reader)
        .into_ref()
        .schedule(&opening(service, flow, by), cx.reader);
    dest.map(|dest| Chosen::alone(dest, flow))
        .ok_or(Miss::Server)
}

/// What the scheduler may want to know.
pub(super) fn opening<A: Family>(service: &Service, flow: &Flow<A>, by: By) -> Opening {
    Opening {
        client: flow.src.into(),
        client_port: flow.sport,
        daddr: match by {
            By::Request => flow.dst.into(),
            // What it is about was on its way to the client.
            By::Error => flow.src.into(),
        },
        flags: service.flags(),
    }
}

/// Whether a TCP packet may open a connection: a SYN, if need be with an ACK (active FTP), or
/// anything if the administrator says so.
fn may_open<A: Family>(
    cx: &Context<'_, A>,
    skb: &HookSkb<'_>,
    flow: &Flow<A>,
    flags: Flags,
) -> bool {
    let config = &cx.ns.config;
    let is_sloppy = || match config.has_policies() {
        true => service_is_sloppy(cx, skb, flow, |policy| policy.is_sloppy_tcp(config)),
        false => config.is_sloppy_tcp(),
    };
    !flags.rst() && (flags.syn() || is_sloppy())
}

/// The same of SCTP: an INIT, or anything but an ABORT.
fn may_open_sctp<A: Family>(
    cx: &Context<'_, A>,
    skb: &HookSkb<'_>,
    flow: &Flow<A>,
    chunks: Chunks,
) -> bool {
    let config = &cx.ns.config;
    let is_sloppy = || match config.has_policies() {
        true => service_is_sloppy(cx, skb, flow, |policy| policy.is_sloppy_sctp(config)),
        false => config.is_sloppy_sctp(),
    };
    !chunks.is_abort() && (chunks.is_init() || is_sloppy())
}

/// What the service of a packet says, which has to be found for that; no if there is none.
#[cold]
fn service_is_sloppy<A: Family>(
    cx: &Context<'_, A>,
    skb: &HookSkb<'_>,
    flow: &Flow<A>,
    says: impl Fn(&PolicySlot) -> bool,
) -> bool {
    let services = &cx.tables.services;
    let found = services.find_for(cx.net, skb.mark(), flow, cx.reader);
    found.is_some_and(|service| says(&service.policy))
}

/// Whether a real server opens a data connection (active FTP), which has to be expected already.
pub(super) fn is_ftp_data<A: Family>(flow: &Flow<A>) -> bool {
    flow.sport == FTP_DATA_PORT
}

/// Whether the packet is the reply of a server on this host.
fn is_local_reply<A: Family>(cx: &Context<'_, A>, skb: &HookSkb<'_>, flow: &Flow<A>) -> bool {
    skb.is_locally_generated()
        && matches!(
            cx.conns.find(&flow.reversed(), cx.reader),
            Some((_, Direction::Original))
        )
}

/// Whether the service is about the port of the packet, and not only found in place of a better.
pub(super) fn for_this_port<A: Family>(service: &Service, flow: &Flow<A>) -> bool {
    service.port().is_none_or(|port| port == flow.dport)
}

/// Whether a packet without a server may go on to where it was going, which is not here.
pub(super) fn may_bypass<A: Family>(
    cx: &Context<'_, A>,
    service: &Service,
    flow: &Flow<A>,
) -> bool {
    if !cx.ns.config.bypasses_cache() || service.port().is_some() {
        return false;
    }
    match flow.dst.into() {
        Addr::V4(addr) => cx.net.is_unicast_addr4(addr),
        Addr::V6(addr) => is_unicast6(addr),
    }
}

/// Why there is no room for a connection.
fn no_room<A: Family>(cx: &Context<'_, A>) -> Reason {
    match cx.tables.conns.is_full() {
        true => Reason::ConnMax,
        false => Reason::NoMemory,
    }
}

/// There is a service but no server.
fn refuse<'hook, A: Family>(
    cx: &Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    service: &Service,
    flow: &Flow<A>,
    by: By,
) -> Verdict<'hook> {
    // A service of FTP is found for any high port of its address.
    let is_ftp = flow.proto == proto::TCP && service.port() == Some(FTP_PORT);
    if is_ftp && flow.dport != FTP_PORT {
        return lost::leave(*cx, skb, flow, Some(service), Reason::FtpData);
    }
    if by == By::Request {
        A::icmp_send(skb.as_mut(), cx.net, IcmpError::NoPort);
    }
    let reason = match service.persistence() {
        None if !for_this_port(service, flow) => Reason::OtherPort,
        _ => service.pool(cx.reader).into_ref().why_nobody(cx.reader),
    };
    lost::leave(*cx, skb, flow, Some(service), reason)
}
