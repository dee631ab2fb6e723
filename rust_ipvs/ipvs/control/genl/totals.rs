// SPDX-License-Identifier: GPL-2.0

//! The dump of sums of statistics: `ipvs_core::uapi::totals`.
//!
//! Nothing is kept between two pieces of a dump but a place. Sums by service are made as the services
//! come. Those by something else may be of any destinations: each piece goes through all of them, for
//! as many sums as fit into it.

use super::{
    super::{
        super::{
            netns::{
                Netns,
                Tables, //
            },
            service::{
                dest::Dest,
                Service, //
            },
        },
        next_service,
        with_reader, //
    },
    Out,
};
use ipvs_core::{
    addr::{
        Addr,
        Family, //
    },
    uapi::{
        cmd::Command,
        name::Name,
        service::ServiceId,
        totals::{
            by,
            by_of_dump,
            emit_totals,
            Next,
            Of,
            Sums, //
        },
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
    task::cond_resched,
    time::millis, //
};

/// So many sums fit into the buffer of most who ask.
const ROUND: usize = 32;

/// The sums that the request wants.
pub(super) struct Totals;

impl Dump for Totals {
    type Data = Netns;

    fn dumpit(ns: &Netns, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
        let by = by_of_dump(out.request()).ok_or(EINVAL)?;
        if by > by::FWMARK {
            return Err(EINVAL);
        }
        let Some(tables) = ns.tables() else {
            return Ok(());
        };
        out.set_state(ns.changes.last());
        match by {
            by::SERVICE => by_service(tables, cursor, out),
            by::ADDRESS => by_address(tables, cursor, out),
            by::FWMARK => by_mark(tables, cursor, out),
            _ => whole(ns, tables, cursor, out),
        }
    }
}

fn put(out: &mut DumpBuffer<'_>, of: &Of<'_>, sums: &Sums) -> Result {
    out.message(Command::GetTotals as u8, |message| {
        emit_totals(&mut Out(message), of, sums)
    })
}

/// The one sum, after which the cursor is no longer zero.
fn whole(ns: &Netns, tables: &Tables, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
    if *cursor != Cursor::default() {
        return Ok(());
    }
    let now = millis();
    let mut sums = Sums::default();
    for_each_service(tables, |service| {
        sums = with_reader(|reader| service.sums(now, reader)).plus(&sums);
    });
    sums.stats = ns.total_stats();
    let of = Of::Namespace {
        conns: tables.conns.len() as u64,
        buckets: tables.conns.buckets(),
    };
    put(out, &of, &sums)?;
    *cursor = Cursor([1, 0, 0, 0, 0]);
    Ok(())
}

/// The sums of the services behind the cursor, which moves to the last that fits.
fn by_service(tables: &Tables, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
    let Cursor([hash, addr, ..]) = *cursor;
    let mut next = Position::from_raw([hash, addr]);
    let now = millis();
    while let Some(service) = next_service(tables, &mut next) {
        put_service(&service, now, out)?;
        let [hash, addr] = next.into_raw();
        *cursor = Cursor([hash, addr, 0, 0, 0]);
        cond_resched();
    }
    Ok(())
}

fn put_service(service: &Service, now_ms: u64, out: &mut DumpBuffer<'_>) -> Result {
    let (sums, sched) =
        with_reader(|reader| (service.sums(now_ms, reader), service.sched_name(reader)));
    let of = Of::Service {
        key: &service.key(),
        name: &service.name(),
        sched: sched.as_ref().map_or(b"none\0", Name::with_nul),
    };
    put(out, &of, &sums)
}

/// The sums of the destinations at the addresses behind the cursor.
fn by_address(tables: &Tables, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
    let start = (Addr::unspecified(Family::V4), Sums::default());
    let mut room = room(start)?;
    let mut next = Next::new(&mut room, address_at(cursor));
    for_each_service(tables, |service| {
        with_reader(|reader| {
            for dest in service.pool(reader).into_ref().dests(reader) {
                add_dest(&mut next, &dest);
            }
        });
    });
    for (addr, sums) in next.found() {
        put(out, &Of::Address(*addr), sums)?;
        *cursor = cursor_at(addr);
    }
    rest(next.found())
}

fn add_dest(next: &mut Next<'_, Addr>, dest: &Dest) {
    let Some(sums) = next.of(dest.key().addr) else {
        return;
    };
    let mut one = dest.sums();
    one.stats.counters = dest.counters.sum();
    *sums = sums.plus(&one);
}

/// The sums of the services of the marks behind the cursor.
fn by_mark(tables: &Tables, cursor: &mut Cursor, out: &mut DumpBuffer<'_>) -> Result {
    let Cursor([behind, ..]) = *cursor;
    let behind = u32::try_from(behind).ok().filter(|mark| *mark != 0);
    let now = millis();
    let mut room = room((0, Sums::default()))?;
    let mut next = Next::new(&mut room, behind);
    for_each_service(tables, |service| {
        let ServiceId::Fwmark(mark) = service.key().id else {
            return;
        };
        if let Some(sums) = next.of(mark) {
            let of_service = with_reader(|reader| service.sums(now, reader));
            *sums = sums.plus(&of_service);
        }
    });
    for (mark, sums) in next.found() {
        put(out, &Of::Fwmark(*mark), sums)?;
        *cursor = Cursor([*mark as usize, 0, 0, 0, 0]);
    }
    rest(next.found())
}

fn room<K: Copy>(start: (K, Sums)) -> Result<KVec<(K, Sums)>> {
    let mut room = KVec::with_capacity(ROUND, GFP_KERNEL)?;
    for _ in 0..ROUND {
        room.push(start, GFP_KERNEL)?;
    }
    Ok(room)
}

/// Says that there is more if a round has found as much as it may: the core asks again.
fn rest<K>(found: &[(K, Sums)]) -> Result {
    match found.len() {
        ROUND => Err(EMSGSIZE),
        _ => Ok(()),
    }
}

/// The address that a cursor stands at.
fn address_at(cursor: &Cursor) -> Option<Addr> {
    let Cursor([af, high, low, ..]) = *cursor;
    let family = Family::from_af(af as u16)?;
    let octets = (high as u128) << 64 | low as u128;
    Some(Addr::from_octets16(family, &octets.to_be_bytes()))
}

fn cursor_at(addr: &Addr) -> Cursor {
    let octets = u128::from_be_bytes(addr.to_octets16());
    let af = addr.family().af().into();
    Cursor([af, (octets >> 64) as usize, octets as usize, 0, 0])
}

fn for_each_service(tables: &Tables, mut f: impl FnMut(&Service)) {
    let mut position = Position::default();
    while let Some(service) = next_service(tables, &mut position) {
        f(&service);
        cond_resched();
    }
}
