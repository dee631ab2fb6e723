// SPDX-License-Identifier: GPL-2.0

//! Dumps: all services, or all destinations of one.

use super::{
    super::{
        super::{
            netns::{
                Netns,
                Tables, //
            },
            scheduler::DestPlace,
            service::Service, //
        },
        find_service,
        with_reader, //
    },
    listing, Out,
};
use ipvs_core::uapi::{
    cmd::Command,
    dest::{
        emit_dest,
        emit_dest_brief,
        DestView, //
    },
    listing::{
        flag,
        listing_of_dump, //
    },
    service::{
        emit_service,
        parse_service,
        service_of_dump, //
    },
};
use kernel::prelude::*;
use linux_ext::{
    net::genetlink::{
        Cursor,
        Dump,
        DumpBuffer, //
    },
    sync::rcu_table::Position,
    time::millis, //
};

/// All services.
pub(super) struct Services;

impl Dump for Services {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
        let wanted = listing_of_dump(out.request());
        if wanted & flag::STATE != 0 && *cursor == Cursor::default() {
            ns.events.put_state(&ns.changes, out)?;
        }
        let Some(tables) = ns.tables() else {
            return Ok(());
        };
        if wanted != 0 {
            // So that it does not show a part of what is changed at once.
            let _control = ns.control.lock();
            return listing::dumpit(ns.changes.last(), tables, wanted, cursor, out);
        }
        let Cursor([hash, addr, ..]) = *cursor;
        let mut place = Position::from_raw([hash, addr]);
        let written = put_services(tables, &mut place, out);
        let [hash, addr] = place.into_raw();
        *cursor = Cursor([hash, addr, 0, 0, 0]);
        written
    }
}

/// Writes the services behind `place`, which moves to the last that fits.
fn put_services(tables: &Tables, place: &mut Position, out: &mut DumpBuffer<'_>) -> Result {
    let now = millis();
    with_reader(|reader| {
        let mut next = *place;
        while let Some(service) = tables.services.next(&mut next, reader) {
            out.message(Command::NewService as u8, |message| {
                service.view(now, reader, |view| emit_service(&mut Out(message), view))
            })?;
            // Only now: a message that did not fit is wanted again.
            *place = next;
        }
        Ok(())
    })
}

/// The destinations of the service that the request names. None if it names none that exists.
pub(super) struct Dests;

impl Dump for Dests {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
        let wanted = listing_of_dump(out.request()) & flag::ANSWERS;
        let nest = service_of_dump(out.request());
        let key = nest.and_then(|nest| parse_service(nest, false).ok());
        let (Some((key, _)), Some(tables)) = (key, ns.tables()) else {
            return Ok(());
        };
        let Ok(service) = find_service(tables, &key) else {
            return Ok(());
        };
        let Cursor([pool, slot, serial, ..]) = *cursor;
        let mut place = DestPlace::from_raw([pool, slot, serial]);
        let written = put_dests(&service, wanted, &mut place, out);
        let [pool, slot, serial] = place.into_raw();
        *cursor = Cursor([pool, slot, serial, 0, 0]);
        written
    }
}

/// Writes the destinations of a service behind `place`, which moves to the last that fits. `wanted` are flags of
/// a listing.
pub(super) fn put_dests(
    service: &Service,
    wanted: u32,
    place: &mut DestPlace,
    out: &mut DumpBuffer<'_>,
) -> Result {
    let now = millis();
    with_reader(|reader| {
        let pool = service.pool(reader);
        let mut next = *place;
        while let Some(dest) = pool.next(&mut next, reader) {
            out.message(Command::NewDest as u8, |message| {
                let sink = &mut Out(message);
                let answers = (wanted & flag::ANSWERS != 0).then(|| dest.answers.sum());
                match wanted & flag::NO_STATS {
                    0 => emit_dest(
                        sink,
                        &DestView {
                            answers,
                            ..dest.view(now)
                        },
                    ),
                    _ => emit_dest_brief(
                        sink,
                        &DestView {
                            answers,
                            ..dest.brief_view()
                        },
                    ),
                }
            })?;
            *place = next;
        }
        Ok(())
    })
}

/// The sync daemons: there are none yet.
pub(super) struct Daemons;

impl Dump for Daemons {
    type Data = Netns;

    fn dumpit(_ns: &Netns, _cursor: &mut Cursor, _out: &mut DumpBuffer<'_>) -> Result {
        Ok(())
    }
}
