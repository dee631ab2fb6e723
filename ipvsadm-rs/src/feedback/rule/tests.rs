// SPDX-License-Identifier: GPL-2.0
//! Rules against simulated servers, which have a capacity and are given a share of a demand.

use super::*;

struct Pool {
    capacities: Vec<f64>,
    demand: f64,
    servers: Vec<Server>,
    /// In which direction each factor went last, and how often that has changed.
    directions: Vec<f64>,
    reversals: usize,
}

impl Pool {
    fn new(capacities: &[f64], demand: f64) -> Self {
        let server = Server {
            weight: 10.0,
            factor: 1.0,
            load: None,
        };
        Self {
            capacities: capacities.to_vec(),
            demand,
            servers: vec![server; capacities.len()],
            directions: vec![0.0; capacities.len()],
            reversals: 0,
        }
    }

    fn loads(&self) -> Vec<f64> {
        let share = |server: &Server| server.weight * server.factor;
        let all: f64 = self.servers.iter().map(share).sum();
        let each = self.servers.iter().zip(&self.capacities);
        each.map(|(server, capacity)| self.demand * share(server) / all / capacity)
            .collect()
    }

    /// So many steps, in which loads are smoothed.
    fn run(&mut self, steps: usize, smoothing: f64, step: impl Fn(&mut [Server])) {
        for _ in 0..steps {
            let before = self.servers.clone();
            let loads = self.loads();
            for (server, load) in self.servers.iter_mut().zip(loads) {
                server.load = Some(smooth(server.load, load, smoothing));
            }
            step(&mut self.servers);
            for ((server, before), direction) in
                self.servers.iter().zip(&before).zip(&mut self.directions)
            {
                let change = server.factor / before.factor - 1.0;
                // What is less than one in a hundred is due to others.
                if change.abs() > 0.01 {
                    self.reversals += usize::from(change * *direction < 0.0);
                    *direction = change;
                }
            }
        }
    }

    fn spread(&self) -> f64 {
        let loads = self.loads();
        let most = loads.iter().copied().fold(0.0, f64::max);
        let least = loads.iter().copied().fold(f64::INFINITY, f64::min);
        most / least
    }
}

fn relative(pool: &mut Pool, steps: usize) {
    let rule = Relative::default();
    pool.run(steps, rule.smoothing, |servers| rule.step(servers));
}

fn zhang(pool: &mut Pool, steps: usize) {
    let rule = Zhang::default();
    pool.run(steps, rule.smoothing, |servers| rule.step(servers));
}

fn near(loads: &[f64], expected: &[f64], by: f64) -> bool {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= by;
    loads.iter().zip(expected).all(close)
}

/// Two servers of capacities 100 and 50 and equal weights.
#[test]
fn relative_balances_at_any_demand() {
    for demand in [40.0, 80.0, 120.0, 140.0, 150.0, 200.0] {
        let mut pool = Pool::new(&[100.0, 50.0], demand);
        relative(&mut pool, 40);
        let fair = demand / 150.0;
        assert!(
            near(&pool.loads(), &[fair, fair], fair * 0.06),
            "{demand}: {:?}",
            pool.loads()
        );
        assert_eq!(pool.reversals, 0, "{demand}");
    }
}

/// Far from its wanted load it does nothing, below because all weights are as high as they may be,
/// above because they are as low.
#[test]
fn zhang_balances_near_its_target_only() {
    for (demand, loads) in [(40.0, [0.2, 0.4]), (80.0, [0.4, 0.8]), (200.0, [1.0, 2.0])] {
        let mut pool = Pool::new(&[100.0, 50.0], demand);
        zhang(&mut pool, 200);
        assert!(
            near(&pool.loads(), &loads, 0.01),
            "{demand}: {:?}",
            pool.loads()
        );
    }
    let mut pool = Pool::new(&[100.0, 50.0], 140.0);
    zhang(&mut pool, 200);
    assert!(
        near(&pool.loads(), &[0.93, 0.94], 0.05),
        "{:?}",
        pool.loads()
    );
    assert!(pool.reversals > 20, "{}", pool.reversals);
}

#[test]
fn zhang_as_published() {
    let rule = Zhang::default();
    let step = |factor, load| {
        let mut servers = [Server {
            weight: 3.0,
            factor,
            load: Some(load),
        }];
        rule.step(&mut servers);
        servers[0].factor
    };
    assert!((step(2.0, 0.95 - 0.001) - 2.05).abs() < 1e-9);
    assert!((step(2.0, 0.95 + 0.008) - 1.9).abs() < 1e-9);
    assert_eq!(step(2.0, 0.95), 2.0);
    assert_eq!(step(1.0, 2.0), 1.0, "never below the default");
    assert_eq!(step(10.0, 0.0), 10.0);
    let rule = Zhang {
        threshold: 3.0,
        ..rule
    };
    let mut servers = [Server {
        weight: 1.0,
        factor: 2.0,
        load: Some(0.9),
    }];
    rule.step(&mut servers);
    assert_eq!(servers[0].factor, 2.0);
}

