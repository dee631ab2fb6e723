// SPDX-License-Identifier: GPL-2.0

//! The targets. What an assertion says is not a guess: it follows from the bytes.

use core::convert::Infallible;
use core::net::Ipv4Addr;

use ipvs_core::addr::Family;
use ipvs_core::byteorder::Be16;
use ipvs_core::csum::{
    Delta,
    Sum, //
};
use ipvs_core::estimate::{
    Counters,
    Estimator, //
};
use ipvs_core::hash::Key;
use ipvs_core::ip::Ip;
use ipvs_core::packet::{
    parse_ipv4,
    parse_ipv6,
    parse_quoted_ipv4,
    Headers,
    Malformed,
    Parsed,
    ISAKMP_PORT,
    L4, //
};
use ipvs_core::proto::{
    sctp,
    tcp,
    Path, //
};
use ipvs_core::sched::{
    least::{
        self,
        Metric, //
    },
    mh,
    rr,
    sh,
    twos,
    Load,
    Server, //
};
use ipvs_core::uapi::dest::{
    emit_dest,
    parse_dest,
    DestView, //
};
use ipvs_core::uapi::nla::{
    Attrs,
    Sink, //
};
use ipvs_core::uapi::service::{
    emit_service,
    parse_service,
    ServiceView, //
};
use ipvs_core::uapi::service_name::ServiceName;
use ipvs_core::uapi::stats::Stats;
use ipvs_core::wire::sctp::{
    Chunk,
    Chunks, //
};
use ipvs_core::wire::tcp::Flags;

/// Parses packets.
pub fn packet(data: &[u8]) {
    let _ = parse_ipv6(data, 0);
    let _ = parse_ipv6(data, data.first().copied().unwrap_or(0).into());
    let parsed = parse_ipv4(data, 0);
    match parsed {
        Parsed::Headers(headers) => check_headers(&headers, data),
        Parsed::Fragment { proto } => assert!(matches!(proto, 6 | 17 | 132)),
        Parsed::NotHandled { proto, .. } => assert!(!matches!(proto, 6 | 17 | 50 | 51 | 132)),
        Parsed::Malformed(Malformed::Network) => {
            assert!(data.len() < 20 || !(0x45..0x50).contains(&data[0]) || data[2] == 0);
        }
        Parsed::Malformed(Malformed::Ports) => assert!(data.len() < 60 + 4),
    }
    // A quoted packet is one that was not, or need not be, reassembled, and may have any length.
    let quoted = parse_quoted_ipv4(data, 0);
    let differs = matches!(
        parsed,
        Parsed::Fragment { .. } | Parsed::Malformed(Malformed::Network)
    );
    if !differs {
        assert_eq!(quoted, parsed);
    }
    parse_quoted_ipv4(data, data.first().copied().unwrap_or(0).into());
}

/// Parses packets of IPv6.
pub fn packet6(data: &[u8]) {
    match parse_ipv6(data, 0) {
        Parsed::Headers(headers) => {
            let offset = usize::from(headers.l4_offset);
            assert!(offset >= 40 && data[0] >> 4 == 6);
            assert_eq!(headers.flow.src.octets(), data[8..24]);
            assert_eq!(headers.flow.dst.octets(), data[24..40]);
            check_transport(&headers, data);
        }
        Parsed::Fragment { proto } => assert_ne!(proto, 50),
        Parsed::NotHandled { proto, .. } => assert!(!matches!(proto, 6 | 17 | 50 | 132)),
        Parsed::Malformed(_) => (),
    }
    parse_ipv6(data, data.first().copied().unwrap_or(0).into());
}

fn check_headers(headers: &Headers<Ipv4Addr>, data: &[u8]) {
    let offset = usize::from(headers.l4_offset);
    assert!((20..=60).contains(&offset) && offset % 4 == 0);
    if headers.l4 == L4::Ipsec {
        assert!(matches!(data[9], 50 | 51));
    }
    check_transport(headers, data);
    let key = Key::new(1, 2);
    assert_eq!(
        headers.flow.reversed().reversed().hash(&key),
        headers.flow.hash(&key)
    );
}

