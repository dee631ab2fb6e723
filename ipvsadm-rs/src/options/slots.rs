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
const ALTER_SERVICE_LIST: Verbs = Verbs::of(&[Verb::AddService, Verb::EditService, Verb::List]);
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
    slot(Slot::SlowStart, "slow-start", NOBODY, ALTER_SERVICE, NOBODY),
    slot(Slot::Policy, "policy", NOBODY, ALTER_SERVICE_LIST, NOBODY),
    slot(Slot::Name, "name", NOBODY, ALTER_SERVICE, NOBODY),
];

/// Slots by their bits: what a command takes.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    required: u64,
    taken: u64,
    exclusive: u64,
}

impl Rules {
    /// Of a command, from [`SLOTS`].
    pub fn of(verb: Verb) -> Self {
        static BY_VERB: [Rules; Verb::COUNT] = Rules::by_verb();
        BY_VERB[verb as usize]
    }

    /// Whether a line with these slots keeps all rules. (To be told which one is broken, go through
    /// [`SLOTS`].)
    pub fn allow(self, given: u64) -> bool {
        given & self.required == self.required
            && given & !self.taken == 0
            && (given & self.exclusive).count_ones() <= 1
    }

    const fn by_verb() -> [Self; Verb::COUNT] {
        const NONE: Rules = Rules {
            required: 0,
            taken: 0,
            exclusive: 0,
        };
        let mut all = [NONE; Verb::COUNT];
        let mut verb = 0;
        while verb < Verb::COUNT {
            let mut at = 0;
            while at < SLOTS.len() {
                let (rules, row, bit) = (&mut all[verb], &SLOTS[at], SLOTS[at].slot.bit());
                rules.required |= bit * row.required.has(verb) as u64;
                rules.exclusive |= bit * row.exclusive.has(verb) as u64;
                rules.taken |= bit
                    * (row.required.has(verb) || row.optional.has(verb) || row.exclusive.has(verb))
                        as u64;
                at += 1;
            }
            verb += 1;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_its_own_index() {
        for (index, def) in SLOTS.iter().enumerate() {
            assert_eq!(def.slot as usize, index, "{}", def.name);
        }
        assert_eq!(SLOTS.len(), 39);
    }
}
