// SPDX-License-Identifier: GPL-2.0

//! Defences against floods, which are up always, never, or when memory is short.

use super::{
    conn::{
        table::ConnTable,
        template::Template,
        Conn,
        Conns, //
    },
    family::Family,
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use ipvs_core::{
    forgotten::{
        Forgotten,
        Standing,
        Suspicion,
        FEW_REQUESTS, //
    },
    setting::{
        drop_rate,
        Defence,
        Memory, //
    },
    wire::proto,
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc,
        Mutex, //
    },
    time::Jiffies,
    workqueue::{
        impl_has_delayed_work,
        new_delayed_work,
        DelayedWork,
        WorkItem, //
    },
};
use linux_ext::{
    memory::available_pages,
    sync::{
        access::AccessOnce,
        once_box::OnceBox, //
    },
    time::{
        secs_to_jiffies,
        to_millis, //
    },
    workqueue, //
};

/// Ticks between two looks at memory, as long as a defence depends on it.
const PERIOD: Jiffies = secs_to_jiffies(1);

fn suspect<A: Family>(conn: &Conn<A>) -> Suspicion {
    match conn.flow().proto {
        proto::TCP => Suspicion::of_tcp(conn.tcp_state()),
        proto::SCTP => Suspicion::of_sctp(conn.sctp_state()),
        _ => Suspicion::IfForgotten,
    }
}

fn suspect_template<A: Family>(template: &Template<A>) -> Suspicion {
    Suspicion::of_template(Standing {
        has_conns: template.has_conns(),
        is_one_packet: template.is_one_packet(),
        is_assured: template.is_assured(),
    })
}

/// The defences.
#[derive(Clone, Copy)]
pub(crate) struct Modes {
    /// `drop_entry`: connections that look idle are dropped.
    pub(crate) drop_entry: Defence,
    /// `drop_packet`: some first packets of connections are dropped.
    pub(crate) drop_packet: Defence,
    /// `secure_tcp`: TCP connections have to prove themselves.
    pub(crate) secure_tcp: Defence,
}

impl Modes {
    /// Whether there is something to do now and then.
    fn is_any_busy(&self) -> bool {
        self.is_any_auto() || self.drop_entry.is_up()
    }

    /// Whether memory has to be looked at now and then.
    fn is_any_auto(&self) -> bool {
        self.drop_entry.is_auto() || self.drop_packet.is_auto() || self.secure_tcp.is_auto()
    }
}

/// The defences of a namespace, and what packets have to know of them.
#[pin_data]
pub(crate) struct Defences {
    #[pin]
    modes: Mutex<Modes>,
    /// Pages below which memory is short.
    pub(crate) amemthresh: Atomic<i32>,
    /// One of so many first packets is dropped by `drop_packet=3`.
    pub(crate) am_droprate: Atomic<i32>,
    /// One of so many first packets is dropped; 0 is none.
    drop_rate: Atomic<i32>,
    /// First packets before the next one is dropped.
    countdown: Atomic<i32>,
    /// Whether TCP connections have to prove themselves.
    secure_tcp: Atomic<i32>,
    /// The connections, once there is a table of them.
    conns4: OnceBox<Arc<ConnTable<Ipv4Addr>>>,
    conns6: OnceBox<Arc<ConnTable<Ipv6Addr>>>,
    /// See [`Forgotten::draw`]. Changed by the work alone.
    left: [Atomic<u32>; FEW_REQUESTS as usize],
    #[pin]
    work: DelayedWork<Self>,
}

impl_has_delayed_work! {
    impl HasDelayedWork<Self> for Defences { self.work }
}

impl Defences {
    /// No defence is up.
    pub(crate) fn new() -> Result<Arc<Self>> {
        let off = Modes {
            drop_entry: Defence::Off,
            drop_packet: Defence::Off,
            secure_tcp: Defence::Off,
        };
        Arc::pin_init(
            pin_init!(Self {
                modes <- new_mutex!(off, "Defences::modes"),
                amemthresh: Atomic::new(1024),
                am_droprate: Atomic::new(10),
                drop_rate: Atomic::new(0),
                countdown: Atomic::new(0),
                secure_tcp: Atomic::new(0),
                conns4: OnceBox::new(),
                conns6: OnceBox::new(),
                left: [const { Atomic::new(0) }; FEW_REQUESTS as usize],
                work <- new_delayed_work!("Defences::work"),
            }),
            GFP_KERNEL,
        )
    }

