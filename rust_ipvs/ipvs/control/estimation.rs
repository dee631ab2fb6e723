// SPDX-License-Identifier: GPL-2.0

//! Whether statistics go on: `run_estimation` and `est_cpulist`.
//!
//! C has threads that sum up counters and estimate rates; while they are stopped, what they found last
//! is shown. Here nothing runs, but readers are shown the same.

use super::{
    super::{
        netns::Netns,
        stats::Estimation, //
    },
    next_service, with_reader, Control,
};
use linux_ext::{
    cpumask::CpuSet,
    sync::{
        access::AccessOnce,
        rcu_table::Position, //
    },
    task::cond_resched,
};

impl Netns {
    /// Sets whether rates are estimated: not if it is 0.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn set_run_estimation(&self, value: i32) {
        let mut control = self.control.lock();
        self.config.plain.run_estimation.write_once(value);
        self.follow_estimation(&mut control);
    }

    /// Sets on which CPUs rates are estimated: not at all if there is none.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn set_est_cpus(&self, cpus: CpuSet) {
        let mut control = self.control.lock();
        *self.config.est_cpus.lock() = Some(cpus);
        self.follow_estimation(&mut control);
    }

    /// Stops all statistics or goes on with them, as the settings say.
    fn follow_estimation(&self, control: &mut Control) {
        let is_nowhere = self
            .config
            .est_cpus
            .lock()
            .as_ref()
            .is_some_and(CpuSet::is_empty);
        let estimation = match self.config.plain.run_estimation.read_once() {
            0 => Estimation::Stopped,
            _ if is_nowhere => Estimation::Stopped,
            _ => Estimation::Running,
        };
        if control.estimation == estimation {
            return;
        }
        control.estimation = estimation;
        let total = self.total(control);
        self.totals.follow(estimation, || total);
        let Some(tables) = self.tables() else {
            return;
        };
        let mut position = Position::default();
        while let Some(service) = next_service(tables, &mut position) {
            with_reader(|reader| service.follow(estimation, reader));
            cond_resched();
        }
        tables.dests.follow(estimation);
    }
}