fn check_transport<A: Ip>(headers: &Headers<A>, data: &[u8]) {
    let offset = usize::from(headers.l4_offset);
    if headers.l4 == L4::Ipsec {
        assert_eq!(
            (headers.flow.sport, headers.flow.dport),
            (ISAKMP_PORT, ISAKMP_PORT)
        );
        return;
    }
    let ports = &data[offset..offset + 4];
    assert_eq!(headers.flow.sport.to_bytes(), ports[..2]);
    assert_eq!(headers.flow.dport.to_bytes(), ports[2..]);
    match headers.l4 {
        L4::Tcp(flags) => assert_eq!(flags.0, data[offset + 13]),
        L4::Udp => assert!(data.len() >= offset + 8),
        L4::Sctp(chunks) => check_chunks(chunks, &data[offset + 12..]),
        L4::Ipsec => unreachable!(),
        L4::Truncated => assert!(data.len() < offset + 20),
    }
}

fn check_chunks(chunks: Chunks, data: &[u8]) {
    assert_eq!(chunks == Chunks::None, data.len() < 4);
    let Some(event) = chunks.event() else {
        return;
    };
    match chunks {
        Chunks::AbortAfterCookie => {
            assert!(matches!(data[0], 10 | 11));
            let len = usize::from(u16::from_be_bytes([data[2], data[3]]));
            assert_eq!(data[len.next_multiple_of(4)], 6);
        }
        _ => assert_eq!(event, Chunk::from_type(data[0])),
    }
    for path in [Path::In, Path::Out, Path::InOnly] {
        let state = sctp::next(path, event, sctp::State::Established);
        assert_eq!(sctp::State::from_u8(state as u8), Some(state));
    }
}

/// Reads the nest of a service; what it accepts is emitted and read back.
pub fn service(data: &[u8]) {
    attributes(data);
    let Ok((key, Some(spec))) = parse_service(data, true) else {
        let _ = parse_service(data, false);
        return;
    };
    assert_eq!(parse_service(data, false), Ok((key, None)));
    let _ = spec.validate(key.family);
    let view = ServiceView {
        key,
        sched: Some(&spec.sched),
        pe: spec.pe.as_ref(),
        flags: spec.merged_flags(0),
        timeout: spec.timeout,
        netmask: spec.netmask,
        slow_start: 0,
        policy: Default::default(),
        name: &ServiceName::EMPTY,
        stats: Stats::default(),
    };
    let mut buffer = Buffer::default();
    let Ok(()) = emit_service(&mut buffer, &view);
    let (again, second) = parse_service(&buffer.0[4..], true).expect("what was emitted");
    let second = second.expect("a full entry");
    assert_eq!(again, key);
    assert_eq!(second.merged_flags(u32::MAX), spec.merged_flags(0));
    assert_eq!((second.sched, second.pe), (spec.sched, spec.pe));
    assert_eq!(
        (second.timeout, second.netmask),
        (spec.timeout, spec.netmask)
    );
}

/// Reads the nest of a destination; what it accepts is emitted and read back.
pub fn dest(data: &[u8]) {
    attributes(data);
    for family in [Family::V4, Family::V6] {
        let Ok((key, Some(spec))) = parse_dest(data, family, true) else {
            let _ = parse_dest(data, family, false);
            continue;
        };
        if spec.validate(key.addr.family(), family).is_ok() {
            assert!(spec.weight >= 0);
            assert!(spec.l_threshold <= spec.u_threshold);
            assert!(spec.u_threshold <= i32::MAX as u32);
        }
        let view = DestView {
            key,
            spec,
            active: 0,
            inactive: 0,
            persist: 0,
            drain: None,
            feedback: 1000,
            answers: None,
            stats: Stats::default(),
        };
        let mut buffer = Buffer::default();
        let Ok(()) = emit_dest(&mut buffer, &view);
        assert_eq!(
            parse_dest(&buffer.0[4..], Family::V6, true),
            Ok((key, Some(spec)))
        );
    }
}

fn attributes(data: &[u8]) {
    let total: usize = Attrs::new(data).map(|attr| 4 + attr.data.len()).sum();
    assert!(total <= data.len());
}

/// Sums in parts and changes sums.
pub fn checksum(data: &[u8]) {
    let cut = usize::from(data.first().copied().unwrap_or(0)).min(data.len());
    let (head, tail) = data.split_at(cut);
    let whole = Sum::new().add_bytes(data);
    assert_eq!(
        Sum::new().add_bytes(head).add_bytes(tail).fold(),
        whole.fold()
    );

    let [a, b, c, d, e, f, g, h, rest @ ..] = data else {
        return;
    };
    let (old, new) = (Ipv4Addr::new(*a, *b, *c, *d), Ipv4Addr::new(*e, *f, *g, *h));
    let changed = [&new.octets()[..], &new.octets(), rest].concat();
    if changed.iter().any(|byte| *byte != 0) && whole.fold() != 0 {
        let after = Delta::new().change4(old, new).apply(whole.checksum());
        assert_eq!(after, Sum::new().add_bytes(&changed).checksum());
    }
    assert_ne!(
        Delta::new().change4(old, new).apply_udp(whole.checksum()),
        Be16::ZERO
    );
}

