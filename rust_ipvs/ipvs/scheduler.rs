// SPDX-License-Identifier: GPL-2.0

//! What a service schedules with: its destinations and the state of its scheduler.

mod locality;
mod lottery;
mod pace;
mod preview;
pub(crate) mod ranking;
mod slots;

use super::service::dest::Dest;
use core::iter;
use ipvs_core::{
    addr::{
        Addr,
        Family, //
    },
    byteorder::Be16,
    reason::Reason,
    sched::{
        self,
        dh,
        fo,
        fold::fold,
        lblc,
        lc,
        least::{
            self,
            Cost,
            Metric, //
        },
        locality::is_overloaded,
        mh,
        mhb,
        nq,
        ovf,
        p2c,
        probe,
        rr,
        sed,
        sh,
        slots as list,
        slow::{
            self,
            PASSES, //
        },
        srr,
        twos,
        wlc,
        wrr,
        Kind,
        Load,
        Server, //
    },
    uapi::{
        feedback::Report,
        svc_flag, //
    },
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        rcu::read_lock,
        Arc, //
    },
};
use linux_ext::{
    random,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_vec::RcuVec,
    },
};
use locality::Cache;
pub(crate) use locality::Expirations;
use lottery::Lottery;
use pace::Pace;
pub(crate) use pace::Tempo;
use ranking::Ranking;
use slots::Slots;

/// What a scheduler may want to know of the packet that opens a connection.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    /// Who opens it. With a packet that goes the other way, as an ICMP error, its destination.
    pub(crate) client: Addr,
    /// The port of the client; 0 for a protocol that has none.
    pub(crate) client_port: Be16,
    /// Where the packet goes, whichever way that is.
    pub(crate) daddr: Addr,
    /// The flags of the service, of [`svc_flag`].
    pub(crate) flags: u32,
}

/// How a service schedules.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// `None` if it does not.
    pub(crate) kind: Option<Kind>,
    /// How weights count.
    pub(crate) tempo: Tempo,
}

/// Where a choice begins, so that slow start and feedback cost those nothing that do not have them.
#[derive(Clone, Copy)]
enum Entrance {
    Nobody,
    Plain(Kind),
    Slow,
}

/// The destinations of a service and its scheduler.
///
/// Destinations come and go in place, as `ipvs_core::sched::slots` says; another scheduler, or a
/// copy of the list, makes a new pool. Written under `Netns::control`.
pub(crate) struct Pool {
    /// No other pool of the namespace has or had it; not 0.
    id: usize,
    plan: Plan,
    entrance: Entrance,
    /// That of the service.
    family: Family,
    /// The newest last: schedulers see the list from its end, as the newest comes first for them.
    dests: RcuVec<Dest>,
    /// How many slots are not empty.
    live: Atomic<usize>,
    /// Of `rr` and `srr`: one more than the slot of the last choice, or 0, or [`srr::UNSEEDED`].
    cursor: Atomic<usize>,
    /// Of `wrr`, `swrr` and `mhb`, and of those that look for the least cost, if there are many slots.
    ranking: Option<RcuArc<Ranking>>,
    /// Of `dh`, `sh`, `mh` and `mhb`.
    slots: Option<Pin<KBox<Slots>>>,
    /// Of `p2c`.
    lottery: Option<KBox<Lottery>>,
    pace: Pace,
    /// Of `lblc` and `lblcr`.
    cache: Option<RcuArc<Cache>>,
}

/// Where a walk through the destinations of a service stands; at first at the newest.
///
/// What stays in the service the whole time is met exactly once.
#[derive(Clone, Copy, Default)]
pub(crate) struct DestPlace {
    /// The pool, or 0 at the beginning.
    pool: usize,
    /// The slot in it of the destination that was met last, and its serial number.
    slot: usize,
    serial: usize,
}

impl DestPlace {
    /// The place as three numbers.
    pub(crate) fn into_raw(self) -> [usize; 3] {
        [self.pool, self.slot, self.serial]
    }

    /// The place that [`DestPlace::into_raw`] gave; any other numbers are just another place.
    pub(crate) fn from_raw([pool, slot, serial]: [usize; 3]) -> Self {
        Self { pool, slot, serial }
    }
}

