// SPDX-License-Identifier: GPL-2.0

//! Whom the scheduler would choose: it runs over copies of what it goes on from, so that the next
//! packet is given to the same destination.

use super::{
    super::service::dest::Dest,
    Opening,
    Pool,
    View, //
};
use ipvs_core::{
    sched::{
        lblc,
        least::Metric,
        locality::is_overloaded,
        rr,
        slow::{
            self,
            PASSES, //
        },
        srr,
        Kind,
        Server, //
    },
    uapi::explain::Candidate,
};
use kernel::sync::atomic::Relaxed;
use linux_ext::{
    random,
    sync::{
        rcu::Reader,
        rcu_arc::RcuRef, //
    },
};

type Choice<'rcu> = Option<RcuRef<'rcu, Dest>>;

impl Pool {
    /// Whom [`Pool::schedule`] would choose now.
    pub(crate) fn preview<'rcu>(&self, opening: &Opening, reader: Reader<'rcu>) -> Choice<'rcu> {
        let kind = self.plan.kind?;
        if let (Some(ranking), true) = (&self.ranking, !self.plan.tempo.is_even()) {
            // The order has to follow the time anyhow.
            self.pace.note_all(ranking, &self.dests, reader);
        }
        match kind {
            Kind::Rr | Kind::Srr => self.next_in_turn(reader),
            Kind::Wrr => self.next_by_weight(reader),
            Kind::Twos => self.let_pass_in_mind(|| self.two_choices(reader)),
            Kind::Swrr => {
                let slot = self.ranking.as_ref()?.peek_deadline(&self.dests, reader)?;
                self.dests.get(slot, reader)
            }
            Kind::Lblc => self.near_in_mind(opening, reader),
            Kind::Lblcr => self.near_one_in_mind(opening, reader),
            Kind::Lc | Kind::Wlc | Kind::Sed | Kind::Nq | Kind::Fo | Kind::Ovf => {
                self.least_of(Metric::of(kind)?, reader)
            }
            // These leave nothing behind.
            Kind::P2c => self.power_of_two(reader),
            Kind::Dh | Kind::Sh | Kind::Mh => self.hashed(kind, opening, reader),
            Kind::Mhb => self.bounded(opening, reader),
        }
    }

    /// Whether chance has a part in the next choice.
    pub(crate) fn is_random(&self) -> bool {
        match self.plan.kind {
            Some(Kind::Twos | Kind::P2c) => true,
            Some(Kind::Srr) => self.cursor.load(Relaxed) == srr::UNSEEDED,
            _ => false,
        }
    }

    fn next_in_turn<'rcu>(&self, reader: Reader<'rcu>) -> Choice<'rcu> {
        let view = View {
            pool: self,
            len: self.dests.used(),
            reader,
        };
        let mut cursor = self.cursor.load(Relaxed);
        if cursor == srr::UNSEEDED {
            cursor = srr::start(random::u64() as u32, view.len)?;
        }
        self.let_pass_in_mind(|| {
            let last = match cursor {
                0 => None,
                cursor => view.len.checked_sub(cursor),
            };
            let index = rr::pick(&view, last)?;
            cursor = view.len.wrapping_sub(index);
            view.dest(index)
        })
    }

    fn next_by_weight<'rcu>(&self, reader: Reader<'rcu>) -> Choice<'rcu> {
        let ranking = self.ranking.as_ref()?;
        let mut mark = ranking.mark()?;
        self.let_pass_in_mind(|| {
            let slot = ranking.peek_turn(&mut mark, &self.dests, reader)?;
            self.dests.get(slot, reader)
        })
    }

    /// As `let_pass`, where no destination remembers what it has let pass.
    fn let_pass_in_mind<'rcu>(&self, mut turn: impl FnMut() -> Choice<'rcu>) -> Choice<'rcu> {
        if self.plan.tempo.is_even() {
            return turn();
        }
        // What is left of turns, by slot.
        let mut left: [Option<(usize, u32)>; PASSES] = [None; PASSES];
        for _ in 0..PASSES {
            let dest = turn()?;
            let slot = dest.slot();
            let its = |entry: &&mut Option<_>| entry.is_none_or(|(of, _)| of == slot);
            // There is one for each of so many turns.
            let entry = left.iter_mut().find(its)?;
            let (_, before) = entry.unwrap_or((slot, dest.turns_left()));
            let (takes, after) = slow::take_turn(before, self.pace.part(&dest));
            *entry = Some((slot, after));
            if takes {
                return Some(dest);
            }
        }
        turn()
    }

    fn least_of<'rcu>(&self, metric: Metric, reader: Reader<'rcu>) -> Choice<'rcu> {
        match self.plan.tempo.is_even() {
            true => self.least(|dest| metric.cost(dest), reader),
            false => self.least_starting(metric, reader),
        }
    }

    /// `lblc`.
    fn near_in_mind<'rcu>(&self, opening: &Opening, reader: Reader<'rcu>) -> Choice<'rcu> {
        let known = self.cache.as_ref()?.peek(opening.daddr, reader);
        let keeps = |dest: &RcuRef<'rcu, Dest>| {
            let all = self.list(reader).map(|(_, dest)| dest);
            lblc::keeps(&dest.into_ref(), dest.is_available(), all)
        };
        let near = known.and_then(|known| known.first(reader)).filter(keeps);
        near.or_else(|| self.least_loaded(reader))
    }

    /// `lblcr`.
    fn near_one_in_mind<'rcu>(&self, opening: &Opening, reader: Reader<'rcu>) -> Choice<'rcu> {
        let known = self.cache.as_ref()?.peek(opening.daddr, reader);
        let fits = |dest: &RcuRef<'rcu, Dest>| {
            let all = self.list(reader).map(|(_, dest)| dest);
            !is_overloaded(&dest.into_ref(), all)
        };
        let near = known.and_then(|known| known.least(reader)).filter(fits);
        near.or_else(|| self.least_loaded(reader))
    }

    fn cost(&self, metric: Option<Metric>, dest: &Dest) -> Option<(u64, u64)> {
        let cost = match self.plan.tempo.is_even() {
            true => metric?.cost(&dest),
            false => slow::cost(metric?, &self.pace.of(dest)),
        };
        cost.map(|cost| cost.parts())
    }

    /// What is known of a destination when it is chosen or not.
    pub(crate) fn candidate(&self, dest: &Dest) -> Candidate {
        let key = dest.key();
        let (active, inactive) = dest.conns();
        let server = self.pace.of(dest);
        Candidate {
            addr: key.addr,
            port: key.port,
            weight: dest.weight(),
            factor: self.pace.factor(dest),
            is_overloaded: dest.load().overloaded,
            active,
            inactive,
            score: match self.plan.kind {
                Some(Kind::Mhb | Kind::P2c) if server.share() != 0 => {
                    Some((Server::total(&dest).into(), server.share()))
                }
                Some(kind) => self.cost(Metric::of(kind), dest),
                None => None,
            },
        }
    }
}
