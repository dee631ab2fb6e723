// SPDX-License-Identifier: GPL-2.0
//! What is known of services and servers, and what of it is to be seen.

use crate::model::{Info, ServerEntry, ServiceEntry, ServiceKey, Stats};
use crate::output::name::protocol_name;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// What the kernel has told at one time.
pub struct Data {
    pub info: Info,
    /// All of them.
    pub services: Vec<Service>,
}

/// Why a server gets no new connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It drains.
    Drain,
    /// It has as many as it may.
    Full,
    /// It has no weight.
    Idle,
}

impl State {
    /// All of them; the first that a server is in counts.
    pub const ALL: [Self; 3] = [Self::Drain, Self::Full, Self::Idle];

    /// That of a server.
    pub fn of(entry: &ServerEntry) -> Option<Self> {
        Self::ALL.into_iter().find(|state| match state {
            Self::Drain => entry.drain.is_some(),
            Self::Full => entry.is_full(),
            Self::Idle => entry.server.weight == 0,
        })
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Full => "full",
            Self::Idle => "idle",
        }
    }
}

/// A service with its servers.
pub struct Service {
    pub entry: ServiceEntry,
    pub servers: Vec<ServerEntry>,
    /// As it is shown.
    pub title: String,
    pub active: u64,
    pub inactive: u64,
    pub persistent: u64,
    pub weight: u64,
    /// How many servers are in each state.
    pub states: [usize; 3],
}

impl Service {
    /// Sums the servers up.
    pub fn new(entry: ServiceEntry, servers: Vec<ServerEntry>) -> Self {
        let sum = |of: fn(&ServerEntry) -> u32| servers.iter().map(|s| u64::from(of(s))).sum();
        let states: Vec<_> = servers.iter().filter_map(State::of).collect();
        let count = |state| states.iter().filter(|of| **of == state).count();
        Self {
            title: title(&entry),
            active: sum(|s| s.active),
            inactive: sum(|s| s.inactive),
            persistent: sum(|s| s.persistent),
            weight: sum(|s| s.server.weight.unsigned_abs()),
            states: State::ALL.map(count),
            entry,
            servers,
        }
    }

    fn key(&self) -> ServiceKey {
        self.entry.service.key
    }
}

/// Name or address, and scheduler.
fn title(entry: &ServiceEntry) -> String {
    let service = &entry.service;
    let address = address(&service.key);
    match service.shown_name() {
        Some(name) => format!("{address} {name} ({})", service.scheduler),
        None => format!("{address} ({})", service.scheduler),
    }
}

/// A service as it is shown.
fn address(key: &ServiceKey) -> String {
    match *key {
        ServiceKey::Mark { mark, ipv6: false } => format!("FWM {mark}"),
        ServiceKey::Mark { mark, ipv6: true } => format!("FWM {mark} IPv6"),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => format!(
            "{} {}",
            protocol_name(protocol),
            SocketAddr::new(addr, port)
        ),
    }
}

/// A server as it is shown.
pub fn endpoint(entry: &ServerEntry) -> String {
    SocketAddr::new(entry.server.addr, entry.server.port).to_string()
}

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sort {
    /// Address
    #[default]
    Name,
    /// Connections per second
    Connections,
    /// Active connections
    Active,
    /// Bytes per second, in both directions
    Bytes,
    /// Weight
    Weight,
}

impl Sort {
    /// All of them, in the order in which a key goes through them.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::Connections,
        Self::Active,
        Self::Bytes,
        Self::Weight,
    ];

    /// The one after it.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self);
        Self::ALL[at.map_or(0, |at| (at + 1) % Self::ALL.len())]
    }

    /// What it is called at the bottom of the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connections => "conns/s",
            Self::Active => "active",
            Self::Bytes => "bytes/s",
            Self::Weight => "weight",
        }
    }

    fn of(self, stats: &Stats, active: u64, weight: u64) -> u64 {
        match self {
            Self::Name => 0,
            Self::Connections => stats.rates[0],
            Self::Active => active,
            Self::Bytes => stats.rates[3].saturating_add(stats.rates[4]),
            Self::Weight => weight,
        }
    }

    fn of_service(self, service: &Service) -> u64 {
        self.of(&service.entry.stats, service.active, service.weight)
    }

    fn of_server(self, entry: &ServerEntry) -> u64 {
        let weight = entry.server.weight.unsigned_abs();
        self.of(&entry.stats, entry.active.into(), weight.into())
    }
}

/// A line of the table.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// A service, and whether its servers are hidden.
    Service(&'a Service, bool),
    /// A server of it.
    Server(&'a Service, &'a ServerEntry),
}

impl Row<'_> {
    fn place(&self) -> Place {
        match self {
            Self::Service(service, _) => (service.key(), None),
            Self::Server(service, entry) => {
                let server = (entry.server.addr, entry.server.port);
                (service.key(), Some(server))
            }
        }
    }
}

/// Which line, by what it is about.
pub type Place = (ServiceKey, Option<(IpAddr, u16)>);

/// Something to be done to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose server it is.
    pub service: ServiceKey,
    /// Its address.
    pub server: (IpAddr, u16),
    /// What.
    pub what: What,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It gets a weight, if it has still the one that was seen.
    Weight {
        /// The one that was seen.
        seen: i32,
        /// The one that it gets.
        wanted: i32,
    },
    /// It gets no new connections.
    Drain,
}

impl Change {
    /// Which server of which service it is about.
    pub fn whose(&self) -> String {
        let server = SocketAddr::from(self.server);
        format!("{server} of {}", address(&self.service))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Weight { wanted, .. } => write!(f, "weight {wanted} for {}", self.whose()),
            What::Drain => write!(f, "drain {}", self.whose()),
        }
    }
}

