// SPDX-License-Identifier: GPL-2.0

//! All state of one network namespace.

use super::{
    config::Config,
    conn::Conns,
    control::{
        genl,
        proc,
        sockopt,
        Changes,
        Control, //
    },
    defence::Defences,
    events::{
        drops::Bursts,
        Events, //
    },
    hook,
    reasons,
    scheduler::Expirations,
    service::{
        dest::Dest,
        directory,
        table::ServiceTable, //
    },
    stats::{
        Estimation,
        Meter, //
    },
    sysctl, //
};
use ipvs_core::{
    addr,
    setting::{
        ConnMax,
        LoadFactor, //
    },
};
use kernel::{
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
    time::Jiffies,
};
use linux_ext::{
    impl_has_place,
    net::{
        chore::Chore,
        conntrack::Tracker,
        genetlink::Family,
        namespace::{
            Handle,
            PerNet, //
        },
        netfilter::Op,
        sockopt::SockOpts,
        sysctl::Directory,
        Net, //
    },
    proc::File,
    sync::{
        access::AccessOnce,
        once_box::OnceBox,
        rcu::Reader,
        rcu_arc::RcuArc,
        rcu_table::Position, //
    },
};

/// What exists from the first service on until the namespace goes.
pub(crate) struct Tables {
    pub(crate) services: ServiceTable,
    /// Used under `Netns::control`.
    pub(crate) dests: directory::Directory,
    pub(crate) conns: Conns,
    /// Of packets that went no further, and are about no service.
    pub(crate) reasons: reasons::OfNetns,
    /// The destinations, for IPv4 and IPv6, of connections that have no server: each packet goes to where
    /// it was going.
    elsewhere4: RcuArc<Dest>,
    elsewhere6: RcuArc<Dest>,
}

impl Tables {
    fn new(config: &Config, tracker: &Arc<Tracker>, events: &Arc<Events>) -> Result<KBox<Self>> {
        let tables = Self {
            services: ServiceTable::new(config.svc_lfactor.read_once(), events)?,
            dests: directory::Directory::new(events)?,
            conns: Conns::new(
                config.conn_lfactor.read_once(),
                config.conn_max().soft,
                tracker,
                events,
            )?,
            reasons: reasons::OfNetns::alone()?,
            elsewhere4: Dest::elsewhere(addr::Family::V4, events)?,
            elsewhere6: Dest::elsewhere(addr::Family::V6, events)?,
        };
        Ok(KBox::new(tables, GFP_KERNEL)?)
    }
}

impl Tables {
    /// The destination of connections of `family` that have no server.
    pub(crate) fn elsewhere(&self, family: addr::Family) -> &RcuArc<Dest> {
        match family {
            addr::Family::V4 => &self.elsewhere4,
            addr::Family::V6 => &self.elsewhere6,
        }
    }
}

