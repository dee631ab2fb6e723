// SPDX-License-Identifier: GPL-2.0

//! What would become of a packet, and among whom the scheduler chooses: `ipvs_core::uapi::explain`.

use super::{
    super::{
        super::{
            netns::{
                Netns,
                Tables, //
            },
            packet::explain,
            scheduler::DestPlace,
            service::Service, //
        },
        check_family,
        with_reader,
        Result, //
    },
    verb::Verb,
    Out,
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use ipvs_core::{
    addr::Family,
    uapi::{
        cmd::Command,
        error::{
            SpecError,
            StateError, //
        },
        explain::{
            emit_candidate,
            emit_decision,
            parse_query,
            query_of_dump,
            Decision,
            Query,
            EXPLAIN, //
        },
    },
};
use kernel::prelude::EINVAL;
use linux_ext::{
    net::{
        genetlink::{
            Cursor,
            Dump,
            DumpBuffer,
            Info, //
        },
        Net,
    },
    sync::{
        rcu::Reader,
        rcu_arc::RcuRef, //
    },
};

/// The decision.
pub(super) struct Explain;

impl Verb for Explain {
    fn act(ns: &Netns, net: &Net, info: &mut Info<'_>) -> Result {
        let query = parse_query(info.attr(EXPLAIN).ok_or(SpecError::ExplainMissing)?)?;
        check_family(query.addr.family())?;
        let tables = ns.tables().ok_or(StateError::ExplainNothing)?;
        let decision = with_reader(|reader| decide(ns, tables, net, &query, reader));
        Ok(info.reply(Command::Explain as u8, |message| {
            emit_decision(&mut Out(message), &decision)
        })?)
    }
}

fn decide(ns: &Netns, tables: &Tables, net: &Net, query: &Query, reader: Reader<'_>) -> Decision {
    match query.addr.family() {
        Family::V4 => explain::explain::<Ipv4Addr>(ns, tables, net, query, reader),
        Family::V6 => explain::explain::<Ipv6Addr>(ns, tables, net, query, reader),
    }
}

fn service<'rcu>(
    tables: &'rcu Tables,
    net: &Net,
    query: &Query,
    reader: Reader<'rcu>,
) -> Option<RcuRef<'rcu, Service>> {
    match query.addr.family() {
        Family::V4 => explain::service::<Ipv4Addr>(tables, net, query, reader),
        Family::V6 => explain::service::<Ipv6Addr>(tables, net, query, reader),
    }
}

/// The destinations of the service that a packet is for.
pub(super) struct Candidates;

impl Dump for Candidates {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> kernel::error::Result {
        let query = query_of_dump(out.request()).map_err(|_| EINVAL)?;
        let Some(tables) = ns.tables() else {
            return Ok(());
        };
        let Cursor([pool, slot, serial, ..]) = *cursor;
        let mut place = DestPlace::from_raw([pool, slot, serial]);
        let written = with_reader(|reader| match service(tables, out.net(), &query, reader) {
            Some(service) => put_candidates(service.into_ref(), &mut place, out, reader),
            None => Ok(()),
        });
        let [pool, slot, serial] = place.into_raw();
        *cursor = Cursor([pool, slot, serial, 0, 0]);
        written
    }
}

/// Writes the destinations of a service behind `place`, which moves to the last that fits.
fn put_candidates(
    service: &Service,
    place: &mut DestPlace,
    out: &mut DumpBuffer<'_>,
    reader: Reader<'_>,
) -> kernel::error::Result {
    let pool = service.pool(reader);
    let mut next = *place;
    while let Some(dest) = pool.next(&mut next, reader) {
        out.message(Command::Explain as u8, |message| {
            emit_candidate(&mut Out(message), &pool.candidate(&dest))
        })?;
        *place = next;
    }
    Ok(())
}
