// SPDX-License-Identifier: GPL-2.0

//! What `lblc` and `lblcr` remember: for each address that packets were sent to, the destinations
//! that they were given to.

use super::super::{
    resizing::random_key,
    service::dest::Dest, //
};
use ipvs_core::{
    addr::Addr,
    hash,
    sched::{
        lblcr,
        locality::{
            self,
            Look,
            Looks, //
        },
        Kind, //
    },
};
use kernel::{
    alloc::flags::__GFP_NOWARN,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        rcu::read_lock,
        Arc, //
    },
    time::Jiffies,
};
use linux_ext::{
    impl_has_timer, impl_hashed, new_spinlock_bh,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuCell,
            RcuRef, //
        },
        rcu_table::{
            Nodes,
            Position,
            Quota,
            Table, //
        },
        rcu_vec::RcuVec,
        spinlock_bh::SpinLockBh, //
    },
    time::{
        jiffies,
        secs_to_jiffies,
        HZ, //
    },
    timer::{
        Timer,
        TimerCallback, //
    },
};

/// So many locks guard the chains.
const LOCKS: usize = 16;

/// `lblc_expiration` and `lblcr_expiration` of a namespace.
pub(crate) struct Expirations {
    /// In seconds.
    pub(crate) lblc: Atomic<i32>,
    pub(crate) lblcr: Atomic<i32>,
}

impl Expirations {
    /// The defaults.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn new() -> Result<Arc<Self>> {
        let expirations = Self {
            lblc: Atomic::new(locality::LONG),
            lblcr: Atomic::new(locality::LONG),
        };
        Ok(Arc::new(expirations, GFP_KERNEL)?)
    }
}

/// The destinations of one address, the newest last. `lblc` has one.
struct Set {
    dests: RcuVec<Dest>,
}

impl Set {
    /// A set of `dest`, and `others` before it.
    fn new(others: Option<(&Self, Reader<'_>)>, dest: RcuArc<Dest>) -> Option<RcuArc<Self>> {
        let flags = GFP_ATOMIC | __GFP_NOWARN;
        let mut len = 0_usize;
        if let Some((others, reader)) = others {
            // Those that have been taken out since are not to have room again.
            for _ in others.dests.values(reader) {
                len = len.wrapping_add(1);
            }
        }
        let capacity = match len {
            0 => 1,
            len => len.saturating_mul(2),
        };
        let dests = RcuVec::with_capacity(capacity, flags).ok()?;
        if let Some((others, reader)) = others {
            for other in others.dests.values(reader) {
                dests.push(other.get()?).ok()?;
            }
        }
        dests.push(dest).ok()?;
        RcuArc::new(Self { dests }, flags).ok()
    }

    /// The newest.
    fn first<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        self.dests.values(reader).next_back()
    }

    fn has(&self, dest: &Dest, reader: Reader<'_>) -> bool {
        let mut all = self.dests.values(reader);
        all.any(|other| core::ptr::eq(other.into_ref(), dest))
    }
}

/// What is remembered of an address.
struct Entry {
    nodes: Nodes<1>,
    addr: Addr,
    set: RcuCell<Set>,
    /// How many are in the set.
    size: Atomic<i32>,
    /// When the set was changed, and when it was asked for, in ticks.
    changed: Atomic<usize>,
    used: Atomic<usize>,
}

impl_hashed!(Entry { self.nodes }, 1);

/// The memory of a service.
#[pin_data]
pub(super) struct Cache {
    kind: Kind,
    /// So that nobody can aim at a chain: the timer goes through a whole one at once.
    key: hash::Key,
    entries: Table<Entry, 1, LOCKS>,
    /// How many of them there may be.
    quota: Arc<Quota>,
    /// Guards the sets.
    #[pin]
    writing: SpinLockBh<()>,
    /// Counts how often the timer went off.
    looks: Atomic<u32>,
    /// The chain at which the timer stopped.
    rover: Atomic<u32>,
    expirations: Arc<Expirations>,
    #[pin]
    timer: Timer<Self>,
}

impl_has_timer!(impl {} Cache { self.timer });

