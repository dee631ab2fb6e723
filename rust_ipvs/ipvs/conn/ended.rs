// SPDX-License-Identifier: GPL-2.0

//! Connections that have been ended by a reset. For a while, whoever sends a packet of one is told.
//!
//! A connection does not know the sequence numbers of its ends, but a packet of either says those of
//! both (`ipvs_core::reset`). So an ended connection leaves its table, with all that follows from
//! that, and leaves this behind, which is looked for only by packets that belong to no connection.
//! Both ends are asked for a packet at once; who has lost that one is told with his next.

use super::{
    super::{
        events::Events,
        family::Family,
        resizing::{
            Notice,
            Resizing,
            WhenEmpty, //
        },
    },
    table::{
        settle_bounds,
        ConnTable, //
    },
    Conn,
};
use ipvs_core::{
    flow::{
        Direction,
        Flow, //
    },
    reset::Control,
    uapi::event::TableKind, //
};
use kernel::{
    alloc::flags::__GFP_NOWARN,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        rcu,
        Arc, //
    },
    time::Jiffies,
};
use linux_ext::{
    impl_has_timer, impl_hashed,
    net::Net,
    random,
    sync::{
        access::AccessOnce,
        rcu::Reader,
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::{
            Nodes,
            Quota,
            Refused, //
        },
    },
    time::{
        ahead,
        jiffies,
        secs_to_jiffies, //
    },
    timer::{
        Timer,
        TimerCallback, //
    },
};

/// Ticks during which packets of an ended connection are answered.
const LINGER: Jiffies = secs_to_jiffies(60);

/// So many may be left, or who ends connections all the time during a flood would run out of memory. The
/// ends of further ones are not told.
const MOST: i32 = 1 << 20;

/// What is left of a connection that has been ended by a reset.
#[pin_data]
pub(crate) struct Ended<A: Family> {
    nodes: Nodes<2>,
    /// Packets of the client, as they come in.
    request: Flow<A>,
    /// Packets of the server, as they come in.
    reply: Flow<A>,
    /// When it is forgotten, in ticks.
    until: Jiffies,
    table: Arc<ConnTable<A>>,
    #[pin]
    timer: Timer<Self>,
}

impl_hashed!(impl {A: Family} Ended<A> { self.nodes }, 2);
impl_has_timer!(impl {A: Family} Ended<A> { self.timer });

impl<A: Family> Ended<A> {
    fn new(table: &Arc<ConnTable<A>>, conn: &Conn<A>) -> Result<RcuArc<Self>> {
        RcuArc::pin_init(
            try_pin_init!(Self {
                nodes: Nodes::new(),
                request: *conn.flow(),
                reply: conn.reply_flow(),
                until: jiffies().wrapping_add(LINGER),
                table: table.clone(),
                timer <- Timer::new(c"Ended::timer", kernel::static_lock_class!()),
            }? Error),
            GFP_ATOMIC | __GFP_NOWARN,
        )
    }

    /// Packets of the client, as they come in.
    pub(crate) fn request(&self) -> &Flow<A> {
        &self.request
    }

    /// Tells an end, named by the way of *its* packets.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub(crate) fn tell(&self, end: Direction, control: Control, net: &Net, reader: Reader<'_>) {
        let flow = match end {
            Direction::Original => self.request.reversed(),
            Direction::Reply => self.reply.reversed(),
        };
        // Who cannot be told now is told with his next packet.
        let _ = A::send_new(control.packet(&flow).as_bytes(), flow.dst, net, reader);
    }

    /// Has both ends send a packet.
    fn ask(&self, net: &Net, reader: Reader<'_>) {
        let question = Control::question(random::u64() as u32);
        self.tell(Direction::Original, question, net, reader);
        self.tell(Direction::Reply, question, net, reader);
    }
}

impl<A: Family> TimerCallback for Ended<A> {
    fn expired(this: &RcuArc<Self>) {
        if ahead(this.until, jiffies()) == 0 {
            this.table.ended().remove(this);
        } else {
            Timer::modify(RcuArc::as_ref(this), this.until);
        }
    }
}

