// SPDX-License-Identifier: GPL-2.0

//! Third stage: the first packet of a connection finds its service and its server.

mod persist;

use super::{
    super::{
        conn::{
            template::Control,
            tracking::Tracking,
            Conn, //
        },
        family::Family,
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
    Context,
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
enum By {
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
        L4::Tcp(flags) if !may_open(cx, flags) => Err(skb.accept()),
        L4::Sctp(Chunks::None) => Err(skb.discard()),
        L4::Sctp(chunks) if !may_open_sctp(cx, chunks) => Err(skb.accept()),
        L4::Tcp(_) | L4::Udp | L4::Sctp(_) => make(cx, skb, &headers.flow, hash, By::Request),
        // It goes with the connection that has negotiated its keys, or is not ours.
        L4::Ipsec => Err(skb.accept()),
        L4::Truncated => Err(skb.discard()),
    }
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
        L4::Ipsec => Err(skb.accept()),
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
        return Err(skb.accept());
    };
    if cx.ns.defences.drops_packet() {
        return Err(skb.discard());
    }
    if is_ftp_data(flow) || is_local_reply(cx, &skb, flow) {
        return Err(skb.accept());
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
        Err(Miss::Server) => return Err(leave(cx, skb, &service, flow, by)),
        Err(Miss::Room) => return Err(skb.discard()),
    };
    let Chosen {
        dest,
        port,
        control,
    } = chosen;
    if cx.tables.conns.is_full() {
        return Err(skb.discard());
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
    let conn = dest
        .get()
        .map(|dest| Conn::new(cx.conns, *flow, method, dest, port, control, tracking));
    let Some(Ok(conn)) = conn else {
        return Err(skb.discard());
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
        None => Err(skb.discard()),
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
fn opening<A: Family>(service: &Service, flow: &Flow<A>, by: By) -> Opening {
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
fn may_open<A: Family>(cx: &Context<'_, A>, flags: Flags) -> bool {
    !flags.rst() && (flags.syn() || cx.ns.config.is_sloppy_tcp())
}

/// The same of SCTP: an INIT, or anything but an ABORT.
fn may_open_sctp<A: Family>(cx: &Context<'_, A>, chunks: Chunks) -> bool {
    !chunks.is_abort() && (chunks.is_init() || cx.ns.config.is_sloppy_sctp())
}

/// Whether a real server opens a data connection (active FTP), which has to be expected already.
fn is_ftp_data<A: Family>(flow: &Flow<A>) -> bool {
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
fn for_this_port<A: Family>(service: &Service, flow: &Flow<A>) -> bool {
    service.port().is_none_or(|port| port == flow.dport)
}

/// Whether a packet without a server may go on to where it was going, which is not here.
fn may_bypass<A: Family>(cx: &Context<'_, A>, service: &Service, flow: &Flow<A>) -> bool {
    if !cx.ns.config.bypasses_cache() || service.port().is_some() {
        return false;
    }
    match flow.dst.into() {
        Addr::V4(addr) => cx.net.is_unicast_addr4(addr),
        Addr::V6(addr) => is_unicast6(addr),
    }
}

/// There is a service but no server.
fn leave<'hook, A: Family>(
    cx: &Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    service: &Service,
    flow: &Flow<A>,
    by: By,
) -> Verdict<'hook> {
    // A service of FTP is found for any high port of its address.
    let is_ftp = flow.proto == proto::TCP && service.port() == Some(FTP_PORT);
    if is_ftp && flow.dport != FTP_PORT {
        return skb.accept();
    }
    if by == By::Request {
        A::icmp_send(skb.as_mut(), cx.net, IcmpError::NoPort);
    }
    skb.discard()
}
