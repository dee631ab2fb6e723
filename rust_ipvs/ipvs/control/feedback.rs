// SPDX-License-Identifier: GPL-2.0

//! Reports of how much destinations can take.

use super::{
    super::{
        netns::{
            Netns,
            Tables, //
        },
        scheduler::{
            Plan,
            Tempo, //
        },
        service::{
            Service,
            Turnover, //
        },
    },
    find_dest,
    find_service,
    next_service,
    Control,
    Result, //
};
use ipvs_core::uapi::{
    error::StateError,
    feedback::Reports,
    service::ServiceKey, //
};
use linux_ext::{
    sync::rcu_table::Position,
    task::cond_resched, //
};

impl Netns {
    /// Takes reports about destinations of a service. Those of destinations that it does not have are
    /// passed over; the sender is told afterwards that there were such.
    ///
    /// A report changes no configuration, so that it is no change that a dump tells of.
    pub(crate) fn report(&self, key: &ServiceKey, reports: Reports<'_>) -> Result {
        let tables = self.tables().ok_or(StateError::ServiceUnknown)?;
        let mut control = self.control.lock();
        let service = find_service(tables, key)?;
        self.heed_reports(&mut control, &service, true)?;
        let pool = service.get_pool();
        let mut done = Ok(());
        for report in reports {
            match find_dest(tables, &service, &report.dest) {
                Ok(dest) => pool.report(&dest, &report),
                Err(refusal) => done = Err(refusal),
            }
        }
        done
    }

    /// Has all weights of a service, or of all of them, count as they were configured.
    pub(crate) fn end_reports(&self, key: Option<&ServiceKey>) -> Result {
        let Some(tables) = self.tables() else {
            return match key {
                Some(_) => Err(StateError::ServiceUnknown.into()),
                None => Ok(()),
            };
        };
        let mut control = self.control.lock();
        if let Some(key) = key {
            let service = find_service(tables, key)?;
            self.forget_reports(&mut control, &service);
            return Ok(());
        }
        self.forget_all_reports(&mut control, tables);
        Ok(())
    }

    fn forget_all_reports(&self, control: &mut Control, tables: &Tables) {
        let mut position = Position::default();
        while let Some(service) = next_service(tables, &mut position) {
            self.forget_reports(control, &service);
            cond_resched();
        }
    }

    fn forget_reports(&self, control: &mut Control, service: &Service) {
        service.get_pool().forget_reports();
        // Without memory it goes on as if there could be some, which there are not.
        let _ = self.heed_reports(control, service, false);
    }

    /// Says whether the scheduler of a service is to look for reports.
    fn heed_reports(&self, control: &mut Control, service: &Service, feedback: bool) -> Result {
        let plan = service.get_pool().plan();
        let plan = Plan {
            tempo: Tempo {
                feedback,
                ..plan.tempo
            },
            ..plan
        };
        let successor = self.prepare_pool(control, service, plan, 0, 0)?;
        service.turn_over(Turnover::to(successor), control.number());
        Ok(())
    }
}