impl Cache {
    /// An empty memory.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn new(kind: Kind, expirations: &Arc<Expirations>) -> Result<RcuArc<Self>> {
        let quota = Arc::new(Quota::new(), GFP_KERNEL)?;
        quota.set_limit(locality::HARD_LIMIT as i32);
        let entries = Table::new(locality::BITS, quota.clone())?;
        let cache = RcuArc::pin_init(
            try_pin_init!(Self {
                kind: kind,
                key: random_key(),
                entries: entries,
                quota: quota,
                writing <- new_spinlock_bh!((), c"Cache::writing"),
                looks: Atomic::new(Looks::FIRST.get()),
                rover: Atomic::new(0),
                expirations: expirations.clone(),
                timer <- Timer::new(c"Cache::timer", kernel::static_lock_class!()),
            }? Error),
            GFP_KERNEL,
        )?;
        Self::arm(RcuArc::as_ref(&cache));
        Ok(cache)
    }

    fn arm(this: RcuRef<'_, Self>) {
        let next = jiffies().wrapping_add(secs_to_jiffies(locality::INTERVAL));
        Timer::modify(this, next);
    }

    /// After how many ticks what is not used is forgotten.
    fn expiration(&self) -> isize {
        let secs = match self.kind {
            Kind::Lblcr => self.expirations.lblcr.read_once(),
            _ => self.expirations.lblc.read_once(),
        };
        (secs as isize).wrapping_mul(HZ as isize)
    }

    fn hash(&self, addr: &Addr) -> u32 {
        let [w0, w1] = addr.to_words();
        self.key.hash2(w0, w1) as u32
    }

    /// What is remembered of `addr`; that counts as a use.
    pub(super) fn find<'rcu>(&self, addr: Addr, reader: Reader<'rcu>) -> Option<Found<'rcu>> {
        let found = self.peek(addr, reader)?;
        found.0.used.write_once(jiffies());
        Some(found)
    }

    /// The same without a use.
    pub(super) fn peek<'rcu>(&self, addr: Addr, reader: Reader<'rcu>) -> Option<Found<'rcu>> {
        let (entry, _) = self
            .entries
            .find(self.hash(&addr), reader, |entry, _| entry.addr == addr)?;
        Some(Found(entry))
    }

    /// Remembers `dest` for `addr` and, if that is known already, in place of (`lblc`) or beside
    /// (`lblcr`) what was remembered. Without memory or room it is not.
    pub(super) fn remember(&self, addr: Addr, dest: RcuRef<'_, Dest>, reader: Reader<'_>) {
        let hash = self.hash(&addr);
        let same = |entry: &Entry| entry.addr == addr;
        if let Some((entry, _)) = self.entries.find(hash, reader, |entry, _| same(entry)) {
            self.add(&entry, dest, reader);
            return;
        }
        if self.quota.is_full() {
            return;
        }
        let Some(set) = dest.get().and_then(|dest| Set::new(None, dest)) else {
            return;
        };
        let now = jiffies();
        let entry = Entry {
            nodes: Nodes::new(),
            addr,
            set: RcuCell::new(set),
            size: Atomic::new(1),
            changed: Atomic::new(now),
            used: Atomic::new(now),
        };
        if let Ok(entry) = RcuArc::new(entry, GFP_ATOMIC | __GFP_NOWARN) {
            // If another CPU was faster, what it found is as good.
            let _ = self.entries.insert(entry, [hash], reader, same);
        }
    }

    /// Remembers another destination in an entry.
    fn add(&self, entry: &Entry, dest: RcuRef<'_, Dest>, reader: Reader<'_>) {
        let size = entry.size.read_once();
        let set = entry.set.load(reader);
        if set.has(&dest, reader) {
            return;
        }
        let Some(new) = dest.get() else {
            return;
        };
        let others = match self.kind {
            Kind::Lblcr => Some((set.into_ref(), reader)),
            _ => None,
        };
        // Nothing is allocated under the lock, nor freed.
        let larger = match others.is_some() && set.dests.has_room() {
            true => None,
            false => Set::new(others, new.clone()),
        };
        let mut left = None;
        {
            let _lock = self.writing.lock();
            // Should another CPU have been faster, what it did stays.
            let is_current = core::ptr::eq(entry.set.load(reader).into_ref(), set.into_ref())
                && entry.size.read_once() == size;
            if !is_current || set.has(&dest, reader) {
                return;
            }
            match larger {
                Some(larger) => left = Some(entry.set.replace(larger)),
                None if others.is_none() || set.dests.push(new).is_err() => return,
                None => (),
            }
            if others.is_some() {
                entry.size.add(1, Relaxed);
            }
            entry.changed.write_once(jiffies());
        }
        drop(left);
    }

    /// Forgets one of several destinations if they have been the same for long: the most loaded.
    pub(super) fn trim(&self, found: &Found<'_>, reader: Reader<'_>) {
        let entry = found.0;
        let changed = entry.changed.read_once();
        if entry.size.read_once() <= 1
            || !locality::is_settled(jiffies(), changed, self.expiration())
        {
            return;
        }
        let mut left = None;
        {
            let _lock = self.writing.lock();
            let set = entry.set.load(reader);
            let list = set.dests.iter(reader).rev();
            let most = lblcr::most(list.map(|(slot, dest)| (slot, dest.into_ref())));
            if entry.size.read_once() > 1 {
                left = most.and_then(|slot| set.dests.take(slot));
            }
            if left.is_some() {
                entry.size.add(-1, Relaxed);
                entry.changed.write_once(jiffies());
            }
        }
        drop(left);
    }

    /// Forgets what was not used for so many ticks.
    fn forget_all(&self, now: Jiffies, period: isize, reader: Reader<'_>) {
        let mut position = Position::default();
        while let Some(entry) = self.entries.next(&mut position, reader) {
            if locality::is_idle(now, entry.used.read_once(), period) {
                self.entries.remove(&entry);
            }
        }
    }

    /// Forgets what was not used for a while, until that were `goal`.
    fn forget_some(&self, now: Jiffies, goal: usize, reader: Reader<'_>) {
        let period = secs_to_jiffies(locality::SHORT) as isize;
        let mut chain = self.rover.load(Relaxed);
        let mut left = goal;
        for _ in 0..1_u32 << locality::BITS {
            chain = locality::next_chain(chain);
            let mut position = Position::from_raw([locality::first_hash(chain) as usize, 0]);
            while let Some(entry) = self.entries.next(&mut position, reader) {
                let [hash, _] = position.into_raw();
                if locality::chain(hash as u32) != chain {
                    break;
                }
                if locality::is_idle(now, entry.used.read_once(), period) {
                    self.entries.remove(&entry);
                    left = left.saturating_sub(1);
                }
            }
            if left == 0 {
                break;
            }
        }
        self.rover.store(chain, Relaxed);
    }
}

impl TimerCallback for Cache {
    fn expired(this: &RcuArc<Self>) {
        let now = jiffies();
        let looks = Looks::from_number(this.looks.load(Relaxed));
        let (look, next) = looks.next(this.entries.len());
        this.looks.store(next.get(), Relaxed);
        let guard = read_lock();
        let reader = Reader::from(&guard);
        match look {
            Look::Nothing => (),
            Look::Some(goal) => this.forget_some(now, goal, reader),
            Look::All => this.forget_all(now, this.expiration(), reader),
        }
        Self::arm(RcuArc::as_ref(this));
    }
}

/// What is remembered of an address.
pub(super) struct Found<'rcu>(RcuRef<'rcu, Entry>);

impl<'rcu> Found<'rcu> {
    /// The destination that was remembered last.
    pub(super) fn first(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        self.0.set.load(reader).first(reader)
    }

    /// Of all that are remembered the one to be chosen.
    pub(super) fn least(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, Dest>> {
        let set = self.0.set.load(reader).into_ref();
        let list = set.dests.values(reader).rev();
        lblcr::least(list.map(|dest| (dest, dest.into_ref(), dest.is_available())))
    }
}
