// SPDX-License-Identifier: GPL-2.0
//! The tables of commands and options. Lexer and help read them.

use super::defs::{Argument, CommandDef, Id, OptionDef, Section, Slot, Verb};

const NONE: Argument = Argument::None;

const fn value(name: &'static str) -> Argument {
    Argument::Required(name)
}

const fn command(
    verb: Verb,
    shorts: &'static str,
    long: &'static str,
    name: &'static str,
    help: &'static str,
) -> CommandDef {
    CommandDef {
        verb,
        shorts,
        long,
        name,
        argument: NONE,
        words: "",
        help,
    }
}

const fn daemon(verb: Verb, long: &'static str, help: &'static str) -> CommandDef {
    CommandDef {
        verb,
        shorts: "",
        long,
        name: long,
        argument: value("role"),
        words: "",
        help,
    }
}

/// Every command, in the order of the help.
#[rustfmt::skip]
pub const COMMANDS: &[CommandDef] = &[
    command(Verb::AddService, "A", "add-service", "add-service", "add virtual service with options"),
    command(Verb::EditService, "E", "edit-service", "edit-service", "edit virtual service with options"),
    command(Verb::DeleteService, "D", "delete-service", "delete-service", "delete virtual service"),
    command(Verb::Flush, "C", "clear", "flush", "clear the whole table"),
    command(Verb::Restore, "R", "restore", "restore", "restore rules from stdin"),
    command(Verb::Save, "S", "save", "save", "save rules to stdout"),
    command(Verb::AddServer, "a", "add-server", "add-server", "add real server with options"),
    command(Verb::EditServer, "e", "edit-server", "edit-server", "edit real server with options"),
    command(Verb::DeleteServer, "d", "delete-server", "delete-server", "delete real server"),
    command(Verb::List, "Ll", "list", "list", "list the table"),
    command(Verb::Zero, "Z", "zero", "zero", "zero counters in a service or all services"),
    CommandDef {
        verb: Verb::Set, shorts: "", long: "set", name: "set", argument: NONE,
        words: "tcp tcpfin udp", help: "set connection timeout values",
    },
    daemon(Verb::StartDaemon, "start-daemon", "start connection sync daemon"),
    daemon(Verb::StopDaemon, "stop-daemon", "stop connection sync daemon"),
    command(Verb::Help, "h", "help", "help", "display this help message"),
    command(Verb::Version, "v", "version", "version", ""),
];

const fn service(
    id: Id,
    short: Option<char>,
    long: &'static str,
    argument: Argument,
    help: &'static str,
) -> OptionDef {
    OptionDef {
        id,
        slot: Some(Slot::Service),
        short,
        long,
        argument,
        section: Section::Service,
        help,
    }
}

const fn option(
    id: Id,
    slot: Slot,
    short: Option<char>,
    long: &'static str,
    argument: Argument,
    help: &'static str,
) -> OptionDef {
    OptionDef {
        id,
        slot: Some(slot),
        short,
        long,
        argument,
        section: Section::General,
        help,
    }
}

const fn free(id: Id, short: Option<char>, long: &'static str, help: &'static str) -> OptionDef {
    OptionDef {
        id,
        slot: None,
        short,
        long,
        argument: NONE,
        section: Section::General,
        help,
    }
}

const fn sync(
    id: Id,
    slot: Slot,
    long: &'static str,
    argument: Argument,
    help: &'static str,
) -> OptionDef {
    OptionDef {
        id,
        slot: Some(slot),
        short: None,
        long,
        argument,
        section: Section::Daemon,
        help,
    }
}

const fn own(
    id: Id,
    slot: Slot,
    long: &'static str,
    argument: Argument,
    help: &'static str,
) -> OptionDef {
    OptionDef {
        id,
        slot: Some(slot),
        short: None,
        long,
        argument,
        section: Section::Own,
        help,
    }
}

const HOST: &str = "service-address is host[:port]";
const SCHEDULERS: &str =
    "one of rr|wrr|lc|wlc|lblc|lblcr|dh|sh|sed|nq|fo|ovf|mh,\nthe default scheduler is wlc.";
const ENGINES: &str = "alternate persistence engine may be sip,\nnot set by default.";
const TUNNELS: &str = "one of ipip|gue|gre,\nthe default tunnel type is ipip.";

const POLICY: &str = "what the service has of its own: times tcp, fin, udp, synrecv,\n\
    closewait; reuse 0-3; nodest, quiescent, sloppy-tcp, sloppy-sctp\n\
    on or off; any may be default; -L shows it";

