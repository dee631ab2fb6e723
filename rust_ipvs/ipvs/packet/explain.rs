// SPDX-License-Identifier: GPL-2.0

//! What would become of a packet that opens a connection: the stages up to the route, without a packet
//! and without anything that stays.

use super::{
    super::{
        conn::{
            template::Template,
            Conn, //
        },
        family::Family,
        netns::{
            Netns,
            Tables, //
        },
        service::{
            dest::Dest,
            Service, //
        },
    },
    is_replaced,
    schedule::{
        self,
        By, //
    },
    Context,
    Point, //
};
use ipvs_core::{
    addr::Addr,
    byteorder::Be16,
    conn::Method,
    flow::{
        Direction,
        Flow, //
    },
    packet::L4,
    reason::Reason,
    sched::Kind,
    uapi::{
        explain::{
            Chosen,
            Decision,
            Query,
            Step,
            Way, //
        },
        name::Name,
    },
    wire::{
        proto,
        sctp::Chunks, //
    },
};
use linux_ext::{
    net::{
        inet::Route,
        path::Path,
        route::{
            Hop,
            NextHop, //
        },
        Net,
    },
    sync::{
        rcu::Reader,
        rcu_arc::RcuRef, //
    },
};

/// The flow of the packet that is asked about; `None` if it is one of the other family.
fn flow<A: Family>(query: &Query) -> Option<Flow<A>> {
    Some(Flow {
        src: A::from_addr(query.client)?,
        dst: A::from_addr(query.addr)?,
        sport: query.client_port,
        dport: query.port,
        proto: query.proto,
    })
}

/// The service that a packet is for.
pub(crate) fn service<'hook, A: Family>(
    tables: &'hook Tables,
    net: &Net,
    query: &Query,
    reader: Reader<'hook>,
) -> Option<RcuRef<'hook, Service>> {
    let flow = flow::<A>(query)?;
    tables.services.find_for(net, query.mark, &flow, reader)
}

/// Nothing is known, and nothing happens.
const UNDECIDED: Decision = Decision {
    step: Step::Nothing,
    service: None,
    sched: None,
    is_random: false,
    dest: None,
    reason: None,
    drop_rate: 0,
};

/// What would become of a packet that comes in for this host.
///
/// # Context
///
/// Process context, inside of an RCU section.
pub(crate) fn explain<'hook, A: Family>(
    ns: &'hook Netns,
    tables: &'hook Tables,
    net: &'hook Net,
    query: &Query,
    reader: Reader<'hook>,
) -> Decision {
    let refused = |reason| Decision {
        reason: Some(reason),
        ..UNDECIDED
    };
    let (Some(conns), Some(flow)) = (A::table(&tables.conns), flow::<A>(query)) else {
        return refused(Reason::NoService);
    };
    let cx = Context::<A> {
        ns,
        tables,
        conns,
        net,
        point: Point::LocalIn,
        reader,
    };
    match conns.find(&flow, reader) {
        Some((_, Direction::Reply)) => Decision {
            step: Step::Reply,
            ..UNDECIDED
        },
        Some((conn, _)) if !is_opened_anew(ns, &conn, query.proto) => of_conn(&cx, &conn),
        _ => match tables.services.find_for(net, query.mark, &flow, reader) {
            Some(service) => {
                let plan = service.pool(reader).plan();
                let sched = plan.kind.map_or("none", Kind::name);
                Decision {
                    service: Some(service.key()),
                    sched: Name::new(sched.as_bytes()),
                    drop_rate: ns.defences.drop_rate(),
                    ..of_service(&cx, service.into_ref(), &flow)
                }
            }
            None => refused(Reason::NoService),
        },
    }
}

/// Whether a packet that opens a connection takes the place of this one.
fn is_opened_anew<A: Family>(ns: &Netns, conn: &Conn<A>, proto: u8) -> bool {
    let dest = conn.dest();
    let expires = !dest.is_available() && dest.policy.expires_nodest(&ns.config);
    let l4 = match proto {
        proto::TCP => L4::Truncated,
        proto::SCTP => L4::Sctp(Chunks::None),
        _ => return expires,
    };
    is_replaced(ns, conn, l4) || expires
}

fn of_conn<A: Family>(cx: &Context<'_, A>, conn: &Conn<A>) -> Decision {
    let dest = conn.dest();
    let service = Some(dest.service());
    let chosen = forward(cx, dest, conn.rport, conn.method(), conn.flow());
    Decision {
        step: Step::Connection,
        service,
        dest: Some(chosen.0),
        reason: match dest.is_available() {
            true => chosen.1,
            false => Some(Reason::DestinationGone),
        },
        ..UNDECIDED
    }
}

