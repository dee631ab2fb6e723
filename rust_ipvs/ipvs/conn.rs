// SPDX-License-Identifier: GPL-2.0

//! Connections.

mod all;
pub(crate) mod ended;
mod requests;
mod sweep;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod tracking;

use super::{
    family::Family,
    service::dest::{
        Binding,
        Dest, //
    },
};
use all::Summary;
pub(crate) use all::{
    AnyConn,
    ConnPlace,
    Conns, //
};
use ipvs_core::{
    addr::Endpoint,
    byteorder::Be16,
    conn::{
        flag,
        Method, //
    },
    csum::Delta,
    flow::{
        Direction,
        Flow, //
    },
    proto::{
        sctp,
        state_name,
        tcp,
        NEW_TIMEOUT, //
    },
    uapi::conn::{
        ConnView,
        Traffic, //
    },
    wire::proto,
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
        rcu_arc::{
            RcuArc,
            RcuRef, //
        },
        rcu_table::Nodes,
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
use requests::Requests;
use table::ConnTable;
use template::{
    Control,
    Template, //
};
use tracking::Tracking;

/// What a rewriting of addresses and ports does to checksums.
#[derive(Clone, Copy)]
pub(crate) struct Deltas {
    /// To that of the IP header and to the pseudo header.
    pub(crate) addrs: Delta,
    /// To that of TCP or UDP.
    pub(crate) all: Delta,
}

/// Whether the server was heard.
#[derive(Clone, Copy)]
#[repr(i8)]
enum Heard {
    /// A packet of it was seen.
    Yes,
    /// None was, nor is one expected.
    OneWay,
    /// None was, but it should answer.
    Awaited,
}

/// What the ends of a connection are told when it is ended before its time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// Nothing.
    Silent,
    /// A RST of TCP for each of both, where [`Conn::is_resettable`].
    Reset,
}

/// What a connection counts at, until it is released.
struct Ties<A: Family> {
    binding: Binding,
    controller: Option<RcuArc<Template<A>>>,
}

impl<A: Family> Ties<A> {
    fn release(&self) {
        if self.binding.release() {
            if let Some(template) = &self.controller {
                template.let_go();
            }
        }
    }
}

impl<A: Family> Drop for Ties<A> {
    fn drop(&mut self) {
        self.release();
    }
}

/// A connection.
#[pin_data]
pub(crate) struct Conn<A: Family> {
    nodes: Nodes<2>,
    /// Packets of the client, as they come in.
    flow: Flow<A>,
    /// How requests get to the server; `None` if they do not.
    method: Option<Method>,
    /// State of the protocol.
    state: Atomic<i32>,
    /// A [`Heard`].
    heard: Atomic<i8>,
    /// The real server; of use only with [`Method::Masq`].
    pub(crate) raddr: A,
    pub(crate) rport: Be16,
    /// A [`Tracking`].
    tracking: Atomic<i32>,
    requests: Requests,
    /// From the virtual service to the real server.
    pub(crate) request: Deltas,
    /// From the real server to the virtual service.
    pub(crate) reply: Deltas,
    /// Ticks after the last packet at which it expires.
    timeout: Atomic<u32>,
    /// When the last packet came, in ticks.
    last_seen: Atomic<usize>,
    ties: Ties<A>,
    table: Arc<ConnTable<A>>,
    #[pin]
    timer: Timer<Self>,
}

impl_hashed!(impl {A: Family} Conn<A> { self.nodes }, 2);
impl_has_timer!(impl {A: Family} Conn<A> { self.timer });

impl<A: Family> Conn<A> {
    /// Makes a connection of packets `flow` to port `rport` of `dest`, under `control`. It is in no table and has no timer.
    ///
    /// # Context
    ///
    /// Does not sleep. `ENOMEM` is the only error.
    pub(crate) fn new(
        table: &Arc<ConnTable<A>>,
        flow: Flow<A>,
        method: Option<Method>,
        dest: RcuArc<Dest>,
        rport: Be16,
        control: Control<A>,
        tracking: Tracking,
    ) -> Result<RcuArc<Self>> {
        // One of the other family is reached through a tunnel, or not at all.
        let raddr = A::from_addr(dest.key().addr).unwrap_or(A::UNSPECIFIED);
        let heard = match method {
            Some(Method::Masq) => Heard::Awaited,
            _ => Heard::OneWay,
        };
        RcuArc::pin_init(
            try_pin_init!(Self {
                nodes: Nodes::new(),
                flow,
                method,
                state: Atomic::new(0),
                heard: Atomic::new(heard as i8),
                tracking: Atomic::new(tracking as i32),
                requests: Requests::new(jiffies()),
                raddr,
                rport,
                request: deltas(flow.dst, flow.dport, *raddr, *rport),
                reply: deltas(*raddr, *rport, flow.dst, flow.dport),
                timeout: Atomic::new(secs_to_jiffies(NEW_TIMEOUT) as u32),
                last_seen: Atomic::new(jiffies()),
                ties: Ties {
                    binding: Binding::new(dest),
                    controller: control.take(),
                },
                table: table.clone(),
                timer <- Timer::new(c"Conn::timer", kernel::static_lock_class!()),
            }? Error),
            GFP_ATOMIC | __GFP_NOWARN,
        )
    }