/// Everything that decides on numbers: states, schedulers, rates.
pub fn decide(data: &[u8]) {
    let mut state = tcp::State::None;
    let mut last = None;
    let mut estimator = Estimator::new(0, &Counters::default());
    let pool: Vec<Load> = data.chunks_exact(13).take(16).map(load).collect();
    for bytes in data.windows(8).take(64) {
        let path = [Path::In, Path::Out, Path::InOnly][usize::from(bytes[0]) % 3];
        let table = [tcp::Table::Normal, tcp::Table::Secure][usize::from(bytes[0]) / 3 % 2];
        state = tcp::next(table, path, Flags(bytes[1]), state);
        let pick = rr::pick(&pool[..], last);
        assert_eq!(pick.is_some(), least(Metric::Wlc, &pool).is_some());
        last = pick.or(Some(usize::from(bytes[2])));

        let word = u64::from_le_bytes([
            bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
        ]);
        let counters = Counters {
            conns: word,
            in_bytes: word.rotate_left(32),
            ..Counters::default()
        };
        estimator.update(word >> (bytes[3] & 63), &counters);
        let _ = estimator.rates();
    }
    let picks = Metric::ALL.map(|metric| least(metric, &pool));
    let random = [0, 4].map(|at| data.get(at).map_or(0, |byte| u32::from(*byte) << 24));
    let two = twos::pick(pool.iter().copied().enumerate(), random);
    for pick in picks.into_iter().chain([rr::pick(&pool[..], last), two]) {
        // "lc" takes a negative weight, which nobody can set, for a positive one.
        assert!(pick.is_none_or(|pick| pool[pick].weight != 0 && !pool[pick].overloaded));
    }
    hash(&pool, random[0]);
}

fn least(metric: Metric, pool: &[Load]) -> Option<usize> {
    least::pick(pool.iter().copied().enumerate(), |load| metric.cost(load))
}

/// Tables are full, and lead to servers that take connections.
fn hash(pool: &[Load], client: u32) {
    let list = pool.iter().enumerate();
    let mut table = Vec::new();
    sh::fill(
        list.map(|(index, load)| (index, load.weight)),
        |_, index| table.push(index),
    );
    assert!(table.len() == sh::SIZE || pool.is_empty());
    let usable = |index: &usize| pool[*index].is_usable();
    let pick = sh::pick(client, true, |slot| table.get(slot).copied(), usable);
    assert_eq!(pick.is_some(), table.iter().any(usable));

    let seat = |(id, load): (usize, &Load)| mh::Seat::new(id as u32, load.active, 0, load.weight);
    let mut seats: Vec<_> = pool.iter().enumerate().map(seat).collect();
    let mut table = vec![None; mh::SIZE];
    let filled = mh::fill(&mut seats, |slot, id| table[slot] = Some(id as usize));
    assert_eq!(filled, table.iter().all(Option::is_some));
    let pick = mh::pick(client, true, |slot| table[slot], usable);
    assert!(pick.is_none_or(|pick| usable(&pick)));
}

fn load(bytes: &[u8]) -> Load {
    let word =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);

    Load {
        weight: word(0) as i32,
        active: word(4),
        total: word(8),
        overloaded: bytes[12] & 1 != 0,
    }
}

#[derive(Default)]
struct Buffer(Vec<u8>);

impl Sink for Buffer {
    type Error = Infallible;

    fn put(&mut self, kind: u16, data: &[u8]) -> Result<(), Infallible> {
        self.0.extend((4 + data.len() as u16).to_ne_bytes());
        self.0.extend(kind.to_ne_bytes());
        self.0.extend(data);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        Ok(())
    }

    /// Where it begins.
    type Nest = usize;

    fn begin_nest(&mut self, kind: u16) -> Result<usize, Infallible> {
        let start = self.0.len();
        self.put(kind, &[])?;
        Ok(start)
    }

    fn end_nest(&mut self, start: usize) -> Result<(), Infallible> {
        let len = (self.0.len() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&len.to_ne_bytes());
        Ok(())
    }
}
