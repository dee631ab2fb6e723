// SPDX-License-Identifier: GPL-2.0

//! Templates: what remembers for a while which server clients of a persistent service are sent to.
//!
//! No packet belongs to a template, so templates are not where connections are found. A connection
//! that was made by one is *controlled* by it; as long as there are such, the template stays.

use super::{
    super::{
        events::Events,
        family::Family,
        resizing::{
            random_key,
            Notice,
            Resizing,
            Shape,
            WhenEmpty, //
        },
        service::dest::{
            Dest,
            Lease, //
        },
    },
    all::Summary,
    requests::Requests,
    sweep::sweep,
    table::settle_bounds,
};
use ipvs_core::{
    addr::Endpoint,
    byteorder::Be16,
    conn::{
        flag,
        Method, //
    },
    flow::Flow,
    hash,
    proto::template_state_name,
    uapi::{
        conn::ConnView,
        event::TableKind, //
    },
};
use kernel::{
    alloc::flags::__GFP_NOWARN,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Full, //
        },
        Arc, //
    },
    time::Jiffies,
};
use linux_ext::{
    impl_has_timer, impl_hashed,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::{
            Nodes,
            Position,
            Quota,
            Refused, //
        },
    },
    time::{
        ahead,
        jiffies,
        secs_to_jiffies,
        to_millis, //
    },
    timer::{
        Timer,
        TimerCallback, //
    },
};

/// Ticks that a template stays which would expire but controls connections; and from then on after
/// each new connection.
const WITH_CONNS: Jiffies = secs_to_jiffies(60);

/// The number of controlled connections of a template that takes none any more.
const DEAD: i32 = -1;

/// The port that a listing shows for one that is not used any more.
const INVALID_PORT: Be16 = Be16::from_host(0xffff);

/// A template.
#[pin_data]
pub(crate) struct Template<A: Family> {
    nodes: Nodes<1>,
    /// What connections it is for; see [`ipvs_core::persist::Persistence::key`].
    key: Flow<A>,
    /// The port of the server that is shown.
    port: Be16,
    /// Whether the service makes connections of one packet.
    is_one_packet: bool,
    /// Whether one of its connections was seen to be established.
    assured: Atomic<bool>,
    /// Packets of connections of one packet.
    requests: Requests,
    /// Whether no further connection is to be made by it.
    invalid: Atomic<bool>,
    /// Connections that it controls, or [`DEAD`].
    controlled: Atomic<i32>,
    /// Ticks after the last new connection at which it expires.
    timeout: Atomic<u32>,
    /// When it was last asked for a new connection, in ticks.
    last_used: Atomic<usize>,
    lease: Lease,
    table: Arc<Templates<A>>,
    #[pin]
    timer: Timer<Self>,
}

impl_hashed!(impl {A: Family} Template<A> { self.nodes }, 1);
impl_has_timer!(impl {A: Family} Template<A> { self.timer });

/// What the service says about the template that a connection makes.
pub(crate) struct Terms {
    /// The port of the server that is shown.
    pub(crate) port: Be16,
    /// Ticks after the last new connection at which it expires.
    pub(crate) timeout: u32,
    /// Whether the service makes connections of one packet.
    pub(crate) is_one_packet: bool,
}

impl<A: Family> Template<A> {
    /// Makes a template for connections `key` to `dest`. It is in no table and has no timer.
    ///
    /// # Context
    ///
    /// Does not sleep. `ENOMEM` is the only error.
    pub(crate) fn new(
        table: &Arc<Templates<A>>,
        key: Flow<A>,
        terms: Terms,
        dest: RcuArc<Dest>,
    ) -> Result<RcuArc<Self>> {
        RcuArc::pin_init(
            try_pin_init!(Self {
                nodes: Nodes::new(),
                key,
                port: terms.port,
                is_one_packet: terms.is_one_packet,
                assured: Atomic::new(false),
                requests: Requests::new(jiffies()),
                invalid: Atomic::new(false),
                controlled: Atomic::new(0),
                timeout: Atomic::new(terms.timeout),
                last_used: Atomic::new(jiffies()),
                lease: Lease::new(dest),
                table: table.clone(),
                timer <- Timer::new(c"Template::timer", kernel::static_lock_class!()),
            }? Error),
            GFP_ATOMIC | __GFP_NOWARN,
        )
    }