    /// Packets of the client, as they come in.
    #[inline]
    pub(crate) fn flow(&self) -> &Flow<A> {
        &self.flow
    }

    /// Packets of the server, as they come in: it answers with its own address only if it got the
    /// requests at that address.
    #[inline]
    pub(crate) fn reply_flow(&self) -> Flow<A> {
        if self.method != Some(Method::Masq) {
            return self.flow.reversed();
        }
        Flow {
            src: self.raddr,
            dst: self.flow.src,
            sport: self.rport,
            dport: self.flow.sport,
            proto: self.flow.proto,
        }
    }

    /// How requests get to the server; `None` if they do not.
    #[inline]
    pub(crate) fn method(&self) -> Option<Method> {
        self.method
    }

    /// The server, and the port that it is asked at.
    pub(crate) fn server(&self) -> Endpoint {
        Endpoint::new(self.dest().key().addr, self.rport)
    }

    /// Whether no packet of the server is expected, nor has come.
    #[inline]
    pub(crate) fn is_one_way(&self) -> bool {
        self.heard.read_once() == Heard::OneWay as i8
    }

    /// Whether a packet of the server was seen, as far as somebody has said so.
    #[inline]
    pub(crate) fn is_heard(&self) -> bool {
        self.heard.read_once() == Heard::Yes as i8
    }

    /// Says that a packet of the server was seen. `agrees` says whether it agrees to the connection, if it is
    /// the first.
    #[cold]
    #[inline(never)]
    pub(crate) fn set_heard(&self, agrees: bool) {
        // If two CPUs do so at the same time, it counts twice: both were the first.
        if self.heard.read_once() == Heard::Awaited as i8 && agrees {
            let age = self.requests.age(jiffies());
            self.dest().answers.count_handshake(age);
        }
        self.heard.write_once(Heard::Yes as i8);
    }

    /// What becomes of the conntrack entries of its packets.
    #[inline]
    pub(crate) fn tracking(&self) -> Tracking {
        Tracking::from_i32(self.tracking.read_once())
    }

    /// Says that conntrack entries are none of its affair any more.
    #[cold]
    pub(crate) fn forget_tracking(&self) {
        self.tracking.write_once(Tracking::Off as i32);
    }

    /// Counts a packet of the client.
    #[inline]
    pub(crate) fn count_request(&self) {
        self.requests.count();
    }

    /// Counts the only packet of the client at the template, if there is one: the connection is gone
    /// before somebody asks.
    pub(crate) fn count_only_request(&self) {
        if let Some(template) = self.controller() {
            template.count_request();
        }
    }

    /// Packets of the client; if they are more than
    /// [few](ipvs_core::forgotten::FEW_REQUESTS), then one more than that.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// Ticks since the last packet.
    pub(crate) fn idle_time(&self) -> Jiffies {
        ahead(jiffies(), self.last_seen.read_once())
    }

    #[inline]
    pub(crate) fn dest(&self) -> &Dest {
        self.ties.binding.dest()
    }

    /// The template that it was made by.
    #[inline]
    pub(crate) fn controller(&self) -> Option<&Template<A>> {
        self.ties.controller.as_deref()
    }

    /// Lets the template know, if there is one, that this is no connection that nobody answers.
    #[inline]
    pub(crate) fn assure(&self) {
        if let Some(template) = self.controller() {
            template.assure();
        }
    }

    /// The state of the protocol, as a number.
    #[inline]
    pub(crate) fn state(&self) -> u8 {
        self.state.read_once() as u8
    }

    /// The state of a TCP connection.
    #[inline]
    pub(crate) fn tcp_state(&self) -> tcp::State {
        tcp::State::from_u8(self.state()).unwrap_or(tcp::State::Close)
    }

    /// The state of an SCTP connection.
    pub(crate) fn sctp_state(&self) -> sctp::State {
        sctp::State::from_u8(self.state()).unwrap_or(sctp::State::Closed)
    }

    /// Goes from one state to another. Returns whether it was this packet that did it.
    pub(crate) fn change_state(&self, from: u8, to: u8) -> bool {
        self.state.cmpxchg(from.into(), to.into(), Full).is_ok()
    }

    /// Counts the connection as active or not.
    pub(crate) fn set_active(&self, active: bool) {
        self.ties.binding.set_active(active);
    }

