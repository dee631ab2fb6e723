// SPDX-License-Identifier: GPL-2.0

//! Requests by generic netlink.

use std::fmt;

use ipvs_core::uapi::attr::{cmd, daemon, dest, svc};
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::drain::{attr as drain, DRAIN};
use ipvs_core::uapi::policy::POLICY;
use ipvs_core::uapi::service_name::SERVICE_NAME;
use ipvs_core::uapi::slow_start::SLOW_START;
use ipvs_core::uapi::GENL_VERSION;

use crate::attr::{encode, Attr};
use crate::connections;
use crate::draw::Draw;
use crate::mutate;
use crate::own;

/// Names that are sent.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    /// Of schedulers, with how often they are.
    pub schedulers: &'static [(usize, &'static str)],
    /// Of persistence engines.
    pub engines: &'static [&'static str],
    /// Of interfaces for sync daemons.
    pub interfaces: &'static [&'static str],
    /// Seconds of slow start, which only this module knows.
    pub slow_starts: &'static [u32],
    /// Milliseconds in which destinations drain, which only this module has them do.
    pub deadlines: &'static [u32],
    /// Names of services, which only this module knows either.
    pub names: &'static [&'static [u8]],
}

/// What anybody might send.
pub const EVERYTHING: Vocabulary = Vocabulary {
    schedulers: &[
        (30, "rr"),
        (30, "wlc"),
        (10, "none"),
        (1, "wrr"),
        (1, "lc"),
        (1, "sh"),
        (1, "mh"),
        (1, "dh"),
        (1, "lblc"),
        (1, "lblcr"),
        (1, "sed"),
        (1, "nq"),
        (1, "fo"),
        (1, "ovf"),
        (1, "twos"),
        (1, "srr"),
        (1, "swrr"),
        (1, "p2c"),
        (1, "mhb"),
        (1, ""),
        (1, "nobody"),
    ],
    engines: &["", "sip", "nobody"],
    interfaces: &["lo", "dummy0", "nowhere", ""],
    slow_starts: &[0, 1, 30, u32::MAX],
    deadlines: &[0, 1, 100, u32::MAX],
    names: &[b"web\0", b"a/b-c.d:e@f+g\0", b"\0"],
};

/// What C `ip_vs` and this module both know.
pub const COMPARABLE: Vocabulary = Vocabulary {
    schedulers: &[
        (6, "rr"),
        (6, "wlc"),
        (2, "wrr"),
        (2, "lc"),
        (2, "sh"),
        (2, "mh"),
        (2, "dh"),
        (2, "lblc"),
        (2, "lblcr"),
        (2, "sed"),
        (2, "nq"),
        (2, "fo"),
        (2, "ovf"),
        (2, "twos"),
        (4, "none"),
        (2, ""),
        (2, "nobody"),
    ],
    engines: &["", "nobody"],
    interfaces: &["nowhere", ""],
    slow_starts: &[],
    deadlines: &[],
    names: &[],
};

/// Addresses that services have, on the machine's interfaces.
pub const SERVICE_ADDRS: [[u8; 4]; 3] = [[192, 0, 2, 1], [192, 0, 2, 2], [192, 0, 2, 3]];
/// The first 15 bytes of those of IPv6.
pub const SERVICE_PREFIX6: [u8; 15] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Addresses of servers: some of the machine's own, and some beyond `dummy0`.
pub const DEST_ADDRS: [[u8; 4]; 6] = [
    [10, 9, 0, 1],
    [10, 1, 0, 1],
    [10, 1, 0, 2],
    [10, 1, 0, 3],
    [127, 0, 0, 1],
    [10, 77, 0, 1],
];
/// The first 15 bytes of those of IPv6.
pub const DEST_PREFIX6: [u8; 15] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Ports of services.
pub const PORTS: [u16; 4] = [80, 53, 443, 0];

const AF_INET: u16 = libc::AF_INET as u16;
const AF_INET6: u16 = libc::AF_INET6 as u16;