fn of_service<'hook, A: Family>(
    cx: &Context<'hook, A>,
    service: &'hook Service,
    flow: &Flow<A>,
) -> Decision {
    let refused = |reason| Decision {
        reason: Some(reason),
        ..UNDECIDED
    };
    if schedule::is_ftp_data(flow) {
        return refused(Reason::FtpData);
    }
    let pool = service.pool(cx.reader).into_ref();
    let (step, dest, port) = match choose(cx, service, flow) {
        Some(choice) => choice,
        None if schedule::may_bypass(cx, service, flow) => {
            return Decision {
                step: Step::Bypass,
                ..UNDECIDED
            }
        }
        None if service.persistence().is_none() && !schedule::for_this_port(service, flow) => {
            return refused(Reason::OtherPort)
        }
        None => return refused(pool.why_nobody(cx.reader)),
    };
    let (chosen, lost) = forward(cx, dest.into_ref(), port, dest.method(), flow);
    Decision {
        step,
        is_random: step == Step::Scheduler && pool.is_random(),
        dest: Some(chosen),
        reason: match cx.tables.conns.is_full() {
            true => Some(Reason::ConnMax),
            false => lost,
        },
        ..UNDECIDED
    }
}

/// Who gets a new connection, and the port that it is asked at.
fn choose<'hook, A: Family>(
    cx: &Context<'hook, A>,
    service: &'hook Service,
    flow: &Flow<A>,
) -> Option<(Step, RcuRef<'hook, Dest>, Be16)> {
    let opening = schedule::opening(service, flow, By::Request);
    let pool = service.pool(cx.reader).into_ref();
    let Some(persistence) = service.persistence() else {
        if !schedule::for_this_port(service, flow) {
            return None;
        }
        let dest = pool.preview(&opening, cx.reader)?;
        let port = match dest.port() {
            Be16::ZERO => flow.dport,
            port => port,
        };
        return Some((Step::Scheduler, dest, port));
    };
    let template = cx.conns.templates().find(&persistence.key(flow), cx.reader);
    let remembered = template
        .map(Template::dest)
        .filter(|dest| schedule::persist::is_of_use(cx, service, dest));
    let (step, dest) = match remembered {
        Some(dest) => (Step::Template, dest),
        None => (Step::Scheduler, pool.preview(&opening, cx.reader)?),
    };
    Some((step, dest, persistence.server_port(flow, dest.port())))
}

/// How packets get to `dest`, and why they do not.
fn forward<A: Family>(
    cx: &Context<'_, A>,
    dest: &Dest,
    port: Be16,
    method: Option<Method>,
    flow: &Flow<A>,
) -> (Chosen, Option<Reason>) {
    let addr = dest.key().addr;
    let way = match method {
        Some(Method::Masq) => A::from_addr(addr).and_then(|to| route(cx, to, NextHop::Addressed)),
        Some(Method::Route) => A::from_addr(addr).and_then(|to| route(cx, to, NextHop::Known)),
        Some(Method::Tunnel) => tunnel::<A>(cx, dest),
        Some(Method::Bypass) => route(cx, flow.dst, NextHop::Addressed),
        Some(Method::Local) | None => None,
    };
    let reason = match (method, &way) {
        (None, _) => Some(Reason::NoMethod),
        (Some(Method::Local), _) => None,
        (_, None) => Some(Reason::NoRoute),
        (_, Some(way)) if !way.is_local && flow.src.is_loopback_addr() => Some(Reason::Boundary),
        (_, Some(way)) if way.mtu.is_none() => Some(Reason::TooBig),
        _ => None,
    };
    let method = method.map(Method::bits);
    let chosen = Chosen {
        addr,
        port,
        method,
        way,
    };
    (chosen, reason)
}

fn route<A: Family>(cx: &Context<'_, A>, to: A, next_hop: NextHop) -> Option<Way> {
    // Remembered for this once.
    let once = A::Cache::default();
    let route = A::find_route(to, next_hop, &once, cx.net, cx.reader).ok()?;
    way(
        to.into(),
        route.is_local(),
        &route.hop(),
        route.mtu(),
        Some(route.mtu()),
    )
}

fn tunnel<A: Family>(cx: &Context<'_, A>, dest: &Dest) -> Option<Way> {
    let path = Path::find(cx.net, dest.key().addr.into()).ok()?;
    let outer = Addr::from(path.source()).family();
    let mtu = match path.is_local() {
        true => Some(path.mtu()),
        false => dest.tunnel().inner_mtu(path.mtu(), outer, false),
    };
    let to = dest.key().addr;
    way(to, path.is_local(), &path.hop(cx.reader), path.mtu(), mtu)
}

fn way(to: Addr, is_local: bool, hop: &Hop, route_mtu: usize, mtu: Option<usize>) -> Option<Way> {
    let device = hop.device();
    // Of a neighbour that was asked for by name, the kernel says that it is its own gateway.
    let gateway = hop
        .gateway()
        .map(Addr::from)
        .filter(|gateway| *gateway != to);
    Some(Way {
        is_local,
        device: Name::new(device)?,
        gateway,
        route_mtu: route_mtu as u32,
        mtu: mtu.map(|mtu| mtu as u32),
    })
}
