// SPDX-License-Identifier: GPL-2.0

//! Statistics of a namespace as a whole: the sum over all destinations that it has, and what those
//! that are gone have left behind.
//!
//! They are summed up when somebody asks, under `Netns::control`, so that no destination comes or
//! goes meanwhile, and no sum is smaller than the one before.

use super::{
    super::{
        netns::Netns,
        service::Service,
        stats::{
            sum_of,
            PerCpu, //
        },
    },
    next_service, with_reader, Control,
};
use ipvs_core::{
    estimate::Counters,
    uapi::stats::Stats, //
};
use kernel::prelude::*;
use linux_ext::{
    sync::{
        rcu::Reader,
        rcu_table::Position, //
    },
    task::cond_resched,
    time::millis, //
};

impl Netns {
    /// The statistics.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn total_stats(&self) -> Stats {
        let control = self.control.lock();
        let now = self.total(&control);
        self.totals.read(millis(), || now)
    }

    /// The statistics, and what each CPU has ever counted.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn total_stats_per_cpu(&self) -> Result<(PerCpu, Stats)> {
        let control = self.control.lock();
        let mut cpus = if control.retired.is_empty() {
            PerCpu::new()?
        } else {
            control.retired.copy()?
        };
        self.for_each_service(&control, |service, reader| {
            cpus.add_all(|| service.counters(reader));
        });
        let now = cpus.sum();
        let stats = self.totals.read(millis(), || now);
        Ok((cpus, stats))
    }

    /// Shows zero in the statistics from now on; not in those of the CPUs.
    pub(super) fn zero_totals(&self, control: &Control) {
        let now = self.total(control);
        self.totals.zero(|| now);
    }

    /// What all destinations have counted, whatever is shown of it.
    pub(super) fn total(&self, control: &Control) -> Counters {
        let mut sum = control.retired.sum();
        self.for_each_service(control, |service, reader| {
            sum = sum.plus(&sum_of(|| service.counters(reader)));
        });
        sum
    }

    /// Calls `f` with each service.
    fn for_each_service(&self, _control: &Control, mut f: impl FnMut(&Service, Reader<'_>)) {
        let Some(tables) = self.tables() else {
            return;
        };
        let mut position = Position::default();
        while let Some(service) = next_service(tables, &mut position) {
            with_reader(|reader| f(&service, reader));
            cond_resched();
        }
    }
}
