// SPDX-License-Identifier: GPL-2.0

//! The files in `/proc/net`. How a line looks is in `ipvs_core::show`.

mod stats;
mod status;

use super::{
    super::{
        conn::{
            AnyConn,
            ConnPlace, //
        },
        netns::Netns,
        scheduler::DestPlace,
        service::{
            dest::Dest,
            Service, //
        },
    },
    with_reader,
};
use ipvs_core::{
    addr::Addr,
    show::{
        self,
        conn::{
            LONGEST,
            LONGEST4, //
        },
    },
    uapi::service::ServiceKey, //
};
use kernel::prelude::*;
use linux_ext::{
    proc::{
        File,
        List,
        Output,
        Text, //
    },
    sync::{
        rcu::Reader,
        rcu_arc::RcuRef,
        rcu_table::Position, //
    },
    time::HZ,
};

/// The files.
pub(crate) const FILES: &[File<Netns>] = &[
    File::new::<Services>(c"ip_vs", 0o444),
    File::text::<Helpers>(c"ip_vs_app", 0o444),
    File::new::<Conns>(c"ip_vs_conn", 0o444),
    File::new::<SyncConns>(c"ip_vs_conn_sync", 0o444),
    File::text::<stats::Totals>(c"ip_vs_stats", 0o444),
    File::text::<stats::PerCpu>(c"ip_vs_stats_percpu", 0o444),
    File::text::<status::Status>(c"ip_vs_status", 0o440),
];

/// `/proc/net/ip_vs`: services, each followed by its destinations.
struct Services;

/// A service, or one of its destinations.
#[derive(Clone, Copy)]
struct Line<'rcu> {
    service: RcuRef<'rcu, Service>,
    dest: Option<RcuRef<'rcu, Dest>>,
}

/// Where a listing of services and destinations stands.
#[derive(Clone, Copy, Default)]
struct Place {
    next: Position,
    /// The service that was listed last, and where among its destinations it is.
    service: Option<ServiceKey>,
    dests: DestPlace,
}

impl List for Services {
    type Data = Netns;
    type Cursor = Place;
    type Item<'rcu> = Line<'rcu>;

    fn header(ns: &Netns, out: &mut Output<'_>) {
        out.write(show::service::header(ns.conn_tab_size()).as_bytes());
    }

    fn next<'rcu>(
        ns: &'rcu Netns,
        place: &mut Place,
        last: Option<Line<'rcu>>,
        reader: Reader<'rcu>,
    ) -> Option<Line<'rcu>> {
        let services = &ns.tables()?.services;
        let current = match last {
            Some(line) => Some(line.service),
            None => place.service.and_then(|key| services.find(&key, reader)),
        };
        if let Some(service) = current {
            let pool = service.pool(reader);
            if let Some(dest) = pool.next(&mut place.dests, reader) {
                return Some(Line {
                    service,
                    dest: Some(dest),
                });
            }
        }
        let service = services.next(&mut place.next, reader)?;
        place.service = Some(service.key());
        place.dests = DestPlace::default();
        Some(Line {
            service,
            dest: None,
        })
    }

    fn show(_ns: &Netns, line: Line<'_>, out: &mut Output<'_>) {
        match line.dest {
            None => show_service(&line.service, out),
            Some(dest) => show_dest(&dest, out),
        }
    }
}

fn show_service(service: &Service, out: &mut Output<'_>) {
    let (sched, flags, timeout, netmask) = with_reader(|reader| service.summary(reader));
    let line = show::service::Service {
        key: service.key(),
        sched,
        flags,
        timeout_ticks: timeout,
        netmask,
    };
    out.write(line.line().as_bytes());
}

fn show_dest(dest: &Dest, out: &mut Output<'_>) {
    let key = dest.key();
    let spec = dest.spec();
    let (active, inactive) = dest.conns();
    let line = show::service::Dest {
        addr: key.addr,
        port: key.port,
        method: spec.method,
        weight: spec.weight,
        active,
        inactive,
    };
    out.write(line.line().as_bytes());
}

/// `/proc/net/ip_vs_conn`: connections.
struct Conns;

impl List for Conns {
    type Data = Netns;
    type Cursor = ConnPlace;
    type Item<'rcu> = AnyConn<'rcu>;

    fn header(_ns: &Netns, out: &mut Output<'_>) {
        out.write(show::conn::HEADER.as_bytes());
    }

    fn next<'rcu>(
        ns: &'rcu Netns,
        place: &mut ConnPlace,
        _last: Option<AnyConn<'rcu>>,
        reader: Reader<'rcu>,
    ) -> Option<AnyConn<'rcu>> {
        ns.tables()?.conns.next(place, reader)
    }

    fn show(_ns: &Netns, conn: AnyConn<'_>, out: &mut Output<'_>) {
        let line = conn_line(&conn);
        match is_ipv4(&line) {
            true => out.write(line.line::<LONGEST4>(&[]).as_bytes()),
            false => out.write(line.line::<LONGEST>(&[]).as_bytes()),
        }
    }
}

/// `/proc/net/ip_vs_conn_sync`: the same connections, each with where it comes from.
struct SyncConns;

impl List for SyncConns {
    type Data = Netns;
    type Cursor = ConnPlace;
    type Item<'rcu> = AnyConn<'rcu>;

    fn header(_ns: &Netns, out: &mut Output<'_>) {
        out.write(show::conn::SYNC_HEADER.as_bytes());
    }

    fn next<'rcu>(
        ns: &'rcu Netns,
        place: &mut ConnPlace,
        last: Option<AnyConn<'rcu>>,
        reader: Reader<'rcu>,
    ) -> Option<AnyConn<'rcu>> {
        Conns::next(ns, place, last, reader)
    }

    fn show(_ns: &Netns, conn: AnyConn<'_>, out: &mut Output<'_>) {
        let line = conn_line(&conn);
        // No daemon brings any.
        match is_ipv4(&line) {
            true => out.write(line.sync_line::<LONGEST4>(false).as_bytes()),
            false => out.write(line.sync_line::<LONGEST>(false).as_bytes()),
        }
    }
}

fn conn_line(conn: &AnyConn<'_>) -> show::conn::Conn<'static> {
    let conn = conn.summary();
    show::conn::Conn {
        proto: conn.proto,
        client: conn.client,
        service: conn.service,
        dest: conn.server,
        state: conn.state,
        expires: (conn.remaining / HZ) as u32,
    }
}

/// Whether all addresses of a line are of IPv4.
fn is_ipv4(line: &show::conn::Conn<'_>) -> bool {
    [line.client, line.service, line.dest]
        .iter()
        .all(|end| matches!(end.addr, Addr::V4(_)))
}

/// `/proc/net/ip_vs_app`: helpers of protocols, of which there are none.
struct Helpers;

impl Text for Helpers {
    type Data = Netns;

    fn show(_ns: &Netns, out: &mut Output<'_>) -> Result {
        out.write(show::app::HEADER.as_bytes());
        Ok(())
    }
}