    /// Says what is to be defended: the tables that there are. To be told again when there is another.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn guard(&self, conns: &Conns) -> Result {
        // Where there is one already, it is this.
        let _ = self.conns4.set(KBox::new(conns.v4().clone(), GFP_KERNEL)?);
        if let Some(v6) = conns.v6() {
            let _ = self.conns6.set(KBox::new(v6.clone(), GFP_KERNEL)?);
        }
        Ok(())
    }

    /// Drops some connections that look as if nobody used them.
    fn drop_entries(&self) {
        if let Some(conns) = self.conns4.get() {
            conns.retain_some(|conn| !self.is_victim(conn), |it| !self.is_dispensable(it));
        }
        if let Some(conns) = self.conns6.get() {
            conns.retain_some(|conn| !self.is_victim(conn), |it| !self.is_dispensable(it));
        }
    }

    fn is_victim<A: Family>(&self, conn: &Conn<A>) -> bool {
        self.is_dropped(suspect(conn), || {
            Forgotten::new(to_millis(conn.idle_time()), conn.requests())
        })
    }

    fn is_dispensable<A: Family>(&self, template: &Template<A>) -> bool {
        self.is_dropped(suspect_template(template), || {
            Forgotten::new(to_millis(template.idle_time()), template.requests())
        })
    }

    fn is_dropped(
        &self,
        suspicion: Suspicion,
        forgotten: impl FnOnce() -> Option<Forgotten>,
    ) -> bool {
        match suspicion {
            Suspicion::None => false,
            Suspicion::IfForgotten => forgotten().is_some_and(|it| self.is_drawn(it)),
            Suspicion::Certain => true,
        }
    }

    fn is_drawn(&self, forgotten: Forgotten) -> bool {
        let Some(left) = self.left.get(forgotten.kind()) else {
            return false;
        };
        let (is_dropped, now) = forgotten.draw(left.read_once());
        left.write_once(now);
        is_dropped
    }

    /// The defences as they are now.
    pub(crate) fn modes(&self) -> Modes {
        *self.modes.lock()
    }

    /// Changes the defences by `change`, and looks at memory: at once, and then as long as one
    /// depends on it.
    pub(crate) fn change(self: &Arc<Self>, change: impl FnOnce(&mut Modes)) {
        let mut modes = self.modes.lock();
        change(&mut modes);
        self.observe(&mut modes);
        if modes.is_any_busy() {
            workqueue::queue(self, PERIOD);
        }
    }

    /// Looks at memory no more. For the end of the namespace.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn stop(self: &Arc<Self>) {
        workqueue::stop(self);
    }

    /// Looks at memory, and raises or lowers defences.
    fn observe(&self, modes: &mut Modes) {
        let memory = Memory {
            available: available_pages(),
            threshold: self.amemthresh.read_once(),
        };
        let is_short = memory.is_short();
        modes.drop_entry = modes.drop_entry.observe(is_short);
        modes.drop_packet = modes.drop_packet.observe(is_short);
        modes.secure_tcp = modes.secure_tcp.observe(is_short);

        let rate = drop_rate(modes.drop_packet, &memory, self.am_droprate.read_once());
        if modes.drop_packet == Defence::AutoUp {
            self.countdown.store(rate, Relaxed);
        }
        self.drop_rate.store(rate, Relaxed);
        self.secure_tcp
            .store(modes.secure_tcp.is_up().into(), Relaxed);
    }

    /// One of so many first packets of connections is dropped; 0 for none.
    pub(crate) fn drop_rate(&self) -> u32 {
        self.drop_rate.read_once().max(0) as u32
    }

    /// Whether this first packet of a connection is to be dropped. Each call counts as one.
    #[inline]
    pub(crate) fn drops_packet(&self) -> bool {
        let rate = self.drop_rate.read_once();
        rate != 0 && self.count_down(rate)
    }

    #[cold]
    fn count_down(&self, rate: i32) -> bool {
        if self.countdown.fetch_sub(1, Relaxed) > 1 {
            return false;
        }
        self.countdown.store(rate, Relaxed);
        true
    }

    /// Whether TCP connections have to prove themselves.
    #[inline]
    pub(crate) fn is_tcp_secured(&self) -> bool {
        self.secure_tcp.read_once() != 0
    }
}

impl WorkItem for Defences {
    type Pointer = Arc<Self>;

    fn run(this: Arc<Self>) {
        this.change(|_| ());
        if this.modes().drop_entry.is_up() {
            this.drop_entries();
        }
    }
}
