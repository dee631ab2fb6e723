// SPDX-License-Identifier: GPL-2.0

//! What a destination knows of its draining.

use super::super::netns::Netns;
use ipvs_core::uapi::drain::{
    Action,
    DrainView,
    State,
    Terms, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::Atomic,
        Arc, //
    },
    time::Jiffies,
};
use linux_ext::{
    net::chore::Chore,
    sync::{
        access::AccessOnce,
        rcu_arc::RcuArc, //
    },
    time::{
        ahead,
        jiffies,
        millis_to_jiffies,
        to_millis, //
    },
};

/// The draining of a destination, from when it begins until it ends or begins anew.
pub(crate) struct Draining {
    /// What began later in the namespace has a higher one.
    number: usize,
    action: Action,
    /// In ticks.
    deadline: Option<Jiffies>,
    /// Whether the deadline has been seen to pass.
    overdue: Atomic<bool>,
    /// Who sees to it that it ends.
    chore: Arc<Chore<Netns>>,
}

impl Draining {
    /// Begins now.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        number: usize,
        terms: &Terms,
        chore: &Arc<Chore<Netns>>,
    ) -> Result<RcuArc<Self>> {
        let after = |ms| jiffies().wrapping_add(millis_to_jiffies(ms));
        let draining = Self {
            number,
            action: terms.action,
            deadline: terms.deadline_ms.map(after),
            overdue: Atomic::new(false),
            chore: chore.clone(),
        };
        Ok(RcuArc::new(draining, GFP_KERNEL)?)
    }

    /// Whether it began no later than what has this number.
    pub(crate) fn began_by(&self, number: usize) -> bool {
        self.number <= number
    }

    /// Notes if the deadline has passed. Returns the ticks until then; `None` if there is nothing to
    /// wait for.
    pub(crate) fn watch_deadline(&self) -> Option<Jiffies> {
        if self.overdue.read_once() {
            return None;
        }
        let left = ahead(self.deadline?, jiffies());
        if left == 0 {
            self.overdue.write_once(true);
            return None;
        }
        Some(left)
    }

    /// What is to be done with connections that are left; `None` if they go on.
    pub(crate) fn ends_conns(&self) -> Option<Action> {
        let ends = self.overdue.read_once() && self.action != Action::Keep;
        ends.then_some(self.action)
    }

    /// The last connection has gone.
    ///
    /// # Context
    ///
    /// Any.
    pub(crate) fn emptied(&self) {
        self.chore.hurry();
    }

    /// What is shown.
    pub(crate) fn view(&self) -> DrainView {
        DrainView {
            state: match self.overdue.read_once() {
                true => State::Overdue,
                false => State::Draining,
            },
            action: self.action,
            remaining_ms: self.deadline.map(|deadline| {
                u32::try_from(to_millis(ahead(deadline, jiffies()))).unwrap_or(u32::MAX)
            }),
        }
    }
}
