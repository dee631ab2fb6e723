// SPDX-License-Identifier: GPL-2.0

//! A balancer in memory over core: packets in, packets out, as the module puts the parts together.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use ipvs_core::byteorder::Be16;
use ipvs_core::csum::Delta;
use ipvs_core::flow::{
    Direction,
    Flow,
    Flow4, //
};
use ipvs_core::hash::Key;
use ipvs_core::packet::{
    parse_ipv4,
    Headers,
    Parsed,
    L4, //
};
use ipvs_core::proto::{
    tcp,
    Path, //
};
use ipvs_core::sched::{
    least::{
        self,
        Metric, //
    },
    rr,
    Kind,
    Load, //
};
use ipvs_core::wire::ipv4;
use ipvs_host_tests::{
    check_offset,
    is_intact,
    packet, //
};
use proptest::prelude::*;

const KEY: Key = Key::new(1, 2);
const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

struct Conn {
    /// Client to service, and server to client.
    flows: [Flow4; 2],
    server: usize,
    state: tcp::State,
    ip: [Delta; 2],
    l4: [Delta; 2],
}

struct Balancer {
    kind: Kind,
    last: Option<usize>,
    servers: Vec<(Ipv4Addr, Be16, Load)>,
    conns: Vec<Conn>,
    /// By hash; collisions are told apart by the tuple.
    table: HashMap<u32, Vec<(usize, Direction)>>,
}

impl Balancer {
    fn new(kind: Kind, servers: usize) -> Self {
        let load = Load {
            weight: 1,
            active: 0,
            total: 0,
            overloaded: false,
        };
        let server = |n| {
            (
                Ipv4Addr::new(172, 16, 0, n as u8),
                Be16::from_host(8000 + n as u16),
                load,
            )
        };
        Self {
            kind,
            last: None,
            servers: (1..=servers).map(server).collect(),
            conns: Vec::new(),
            table: HashMap::new(),
        }
    }

    fn lookup(&self, flow: &Flow4) -> Option<(usize, Direction)> {
        let chain = self.table.get(&flow.hash(&KEY))?;
        let side = |direction| match direction {
            Direction::Original => 0,
            Direction::Reply => 1,
        };
        chain
            .iter()
            .copied()
            .find(|(conn, direction)| self.conns[*conn].flows[side(*direction)] == *flow)
    }

    fn schedule(&mut self, headers: &Headers<Ipv4Addr>) -> Option<usize> {
        if headers.flow.dst != VIP || matches!(headers.l4, L4::Tcp(flags) if !flags.syn()) {
            return None;
        }
        let pool: Vec<Load> = self.servers.iter().map(|server| server.2).collect();
        let server = match self.kind {
            Kind::Rr => rr::pick(&pool[..], self.last)?,
            kind => {
                let metric = Metric::of(kind)?;
                least::pick(pool.into_iter().enumerate(), |load| metric.cost(load))?
            }
        };
        self.last = Some(server);
        let (address, port, load) = &mut self.servers[server];
        load.total += 1;
        let flow = headers.flow;
        let to_server = Delta::new().change4(flow.dst, *address);
        let to_client = Delta::new().change4(*address, flow.dst);
        self.conns.push(Conn {
            flows: [
                flow,
                Flow {
                    src: *address,
                    sport: *port,
                    dst: flow.src,
                    dport: flow.sport,
                    ..flow
                },
            ],
            server,
            state: tcp::State::None,
            ip: [
                to_server.and(Delta::TTL_DECREMENTED),
                to_client.and(Delta::TTL_DECREMENTED),
            ],
            l4: [
                to_server.change2(flow.dport, *port),
                to_client.change2(*port, flow.dport),
            ],
        });
        let conn = self.conns.len() - 1;
        for (side, direction) in [(0, Direction::Original), (1, Direction::Reply)] {
            let hash = self.conns[conn].flows[side].hash(&KEY);
            self.table.entry(hash).or_default().push((conn, direction));
        }
        Some(conn)
    }

    fn forward(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let Parsed::Headers(headers) = parse_ipv4(bytes, 0) else {
            return None;
        };
        let (conn, direction) = match self.lookup(&headers.flow) {
            Some(found) => found,
            None => (self.schedule(&headers)?, Direction::Original),
        };
        if let L4::Tcp(flags) = headers.l4 {
            self.advance(conn, direction, flags);
        }
        Some(self.conns[conn].rewrite(direction, &headers, bytes))
    }

    fn advance(&mut self, conn: usize, direction: Direction, flags: ipvs_core::wire::tcp::Flags) {
        let path = match direction {
            Direction::Original => Path::In,
            Direction::Reply => Path::Out,
        };
        let conn = &mut self.conns[conn];
        let state = tcp::next(tcp::Table::Normal, path, flags, conn.state);
        let load = &mut self.servers[conn.server].2;
        match (conn.state.is_active(), state.is_active()) {
            (false, true) => load.active += 1,
            (true, false) => load.active -= 1,
            _ => {}
        }
        conn.state = state;
    }
}