/// Which services there are to speak of: few, so that they are met again.
const SERVICES: usize = 40;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The command, of [`Command`] or not.
    pub command: u8,
    /// The version that it is said to be of.
    pub version: u8,
    /// What its header has that nobody looks at.
    pub reserved: u16,
    /// Flags of the header beyond `REQUEST` and `ACK`.
    pub flags: u16,
    /// Attributes.
    pub attrs: Vec<Attr>,
    /// Their bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// As any program would send it, with these attributes.
    pub fn new(command: Command, dump: bool, attrs: Vec<Attr>) -> Self {
        Self {
            command: command as u8,
            version: GENL_VERSION,
            reserved: 0,
            flags: if dump { libc::NLM_F_DUMP as u16 } else { 0 },
            body: encode(&attrs),
            attrs,
        }
    }

    /// Whether it asks for a dump.
    pub fn is_dump(&self) -> bool {
        i32::from(self.flags) & libc::NLM_F_DUMP == libc::NLM_F_DUMP
    }

    /// A service by the address `SERVICE_ADDRS[2]`, and a destination for it, to be added.
    pub fn plain(command: Command) -> Self {
        let mut service = Identity::of(2).attrs();
        service.extend([
            Attr::text(svc::SCHED_NAME, "rr"),
            Attr::new(svc::FLAGS, &[0; 8]),
            Attr::u32(svc::TIMEOUT, 0),
            Attr::u32(svc::NETMASK, u32::MAX),
        ]);
        let destination = vec![
            Attr::new(dest::ADDR, &address4(DEST_ADDRS[1])),
            Attr::be16(dest::PORT, 80),
            Attr::u32(dest::FWD_METHOD, 0),
            Attr::u32(dest::WEIGHT, 1),
            Attr::u32(dest::U_THRESH, 0),
            Attr::u32(dest::L_THRESH, 0),
        ];
        let attrs = vec![
            Attr::nest(cmd::SERVICE, service),
            Attr::nest(cmd::DEST, destination),
        ];
        Self::new(command, command == Command::GetDest, attrs)
    }

    /// As any program might send it.
    pub fn valid(draw: &mut Draw, words: &Vocabulary) -> Self {
        use Command::*;
        if !words.deadlines.is_empty() && draw.percent(3) {
            let attrs = vec![
                service(draw, words, false),
                destination(draw, false),
                draining(draw, words),
            ];
            return Self::new(Drain, false, attrs);
        }
        // What only this module knows.
        if !words.slow_starts.is_empty() && draw.percent(4) {
            return connections::valid(draw);
        }
        if !words.slow_starts.is_empty() && draw.percent(8) {
            return own::valid(draw, words);
        }
        let (command, dump) = draw.weighted(&[
            (40, (NewService, false)),
            (12, (SetService, false)),
            (8, (DelService, false)),
            (8, (GetService, false)),
            (6, (GetService, true)),
            (36, (NewDest, false)),
            (16, (SetDest, false)),
            (8, (DelDest, false)),
            (8, (GetDest, true)),
            (3, (NewDaemon, false)),
            (3, (DelDaemon, false)),
            (2, (GetDaemon, true)),
            (4, (SetConfig, false)),
            (2, (GetConfig, false)),
            (2, (GetInfo, false)),
            (4, (Zero, false)),
            (1, (Flush, false)),
        ]);
        let attrs = match command {
            NewService | SetService => vec![service(draw, words, true)],
            DelService => vec![service(draw, words, false)],
            GetService if !dump => vec![service(draw, words, false)],
            GetDest => vec![service(draw, words, false)],
            NewDest | SetDest => vec![service(draw, words, false), destination(draw, true)],
            DelDest => vec![service(draw, words, false), destination(draw, false)],
            NewDaemon => vec![sync_daemon(draw, words)],
            DelDaemon => {
                let state = draw.pick(&[1, 2, 1, 2, 3]);
                vec![Attr::nest(
                    cmd::DAEMON,
                    vec![Attr::u32(daemon::STATE, state)],
                )]
            }
            SetConfig => config(draw),
            Zero if draw.percent(70) => vec![service(draw, words, false)],
            // After which there is nothing to work with: not as often as one in a hundred.
            Flush if draw.percent(75) => return Self::new(GetInfo, false, vec![]),
            _ => vec![],
        };

        Self::new(command, dump, attrs)
    }

    /// With something wrong, up to three times.
    pub fn broken(draw: &mut Draw, words: &Vocabulary) -> Self {
        let mut request = Self::valid(draw, words);
        for _ in 0..1 + draw.below(3) {
            mutate::change(draw, &mut request.attrs);
        }
        request.body = encode(&request.attrs);
        if draw.percent(15) {
            mutate::change_bytes(draw, &mut request.body);
        }
        match draw.below(24) {
            0 => request.command = any_command(draw, words),
            1 => request.version = draw.edge() as u8,
            2 => request.reserved = draw.edge() as u16,
            // ROOT, MATCH, ATOMIC, CREATE, and those that are not there yet.
            3 => request.flags ^= draw.pick(&[0x100, 0x200, 0x300, 0x400, 0x800, 0x1000, 0x8000]),
            _ => {}
        }
        request
    }
}

