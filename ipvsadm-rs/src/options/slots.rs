// SPDX-License-Identifier: GPL-2.0
//! The table of what commands take.

use super::defs::{Slot, SlotDef, Verb, Verbs};

const NOBODY: Verbs = Verbs::of(&[]);
const ANY_SERVICE: Verbs = Verbs::of(&[
    Verb::AddService,
    Verb::EditService,
    Verb::DeleteService,
    Verb::AddServer,
    Verb::EditServer,
    Verb::DeleteServer,
]);
const ANY_SERVER: Verbs = Verbs::of(&[Verb::AddServer, Verb::EditServer, Verb::DeleteServer]);
const ALTER_SERVICE: Verbs = Verbs::of(&[Verb::AddService, Verb::EditService]);
const ALTER_SERVER: Verbs = Verbs::of(&[Verb::AddServer, Verb::EditServer]);
const LIST: Verbs = Verbs::of(&[Verb::List]);
const LIST_SAVE: Verbs = Verbs::of(&[Verb::List, Verb::Save]);
const RESTORE: Verbs = Verbs::of(&[Verb::Restore]);
const START: Verbs = Verbs::of(&[Verb::StartDaemon]);
const SYNCID: Verbs = Verbs::of(&[Verb::List, Verb::StartDaemon, Verb::StopDaemon]);
const ZERO: Verbs = Verbs::of(&[Verb::Zero]);

const fn slot(
    slot: Slot,
    name: &'static str,
    required: Verbs,
    optional: Verbs,
    exclusive: Verbs,
) -> SlotDef {
    SlotDef {
        slot,
        name,
        required,
        optional,
        exclusive,
    }
}

/// Which commands take what, in the order in which a line is checked.
#[rustfmt::skip]
pub const SLOTS: &[SlotDef] = &[
    slot(Slot::Numeric, "numeric", NOBODY, LIST_SAVE, NOBODY),
    slot(Slot::Connection, "connection", NOBODY, NOBODY, LIST),
    slot(Slot::Service, "service-address", ANY_SERVICE, ZERO, LIST),
    slot(Slot::Scheduler, "scheduler", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::Persistent, "persistent", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::Netmask, "netmask", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::Server, "real-server", ANY_SERVER, NOBODY, NOBODY),
    slot(Slot::Forward, "forwarding-method", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::Weight, "weight", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::UThreshold, "u-threshold", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::LThreshold, "l-threshold", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::McastInterface, "mcast-interface", NOBODY, START, NOBODY),
    slot(Slot::Timeout, "timeout", NOBODY, NOBODY, LIST),
    slot(Slot::Daemon, "daemon", NOBODY, NOBODY, LIST),
    slot(Slot::Stats, "stats", NOBODY, LIST, NOBODY),
    slot(Slot::Rate, "rate", NOBODY, LIST, NOBODY),
    slot(Slot::Thresholds, "thresholds", NOBODY, LIST, NOBODY),
    slot(Slot::PersistentConn, "persistent-conn", NOBODY, LIST, NOBODY),
    slot(Slot::NoSort, "nosort", NOBODY, LIST, NOBODY),
    slot(Slot::SyncId, "syncid", NOBODY, SYNCID, NOBODY),
    slot(Slot::Exact, "exact", NOBODY, LIST, NOBODY),
    slot(Slot::Ops, "ops", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::Pe, "pe", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::SchedFlags, "sched-flags", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::McastGroup, "mcast-group", NOBODY, START, NOBODY),
    slot(Slot::McastPort, "mcast-port", NOBODY, START, NOBODY),
    slot(Slot::McastTtl, "mcast-ttl", NOBODY, START, NOBODY),
    slot(Slot::SyncMaxlen, "sync-maxlen", NOBODY, START, NOBODY),
    slot(Slot::TunInfo, "tun-info", NOBODY, LIST, NOBODY),
    slot(Slot::TunType, "tun-type", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::TunPort, "tun-port", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::TunNocsum, "tun-nocsum", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::TunCsum, "tun-csum", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::TunRemcsum, "tun-remcsum", NOBODY, ALTER_SERVER, NOBODY),
    slot(Slot::Json, "json", NOBODY, LIST, NOBODY),
    slot(Slot::Atomic, "atomic", NOBODY, RESTORE, NOBODY),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_its_own_index() {
        for (index, def) in SLOTS.iter().enumerate() {
            assert_eq!(def.slot as usize, index, "{}", def.name);
        }
        assert_eq!(SLOTS.len(), 36);
    }
}
