// SPDX-License-Identifier: GPL-2.0

//! What was reported last of the load of a destination.

use ipvs_core::{
    sched::{
        feedback,
        slow::ONE, //
    },
    uapi::feedback::Report, //
};
use kernel::{
    sync::atomic::Atomic,
    time::Jiffies, //
};
use linux_ext::{
    sync::access::AccessOnce,
    time::{
        ahead,
        jiffies,
        HZ, //
    },
};

/// The last report.
///
/// Written under `Netns::control`. Packets may see a part of a new report with a part of the one
/// before: that counts no more than either of them.
pub(crate) struct Feedback {
    /// What the weight counts, in parts of [`ONE`].
    factor: Atomic<u32>,
    /// For how long, in milliseconds.
    lifetime: Atomic<u32>,
    /// When it came, in ticks.
    since: Atomic<usize>,
}

impl Feedback {
    /// No report.
    pub(super) fn new() -> Self {
        Self {
            factor: Atomic::new(ONE),
            lifetime: Atomic::new(0),
            since: Atomic::new(0),
        }
    }

    /// What the weight counts now, in parts of [`ONE`].
    #[inline]
    pub(crate) fn factor(&self) -> u32 {
        match self.factor.read_once() {
            ONE => ONE,
            reported => {
                let elapsed = ahead(jiffies(), self.since.read_once()) as u64;
                let elapsed = elapsed.saturating_mul(1000) / HZ as u64;
                feedback::factor(reported, elapsed, self.lifetime.read_once())
            }
        }
    }

    /// What was reported, whether or not it has faded.
    #[inline]
    pub(crate) fn reported(&self) -> u32 {
        self.factor.read_once()
    }

    /// When the report begins to fade and how long that takes, in ticks; `None` if it says nothing.
    pub(crate) fn fading(&self) -> Option<(Jiffies, Jiffies)> {
        if self.factor.read_once() == ONE {
            return None;
        }
        let length = ticks(self.lifetime.read_once());
        Some((self.since.read_once().wrapping_add(length), length))
    }

    pub(super) fn set(&self, report: &Report) {
        self.since.write_once(jiffies());
        self.lifetime.write_once(report.lifetime);
        self.factor.write_once(feedback::bounded(report.factor));
    }

    /// Forgets the report.
    pub(super) fn clear(&self) {
        self.factor.write_once(ONE);
    }
}

/// Milliseconds in ticks, at least one.
fn ticks(millis: u32) -> Jiffies {
    (millis as Jiffies).wrapping_mul(HZ).div_ceil(1000).max(1)
}