/// Takes a connection out of its table, and has both ends told. Returns whether it was there;
/// `ENOMEM` means that it stays.
///
/// # Context
///
/// Softirq or process context.
pub(super) fn reset<A: Family>(table: &Arc<ConnTable<A>>, conn: &Conn<A>) -> Result<bool> {
    let ended = Ended::new(table, conn)?;
    let guard = rcu::read_lock();
    let reader = Reader::from(&guard);
    // Before it is gone: no packet of it meets neither of the two.
    let ended = table.ended().insert(table, ended, reader);
    if !table.remove(conn) {
        return Ok(false);
    }
    // Nobody is asked who may never have sent anything, as in a flood under false addresses.
    if let Some(ended) = ended.filter(|_| conn.tcp_state().is_open()) {
        table
            .tracker()
            .with_net(|net, reader| ended.ask(net, reader));
    }
    Ok(true)
}

/// So many locks guard the buckets.
const LOCKS: usize = 64;

/// The ended connections of one version of IP in a namespace.
pub(crate) struct EndedConns<A: Family> {
    /// How many there are, apart from the table: this is what packets without a connection look at.
    count: Atomic<i32>,
    resizing: Arc<Resizing<Ended<A>, 2, LOCKS>>,
}

impl<A: Family> EndedConns<A> {
    /// Makes an empty table of the smallest size, which is as full as `load_factor` says before it
    /// grows. `events` are told when the size changes.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn new(load_factor: i32, events: &Arc<Events>) -> Result<Self> {
        let notice = Notice::new(events, TableKind::ended(A::FAMILY));
        let when_empty = WhenEmpty::StartAnew;
        let quota = Arc::new(Quota::new(), GFP_KERNEL)?;
        quota.set_limit(MOST);
        let bounds = settle_bounds();
        Ok(Self {
            count: Atomic::new(0),
            resizing: Resizing::with_quota(bounds, load_factor, when_empty, quota, notice)?,
        })
    }

    /// Whether there are none.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.count.read_once() == 0
    }

    /// Finds the ended connection of a packet, and which way the packet goes. `hash` is that of
    /// [`ConnTable::hash`].
    pub(crate) fn find<'rcu>(
        &self,
        flow: &Flow<A>,
        hash: u32,
        reader: Reader<'rcu>,
    ) -> Option<(RcuRef<'rcu, Ended<A>>, Direction)> {
        let found =
            self.resizing.table.find(hash, reader, |ended, side| {
                match Conn::<A>::direction(side) {
                    Direction::Original => ended.request == *flow,
                    Direction::Reply => ended.reply == *flow,
                }
            });
        found.map(|(ended, side)| (ended, Conn::<A>::direction(side)))
    }

    fn insert<'rcu>(
        &self,
        table: &ConnTable<A>,
        ended: RcuArc<Ended<A>>,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, Ended<A>>> {
        let (request, reply) = (ended.request, ended.reply);
        let hashes = [table.hash(&request), table.hash(&reply)];
        let same = |other: &Ended<A>| other.request == request && other.reply == reply;
        self.count.add(1, Relaxed);
        match self.resizing.table.insert(ended, hashes, reader, same) {
            Ok(ended) => {
                Timer::modify(ended, ended.until);
                self.resizing.inserted();
                Some(ended)
            }
            Err(refused) => {
                self.count.add(-1, Relaxed);
                match refused {
                    Refused::Exists(other) => Some(other),
                    Refused::Full | Refused::Closed => None,
                }
            }
        }
    }

    fn remove(&self, ended: &Ended<A>) {
        if self.resizing.table.remove(ended) {
            self.count.add(-1, Relaxed);
            self.resizing.removed();
        }
    }

    /// Takes all out, lets none in any more, and leaves the size as it is.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn close(&self) {
        self.resizing.stop();
        self.resizing.table.close();
    }
}