/// A command, or what is none; not one that only this module knows where that would not be fair.
fn any_command(draw: &mut Draw, words: &Vocabulary) -> u8 {
    let number = draw.edge() as u8;
    let is_own = Command::from_u8(number).is_some_and(Command::is_own);
    match is_own && words.slow_starts.is_empty() {
        true => 0,
        false => number,
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command {} flags {:#x}", self.command, self.flags)?;
        if self.version != GENL_VERSION || self.reserved != 0 {
            write!(f, " version {} reserved {}", self.version, self.reserved)?;
        }
        for attr in &self.attrs {
            write!(f, " {attr}")?;
        }
        if encode(&self.attrs) != self.body {
            f.write_str(" as ")?;
            self.body
                .iter()
                .take(256)
                .try_for_each(|byte| write!(f, "{byte:02x}"))?;
            write!(f, " ({} bytes)", self.body.len())?;
        }
        Ok(())
    }
}

fn address4(octets: [u8; 4]) -> [u8; 16] {
    let mut address = [0; 16];
    address[..4].copy_from_slice(&octets);
    address
}

fn address6(prefix: [u8; 15], last: u8) -> [u8; 16] {
    let mut address = [last; 16];
    address[..15].copy_from_slice(&prefix);
    address
}

/// Which service.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Of IPv6.
    pub six: bool,
    /// Its mark, or 0.
    pub mark: u32,
    /// Its protocol.
    pub proto: u16,
    /// Its address.
    pub addr: [u8; 16],
    /// Its port.
    pub port: u16,
}

impl Identity {
    /// That of number `which`: each fifth one by mark, each fifth one of IPv6.
    pub fn of(which: usize) -> Self {
        let proto = [libc::IPPROTO_TCP, libc::IPPROTO_UDP, libc::IPPROTO_SCTP];
        let four = Self {
            six: false,
            mark: 0,
            proto: proto[if which % 13 == 0 { 2 } else { which % 2 }] as u16,
            addr: address4(SERVICE_ADDRS[which % 3]),
            port: PORTS[which / 2 % PORTS.len()],
        };
        match which % 5 {
            0 => Self {
                six: which % 4 == 0,
                mark: 1 + (which / 5 % 4) as u32,
                proto: libc::IPPROTO_TCP as u16,
                ..four
            },
            1 => Self {
                six: true,
                proto: proto[which / 5 % 2] as u16,
                addr: address6(SERVICE_PREFIX6, (which % 3) as u8),
                ..four
            },
            _ => four,
        }
    }

    /// As attributes.
    pub fn attrs(&self) -> Vec<Attr> {
        let af = Attr::u16(svc::AF, if self.six { AF_INET6 } else { AF_INET });
        match self.mark {
            0 => vec![
                af,
                Attr::u16(svc::PROTOCOL, self.proto),
                Attr::new(svc::ADDR, &self.addr),
                Attr::be16(svc::PORT, self.port),
            ],
            mark => vec![af, Attr::u32(svc::FWMARK, mark)],
        }
    }
}

/// The number of a service: some are spoken of far more often than others.
pub fn which(draw: &mut Draw) -> usize {
    match draw.percent(60) {
        true => draw.below(8),
        false => draw.below(SERVICES),
    }
}