/// A small generator, the same each time (that of Numerical Recipes).
struct Numbers(u32);

impl Numbers {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0 >> 8) / f64::from(1 << 24)
    }
}

#[test]
fn relative_converges_with_any_capacities() {
    let mut numbers = Numbers(1);
    for round in 0..300 {
        let count = 2 + (numbers.part() * 20.0) as usize;
        let capacities: Vec<f64> = (0..count).map(|_| 20.0 + 80.0 * numbers.part()).collect();
        let sum: f64 = capacities.iter().sum();
        let mut pool = Pool::new(&capacities, sum * (0.05 + 1.5 * numbers.part()));
        relative(&mut pool, 20);
        // One in the middle may be moved by the others first.
        assert!(pool.reversals < count, "{round}: {capacities:?}");
        pool.reversals = 0;
        pool.directions.fill(0.0);
        relative(&mut pool, 60);
        assert!(
            pool.spread() < 1.15,
            "{round}: {capacities:?} {:?}",
            pool.loads()
        );
        assert_eq!(pool.reversals, 0, "{round}: {capacities:?}");
        let factors: f64 = pool.servers.iter().map(|server| server.factor).sum();
        assert!(
            (factors / count as f64 - 1.0).abs() < 0.05,
            "{round}: {factors}"
        );
    }
}

#[test]
fn relative_follows_a_server_that_becomes_slow() {
    let mut pool = Pool::new(&[100.0, 100.0, 100.0], 150.0);
    relative(&mut pool, 20);
    assert!(pool.servers.iter().all(|server| server.factor == 1.0));
    pool.capacities[2] = 40.0;
    relative(&mut pool, 40);
    assert!(pool.spread() < 1.12, "{:?}", pool.loads());
    pool.capacities[2] = 100.0;
    relative(&mut pool, 40);
    assert!(pool.spread() < 1.12, "{:?}", pool.loads());
}

/// Whatever loads are claimed, nobody is shut out, nobody gets everything, and nothing jumps.
#[test]
fn relative_keeps_its_limits() {
    let rule = Relative::default();
    let mut numbers = Numbers(7);
    for _ in 0..100 {
        let count = 1 + (numbers.part() * 6.0) as usize;
        let mut servers: Vec<_> = (0..count)
            .map(|_| Server {
                weight: (numbers.part() * 5.0).floor(),
                factor: 1.0,
                load: None,
            })
            .collect();
        for _ in 0..100 {
            let before = servers.clone();
            for server in &mut servers {
                server.load = match numbers.part() {
                    part if part < 0.2 => None,
                    part if part < 0.4 => Some(0.0),
                    part if part < 0.6 => Some(1000.0),
                    part => Some(part),
                };
            }
            rule.step(&mut servers);
            for (server, before) in servers.iter().zip(&before) {
                assert!(
                    server.factor >= rule.least && server.factor <= rule.most,
                    "{server:?}"
                );
                let change = server.factor / before.factor;
                assert!((1.0 / 1.2001..=1.2001).contains(&change), "{change}");
                if server.load.is_none() {
                    assert_eq!(server.factor, before.factor);
                }
            }
        }
    }
}

#[test]
fn relative_does_nothing_without_a_reason() {
    let rule = Relative::default();
    let server = |load| Server {
        weight: 1.0,
        factor: 1.5,
        load,
    };
    for loads in [
        vec![],
        vec![Some(9.0)],
        vec![Some(9.0), None],
        vec![None, None],
        vec![Some(0.0), Some(0.0)],
        // Next to idle.
        vec![Some(0.03), Some(0.001)],
        // Within the dead band.
        vec![Some(0.5), Some(0.52)],
    ] {
        let before: Vec<_> = loads.iter().copied().map(server).collect();
        let mut servers = before.clone();
        rule.step(&mut servers);
        assert_eq!(servers, before);
    }
}

#[test]
fn smoothing() {
    assert_eq!(smooth(None, 3.0, 0.1), 3.0);
    assert_eq!(smooth(Some(1.0), 3.0, 0.25), 1.5);
    assert_eq!(smooth(Some(1.0), 3.0, 1.0), 3.0);
}
