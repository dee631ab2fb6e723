// SPDX-License-Identifier: GPL-2.0

//! A director: one service, its servers, and the connections that it knows of.

use ipvs_core::sched::{
    least,
    mh,
    mhb,
    p2c,
    rr,
    slow::{
        self,
        Starting, //
    },
    srr,
    swrr,
    tree,
    wlc,
    Kind,
    Load, //
};

/// splitmix64.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// With the mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        -(1.0 - uniform).ln()
    }
}

/// The table of Maglev over servers with these numbers.
pub(crate) fn table(ids: &[usize]) -> Vec<usize> {
    let seat = |&id: &usize| mh::Seat::new(id as u32, 0x0a01_0000 + id as u32, 80, 1);
    let mut seats: Vec<_> = ids.iter().map(seat).collect();
    let mut table = vec![0; mh::SIZE];
    assert!(mh::fill(&mut seats, |slot, id| table[slot] = id as usize));
    table
}

/// Servers are in slots; schedulers see the last one first.
#[derive(Clone)]
pub(crate) struct Director {
    kind: Kind,
    servers: Vec<Load>,
    random: Random,
    last: Option<usize>,
    clock: swrr::Clock,
    turns: Vec<swrr::Turn>,
    table: Vec<usize>,
}

impl Director {
    pub(crate) fn new(kind: Kind, servers: &[Load], seed: u64) -> Self {
        let mut clock = swrr::Clock::new(seed);
        let mut turns = vec![tree::Summary::EMPTY; tree::nodes(servers.len())];
        for slot in 0..servers.len() {
            let turn = clock.turn(tree::Summary::EMPTY, slot, slow::ONE.into());
            tree::set(&mut turns, slot, turn);
        }
        let len = servers.len();
        Self {
            kind,
            servers: servers.to_vec(),
            random: Random::new(seed),
            last: match kind {
                Kind::Srr => srr::start(seed as u32, len).and_then(|start| len.checked_sub(start)),
                _ => None,
            },
            clock,
            turns,
            table: table(&(0..len).collect::<Vec<_>>()),
        }
    }

    pub(crate) fn remove(&mut self, server: usize) {
        self.servers[server].weight = 0;
        let left = (0..self.servers.len()).filter(|&id| id != server);
        self.table = table(&left.collect::<Vec<_>>());
    }

    /// A new connection; `factor` says how much of the weight of a server counts.
    pub(crate) fn open(&mut self, client: u32, factor: impl Fn(usize) -> u32) -> Option<usize> {
        let servers = &self.servers;
        let starting = |slot: usize| Starting::new(servers[slot], factor(slot));
        let server = match self.kind {
            Kind::Rr | Kind::Srr => {
                let list: Vec<_> = servers.iter().rev().copied().collect();
                let index = rr::pick(&list[..], self.last)?;
                self.last = Some(index);
                servers.len() - 1 - index
            }
            Kind::Swrr => self
                .clock
                .pick(&mut self.turns, |slot| starting(slot).share())?,
            Kind::P2c => {
                let random = &mut self.random;
                p2c::pick(|| {
                    let slot = random.below(servers.len());
                    Some((slot, starting(slot), 0, random.next() as u16))
                })?
            }
            Kind::Mhb => {
                let sums = (0..servers.len()).fold(mhb::Sums::default(), |sums, slot| {
                    sums.with(mhb::Sums::default(), mhb::Sums::of(&starting(slot)))
                });
                let table = &self.table;
                mhb::pick(client, &sums, |entry| {
                    Some((table[entry], starting(table[entry])))
                })?
            }
            _ => {
                let list = (0..servers.len()).rev().map(|slot| (slot, starting(slot)));
                least::pick(list, wlc::cost)?
            }
        };
        self.servers[server].active += 1;
        self.servers[server].total += 1;
        Some(server)
    }

    /// One of the connections of a server ends.
    pub(crate) fn close(&mut self, server: usize) {
        self.servers[server].active -= 1;
        self.servers[server].total -= 1;
    }
}
