// SPDX-License-Identifier: GPL-2.0

//! All state of one network namespace.

use super::{
    config::Config,
    conn::table::ConnTable,
    control::{
        genl,
        proc,
        sockopt,
        Control, //
    },
    defence::Defences,
    hook,
    service::table::ServiceTable,
    sysctl, //
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
};
use linux_ext::{
    impl_has_place,
    net::{
        genetlink::Family,
        namespace::PerNet,
        netfilter::Op,
        sockopt::SockOpts,
        sysctl::Directory,
        Net, //
    },
    proc::File,
    sync::once_box::OnceBox,
};

/// What exists from the first service on until the namespace goes.
pub(crate) struct Tables {
    pub(crate) services: ServiceTable,
    pub(crate) conns: Arc<ConnTable>,
}

impl Tables {
    fn new() -> Result<KBox<Self>> {
        let tables = Self {
            services: ServiceTable::new()?,
            conns: Arc::new(ConnTable::new()?, GFP_KERNEL)?,
        };
        Ok(KBox::new(tables, GFP_KERNEL)?)
    }
}

/// The state of a namespace.
#[pin_data]
pub(crate) struct Netns {
    /// Serialises all changes of services and destinations.
    #[pin]
    pub(crate) control: Mutex<Control>,
    tables: OnceBox<Tables>,
    #[pin]
    pub(crate) config: Config,
    #[pin]
    pub(crate) defences: Defences,
}

impl_has_place!(Netns);

impl Netns {
    /// The tables, if there has ever been a service.
    #[inline]
    pub(crate) fn tables(&self) -> Option<&Tables> {
        self.tables.get()
    }

    /// Number of buckets of the connection table, 0 before there is one.
    pub(crate) fn conn_tab_size(&self) -> u32 {
        self.tables()
            .map_or(0, |tables| tables.conns.buckets() as u32)
    }

    /// The tables, made if they do not exist yet.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn make_tables(&self) -> Result<&Tables> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        // Somebody may have been faster: then there are tables all the same.
        match self.tables.set(Tables::new()?) {
            Ok(tables) => Ok(tables),
            Err(_ours) => self.tables.get().ok_or(ENOMEM),
        }
    }
}

impl PerNet for Netns {
    const HOOKS: &'static [Op<Self>] = hook::HOOKS;
    const FILES: &'static [File<Self>] = proc::FILES;
    const SETTINGS: Directory<Self> = sysctl::SETTINGS;
    const FAMILY: Family<Self> = genl::FAMILY;
    const SOCKOPTS: SockOpts<Self> = SockOpts::new::<sockopt::Options>();

    fn init(_net: &Net, first: Option<&Self>) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            control <- new_mutex!(Control::new(), "Netns::control"),
            tables: OnceBox::new(),
            config <- Config::new(first.map(|first| &first.config)),
            defences <- Defences::new(),
        })
    }

    fn pre_exit(&self) {
        if let Some(tables) = self.tables() {
            // A connection holds the table that it is in: only taking it out breaks the circle.
            tables.conns.close();
        }
    }
}
