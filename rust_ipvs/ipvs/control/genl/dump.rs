// SPDX-License-Identifier: GPL-2.0

//! Dumps: all services, or all destinations of one.

use super::{
    super::{
        super::{
            netns::Netns,
            scheduler::DestPlace, //
        },
        find_service,
        next_service,
        with_reader, //
    },
    listing, Out,
};
use ipvs_core::uapi::{
    cmd::Command,
    dest::emit_dest,
    listing::listing_of_dump,
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
};

/// All services.
pub(super) struct Services;

impl Dump for Services {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
        let Some(tables) = ns.tables() else {
            return Ok(());
        };
        let wanted = listing_of_dump(out.request());
        if wanted != 0 {
            return listing::dumpit(tables, wanted, cursor, out);
        }
        loop {
            let Cursor([hash, addr, ..]) = *cursor;
            let mut position = Position::from_raw([hash, addr]);
            let Some(service) = next_service(tables, &mut position) else {
                return Ok(());
            };
            out.message(Command::NewService as u8, |message| {
                with_reader(|reader| {
                    service.view(reader, |view| emit_service(&mut Out(message), view))
                })
            })?;
            // Only now: a message that did not fit is wanted again.
            let [hash, addr] = position.into_raw();
            *cursor = Cursor([hash, addr, 0, 0, 0]);
        }
    }
}

/// The destinations of the service that the request names. None if it names none that exists.
pub(super) struct Dests;

impl Dump for Dests {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
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
        let pool = service.get_pool();
        while let Some(dest) = pool.get_next(&mut place) {
            out.message(Command::NewDest as u8, |message| {
                emit_dest(&mut Out(message), &dest.view())
            })?;
            let [pool, slot, serial] = place.into_raw();
            *cursor = Cursor([pool, slot, serial, 0, 0]);
        }
        Ok(())
    }
}

/// The sync daemons: there are none yet.
pub(super) struct Daemons;

impl Dump for Daemons {
    type Data = Netns;

    fn dumpit(_ns: &Netns, _cursor: &mut Cursor, _out: &mut DumpBuffer<'_>) -> Result {
        Ok(())
    }
}
