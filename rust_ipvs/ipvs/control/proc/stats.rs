// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_stats` and `/proc/net/ip_vs_stats_percpu`: the namespace as a whole.

use super::super::super::netns::Netns;
use ipvs_core::show::stats;
use kernel::prelude::*;
use linux_ext::proc::{
    Output,
    Text, //
};

/// `/proc/net/ip_vs_stats`.
pub(super) struct Totals;

impl Text for Totals {
    type Data = Netns;

    fn show(ns: &Netns, out: &mut Output<'_>) -> Result {
        out.write(stats::totals(&ns.total_stats()).as_bytes());
        Ok(())
    }
}

/// `/proc/net/ip_vs_stats_percpu`.
pub(super) struct PerCpu;

impl Text for PerCpu {
    type Data = Netns;

    fn show(ns: &Netns, out: &mut Output<'_>) -> Result {
        let (cpus, totals) = ns.total_stats_per_cpu()?;
        out.write(stats::PERCPU_HEADER.as_bytes());
        for (cpu, counters) in cpus.iter() {
            out.write(stats::cpu(cpu, counters).as_bytes());
        }
        out.write(stats::percpu_totals(&totals).as_bytes());
        Ok(())
    }
}