    /// Where its connections go.
    pub(crate) fn dest<'rcu>(this: RcuRef<'rcu, Self>) -> RcuRef<'rcu, Dest> {
        RcuArc::as_ref(this.into_ref().lease.dest())
    }

    /// Takes control of a connection that is about to be made, which prolongs its life. `None` if it
    /// is just expiring.
    pub(crate) fn control(this: RcuRef<'_, Self>) -> Option<Control<A>> {
        let template = this.get()?;
        let mut old = template.controlled.read_once();
        while old != DEAD {
            match template.controlled.cmpxchg(old, old.wrapping_add(1), Full) {
                Ok(_) => {
                    template.last_used.write_once(jiffies());
                    return Some(Control(Some(template)));
                }
                Err(now) => old = now,
            }
        }
        None
    }

    /// Controls a connection no longer: it is gone.
    pub(super) fn let_go(&self) {
        self.controlled.fetch_sub(1, Full);
    }

    /// Says that one of its connections was seen to be established.
    #[inline]
    pub(super) fn assure(&self) {
        if !self.is_assured() {
            self.assured.write_once(true);
        }
    }

    /// Has no further connection made by it. It expires as if nothing had been asked of it.
    pub(crate) fn invalidate(&self) {
        self.invalid.write_once(true);
    }

    /// Whether its connections go to `dest`.
    pub(super) fn leads_to(&self, dest: &Dest) -> bool {
        core::ptr::eq::<Dest>(&**self.lease.dest(), dest)
    }

    /// Whether connections that are wanted may be made by it.
    fn is_valid(&self) -> bool {
        !self.invalid.read_once()
    }

    /// Where its connections go.
    pub(super) fn server(&self) -> &Dest {
        self.lease.dest()
    }

    /// Counts the packet of a connection of one packet.
    pub(super) fn count_request(&self) {
        self.requests.count();
    }

    /// Packets of connections of one packet; if they are more than
    /// [few](ipvs_core::forgotten::FEW_REQUESTS), then one more than that.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// Ticks since it was last asked for a new connection.
    pub(crate) fn idle_time(&self) -> Jiffies {
        ahead(jiffies(), self.last_used.read_once())
    }

    /// Whether the service makes connections of one packet, which are over before they could tell
    /// anything.
    pub(crate) fn is_one_packet(&self) -> bool {
        self.is_one_packet
    }

    /// Whether one of its connections was seen to be established.
    pub(crate) fn is_assured(&self) -> bool {
        self.assured.read_once()
    }

    /// Whether there are connections that it controls.
    pub(crate) fn has_conns(&self) -> bool {
        self.controlled.read_once() > 0
    }

    fn deadline(&self) -> Jiffies {
        self.last_used
            .read_once()
            .wrapping_add(self.timeout.read_once() as Jiffies)
    }

    /// Ticks until it expires.
    fn remaining(&self) -> Jiffies {
        ahead(self.deadline(), jiffies())
    }

    /// Takes it out of its table, unless it controls a connection.
    pub(super) fn expire(&self) -> bool {
        self.table.remove(self)
    }

    /// As [`Template::expire`], unless a connection of it was seen to be established.
    pub(super) fn expire_unassured(&self) {
        if !self.is_assured() {
            self.expire();
        }
    }

    /// What a listing shows.
    pub(super) fn summary(&self) -> Summary {
        let port = match self.is_valid() {
            true => self.port,
            false => INVALID_PORT,
        };
        Summary {
            proto: self.key.proto,
            client: Endpoint::new(self.key.src.into(), self.key.sport),
            service: Endpoint::new(self.key.dst.into(), self.key.dport),
            server: Endpoint::new(self.lease.dest().key().addr, port),
            state: template_state_name(self.is_assured().into()),
            remaining: self.remaining(),
        }
    }
}

impl<A: Family> Template<A> {
    /// What is told of it by netlink.
    pub(super) fn view(&self) -> ConnView {
        let Summary {
            proto,
            client,
            service,
            server,
            state,
            remaining,
        } = self.summary();
        let dest = self.lease.dest();
        ConnView {
            proto,
            client,
            addressed: service,
            server,
            service: dest.service(),
            method: dest.method().map_or(flag::FWD_MASK, Method::bits),
            state,
            idle: to_millis(self.idle_time()),
            expires: to_millis(remaining),
            is_template: true,
        }
    }
}

impl<A: Family> TimerCallback for Template<A> {
    fn expired(this: &RcuArc<Self>) {
        if this.remaining() == 0 {
            if this.expire() || this.controlled.read_once() == DEAD {
                return;
            }
            this.timeout.write_once(WITH_CONNS as u32);
            this.last_used.write_once(jiffies());
        }
        Timer::modify(RcuArc::as_ref(this), this.deadline());
    }
}

