// SPDX-License-Identifier: GPL-2.0

//! The dump of how many packets went no further, and why: `ipvs_core::uapi::reasons`.

use super::{
    super::{
        super::netns::{
            Netns,
            Tables, //
        },
        find_service,
        next_service, //
    },
    Out,
};
use ipvs_core::uapi::{
    cmd::Command,
    reasons::emit_reasons,
    service::{
        parse_service,
        service_of_dump,
        ServiceKey, //
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
    task::cond_resched, //
};

const COMMAND: u8 = Command::GetReasons as u8;

/// Of one service, or of all and the namespace.
pub(super) struct Reasons;

impl Dump for Reasons {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
        let Some(tables) = ns.tables() else {
            return Ok(());
        };
        let Cursor([hash, addr, begun, ..]) = *cursor;
        if let Some(nest) = service_of_dump(out.request()) {
            if begun == 0 {
                let key = parse_service(nest, false).map_err(|_| EINVAL)?.0;
                put_one(tables, &key, out)?;
                *cursor = Cursor([0, 0, 1, 0, 0]);
            }
            return Ok(());
        }
        if begun == 0 {
            put_netns(tables, out)?;
        }
        let mut place = Position::from_raw([hash, addr]);
        let written = put_services(tables, &mut place, out);
        let [hash, addr] = place.into_raw();
        *cursor = Cursor([hash, addr, 1, 0, 0]);
        written
    }
}

/// Writes what is about no service.
fn put_netns(tables: &Tables, out: &mut DumpBuffer<'_>) -> Result {
    let read = tables.reasons.read();
    out.message(COMMAND, |message| {
        emit_reasons(&mut Out(message), None, |reason| read.of(reason))
    })
}

/// Writes what is about one service.
fn put_one(tables: &Tables, key: &ServiceKey, out: &mut DumpBuffer<'_>) -> Result {
    let service = find_service(tables, key).map_err(|refusal| refusal.error())?;
    let read = service.reasons.read();
    out.message(COMMAND, |message| {
        emit_reasons(&mut Out(message), Some(key), |reason| read.of(reason))
    })
}

/// Writes what is about the services behind `place`, which moves to the last that fits.
fn put_services(tables: &Tables, place: &mut Position, out: &mut DumpBuffer<'_>) -> Result {
    let mut next = *place;
    while let Some(service) = next_service(tables, &mut next) {
        let read = service.reasons.read();
        if !read.is_zero() {
            out.message(COMMAND, |message| {
                let key = service.key();
                emit_reasons(&mut Out(message), Some(&key), |reason| read.of(reason))
            })?;
        }
        // Only now: a message that did not fit is wanted again.
        *place = next;
        // Those that have nothing to tell do not fill the buffer, however many they are.
        cond_resched();
    }
    Ok(())
}
