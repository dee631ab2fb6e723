// SPDX-License-Identifier: GPL-2.0

//! The dump of services that has their destinations, too: `ipvs_core::uapi::listing`.

use super::{
    super::{
        super::{
            netns::Tables,
            scheduler::DestPlace,
            service::Service, //
        },
        next_service,
        with_reader, //
    },
    dump, Out,
};
use core::num::NonZeroU32;
use ipvs_core::uapi::{
    cmd::Command,
    listing::{
        flag,
        LISTING, //
    },
    nla::Sink,
    service::{
        emit_service,
        emit_service_brief, //
    },
};
use kernel::prelude::*;
use linux_ext::{
    net::genetlink::{
        Cursor,
        DumpBuffer, //
    },
    sync::{
        rcu_arc::RcuArc,
        rcu_table::Position, //
    },
    time::millis, //
};

/// Continues a dump at `cursor`. `wanted` are the flags of the request, `changes` the number of the
/// last change of the tables: other than the dumps of C, this one tells the reader that there has
/// been one meanwhile.
pub(super) fn dumpit(
    changes: NonZeroU32,
    tables: &Tables,
    wanted: u32,
    cursor: &mut Cursor,
    out: &mut DumpBuffer<'_>,
) -> Result {
    out.set_state(changes);
    // The service that was written last, and the destination.
    let Cursor([hash, addr, place @ ..]) = *cursor;
    let mut position = Position::from_raw([hash, addr]);
    let mut place = DestPlace::from_raw(place);
    let mut current = at(tables, position);
    loop {
        if let Some(service) = current.filter(|_| wanted & flag::DESTS != 0) {
            let written = dump::put_dests(&service, wanted, &mut place, out);
            *cursor = at_place(position, place);
            written?;
        }
        let mut next = position;
        let Some(service) = next_service(tables, &mut next) else {
            return Ok(());
        };
        put_service(&service, wanted, out)?;
        // Only now: a message that did not fit is wanted again.
        (position, place) = (next, DestPlace::default());
        *cursor = at_place(position, place);
        current = Some(service);
    }
}

fn at_place(position: Position, place: DestPlace) -> Cursor {
    let ([hash, addr], [pool, slot, serial]) = (position.into_raw(), place.into_raw());
    Cursor([hash, addr, pool, slot, serial])
}

/// The service that a walk stands at, if it is still there.
fn at(tables: &Tables, position: Position) -> Option<RcuArc<Service>> {
    let [hash, addr] = position.into_raw();
    // Nothing is between: these are addresses of services.
    let mut found = Position::from_raw([hash, addr.checked_sub(1)?]);
    let service = next_service(tables, &mut found)?;
    (found == position).then_some(service)
}

fn put_service(service: &Service, wanted: u32, out: &mut DumpBuffer<'_>) -> Result {
    out.message(Command::NewService as u8, |message| {
        let sink = &mut Out(message);
        with_reader(|reader| match wanted & flag::NO_STATS {
            0 => service.view(millis(), reader, |view| emit_service(sink, view)),
            _ => service.brief_view(reader, |view| emit_service_brief(sink, view)),
        })?;
        sink.put(LISTING, &wanted.to_ne_bytes())
    })
}
