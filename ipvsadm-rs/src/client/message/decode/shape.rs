// SPDX-License-Identifier: GPL-2.0
//! Servers and counters as kernels lay them out today, at places that are known when this is
//! compiled. Whatever is laid out in another way is not read here, but
//! [attribute by attribute](super::super::attrs::Table), which gives the same.

use super::addr;
use crate::model::{Server, ServerEntry, Stats, Tunnel, WHOLE};
use ipvs_core::uapi::attr::{dest, stats as stats_attr};

/// Length of an attribute's header.
const HEADER: usize = 4;

/// The attributes of a server before its counters.
const SERVER: usize = 116;

/// [`dest::STATS`] and [`dest::STATS64`].
const STATS: usize = HEADER + 88;
const STATS64: usize = HEADER + COUNTERS;

/// Ten numbers of 64 bits.
const COUNTERS: usize = 10 * (HEADER + 8);

/// The header of an attribute with so many bytes of data.
#[inline(always)]
const fn header(kind: u16, len: usize) -> [u8; HEADER] {
    let ([a, b], [c, d]) = (((HEADER + len) as u16).to_ne_bytes(), kind.to_ne_bytes());
    [a, b, c, d]
}

/// The data of the attribute at a place, if it is of this type and length.
#[inline(always)]
fn cell<const L: usize>(bytes: &[u8], at: usize, kind: u16) -> Option<[u8; L]> {
    let (head, data) = bytes.get(at..)?.split_first_chunk()?;
    if *head != header(kind, L) {
        return None;
    }
    data.first_chunk().copied()
}

/// The data of an attribute beside which there is none.
pub fn only(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    let (head, data) = bytes.split_first_chunk()?;
    (*head == header(kind, data.len())).then_some(data)
}

/// A server, and the nest of its counters if there are any. It tells the family itself.
#[inline(always)]
pub fn server(nest: &[u8]) -> Option<(ServerEntry, Option<&[u8]>)> {
    let (bytes, counters) = nest.split_first_chunk::<SERVER>()?;
    let bytes = bytes.as_slice();
    let counters = match counters {
        [] => None,
        _ => Some(counters_of(counters)?),
    };
    let ipv6 = super::is_ipv6(u16::from_ne_bytes(cell(bytes, 108, dest::ADDR_FAMILY)?));
    let [kind] = cell(bytes, 44, dest::TUN_TYPE)?;
    let number = |at, kind| cell(bytes, at, kind).map(u32::from_ne_bytes);
    let server = Server {
        addr: addr(cell(bytes, 0, dest::ADDR)?, ipv6),
        port: u16::from_be_bytes(cell(bytes, 20, dest::PORT)?),
        method: number(28, dest::FWD_METHOD)?,
        weight: i32::from_ne_bytes(cell(bytes, 36, dest::WEIGHT)?),
        tunnel: Tunnel {
            kind,
            port: u16::from_be_bytes(cell(bytes, 52, dest::TUN_PORT)?),
            flags: u16::from_ne_bytes(cell(bytes, 60, dest::TUN_FLAGS)?),
        },
        u_threshold: number(68, dest::U_THRESH)?,
        l_threshold: number(76, dest::L_THRESH)?,
    };
    let entry = ServerEntry {
        server,
        active: number(84, dest::ACTIVE_CONNS)?,
        inactive: number(92, dest::INACT_CONNS)?,
        persistent: number(100, dest::PERSIST_CONNS)?,
        drain: None,
        feedback: WHOLE,
        answers: None,
        stats: Stats::default(),
    };
    Some((entry, counters))
}

/// Of the two nests of counters the one of 64 bits.
fn counters_of(bytes: &[u8]) -> Option<&[u8]> {
    let (short, long) = bytes.split_at_checked(STATS)?;
    only(short, dest::STATS)?;
    only(long, dest::STATS64).filter(|_| long.len() == STATS64)
}

/// Ten numbers of 64 bits.
pub fn stats(nest: &[u8]) -> Option<Stats> {
    if nest.len() != COUNTERS {
        return None;
    }
    let mut stats = Stats::default();
    let cells = stats.totals.iter_mut().chain(&mut stats.rates);
    for ((kind, cell_of), at) in (stats_attr::CONNS..).zip(cells).zip((0..).step_by(12)) {
        *cell_of = u64::from_ne_bytes(cell(nest, at, kind)?);
    }
    Some(stats)
}
