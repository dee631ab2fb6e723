// SPDX-License-Identifier: GPL-2.0
//! What a row of the tables of commands and options says.

use super::slots::SLOTS;

/// A command: what the first option of a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verb {
    AddService,
    EditService,
    DeleteService,
    Flush,
    Restore,
    Save,
    AddServer,
    EditServer,
    DeleteServer,
    List,
    Zero,
    Set,
    StartDaemon,
    StopDaemon,
    Help,
    Version,
}

impl Verb {
    /// How many there are.
    pub const COUNT: usize = Self::Version as usize + 1;
}

/// A set of [`Verb`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verbs(u16);

impl Verbs {
    /// The set of the listed verbs.
    pub const fn of(verbs: &[Verb]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < verbs.len() {
            bits |= 1 << verbs[i] as u16;
            i += 1;
        }
        Self(bits)
    }

    /// Whether `verb` is in the set.
    pub const fn contains(self, verb: Verb) -> bool {
        self.has(verb as usize)
    }

    /// The same by the verb's number.
    pub const fn has(self, number: usize) -> bool {
        (self.0 >> number) & 1 != 0
    }
}

/// What follows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    None,
    /// A value, shown in the help by this name.
    Required(&'static str),
    /// A value that may be left out.
    Optional(&'static str),
}

/// A row of [`COMMANDS`](super::table::COMMANDS).
#[derive(Debug)]
pub struct CommandDef {
    /// What is asked for.
    pub verb: Verb,
    /// One-letter spellings.
    pub shorts: &'static str,
    /// The spelling after two dashes.
    pub long: &'static str,
    /// Its name in messages.
    pub name: &'static str,
    /// Its value.
    pub argument: Argument,
    /// Words that belong to it, as the help shows them.
    pub words: &'static str,
    /// The line of the help; empty if it has none.
    pub help: &'static str,
}

/// What an option may be given for: options that exclude each other share one.
///
/// The order is the order in which a finished line is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Slot {
    Numeric,
    Connection,
    Service,
    Scheduler,
    Persistent,
    Netmask,
    Server,
    Forward,
    Weight,
    UThreshold,
    LThreshold,
    McastInterface,
    Timeout,
    Daemon,
    Stats,
    Rate,
    Thresholds,
    PersistentConn,
    NoSort,
    SyncId,
    Exact,
    Ops,
    Pe,
    SchedFlags,
    McastGroup,
    McastPort,
    McastTtl,
    SyncMaxlen,
    TunInfo,
    TunType,
    TunPort,
    TunNocsum,
    TunCsum,
    TunRemcsum,
    Json,
    Atomic,
    SlowStart,
    Policy,
    Name,
}

impl Slot {
    /// The row of [`SLOTS`] for this slot.
    pub fn def(self) -> &'static SlotDef {
        &SLOTS[self as usize]
    }

    /// Its bit in a set of slots.
    pub const fn bit(self) -> u64 {
        1 << self as u32
    }
}

/// A row of [`SLOTS`]: which commands take it. What no set names is illegal.
#[derive(Debug)]
pub struct SlotDef {
    /// The slot, equal to the row's index.
    pub slot: Slot,
    /// Its name in messages.
    pub name: &'static str,
    /// Commands that need it.
    pub required: Verbs,
    /// Commands that take it.
    pub optional: Verbs,
    /// Commands that take it, but only one of all slots of this kind.
    pub exclusive: Verbs,
}

/// An option, by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Id {
    Tcp,
    Udp,
    Sctp,
    Fwmark,
    Ipv6,
    Scheduler,
    Pe,
    Persistent,
    Netmask,
    Server,
    Route,
    Tunnel,
    Masquerade,
    TunType,
    TunPort,
    TunNocsum,
    TunCsum,
    TunRemcsum,
    Weight,
    UThreshold,
    LThreshold,
    Connection,
    Timeout,
    Daemon,
    Stats,
    Rate,
    Exact,
    Thresholds,
    PersistentConn,
    TunInfo,
    NoSort,
    Sort,
    Ops,
    Numeric,
    SchedFlags,
    SyncId,
    SyncMaxlen,
    McastInterface,
    McastGroup,
    McastPort,
    McastTtl,
    Json,
    Atomic,
    SlowStart,
    Policy,
    Name,
}

/// The heading of the help under which an option stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Section {
    Service,
    General,
    Daemon,
    /// Not in stock.
    Own,
}

/// A row of [`OPTIONS`](super::table::OPTIONS).
#[derive(Debug)]
pub struct OptionDef {
    /// Which option.
    pub id: Id,
    /// What it fills; `None` if it may stand in any line, any number of times.
    pub slot: Option<Slot>,
    /// The one-letter spelling.
    pub short: Option<char>,
    /// The spelling after two dashes.
    pub long: &'static str,
    /// Its value.
    pub argument: Argument,
    /// Where the help lists it.
    pub section: Section,
    /// The text of the help.
    pub help: &'static str,
}