/// The nest of a service.
pub fn service(draw: &mut Draw, words: &Vocabulary, full: bool) -> Attr {
    let mut attrs = Identity::of(which(draw)).attrs();
    if full {
        attrs.push(Attr::text(svc::SCHED_NAME, draw.weighted(words.schedulers)));
        let engine = draw.pick(words.engines);
        if draw.percent(10) {
            attrs.push(Attr::text(svc::PE_NAME, engine));
        }
        let flags = match draw.below(4) {
            // Any of those that have a name, and of those that have not.
            0 => draw.below(0x40) as u32,
            1 => draw.pick(&[1, 4, 0x38, u32::MAX]),
            _ => 0,
        };
        let mask = match draw.below(4) {
            0 => draw.below(0x40) as u32,
            _ => draw.weighted(&[(6, u32::MAX), (1, 0), (1, 1), (1, 5)]),
        };
        attrs.push(Attr::new(
            svc::FLAGS,
            &[flags.to_ne_bytes(), mask.to_ne_bytes()].concat(),
        ));
        let timeout = draw.pick(&[0, 1, 300, 300, 86_400, 4_000_000_000]);
        attrs.push(Attr::u32(svc::TIMEOUT, timeout));
        let netmask = draw.weighted(&[
            (5, u32::MAX),
            (3, 128),
            (1, 64),
            (1, 0x00ff_ffff),
            (1, 1),
            (1, 0),
            (1, 129),
        ]);
        attrs.push(Attr::u32(svc::NETMASK, netmask));
        if !words.slow_starts.is_empty() && draw.percent(5) {
            attrs.push(Attr::u32(SLOW_START, draw.pick(words.slow_starts)));
        }
        if !words.slow_starts.is_empty() && draw.percent(5) {
            attrs.push(policy(draw));
        }
        if !words.names.is_empty() && draw.percent(5) {
            attrs.push(Attr::new(SERVICE_NAME, draw.pick(words.names)));
        }
    }
    Attr::nest(cmd::SERVICE, attrs)
}

/// How a destination is to drain.
fn draining(draw: &mut Draw, words: &Vocabulary) -> Attr {
    let mut attrs = vec![];
    if draw.percent(50) {
        attrs.push(Attr::u32(drain::DEADLINE, draw.pick(words.deadlines)));
        attrs.push(Attr::u32(drain::ACTION, draw.below(4) as u32));
    } else if draw.percent(30) {
        attrs.push(Attr::new(drain::CANCEL, &[]));
    }
    Attr::nest(DRAIN, attrs)
}

/// What a service has of its own, which only this module knows.
fn policy(draw: &mut Draw) -> Attr {
    let fields = (0..draw.below(4)).map(|_| {
        // There is nothing under the first and the last number.
        let number = draw.below(12) as u16;
        match (draw.percent(30), number) {
            (true, _) => Attr::new(number, &[]),
            (false, 1..=5) => Attr::u32(number, draw.pick(&[1, 2, 30, 900])),
            (false, _) => Attr::u32(number, draw.pick(&[0, 1])),
        }
    });
    Attr::nest(POLICY, fields.collect())
}

/// The nest of a destination.
pub fn destination(draw: &mut Draw, full: bool) -> Attr {
    let six = draw.percent(15);
    let hot = draw.percent(60);
    let address = match six {
        true => address6(DEST_PREFIX6, draw.below(4) as u8),
        false if hot => address4(DEST_ADDRS[draw.below(2)]),
        false => address4(draw.pick(&DEST_ADDRS)),
    };
    let port = if hot { 80 } else { draw.pick(&[80, 8080, 0]) };
    let mut attrs = vec![
        Attr::new(dest::ADDR, &address),
        Attr::be16(dest::PORT, port),
    ];
    // Often that of the service, whichever that is.
    if draw.percent(30) || six {
        let family = if six { AF_INET6 } else { AF_INET };
        attrs.push(Attr::u16(dest::ADDR_FAMILY, family));
    }
    if full {
        let upper = draw.weighted(&[(5, 0), (2, 10), (1, 1_000_000)]);
        let lower = draw.pick(&[0, upper, upper / 2]);
        attrs.extend([
            Attr::u32(
                dest::FWD_METHOD,
                draw.weighted(&[(5, 0), (1, 1), (3, 2), (2, 3), (1, 4)]),
            ),
            Attr::u32(
                dest::WEIGHT,
                draw.weighted(&[(5, 1), (2, 0), (2, 100), (1, 0x7fff_ffff)]),
            ),
            Attr::u32(dest::U_THRESH, upper),
            Attr::u32(dest::L_THRESH, lower),
        ]);
        if draw.percent(30) {
            attrs.push(Attr::new(dest::TUN_TYPE, &[draw.pick(&[0, 1, 1, 2, 2, 3])]));
            attrs.push(Attr::be16(dest::TUN_PORT, draw.pick(&[6080, 0])));
            attrs.push(Attr::u16(dest::TUN_FLAGS, draw.below(4) as u16));
        }
    }
    Attr::nest(cmd::DEST, attrs)
}

