// SPDX-License-Identifier: GPL-2.0

//! Statistics in answers.

use super::attr::stats::*;
use super::nla::Sink;
use crate::estimate::{
    Counters,
    Rates, //
};

/// Counters and rates of a service, a destination or a namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// What was counted.
    pub counters: Counters,
    /// How fast.
    pub rates: Rates,
}

/// Writes a nest with numbers of 32 bits, which wrap, and one with numbers of 64 bits.
#[inline(always)]
pub fn emit_stats<S: Sink>(
    sink: &mut S,
    kind32: u16,
    kind64: u16,
    stats: &Stats,
) -> Result<(), S::Error> {
    let nest = sink.begin_nest(kind32)?;
    emit(sink, stats, put_low_half)?;
    sink.end_nest(nest)?;
    let nest = sink.begin_nest(kind64)?;
    emit(sink, stats, put)?;
    sink.end_nest(nest)
}

/// Writes a nest with numbers of 64 bits alone.
pub fn emit_stats64<S: Sink>(sink: &mut S, kind: u16, stats: &Stats) -> Result<(), S::Error> {
    let nest = sink.begin_nest(kind)?;
    emit(sink, stats, put)?;
    sink.end_nest(nest)
}

/// Writes the attributes of a nest, with `number` for all but bytes, which have 64 bits in both.
// Inlined, as all that writes attributes: see `Sink`.
#[inline(always)]
fn emit<S: Sink>(
    sink: &mut S,
    stats: &Stats,
    number: impl Fn(&mut S, u16, u64) -> Result<(), S::Error>,
) -> Result<(), S::Error> {
    let Stats { counters, rates } = stats;

    number(sink, CONNS, counters.conns)?;
    number(sink, INPKTS, counters.in_pkts)?;
    number(sink, OUTPKTS, counters.out_pkts)?;
    put(sink, INBYTES, counters.in_bytes)?;
    put(sink, OUTBYTES, counters.out_bytes)?;
    number(sink, CPS, rates.cps)?;
    number(sink, INPPS, rates.in_pps)?;
    number(sink, OUTPPS, rates.out_pps)?;
    number(sink, INBPS, rates.in_bps)?;
    number(sink, OUTBPS, rates.out_bps)
}

#[inline(always)]
fn put<S: Sink>(sink: &mut S, kind: u16, value: u64) -> Result<(), S::Error> {
    sink.put(kind, &value.to_ne_bytes())
}

#[inline(always)]
fn put_low_half<S: Sink>(sink: &mut S, kind: u16, value: u64) -> Result<(), S::Error> {
    sink.put(kind, &(value as u32).to_ne_bytes())
}