/// Every option, in the order of the help.
#[rustfmt::skip]
pub const OPTIONS: &[OptionDef] = &[
    service(Id::Tcp, Some('t'), "tcp-service", value("service-address"), HOST),
    service(Id::Udp, Some('u'), "udp-service", value("service-address"), HOST),
    service(Id::Sctp, None, "sctp-service", value("service-address"), HOST),
    service(Id::Fwmark, Some('f'), "fwmark-service", value("fwmark"), "fwmark is an integer greater than zero"),
    free(Id::Ipv6, Some('6'), "ipv6", "fwmark entry uses IPv6"),
    option(Id::Scheduler, Slot::Scheduler, Some('s'), "scheduler", value("scheduler"), SCHEDULERS),
    option(Id::Pe, Slot::Pe, None, "pe", value("engine"), ENGINES),
    option(Id::Persistent, Slot::Persistent, Some('p'), "persistent", Argument::Optional("[timeout]"), "persistent service"),
    option(Id::Netmask, Slot::Netmask, Some('M'), "netmask", value("netmask"), "persistent granularity mask"),
    option(Id::Server, Slot::Server, Some('r'), "real-server", value("server-address"), "server-address is host (and port)"),
    option(Id::Route, Slot::Forward, Some('g'), "gatewaying", NONE, "gatewaying (direct routing) (default)"),
    option(Id::Tunnel, Slot::Forward, Some('i'), "ipip", NONE, "ipip encapsulation (tunneling)"),
    option(Id::Masquerade, Slot::Forward, Some('m'), "masquerading", NONE, "masquerading (NAT)"),
    option(Id::TunType, Slot::TunType, None, "tun-type", value("type"), TUNNELS),
    option(Id::TunPort, Slot::TunPort, None, "tun-port", value("port"), "tunnel destination port"),
    option(Id::TunNocsum, Slot::TunNocsum, None, "tun-nocsum", NONE, "tunnel encapsulation without checksum"),
    option(Id::TunCsum, Slot::TunCsum, None, "tun-csum", NONE, "tunnel encapsulation with checksum"),
    option(Id::TunRemcsum, Slot::TunRemcsum, None, "tun-remcsum", NONE, "tunnel encapsulation with remote checksum"),
    option(Id::Weight, Slot::Weight, Some('w'), "weight", value("weight"), "capacity of real server"),
    option(Id::UThreshold, Slot::UThreshold, Some('x'), "u-threshold", value("uthreshold"), "upper threshold of connections"),
    option(Id::LThreshold, Slot::LThreshold, Some('y'), "l-threshold", value("lthreshold"), "lower threshold of connections"),
    option(Id::Connection, Slot::Connection, Some('c'), "connection", NONE, "output of current IPVS connections"),
    option(Id::Timeout, Slot::Timeout, None, "timeout", NONE, "output of timeout (tcp tcpfin udp)"),
    option(Id::Daemon, Slot::Daemon, None, "daemon", NONE, "output of daemon information"),
    option(Id::Stats, Slot::Stats, None, "stats", NONE, "output of statistics information"),
    option(Id::Rate, Slot::Rate, None, "rate", NONE, "output of rate information"),
    option(Id::Exact, Slot::Exact, Some('X'), "exact", NONE, "expand numbers (display exact values)"),
    option(Id::Thresholds, Slot::Thresholds, None, "thresholds", NONE, "output of thresholds information"),
    option(Id::PersistentConn, Slot::PersistentConn, None, "persistent-conn", NONE, "output of persistent connection info"),
    option(Id::TunInfo, Slot::TunInfo, None, "tun-info", NONE, "output of tunnel information"),
    option(Id::NoSort, Slot::NoSort, None, "nosort", NONE, "disable sorting output of service/server entries"),
    free(Id::Sort, None, "sort", "does nothing, for backwards compatibility"),
    option(Id::Ops, Slot::Ops, Some('o'), "ops", NONE, "one-packet scheduling"),
    option(Id::Numeric, Slot::Numeric, Some('n'), "numeric", NONE, "numeric output of addresses and ports"),
    option(Id::SchedFlags, Slot::SchedFlags, Some('b'), "sched-flags", value("flags"), "scheduler flags (comma-separated)"),
    sync(Id::SyncId, Slot::SyncId, "syncid", value("sid"), "syncid for connection sync (default=255)"),
    sync(Id::SyncMaxlen, Slot::SyncMaxlen, "sync-maxlen", value("length"), "Max sync message length (default=1472)"),
    sync(Id::McastInterface, Slot::McastInterface, "mcast-interface", value("interface"), "multicast interface for connection sync"),
    sync(Id::McastGroup, Slot::McastGroup, "mcast-group", value("address"), "IPv4/IPv6 group (default=224.0.0.81)"),
    sync(Id::McastPort, Slot::McastPort, "mcast-port", value("port"), "UDP port (default=8848)"),
    sync(Id::McastTtl, Slot::McastTtl, "mcast-ttl", value("ttl"), "Multicast TTL (default=1)"),
    own(Id::Json, Slot::Json, "json", NONE, "list as JSON, with all there is to know"),
    own(Id::Atomic, Slot::Atomic, "atomic", NONE, "restore all lines or none"),
    own(Id::SlowStart, Slot::SlowStart, "slow-start", value("seconds"), "new and recovered servers begin with a tenth of their share"),
    own(Id::Policy, Slot::Policy, "policy", Argument::Optional("[field=value,...]"), POLICY),
    own(Id::Name, Slot::Name, "name", value("name"), "what the service is called in metrics and listings; '' takes it away"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_is_used_twice() {
        let mut shorts: Vec<char> = COMMANDS.iter().flat_map(|c| c.shorts.chars()).collect();
        shorts.extend(OPTIONS.iter().filter_map(|o| o.short));
        let mut longs: Vec<&str> = COMMANDS.iter().map(|c| c.long).collect();
        longs.extend(OPTIONS.iter().map(|o| o.long));
        for (i, c) in shorts.iter().enumerate() {
            assert!(!shorts[..i].contains(c), "-{c}");
        }
        for (i, name) in longs.iter().enumerate() {
            assert!(!longs[..i].contains(name), "--{name}");
        }
    }
}