impl Conn {
    fn rewrite(&self, direction: Direction, headers: &Headers<Ipv4Addr>, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        let l4 = usize::from(headers.l4_offset);
        let (side, at, port_at, new) = match direction {
            Direction::Original => (0, ipv4::OFFSET_DST, l4 + 2, self.flows[1].reversed()),
            Direction::Reply => (1, ipv4::OFFSET_SRC, l4, self.flows[0].reversed()),
        };
        let (address, port) = match direction {
            Direction::Original => (new.dst, new.dport),
            Direction::Reply => (new.src, new.sport),
        };
        out[at..][..4].copy_from_slice(&address.octets());
        out[port_at..][..2].copy_from_slice(&port.to_bytes());
        out[ipv4::OFFSET_TTL] -= 1;
        change(&mut out, ipv4::OFFSET_CHECK, |check| {
            self.ip[side].apply(check)
        });
        change(
            &mut out,
            l4 + check_offset(headers.flow.proto),
            |check| match headers.flow.proto {
                17 => self.l4[side].apply_udp(check),
                _ => self.l4[side].apply(check),
            },
        );
        out
    }
}

fn change(bytes: &mut [u8], at: usize, new: impl Fn(Be16) -> Be16) {
    let field = &mut bytes[at..][..2];
    let check = new(Be16::from_bytes([field[0], field[1]]));
    field.copy_from_slice(&check.to_bytes());
}

fn client(n: u16, proto: u8) -> Flow4 {
    Flow {
        src: Ipv4Addr::from(0x0a00_0000 + u32::from(n)),
        dst: VIP,
        sport: Be16::from_host(1024 + n),
        dport: Be16::from_host(80),
        proto,
    }
}

fn flow_of(bytes: &[u8]) -> Flow4 {
    match parse_ipv4(bytes, 0) {
        Parsed::Headers(headers) => headers.flow,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Every packet arrives whole, and every answer looks as if the service had sent it.
    #[test]
    fn there_and_back(
        servers in 1usize..6,
        proto in prop_oneof![Just(6u8), Just(17u8)],
        packets in prop::collection::vec((0u16..50, prop::collection::vec(any::<u8>(), 0..30), 0usize..3), 1..60),
    ) {
        let mut balancer = Balancer::new(Kind::Rr, servers);
        let mut chosen = HashMap::new();
        for (n, data, options) in packets {
            let flow = client(n, proto);
            let there = balancer.forward(&packet(&flow, 0x02, 4 * options, &data)).unwrap();
            let seen = flow_of(&there);
            prop_assert!(is_intact(&there));
            prop_assert_eq!((seen.src, seen.sport), (flow.src, flow.sport));
            // Once chosen, always chosen.
            prop_assert_eq!(*chosen.entry(n).or_insert(seen), seen);

            let back = balancer.forward(&packet(&seen.reversed(), 0x12, 0, &data)).unwrap();
            prop_assert!(is_intact(&back));
            prop_assert_eq!(flow_of(&back), flow.reversed());
        }
        prop_assert_eq!(balancer.conns.len(), chosen.len());
    }
}

#[test]
fn connections_are_spread_and_counted() {
    for kind in [Kind::Rr, Kind::Wlc, Kind::Lc, Kind::Sed, Kind::Nq] {
        let mut balancer = Balancer::new(kind, 4);
        for n in 0..100 {
            for (flags, reply) in [(0x02, false), (0x12, true), (0x10, false)] {
                let flow = client(n, 6);
                let flow = match (reply, balancer.lookup(&flow)) {
                    (true, Some((conn, _))) => balancer.conns[conn].flows[1],
                    _ => flow,
                };
                balancer.forward(&packet(&flow, flags, 0, b"")).unwrap();
            }
        }
        for (_, _, load) in &balancer.servers {
            assert_eq!((load.active, load.total - load.active), (25, 0), "{kind:?}");
        }
        // RST of 40 of them.
        for n in 0..40 {
            balancer
                .forward(&packet(&client(n, 6), 0x04, 0, b""))
                .unwrap();
        }
        assert_eq!(
            balancer
                .servers
                .iter()
                .map(|server| server.2.active)
                .sum::<u32>(),
            60
        );
    }
}

#[test]
fn what_opens_nothing_is_not_scheduled() {
    let mut balancer = Balancer::new(Kind::Rr, 2);

    for flags in [0x10, 0x04, 0x01, 0x00] {
        assert_eq!(
            balancer.forward(&packet(&client(1, 6), flags, 0, b"")),
            None
        );
    }
    let elsewhere = Flow {
        dst: Ipv4Addr::new(198, 51, 100, 1),
        ..client(1, 6)
    };
    assert_eq!(balancer.forward(&packet(&elsewhere, 0x02, 0, b"")), None);
    assert!(balancer.conns.is_empty());
}