impl Pool {
    /// A pool without destinations for a service of `family`.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new(
        id: usize,
        plan: Plan,
        family: Family,
        expirations: &Arc<Expirations>,
    ) -> Result<RcuArc<Self>> {
        let cache = new_cache(plan.kind, expirations)?;
        Self::with_capacity(id, plan, family, 0, cache)
    }

    fn with_capacity(
        id: usize,
        plan: Plan,
        family: Family,
        capacity: usize,
        cache: Option<RcuArc<Cache>>,
    ) -> Result<RcuArc<Self>> {
        let kind = plan.kind;
        let pool = Self {
            id,
            plan,
            entrance: match (kind, plan.tempo.is_even()) {
                (None, _) => Entrance::Nobody,
                (Some(kind), true) => Entrance::Plain(kind),
                (Some(_), false) => Entrance::Slow,
            },
            family,
            dests: RcuVec::with_capacity(capacity, GFP_KERNEL)?,
            live: Atomic::new(0),
            cursor: Atomic::new(match kind {
                Some(Kind::Srr) => srr::UNSEEDED,
                _ => 0,
            }),
            ranking: Ranking::new(plan, capacity)?,
            slots: match kind {
                Some(kind) => Slots::new(kind, capacity)?,
                None => None,
            },
            lottery: match kind {
                Some(Kind::P2c) => Some(Lottery::new(capacity)?),
                _ => None,
            },
            pace: Pace::new(plan.tempo),
            cache,
        };
        Ok(RcuArc::new(pool, GFP_KERNEL)?)
    }

    pub(crate) fn plan(&self) -> Plan {
        self.plan
    }

    pub(crate) fn scheduler(&self) -> Option<Kind> {
        self.plan.kind
    }

    /// The number of destinations.
    pub(crate) fn len(&self) -> usize {
        self.live.read_once()
    }

    /// The destinations, the newest first.
    pub(crate) fn dests<'rcu>(
        &'rcu self,
        reader: Reader<'rcu>,
    ) -> impl Iterator<Item = RcuRef<'rcu, Dest>> {
        let slots = (0..self.dests.used()).rev();
        slots.filter_map(move |slot| self.dests.get(slot, reader))
    }

    /// The destination behind `place`, which moves there. The pool may be another one of the same
    /// service by now.
    pub(crate) fn next<'rcu>(
        &self,
        place: &mut DestPlace,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        let used = self.dests.used();
        let end = match place.pool {
            0 => used,
            id if id == self.id => place.slot.min(used),
            _ => self.slots_before(place.serial, used, reader),
        };
        let found = (0..end)
            .rev()
            .find_map(|slot| Some((slot, self.dests.get(slot, reader)?)));
        *place = DestPlace {
            pool: self.id,
            slot: found.map_or(0, |(slot, _)| slot),
            serial: found.map_or(0, |(_, dest)| dest.serial()),
        };
        found.map(|(_, dest)| dest)
    }

    /// As [`Pool::next`], to be kept.
    pub(crate) fn get_next(&self, place: &mut DestPlace) -> Option<RcuArc<Dest>> {
        loop {
            let guard = kernel::sync::rcu::read_lock();
            // One that is just going is passed over, not taken for the end.
            if let Some(dest) = self.next(place, Reader::from(&guard))?.get() {
                return Some(dest);
            }
        }
    }

    /// How many of `used` slots have destinations that came before the one with this serial number.
    fn slots_before(&self, serial: usize, used: usize, reader: Reader<'_>) -> usize {
        let came_before = |&slot: &usize| {
            let dest = self.dests.get(slot, reader);
            dest.is_some_and(|dest| dest.serial() < serial)
        };
        let last = (0..used).rev().find(came_before);
        last.map_or(0, |slot| slot.wrapping_add(1))
    }

    /// How many destinations can be added.
    pub(crate) fn room(&self) -> usize {
        self.dests.room()
    }

    /// A pool to go on with in place of this one, with room for `dests`, but without any as yet:
    /// [`Pool::take_over`] comes when nothing can fail any more.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn successor(
        &self,
        id: usize,
        plan: Plan,
        dests: usize,
        expirations: &Arc<Expirations>,
    ) -> Result<RcuArc<Self>> {
        let cache = match plan.kind == self.plan.kind {
            true => self.cache.clone(),
            false => new_cache(plan.kind, expirations)?,
        };
        Self::with_capacity(id, plan, self.family, list::capacity(dests), cache)
    }

    /// Takes over the destinations of `old` but those that are leaving, and where the scheduler stands
    /// if it is the same one. What is `joining` becomes the newest. Readers that are in the old pool
    /// stay there.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn take_over<'a>(
        &self,
        old: &Self,
        joining: impl Iterator<Item = &'a RcuArc<Dest>>,
    ) {
        let is_same = self.plan.kind == old.plan.kind;
        {
            let guard = read_lock();
            let reader = Reader::from(&guard);
            for dest in old.dests.values(reader).filter(|dest| !dest.is_leaving()) {
                // Nobody else takes them out: this pool holds them.
                if let Some(dest) = dest.get() {
                    self.enter(dest);
                }
            }
            for dest in joining {
                self.enter(dest.clone());
            }
            match is_same {
                true => self.go_on(old, reader),
                false => self.begin(reader),
            }
            // After the entries above: whoever changes something of a destination and does not see
            // the ranking yet is seen here.
            if let Some(ranking) = &self.ranking {
                ranking.rank_all(&self.dests, reader);
            }
            self.pace.find_top(&self.dests, reader);
        }
        if !is_same {
            self.fill_slots();
        }
    }

    /// Begins to schedule.
    fn begin(&self, reader: Reader<'_>) {
        if let Some(ranking) = &self.ranking {
            let weights = ranking::all_weights(&self.dests, reader);
            ranking.set_mark(wrr::Mark::new(&weights));
        }
    }

    /// Goes on where the scheduler of `old` stands, which is the same one.
    fn go_on(&self, old: &Self, reader: Reader<'_>) {
        let stays = |slot| {
            let dest = old.dests.get(slot, reader);
            dest.filter(|dest| !dest.is_leaving())
        };
        let copied = |cursor| list::copied(cursor, old.dests.used(), |slot| stays(slot).is_some());
        let mark = old.ranking.as_ref().and_then(|ranking| ranking.mark());
        if let (Some(ranking), Some(mark)) = (&self.ranking, mark) {
            ranking.set_mark(mark.with_cursor(copied(mark.cursor)));
        }
        let cursor = old.cursor.load(Relaxed);
        if cursor != srr::UNSEEDED {
            self.cursor.store(copied(cursor), Relaxed);
        }
        if let (Some(new), Some(old)) = (&self.slots, &old.slots) {
            new.take_over(old, |slot| Some(stays(slot)?.slot()));
        }
    }

    /// A pool to go on with if this one has too many empty slots. Without memory it has to do.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn without_gaps(&self, id: usize) -> Option<RcuArc<Self>> {
        if !list::is_sparse(self.dests.used(), self.len()) {
            return None;
        }
        let capacity = list::capacity(self.len().saturating_add(1));
        let pool =
            Self::with_capacity(id, self.plan, self.family, capacity, self.cache.clone()).ok()?;
        pool.take_over(self, iter::empty());
        Some(pool)
    }

    /// Adds `dest` as the newest; there must be room. [`Pool::changed`] comes next, or after many.
    pub(crate) fn push(&self, dest: RcuArc<Dest>) {
        if let (Some(slot), Some(ranking)) = (self.enter(dest), &self.ranking) {
            ranking.note(slot);
        }
    }

    /// Notes the weight that `dest` has now. [`Pool::changed`] comes next, or after many.
    pub(crate) fn weigh(&self, dest: &Dest) {
        if let Some(lottery) = &self.lottery {
            lottery.set(dest.slot(), self.pace.highest(dest));
        }
    }

    /// Takes a report about one of its destinations. The caller holds `Netns::control`.
    pub(crate) fn report(&self, dest: &Dest, report: &Report) {
        dest.report(report);
        if let Some(lottery) = &self.lottery {
            lottery.set(dest.slot(), self.pace.highest(dest));
        }
        let guard = read_lock();
        self.pace.reported(dest, &self.dests, Reader::from(&guard));
    }

    /// Forgets all reports. The caller holds `Netns::control`.
    pub(crate) fn forget_reports(&self) {
        let guard = read_lock();
        let reader = Reader::from(&guard);
        for (slot, dest) in self.dests.iter(reader) {
            dest.forget_report();
            if let Some(lottery) = &self.lottery {
                lottery.set(slot, dest.weight());
            }
        }
        self.pace.find_top(&self.dests, reader);
    }

    /// As [`Pool::push`], but for the ranking. Returns the slot.
    fn enter(&self, dest: RcuArc<Dest>) -> Option<usize> {
        let slot = self.dests.push(dest).ok()?;
        self.live.add(1, Relaxed);
        let guard = read_lock();
        let reader = Reader::from(&guard);
        if let Some(dest) = self.dests.get(slot, reader) {
            dest.enter(slot, self.ranking.as_ref(), reader);
            if let Some(lottery) = &self.lottery {
                lottery.set(slot, self.pace.highest(&dest));
            }
        }
        Some(slot)
    }

    /// Removes `dest`. [`Pool::changed`] comes next, or after many.
    pub(crate) fn remove(&self, dest: &RcuArc<Dest>) {
        let slot = dest.slot();
        let Some(gone) = self.dests.take(slot) else {
            return;
        };
        self.live.add(usize::MAX, Relaxed);
        dest.leave();
        drop(gone);
        if let Some(lottery) = &self.lottery {
            lottery.set(slot, 0);
        }
        if let Some(ranking) = &self.ranking {
            ranking.note(slot);
        }
        let cursor = self.cursor.load(Relaxed);
        let new = list::without(cursor, slot, self.dests.used(), |slot| {
            self.dests.is_occupied(slot)
        });
        // If a packet has moved it in between, it is where it belongs.
        let _ = self.cursor.cmpxchg(cursor, new, Relaxed);
    }

    /// Tells the scheduler that a destination has come, gone or changed.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn changed(&self, what: Change) {
        self.pace.stir();
        match self.plan.kind {
            Some(Kind::Wrr) => {
                let guard = read_lock();
                if let Some(ranking) = &self.ranking {
                    ranking.restart(&self.dests, Reader::from(&guard));
                }
            }
            Some(Kind::Sh | Kind::Mh | Kind::Mhb) => self.fill_slots(),
            // Weights do not matter to it.
            Some(Kind::Dh) if what == Change::List => self.fill_slots(),
            _ => (),
        }
    }

    fn fill_slots(&self) {
        if let Some(slots) = &self.slots {
            slots.fill(&self.dests, self.len(), self.family);
        }
    }

    /// Why nobody was chosen.
    pub(crate) fn why_nobody(&self, reader: Reader<'_>) -> Reason {
        Reason::of_nobody(self.list(reader).map(|(_, dest)| dest))
    }

    /// Chooses the destination of a new connection.
    #[inline(never)]
    pub(crate) fn schedule<'rcu>(
        &self,
        opening: &Opening,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        let kind = match self.entrance {
            Entrance::Nobody => return None,
            Entrance::Plain(kind) => kind,
            Entrance::Slow => return self.schedule_slowly(opening, reader),
        };
        match kind {
            Kind::Rr => self.round_robin(reader),
            Kind::Srr => self.seeded_round_robin(reader),
            Kind::Wrr => self.turn(reader),
            Kind::Lc => self.least(lc::cost, reader),
            Kind::Wlc => self.least(wlc::cost, reader),
            Kind::Sed => self.least(sed::cost, reader),
            Kind::Nq => self.least(nq::cost, reader),
            Kind::Fo => self.least(fo::cost, reader),
            Kind::Ovf => self.least(ovf::cost, reader),
            Kind::Twos => self.two_choices(reader),
            Kind::Swrr => self.deadline(reader),
            Kind::P2c => self.power_of_two(reader),
            Kind::Dh | Kind::Sh | Kind::Mh => self.hashed(kind, opening, reader),
            Kind::Mhb => self.bounded(opening, reader),
            Kind::Lblc => self.near(opening, reader),
            Kind::Lblcr => self.near_one_of(opening, reader),
        }
    }

    /// The destinations as schedulers see them: the newest first.
    #[inline]
    fn list<'a, 'rcu: 'a>(
        &'a self,
        reader: Reader<'rcu>,
    ) -> impl Iterator<Item = (RcuRef<'rcu, Dest>, &'rcu Dest)> + Clone + 'a {
        let list = self.dests.values(reader).rev();
        list.map(|dest| (dest, dest.into_ref()))
    }

    fn round_robin<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let view = View {
            pool: self,
            len: self.dests.used(),
            reader,
        };
        loop {
            let cursor = self.cursor.load(Relaxed);
            let last = match cursor {
                0 => None,
                cursor => view.len.checked_sub(cursor),
            };
            let index = rr::pick(&view, last)?;
            let next = view.len.wrapping_sub(index);
            // Another CPU may have moved it: then this choice is taken.
            if self.cursor.cmpxchg(cursor, next, Relaxed).is_ok() {
                return view.dest(index);
            }
        }
    }

    /// `srr`.
    fn seeded_round_robin<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        if self.cursor.load(Relaxed) == srr::UNSEEDED {
            let start = srr::start(random::u64() as u32, self.dests.used())?;
            // Another CPU may have begun.
            let _ = self.cursor.cmpxchg(srr::UNSEEDED, start, Relaxed);
        }
        self.round_robin(reader)
    }

    /// `wrr`.
    #[inline]
    fn turn<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let slot = self.ranking.as_ref()?.pick_turn(&self.dests, reader)?;
        self.dests.get(slot, reader)
    }

    /// `swrr`.
    fn deadline<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let slot = self.ranking.as_ref()?.pick_deadline(&self.dests, reader)?;
        self.dests.get(slot, reader)
    }

    /// `p2c`.
    fn power_of_two<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let lottery = self.lottery.as_ref()?;
        let draw = || {
            let bits = random::u64();
            let draw = lottery.draw(bits)?;
            let dest = self.dests.get(draw.slot, reader)?;
            let server = self.pace.of(dest.into_ref());
            Some((draw.slot, server, draw.number, bits as u16))
        };
        match p2c::pick(draw) {
            Some(slot) => self.dests.get(slot, reader),
            // Few of them take connections, or one is just going.
            None => least::pick(self.list(reader), |dest| self.wlc_cost(dest)),
        }
    }

    #[inline]
    fn least<'rcu>(
        &self,
        cost: impl Fn(&&'rcu Dest) -> Option<Cost>,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        match &self.ranking {
            None => least::pick(self.list(reader), cost),
            Some(ranking) => {
                let slot = ranking.pick_least(&self.dests, reader)?;
                self.dests.get(slot, reader)
            }
        }
    }

    fn two_choices<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let ceiling = twos::ceiling(self.list(reader).map(|(_, dest)| dest))?;
        let random = [random::u64(), random::u64()].map(|bits| twos::below(ceiling, bits));
        twos::pick(self.list(reader), random)
    }

    fn hashed<'rcu>(
        &self,
        kind: Kind,
        opening: &Opening,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        let slots = self.slots.as_ref()?;
        let at = |entry| slots.get(entry, &self.dests, reader);
        let usable = |dest: &RcuRef<'rcu, Dest>| dest.into_ref().is_usable();
        let key = || self.client_key(opening);
        let fallback = opening.flags & svc_flag::SCHED1 != 0;
        match kind {
            Kind::Sh => sh::pick(key(), fallback, at, usable),
            Kind::Mh => mh::pick(key(), fallback, at, usable),
            _ => at(dh::slot(fold(self.family, opening.daddr))).filter(usable),
        }
    }

    /// What `sh`, `mh` and `mhb` know a client by.
    #[inline]
    fn client_key(&self, opening: &Opening) -> u32 {
        let client = fold(self.family, opening.client);
        let port = match opening.flags & svc_flag::SCHED2 {
            0 => 0,
            _ => opening.client_port.to_host(),
        };
        probe::key(client, port)
    }

    /// `mhb`.
    fn bounded<'rcu>(&self, opening: &Opening, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let slots = self.slots.as_ref()?;
        let sums = self.ranking.as_ref()?.sums(&self.dests, reader)?;
        let at = |entry| {
            let slot = slots.slot(entry)?;
            let dest = self.dests.get(slot, reader)?;
            Some((slot, self.pace.of(dest.into_ref())))
        };
        let slot = mhb::pick(self.client_key(opening), &sums, at)?;
        self.dests.get(slot, reader)
    }

    /// Chooses with slow start or feedback.
    #[inline(never)]
    fn schedule_slowly<'rcu>(
        &self,
        opening: &Opening,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        let kind = self.plan.kind?;
        if let Some(ranking) = &self.ranking {
            self.pace.note_all(ranking, &self.dests, reader);
        }
        match kind {
            Kind::Rr => self.let_pass(|| self.round_robin(reader)),
            Kind::Srr => self.let_pass(|| self.seeded_round_robin(reader)),
            Kind::Wrr => self.let_pass(|| self.turn(reader)),
            Kind::Twos => self.let_pass(|| self.two_choices(reader)),
            Kind::Lc | Kind::Wlc | Kind::Sed | Kind::Nq | Kind::Fo | Kind::Ovf => {
                self.least_starting(Metric::of(kind)?, reader)
            }
            Kind::Swrr => self.deadline(reader),
            Kind::P2c => self.power_of_two(reader),
            Kind::Dh | Kind::Sh | Kind::Mh => self.hashed(kind, opening, reader),
            Kind::Mhb => self.bounded(opening, reader),
            Kind::Lblc => self.near(opening, reader),
            Kind::Lblcr => self.near_one_of(opening, reader),
        }
    }

    /// Gives turns until somebody takes one.
    fn let_pass<'rcu>(
        &self,
        turn: impl Fn() -> Option<RcuRef<'rcu, Dest>>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        for _ in 0..PASSES {
            let dest = turn()?;
            if dest.takes_turn(self.pace.part(&dest)) {
                return Some(dest);
            }
        }
        turn()
    }

    fn least_starting<'rcu>(
        &self,
        metric: Metric,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        self.least(|dest| slow::cost(metric, &self.pace.of(dest)), reader)
    }

    /// What `wlc` counts as the cost of `dest`.
    #[inline]
    fn wlc_cost(&self, dest: &Dest) -> Option<Cost> {
        match self.pace.is_even() {
            true => wlc::cost(&dest),
            false => slow::cost(Metric::Wlc, &self.pace.of(dest)),
        }
    }

    /// As `wlc`.
    fn least_loaded<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        self.least(|dest| self.wlc_cost(dest), reader)
    }

    /// `lblc`.
    fn near<'rcu>(&self, opening: &Opening, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let cache = self.cache.as_ref()?;
        let addr = opening.daddr;
        let known = cache.find(addr, reader);
        if let Some(dest) = known.and_then(|known| known.first(reader)) {
            let all = self.list(reader).map(|(_, dest)| dest);
            if lblc::keeps(&dest.into_ref(), dest.is_available(), all) {
                return Some(dest);
            }
        }
        let dest = self.least_loaded(reader)?;
        cache.remember(addr, dest, reader);
        Some(dest)
    }

    /// `lblcr`.
    fn near_one_of<'rcu>(
        &self,
        opening: &Opening,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Dest>> {
        let cache = self.cache.as_ref()?;
        let addr = opening.daddr;
        if let Some(known) = cache.find(addr, reader) {
            let dest = known.least(reader);
            cache.trim(&known, reader);
            let fits = |dest: &RcuRef<'rcu, Dest>| {
                let all = self.list(reader).map(|(_, dest)| dest);
                !is_overloaded(&dest.into_ref(), all)
            };
            if let Some(dest) = dest.filter(fits) {
                return Some(dest);
            }
        }
        let dest = self.least_loaded(reader)?;
        cache.remember(addr, dest, reader);
        Some(dest)
    }
}

/// What `lblc` and `lblcr` begin with.
fn new_cache(kind: Option<Kind>, expirations: &Arc<Expirations>) -> Result<Option<RcuArc<Cache>>> {
    match kind {
        Some(kind @ (Kind::Lblc | Kind::Lblcr)) => Ok(Some(Cache::new(kind, expirations)?)),
        _ => Ok(None),
    }
}

/// What has changed about the destinations of a pool.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Which there are.
    List,
    /// What one of them is like.
    Dest,
}

/// The destinations at one moment, as schedulers want them. What is added later is not among them.
struct View<'a, 'rcu> {
    pool: &'a Pool,
    len: usize,
    reader: Reader<'rcu>,
}

impl<'rcu> View<'_, 'rcu> {
    /// What is at place `index`, of which 0 is the newest.
    #[inline]
    fn dest(&self, index: usize) -> Option<RcuRef<'rcu, Dest>> {
        let last = self.len.checked_sub(1)?;
        self.pool.dests.get(last.checked_sub(index)?, self.reader)
    }
}

impl sched::Pool for View<'_, '_> {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn get(&self, index: usize) -> Option<Load> {
        self.dest(index).map(|dest| dest.load())
    }
}
