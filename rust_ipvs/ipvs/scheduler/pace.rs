// SPDX-License-Identifier: GPL-2.0

//! Slow start and feedback of the destinations of a pool: how much of their weights counts at the
//! moment.

use super::{
    super::service::{
        dest::Dest,
        feedback::Feedback, //
    },
    ranking::Ranking, //
};
use ipvs_core::sched::{
    feedback,
    slow::{
        self,
        Starting, //
    },
};
use kernel::{
    sync::atomic::{
        Atomic,
        Full,
        Relaxed, //
    },
    time::Jiffies,
};
use linux_ext::{
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_vec::RcuVec, //
    },
    time::{
        ahead,
        jiffies,
        secs_to_jiffies,
        HZ, //
    },
};

/// So many ticks a [`Ranking`] may be behind.
const STEP: usize = HZ / 10;

/// So far ahead nothing is due.
const NEVER: Jiffies = Jiffies::MAX / 4;

/// By what a weight counts for more or less than it says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tempo {
    /// Seconds of slow start, or 0.
    pub(crate) slow_start: u32,
    /// Whether there may be reports of load.
    pub(crate) feedback: bool,
}

impl Tempo {
    /// Whether weights count as they are.
    #[inline]
    pub(super) fn is_even(self) -> bool {
        self.slow_start == 0 && !self.feedback
    }

    /// How much of the weight of `dest` counts, in parts of [`slow::ONE`].
    #[inline]
    pub(super) fn factor(self, dest: &Dest) -> u32 {
        let started = match self.slow_start {
            0 => slow::ONE,
            window => {
                let elapsed = ahead(jiffies(), dest.started()) as u64;
                slow::factor(elapsed.saturating_mul(1000) / HZ as u64, window)
            }
        };
        match self.feedback {
            false => started,
            true => feedback::product(started, dest.feedback().factor()),
        }
    }

    /// As schedulers have to see `dest`.
    #[inline]
    pub(super) fn starting(self, dest: &Dest) -> Starting<&Dest> {
        Starting::new(dest, self.factor(dest))
    }
}

/// The slow start and the feedback of a pool.
pub(super) struct Pace {
    tempo: Tempo,
    /// When a destination came or changed, in ticks.
    stirred: Atomic<usize>,
    /// When the ranking was told last, in ticks.
    noted: Atomic<usize>,
    /// When a report is going to fade, or goes on with that, in ticks.
    due: Atomic<usize>,
    /// The highest factor of feedback, at least [`slow::ONE`]; whoever has it takes each of his turns.
    top: Atomic<u32>,
    /// Since when it is not too high, in ticks.
    topped: Atomic<usize>,
}

impl Pace {
    pub(super) fn new(tempo: Tempo) -> Self {
        let now = jiffies();
        Self {
            tempo,
            stirred: Atomic::new(now),
            noted: Atomic::new(now),
            due: Atomic::new(now),
            top: Atomic::new(slow::ONE),
            topped: Atomic::new(now),
        }
    }

    /// A destination has come or changed.
    pub(super) fn stir(&self) {
        if self.tempo.slow_start != 0 {
            self.stirred.write_once(jiffies());
        }
    }

    /// Whether weights count as they are.
    #[inline]
    pub(super) fn is_even(&self) -> bool {
        self.tempo.is_even()
    }

    /// How much of the weight of `dest` counts, in parts of [`slow::ONE`].
    pub(super) fn factor(&self, dest: &Dest) -> u32 {
        self.tempo.factor(dest)
    }

    /// Which part of its turns `dest` takes, in parts of [`slow::ONE`].
    #[inline]
    pub(super) fn part(&self, dest: &Dest) -> u32 {
        feedback::part(self.tempo.factor(dest), self.top.read_once())
    }

    /// As schedulers have to see `dest`.
    #[inline]
    pub(super) fn of<'a>(&self, dest: &'a Dest) -> Starting<&'a Dest> {
        self.tempo.starting(dest)
    }

    /// The weight with which `dest` is drawn.
    pub(super) fn highest(&self, dest: &Dest) -> i32 {
        feedback::highest(dest.weight(), dest.feedback().reported())
    }

    /// A report about one of `dests` has come. The caller holds `Netns::control`.
    pub(super) fn reported(&self, dest: &Dest, dests: &RcuVec<Dest>, reader: Reader<'_>) {
        if let Some((begins, _)) = dest.feedback().fading() {
            self.expect(begins);
        }
        let now = jiffies();
        let factor = dest.feedback().factor();
        if factor > self.top.read_once() {
            self.top.write_once(factor);
        }
        // To look at all of them at each report would take long.
        if ahead(now, self.topped.read_once()) >= HZ {
            self.topped.write_once(now);
            self.find_top(dests, reader);
        }
    }

    /// Finds the highest factor anew.
    pub(super) fn find_top(&self, dests: &RcuVec<Dest>, reader: Reader<'_>) {
        let factors = dests.values(reader).map(|dest| dest.feedback().factor());
        self.top.write_once(factors.fold(slow::ONE, u32::max));
    }

    /// Has the ranking told at this time, if not before.
    fn expect(&self, at: Jiffies) {
        let mut due = self.due.read_once();
        while ahead(due, at) > 0 {
            match self.due.cmpxchg(due, at, Full) {
                Ok(_) => return,
                Err(now) => due = now,
            }
        }
    }

    /// Whether a report may be fading. Who is told so looks at all of them and says when it is time
    /// again.
    fn is_due(&self, now: Jiffies) -> bool {
        let due = self.due.read_once();
        // Reports that came before are seen afterwards, and those that come afterwards are expected.
        ahead(due, now) == 0 && self.due.cmpxchg(due, now.wrapping_add(NEVER), Full).is_ok()
    }

    /// Whether a report has faded by something in so many ticks.
    fn fades(&self, feedback: &Feedback, now: Jiffies, since: Jiffies) -> bool {
        let Some((begins, length)) = feedback.fading() else {
            return false;
        };
        if ahead(begins, now) > 0 {
            self.expect(begins);
            return false;
        }
        let elapsed = ahead(now, begins);
        if elapsed < length {
            self.expect(now);
        }
        elapsed <= length.saturating_add(since)
    }

    /// Tells the ranking of all destinations of which another part counts than before, if it is time
    /// to.
    pub(super) fn note_all(&self, ranking: &Ranking, dests: &RcuVec<Dest>, reader: Reader<'_>) {
        let now = jiffies();
        let noted = self.noted.read_once();
        let since = ahead(now, noted);
        if since < STEP || self.noted.cmpxchg(noted, now, Relaxed).is_err() {
            return;
        }
        // Those that were starting when it was told last have changed since.
        let window = secs_to_jiffies(self.tempo.slow_start).saturating_add(since);
        let starting = self.tempo.slow_start != 0 && ahead(now, self.stirred.read_once()) <= window;
        let fading = self.tempo.feedback && self.is_due(now);
        if !starting && !fading {
            return;
        }
        for (slot, dest) in dests.iter(reader) {
            let starts = starting && ahead(now, dest.started()) <= window;
            let fades = fading && self.fades(dest.feedback(), now, since);
            if starts || fades {
                ranking.note(slot);
            }
        }
    }
}
