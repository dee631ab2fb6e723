// SPDX-License-Identifier: GPL-2.0

//! Defences against floods, which are up always, never, or when memory is short.

use ipvs_core::setting::{
    drop_rate,
    Defence,
    Memory, //
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
    sync::access::AccessOnce,
    time::secs_to_jiffies,
    workqueue, //
};

/// Ticks between two looks at memory, as long as a defence depends on it.
const PERIOD: Jiffies = secs_to_jiffies(1);

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
                work <- new_delayed_work!("Defences::work"),
            }),
            GFP_KERNEL,
        )
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
        if modes.is_any_auto() {
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
    }
}