/// The nest of a sync daemon.
fn sync_daemon(draw: &mut Draw, words: &Vocabulary) -> Attr {
    let mut attrs = vec![
        Attr::u32(daemon::STATE, draw.pick(&[1, 2, 1, 2, 3])),
        Attr::text(daemon::MCAST_IFN, draw.pick(words.interfaces)),
        Attr::u32(daemon::SYNC_ID, draw.pick(&[0, 1, 255])),
    ];
    if draw.percent(40) {
        attrs.push(Attr::u16(daemon::SYNC_MAXLEN, draw.pick(&[0, 100, 1472])));
        attrs.push(Attr::u16(daemon::MCAST_PORT, draw.pick(&[8848, 9000])));
        attrs.push(Attr::new(daemon::MCAST_TTL, &[draw.pick(&[0, 1, 255])]));
    }
    match draw.below(4) {
        0 => attrs.push(Attr::new(daemon::MCAST_GROUP, &[224, 0, 0, 81])),
        1 => attrs.push(Attr::new(daemon::MCAST_GROUP6, &address6([0xff; 15], 1))),
        _ => {}
    }
    Attr::nest(cmd::DAEMON, attrs)
}

/// Lifetimes.
fn config(draw: &mut Draw) -> Vec<Attr> {
    [cmd::TIMEOUT_TCP, cmd::TIMEOUT_TCP_FIN, cmd::TIMEOUT_UDP]
        .into_iter()
        .filter_map(|kind| {
            let seconds = draw.pick(&[0, 1, 2, 60, 900]);
            draw.percent(70).then(|| Attr::u32(kind, seconds))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipvs_core::addr::Family;
    use ipvs_core::uapi::dest::parse_dest;
    use ipvs_core::uapi::nla::Attrs;
    use ipvs_core::uapi::service::parse_service;
    use std::collections::BTreeSet;

    #[test]
    fn valid_ones_can_be_read() {
        let mut draw = Draw::new(1, 0);
        let mut services = BTreeSet::new();
        let mut commands = BTreeSet::new();
        for _ in 0..20_000 {
            let request = Request::valid(&mut draw, &EVERYTHING);
            commands.insert(request.command);
            let full = |ones: &[u8]| ones.contains(&request.command);
            for attr in Attrs::new(&request.body) {
                match attr.kind {
                    cmd::SERVICE => {
                        let (key, _) = parse_service(attr.data, full(&[1, 2])).unwrap();
                        services.insert(key);
                    }
                    cmd::DEST => {
                        parse_dest(attr.data, Family::V4, full(&[5, 6])).unwrap();
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(services.len(), SERVICES - duplicates());
        assert_eq!(
            commands.len(),
            24,
            "all of C but SET_INFO, and all of ours but EVENT"
        );
    }

    /// How many of the identities are equal to one before.
    fn duplicates() -> usize {
        let all: Vec<_> = (0..SERVICES)
            .map(|which| encode(&Identity::of(which).attrs()))
            .collect();
        SERVICES - all.iter().collect::<BTreeSet<_>>().len()
    }

    #[test]
    fn there_are_services_enough() {
        assert!(SERVICES - duplicates() >= 25, "{}", duplicates());
        // The ones that are spoken of most are all different.
        let first: BTreeSet<_> = (0..8)
            .map(|which| encode(&Identity::of(which).attrs()))
            .collect();
        assert_eq!(first.len(), 8);
    }

    #[test]
    fn broken_ones_are_mostly_different() {
        let mut one = Draw::new(1, 0);
        let mut readable = 0;
        for _ in 0..5_000 {
            let request = Request::broken(&mut one, &EVERYTHING);
            assert!(request.body.len() < 65_000);
            readable += Attrs::new(&request.body)
                .filter(|attr| attr.kind == cmd::SERVICE)
                .filter(|attr| parse_service(attr.data, false).is_ok())
                .count();
        }
        assert!(readable > 1_500, "{readable}");
    }
}