/// The state of a namespace.
#[pin_data]
pub(crate) struct Netns {
    /// Serialises all changes of services and destinations.
    #[pin]
    pub(crate) control: Mutex<Control>,
    /// Of services and destinations, counted when they have been made.
    pub(crate) changes: Changes,
    /// Told where something happens.
    pub(crate) events: Arc<Events>,
    /// Told where a packet goes no further.
    pub(crate) bursts: Arc<Bursts>,
    tables: OnceBox<Tables>,
    /// Of the statistics of the namespace as a whole; used under `control`.
    #[pin]
    pub(crate) totals: Meter,
    #[pin]
    pub(crate) config: Config,
    pub(crate) defences: Arc<Defences>,
    pub(crate) expirations: Arc<Expirations>,
    tracker: Arc<Tracker>,
    /// What is done later about destinations that drain.
    pub(crate) chore: Arc<Chore<Self>>,
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
        self.tables().map_or(0, |tables| tables.conns.buckets())
    }

    /// Sets the load factor of the connection table, to which it is fitted soon.
    pub(crate) fn set_conn_load_factor(&self, load_factor: LoadFactor) {
        // So that tables that are being made do not miss it.
        let _control = self.control.lock();
        self.config.conn_lfactor.write_once(load_factor.get());
        if let Some(tables) = self.tables() {
            tables.conns.set_load_factor(load_factor.get());
        }
    }

    /// Sets the load factor of the service table, to which it is fitted soon.
    pub(crate) fn set_service_load_factor(&self, load_factor: LoadFactor) {
        // So that tables that are being made do not miss it.
        let _control = self.control.lock();
        self.config.svc_lfactor.write_once(load_factor.get());
        if let Some(tables) = self.tables() {
            tables.services.set_load_factor(load_factor.get());
        }
    }

    /// Sets the number of connections from which on no more are made. Those that there are stay.
    pub(crate) fn set_conn_max(&self, limit: ConnMax) {
        // So that tables that are being made do not miss it.
        let _control = self.control.lock();
        self.config.set_conn_max(limit);
        if let Some(tables) = self.tables() {
            tables.conns.set_max(limit.soft);
        }
    }

    /// Sets whether packets of servers without a connection are answered; 0 is no. From the first time on
    /// that they are, it is known who the servers are.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn set_nat_icmp_send(&self, value: i32) -> Result {
        // So that tables that are being made do not miss it.
        let _control = self.control.lock();
        if let Some(tables) = self.tables().filter(|_| value != 0) {
            tables.dests.list_servers()?;
        }
        self.config.plain.nat_icmp_send.write_once(value);
        Ok(())
    }

    /// The tables, made if they do not exist yet. The caller holds `control`, as whoever changes a
    /// setting that tables begin with does.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn make_tables(&self, _control: &Control) -> Result<&Tables> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        let tables = Tables::new(&self.config, &self.tracker, &self.events)?;
        self.defences.guard(&tables.conns)?;
        if self.config.tells_servers() {
            tables.dests.list_servers()?;
        }
        // Nobody else makes any.
        self.tables.set(tables).map_err(|_| ENOMEM)
    }

    /// Makes the table for connections of IPv6, if there is none yet. For the caller the same holds.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(crate) fn make_table6(&self, _control: &Control, tables: &Tables) -> Result {
        tables.conns.make_v6(self.config.conn_lfactor.read_once())?;
        self.defences.guard(&tables.conns)
    }
}

impl PerNet for Netns {
    const HOOKS: &'static [Op<Self>] = hook::HOOKS;
    const FILES: &'static [File<Self>] = proc::FILES;
    const SETTINGS: Directory<Self> = sysctl::SETTINGS;
    const FAMILY: Family<Self> = genl::FAMILY;
    const SOCKOPTS: SockOpts<Self> = SockOpts::new::<sockopt::Options>();

    fn init(
        _net: &Net,
        first: Option<&Self>,
        handle: &Arc<Handle>,
        chore: &Arc<Chore<Self>>,
    ) -> impl PinInit<Self, Error> {
        let (handle, chore) = (handle.clone(), chore.clone());
        try_pin_init!(Self {
            control <- new_mutex!(Control::new(), "Netns::control"),
            changes: Changes::new(),
            events: Events::new(handle.clone())?,
            bursts: Bursts::new(events.clone())?,
            tables: OnceBox::new(),
            totals <- Meter::new(Estimation::Running),
            config <- Config::new(first.map(|first| &first.config)),
            defences: Defences::new()?,
            expirations: Expirations::new()?,
            tracker: Arc::new(Tracker::new(handle), GFP_KERNEL)?,
            chore,
        })
    }

    fn chore(&self, _net: &Net) -> Option<Jiffies> {
        self.tend_drains()
    }

    fn pre_exit(&self) {
        self.defences.stop();
        self.events.stop();
        self.bursts.stop();
        if let Some(tables) = self.tables() {
            // A connection holds the table that it is in: only taking it out breaks the circle.
            tables.conns.close();
            tables.services.stop();
            tables.dests.stop();
            // Devices of tunnels go before `exit`, and would wait for them.
            tables.dests.close();
        }
    }

    fn device_down(&self, position: &mut Position, reader: Reader<'_>) -> bool {
        self.tables()
            .is_some_and(|tables| tables.dests.device_down(position, reader))
    }
}