    /// Counts the connection no longer: it has left the table.
    pub(crate) fn release(&self) {
        self.ties.release();
    }

    /// Says that a packet was seen.
    #[inline]
    pub(crate) fn touch(&self, now: Jiffies) {
        // One store per tick, not per packet: the line stays shared between CPUs otherwise.
        if self.last_seen.read_once() != now {
            self.last_seen.write_once(now);
        }
    }

    /// Whether this is how long it lives after its last packet.
    #[inline]
    pub(crate) fn has_timeout(&self, timeout: Jiffies) -> bool {
        self.timeout.read_once() as Jiffies == timeout
    }

    /// Sets how long it lives after its last packet. Returns whether that is shorter than before,
    /// so that the timer may be late.
    #[inline]
    pub(crate) fn set_timeout(&self, timeout: Jiffies) -> bool {
        let new = u32::try_from(timeout).unwrap_or(u32::MAX);
        let old = self.timeout.read_once();
        if old == new {
            return false;
        }
        self.timeout.write_once(new);
        new < old
    }

    /// When it expires if no further packet comes.
    #[inline]
    fn deadline(&self) -> Jiffies {
        self.last_seen
            .read_once()
            .wrapping_add(self.timeout.read_once() as Jiffies)
    }

    /// Ticks until it expires.
    pub(crate) fn remaining(&self) -> Jiffies {
        ahead(self.deadline(), jiffies())
    }

    /// What a listing shows.
    fn summary(&self) -> Summary {
        let flow = self.flow();
        Summary {
            proto: flow.proto,
            client: Endpoint::new(flow.src.into(), flow.sport),
            service: Endpoint::new(flow.dst.into(), flow.dport),
            server: self.server(),
            state: state_name(flow.proto, self.state()),
            remaining: self.remaining(),
        }
    }

    /// What is told of it by netlink.
    fn view(&self) -> ConnView {
        let Summary {
            proto,
            client,
            service,
            server,
            state,
            remaining,
        } = self.summary();
        ConnView {
            proto,
            client,
            addressed: service,
            server,
            service: self.dest().service(),
            method: self.method.map_or(flag::FWD_MASK, Method::bits),
            state,
            idle: to_millis(self.idle_time()),
            expires: to_millis(remaining),
            is_template: false,
        }
    }

    /// What connection tracking has counted of it, if it does.
    fn traffic(&self) -> Traffic {
        if self.tracking() != Tracking::Full {
            return Traffic::default();
        }
        let counters = tracking::counters(self.table.tracker(), &self.flow);
        Traffic {
            from_client: counters.counts.map(|[client, _]| client),
            // Where servers answer by themselves nobody has seen what they say.
            from_server: counters
                .counts
                .filter(|_| self.method == Some(Method::Masq))
                .map(|[_, server]| server),
            age: counters.age.map(|nanos| nanos / 1_000_000),
        }
    }

    /// Takes it out of its table, as expiry does. Returns whether that had not been done yet; `ENOMEM`
    /// means that it stays.
    pub(crate) fn end(&self, farewell: Farewell) -> Result<bool> {
        match farewell {
            Farewell::Reset if self.is_resettable() => ended::reset(&self.table, self),
            _ => Ok(self.table.remove(self)),
        }
    }

    /// Whether its ends can be told that it is over: packets of both pass here, and TCP has a way to.
    pub(crate) fn is_resettable(&self) -> bool {
        self.method == Some(Method::Masq) && self.flow.proto == proto::TCP
    }

    /// Arms the timer for when it expires as of now. Later packets do not touch it.
    pub(crate) fn arm(this: RcuRef<'_, Self>) {
        let mut deadline = this.deadline();
        loop {
            Timer::modify(this, deadline);
            // Another CPU may have made the lifetime shorter since it was read, and have armed the timer
            // before us. If it does so later, its time is the one that counts.
            let next = this.deadline();
            if ahead(deadline, next) == 0 {
                return;
            }
            deadline = next;
        }
    }

    /// Which way a packet that was found by node number `side` goes.
    #[inline]
    pub(crate) fn direction(side: usize) -> Direction {
        match side {
            0 => Direction::Original,
            _ => Direction::Reply,
        }
    }
}

impl<A: Family> TimerCallback for Conn<A> {
    fn expired(this: &RcuArc<Self>) {
        if this.remaining() == 0 {
            this.table.remove(this);
        } else {
            Self::arm(RcuArc::as_ref(this));
        }
    }
}

fn deltas<A: Family>(old: A, old_port: Be16, new: A, new_port: Be16) -> Deltas {
    let addrs = A::change(Delta::new(), old, new);
    Deltas {
        addrs,
        all: addrs.change2(old_port, new_port),
    }
}
