// SPDX-License-Identifier: GPL-2.0

//! Defences against floods, which are up always, never, or when memory is short.

use super::config::Config;
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
        Mutex, //
    },
};
use linux_ext::{
    memory::available_pages,
    sync::access::AccessOnce, //
};

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
    /// One of so many first packets is dropped; 0 is none.
    drop_rate: Atomic<i32>,
    /// First packets before the next one is dropped.
    countdown: Atomic<i32>,
    /// Whether TCP connections have to prove themselves.
    secure_tcp: Atomic<i32>,
}

impl Defences {
    /// No defence is up.
    pub(crate) fn new() -> impl PinInit<Self> {
        let off = Modes {
            drop_entry: Defence::Off,
            drop_packet: Defence::Off,
            secure_tcp: Defence::Off,
        };
        pin_init!(Self {
            modes <- new_mutex!(off, "Defences::modes"),
            drop_rate: Atomic::new(0),
            countdown: Atomic::new(0),
            secure_tcp: Atomic::new(0),
        })
    }

    /// The defences as they are now.
    pub(crate) fn modes(&self) -> Modes {
        *self.modes.lock()
    }

    /// Changes a defence by `change`, and looks at memory at once. Returns whether memory has to be
    /// looked at again, in a second.
    pub(crate) fn change(&self, config: &Config, change: impl FnOnce(&mut Modes)) -> bool {
        let mut modes = self.modes.lock();
        change(&mut modes);
        self.observe(config, &mut modes)
    }

    /// Looks at memory, as [`Defences::change`].
    fn observe(&self, config: &Config, modes: &mut Modes) -> bool {
        let memory = Memory {
            available: available_pages(),
            threshold: config.plain.amemthresh.read_once(),
        };
        let is_short = memory.is_short();
        modes.drop_entry = modes.drop_entry.observe(is_short);
        modes.drop_packet = modes.drop_packet.observe(is_short);
        modes.secure_tcp = modes.secure_tcp.observe(is_short);

        let rate = drop_rate(
            modes.drop_packet,
            &memory,
            config.plain.am_droprate.read_once(),
        );
        if modes.drop_packet == Defence::AutoUp {
            self.countdown.store(rate, Relaxed);
        }
        self.drop_rate.store(rate, Relaxed);
        self.secure_tcp
            .store(modes.secure_tcp.is_up().into(), Relaxed);
        modes.is_any_auto()
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