/// That a template, if there is one, controls a connection that is not made yet.
pub(crate) struct Control<A: Family>(Option<RcuArc<Template<A>>>);

impl<A: Family> Control<A> {
    /// Nothing controls it.
    pub(crate) const NONE: Self = Self(None);

    /// The template, which whoever has it now has to [let go](Template::let_go).
    pub(super) fn take(mut self) -> Option<RcuArc<Template<A>>> {
        self.0.take()
    }
}

impl<A: Family> Drop for Control<A> {
    fn drop(&mut self) {
        if let Some(template) = &self.0 {
            template.let_go();
        }
    }
}

/// So many locks guard the buckets.
const LOCKS: usize = 64;

/// The templates of one version of IP in a namespace.
pub(crate) struct Templates<A: Family> {
    resizing: Arc<Resizing<Template<A>, 1, LOCKS>>,
    key: hash::Key,
}

impl<A: Family> Templates<A> {
    /// Makes an empty table of the smallest size. Arguments are as those of a table of connections.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn new(load_factor: i32, quota: Arc<Quota>, events: &Arc<Events>) -> Result<Self> {
        let notice = Notice::new(events, TableKind::templates(A::FAMILY));
        let shrink = WhenEmpty::Shrink;
        let resizing = Resizing::with_quota(settle_bounds(), load_factor, shrink, quota, notice)?;
        Ok(Self {
            resizing,
            key: random_key(),
        })
    }

    pub(super) fn shape(&self, pause: impl Fn()) -> Shape {
        self.resizing.shape(pause)
    }

    pub(super) fn set_load_factor(&self, load_factor: i32) {
        self.resizing.set_load_factor(load_factor);
    }

    /// Finds the template for connections `key`, unless it is not to be used any more.
    pub(crate) fn find<'rcu>(
        &self,
        key: &Flow<A>,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Template<A>>> {
        let eq = |template: &Template<A>, _| template.key == *key && template.is_valid();
        let found = self.resizing.table.find(key.hash(&self.key), reader, eq);
        found.map(|(template, _)| template)
    }

    /// Puts a template in, starts its timer, and has it control a connection. If another CPU was
    /// faster with the same key, its template is used. `None` if there are as many as may be, or the
    /// namespace is going.
    pub(crate) fn insert<'rcu>(
        &self,
        template: RcuArc<Template<A>>,
        reader: Reader<'rcu>,
    ) -> Option<(RcuRef<'rcu, Template<A>>, Control<A>)> {
        let key = template.key;
        // Before its timer can go off.
        let control = Template::control(RcuArc::as_ref(&template))?;
        let same = |other: &Template<A>| {
            other.key == key && other.is_valid() && other.controlled.read_once() != DEAD
        };
        match self
            .resizing
            .table
            .insert(template, [key.hash(&self.key)], reader, same)
        {
            Ok(template) => {
                Timer::modify(template, template.deadline());
                self.resizing.inserted();
                Some((template, control))
            }
            Err(Refused::Exists(other)) => Template::control(other).map(|control| (other, control)),
            Err(Refused::Full | Refused::Closed) => None,
        }
    }

    /// Takes a template out, unless it controls a connection or is out already.
    fn remove(&self, template: &Template<A>) -> bool {
        if template.controlled.cmpxchg(0, DEAD, Full).is_err() {
            return false;
        }
        if self.resizing.table.remove(template) {
            template.lease.release();
            self.resizing.removed();
        }
        true
    }

    /// Takes those templates out that `keep` says no of and that control no connection.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn retain(&self, keep: impl Fn(&Template<A>) -> bool) {
        self.retain_from(Position::default(), usize::MAX, keep);
    }

    /// As [`Self::retain`], from a position on up to a hash.
    pub(super) fn retain_from(
        &self,
        position: Position,
        end: usize,
        keep: impl Fn(&Template<A>) -> bool,
    ) {
        sweep(&self.resizing.table, position, end, |template| {
            if !keep(template) {
                self.remove(template);
            }
        });
    }

    /// The template after `position`, in no particular order.
    pub(super) fn next<'rcu>(
        &self,
        position: &mut Position,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Template<A>>> {
        self.resizing.table.next(position, reader)
    }

    /// Takes all templates out, lets none in any more, and leaves the size as it is.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn close(&self) {
        self.resizing.stop();
        self.resizing.table.close();
    }
}
