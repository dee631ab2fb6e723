// SPDX-License-Identifier: GPL-2.0

//! Maglev hashing with bounded load: as `mh`, but no server gets more than a quarter above its share
//! of the connections that there are (Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with
//! Bounded Loads", 2018).
//!
//! A connection goes to the first server that has room, in an order that the client alone gives. So
//! most clients stay with their server, and those of one that is full are spread over all others. The
//! connections of a service are the fewer the more often the bound is met by chance: with a few of
//! them per server it is.

use super::{
    mh,
    slow::Starting,
    Server, //
};

/// The bound is `share * NUMERATOR / DENOMINATOR`.
const NUMERATOR: u64 = 5;
const DENOMINATOR: u64 = 4;

/// Connections and shares of those that take connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    conns: u64,
    share: u64,
}

impl Sums {
    /// Of one server.
    #[inline]
    pub fn of<S: Server>(server: &Starting<S>) -> Self {
        match server.share() {
            0 => Self::default(),
            share => Self {
                conns: u64::from(server.total()),
                share,
            },
        }
    }

    /// The sums after one server has changed.
    #[inline]
    pub const fn with(self, old: Self, new: Self) -> Self {
        Self {
            conns: self.conns.wrapping_sub(old.conns).wrapping_add(new.conns),
            share: self.share.wrapping_sub(old.share).wrapping_add(new.share),
        }
    }
}

/// Whether a server has room for one more, of what `sums` says of all.
#[inline]
fn has_room<S: Server>(server: &Starting<S>, sums: &Sums) -> bool {
    let conns = sums.conns.wrapping_add(1).wrapping_mul(NUMERATOR);
    let share = sums.share.wrapping_mul(DENOMINATOR);
    let product = |a: u64, b: u64| u128::from(a).wrapping_mul(u128::from(b));
    // `total < ceil(conns * server.share() / share)`, without a division.
    product(u64::from(server.total()), share) < product(conns, server.share())
}

/// Picks for a client, whose [`key`](super::probe::key) this is. `at` says what is in a slot of the
/// table of [`mh`].
#[inline]
pub fn pick<T: Copy, S: Server>(
    key: u32,
    sums: &Sums,
    at: impl Fn(usize) -> Option<(T, Starting<S>)>,
) -> Option<T> {
    if sums.share == 0 {
        // Nobody takes connections: the whole table need not be looked at.
        return None;
    }
    let has_room = |(_, server): &(T, Starting<S>)| has_room(server, sums);
    let found = mh::pick(key, true, &at, has_room);
    // There is always one that has room, unless the sums are not those of the servers any more, or
    // the table has no slot for it.
    let found = found.or_else(|| mh::pick(key, true, &at, |(_, server)| server.is_usable()));
    found.map(|(item, _)| item)
}

#[cfg(test)]
mod tests {
    use super::super::{slow::ONE, Load};
    use super::*;
    use std::vec;
    use std::vec::Vec;

    struct Service {
        table: Vec<usize>,
        servers: Vec<Load>,
        factor: u32,
    }

    impl Service {
        fn new(weights: &[i32]) -> Self {
            let seat = |(id, &weight): (usize, &i32)| {
                mh::Seat::new(id as u32, 0x0a01_0000 + id as u32, 80, weight)
            };
            let mut seats: Vec<_> = weights.iter().enumerate().map(seat).collect();
            let mut table = vec![0; mh::SIZE];
            assert!(mh::fill(&mut seats, |slot, id| table[slot] = id as usize));
            let load = |&weight| Load {
                weight,
                active: 0,
                total: 0,
                overloaded: false,
            };
            Self {
                table,
                servers: weights.iter().map(load).collect(),
                factor: ONE,
            }
        }

        fn starting(&self, id: usize) -> Starting<Load> {
            // The first one has just come.
            let factor = if id == 0 { self.factor } else { ONE };
            Starting::new(self.servers[id], factor)
        }

        fn sums(&self) -> Sums {
            (0..self.servers.len()).fold(Sums::default(), |sums, id| {
                sums.with(Sums::default(), Sums::of(&self.starting(id)))
            })
        }

        fn pick(&self, client: u32) -> Option<usize> {
            pick(client, &self.sums(), |slot| {
                let id = self.table[slot];
                Some((id, self.starting(id)))
            })
        }

        fn open(&mut self, client: u32) -> usize {
            let id = self.pick(client).unwrap();
            self.servers[id].total += 1;
            id
        }
    }

    #[test]
    fn nobody_has_more_than_the_bound() {
        let weights = [1, 1, 5, 20, 0, 3];
        let mut service = Service::new(&weights);
        let mut state = 3_u32;
        for count in 1..4000 {
            // A tenth of all clients have one address.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let client = if (state >> 8) & 7 == 0 { 99 } else { state };
            service.open(client);
            for (server, weight) in service.servers.iter().zip(weights) {
                let bound = f64::from(count) * 1.25 * f64::from(weight) / 30.0;
                assert!(
                    f64::from(server.total) <= bound.ceil(),
                    "{count}: {server:?}"
                );
            }
        }
    }

    #[test]
    fn as_mh_while_there_is_room() {
        let mut service = Service::new(&[1; 10]);
        for server in &mut service.servers {
            server.total = 100;
        }
        for client in 0..1000 {
            let at = |slot: usize| service.table.get(slot).copied();
            assert_eq!(service.pick(client), mh::pick(client, true, at, |_| true));
        }
    }

    #[test]
    fn others_take_over() {
        let mut service = Service::new(&[1; 10]);
        for server in &mut service.servers {
            server.total = 100;
        }
        let home = service.pick(5).unwrap();
        service.servers[home].overloaded = true;
        let other = service.pick(5).unwrap();
        assert_ne!(other, home);
        service.servers[home].overloaded = false;
        service.servers[home].weight = 0;
        assert_eq!(service.pick(5), Some(other));
        service.servers[home].weight = 1;
        service.servers[home].total = 200;
        assert_eq!(service.pick(5), Some(other));
        for server in &mut service.servers {
            server.weight = 0;
        }
        assert_eq!(service.pick(5), None);
    }

    #[test]
    fn without_servers_there_is_no_search() {
        let service = Service::new(&[1; 3]);
        let at = |_| -> Option<(usize, Starting<Load>)> { panic!("nobody is there") };

        assert_eq!(pick(1, &Sums::default(), at), None);
        assert!(service.pick(1).is_some());
    }

    #[test]
    fn one_that_starts_has_room_for_a_tenth() {
        let mut service = Service::new(&[1; 10]);
        service.factor = 100;
        for server in &mut service.servers[1..] {
            server.total = 1000;
        }
        for client in 0..20_000 {
            let id = service.pick(client).unwrap();
            if id == 0 {
                service.servers[0].total += 1;
            }
        }
        // 9,000 connections, of which it should have a ninetieth, and a quarter more.
        let total = service.servers[0].total;
        assert!((110..150).contains(&total), "{total}");
    }

    #[test]
    fn sums_that_are_old() {
        let service = Service::new(&[1; 3]);
        let sums = Sums {
            conns: 0,
            share: u64::MAX / DENOMINATOR,
        };
        let at = |slot: usize| Some((service.table[slot], service.starting(service.table[slot])));

        assert!(pick(1, &sums, at).is_some());
    }
}