/// What keys are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The table.
    Table,
    /// The list of keys.
    Help,
    /// The filter is typed; what it was before.
    Filter(String),
    /// A weight is typed.
    Weight(Change, String),
    /// A change waits for a yes.
    Confirm(Change),
}

/// All of it.
pub struct App {
    pub data: Data,
    pub sort: Sort,
    pub reversed: bool,
    pub filter: String,
    pub mode: Mode,
    pub read_only: bool,
    /// What is to be said once.
    pub message: Option<String>,
    /// Why the kernel has not told anything new.
    pub problem: Option<String>,
    /// The first line of the table that is seen, and how many there is room for.
    pub offset: usize,
    pub room: usize,
    selected: Option<Place>,
    folded: HashSet<ServiceKey>,
    /// Services and servers by their indices, as they are seen.
    lines: Vec<(usize, Option<usize>)>,
}

impl App {
    /// Nothing is known yet.
    pub fn new(sort: Sort, filter: String, read_only: bool) -> Self {
        Self {
            data: Data {
                info: Info {
                    version: 0,
                    size: 0,
                },
                services: Vec::new(),
            },
            sort,
            reversed: false,
            filter,
            mode: Mode::Table,
            read_only,
            message: None,
            problem: None,
            offset: 0,
            room: 1,
            selected: None,
            folded: HashSet::new(),
            lines: Vec::new(),
        }
    }

    /// Takes what the kernel has told.
    pub fn show(&mut self, data: Data) {
        let at = self.cursor();
        self.data = data;
        self.problem = None;
        self.arrange();
        if self.position().is_none() {
            // What was selected is gone: whatever is there now.
            self.select(at);
        }
    }

    /// Sorts and filters anew.
    pub fn arrange(&mut self) {
        let mut services: Vec<usize> = (0..self.data.services.len()).collect();
        services.sort_by(|a, b| self.compare_services(*a, *b));
        let mut lines = Vec::new();
        for at in services {
            let service = &self.data.services[at];
            let whole = self.matches(&service.title);
            let shown = |s: &usize| whole || self.matches(&endpoint(&service.servers[*s]));
            let mut servers: Vec<usize> = (0..service.servers.len()).filter(shown).collect();
            if !whole && servers.is_empty() {
                continue;
            }
            lines.push((at, None));
            if self.folded.contains(&service.key()) {
                continue;
            }
            servers.sort_by(|a, b| self.compare_servers(service, *a, *b));
            lines.extend(servers.into_iter().map(|server| (at, Some(server))));
        }
        self.lines = lines;
    }

    fn matches(&self, text: &str) -> bool {
        self.filter.is_empty() || text.contains(&self.filter)
    }

    fn compare_services(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (&self.data.services[a], &self.data.services[b]);
        let numbers = self.sort.of_service(b).cmp(&self.sort.of_service(a));
        self.turned(numbers.then_with(|| a.key().order().cmp(&b.key().order())))
    }

    fn compare_servers(&self, service: &Service, a: usize, b: usize) -> Ordering {
        let (a, b) = (&service.servers[a], &service.servers[b]);
        let address = |entry: &ServerEntry| (entry.server.addr, entry.server.port);
        let numbers = self.sort.of_server(b).cmp(&self.sort.of_server(a));
        self.turned(numbers.then_with(|| address(a).cmp(&address(b))))
    }

    fn turned(&self, order: Ordering) -> Ordering {
        match self.reversed {
            true => order.reverse(),
            false => order,
        }
    }

    /// How many lines the table has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// A line of the table.
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        let (service, server) = *self.lines.get(at)?;
        let service = self.data.services.get(service)?;
        Some(match server {
            None => Row::Service(service, self.folded.contains(&service.key())),
            Some(server) => Row::Server(service, service.servers.get(server)?),
        })
    }

    /// The line that is selected, the first one at first.
    pub fn cursor(&self) -> usize {
        self.position().unwrap_or(0)
    }

    fn position(&self) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        (0..self.len()).find(|at| self.row(*at).is_some_and(|row| row.place() == *selected))
    }

    /// Selects a line, or the last one if there are fewer.
    pub fn select(&mut self, at: usize) {
        let at = at.min(self.len().saturating_sub(1));
        self.selected = self.row(at).map(|row| row.place());
    }

    /// Sees to it that the line that is selected is seen, if there is room for so many.
    pub fn scroll(&mut self, room: usize) {
        self.room = room.max(1);
        let cursor = self.cursor();
        let lowest = (cursor + 1).saturating_sub(self.room);
        let most = self.len().saturating_sub(self.room);
        self.offset = self.offset.clamp(lowest, cursor.max(lowest)).min(most);
    }

    /// Hides the servers of the service at the cursor, or shows them.
    pub fn fold(&mut self) {
        let Some(row) = self.row(self.cursor()) else {
            return;
        };
        let (key, _) = row.place();
        if !self.folded.remove(&key) {
            self.folded.insert(key);
        }
        self.selected = Some((key, None));
        self.arrange();
    }

    /// Hides all servers, or shows them if they are hidden.
    pub fn fold_all(&mut self) {
        let keys: HashSet<_> = self.data.services.iter().map(Service::key).collect();
        self.folded = match keys.is_subset(&self.folded) {
            true => HashSet::new(),
            false => keys,
        };
        if let Some((_, server)) = &mut self.selected {
            *server = None;
        }
        self.arrange();
    }

    /// The server at the cursor.
    pub fn server(&self) -> Option<(ServiceKey, &ServerEntry)> {
        match self.row(self.cursor())? {
            Row::Service(..) => None,
            Row::Server(service, entry) => Some((service.key(), entry)),
        }
    }
}
