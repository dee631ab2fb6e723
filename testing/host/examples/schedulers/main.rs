// SPDX-License-Identifier: GPL-2.0

//! What schedulers do with many directors, when a server goes, and when one comes back: simulations
//! over core, as SVG.
//!
//!     make plots        writes Documentation/schedulers-*.svg
//!
//! The same figures come out each time.

mod chart;
mod director;

use std::path::PathBuf;

use chart::{
    Chart,
    Line, //
};
use director::{
    Director,
    Random, //
};
use ipvs_core::sched::{
    mh,
    slow,
    Kind,
    Load, //
};

const SERVERS: usize = 20;

/// A server with so many connections, all active.
fn load(conns: u32) -> Load {
    Load {
        weight: 1,
        active: conns,
        total: conns,
        overloaded: false,
    }
}

/// What the most loaded of 20 servers has, in parts of the mean, when 200 connections have come since
/// the start, at directors of which each sees its own connections only.
fn herding() -> Chart {
    const CONNS: usize = 200;
    const RUNS: u64 = 100;
    let line = |kind: Kind| {
        let points = [1, 2, 4, 8, 16, 32].map(|count: usize| {
            let mut sum = 0.0;
            for run in 0..RUNS {
                let mut random = Random::new(run);
                let mut directors: Vec<_> = (0..count)
                    .map(|_| Director::new(kind, &[load(0); SERVERS], random.next()))
                    .collect();
                let mut totals = [0_u32; SERVERS];
                for _ in 0..CONNS {
                    let director = &mut directors[random.below(count)];
                    let client = random.next() as u32;
                    let server = director.open(client, |_| slow::ONE).unwrap();
                    totals[server] += 1;
                }
                let most = f64::from(*totals.iter().max().unwrap());
                sum += most / (CONNS as f64 / SERVERS as f64);
            }
            (count as f64, sum / RUNS as f64)
        });
        Line::new(kind.name(), points.to_vec())
    };
    Chart {
        title: "200 connections to 20 servers after the start",
        x: "directors",
        y: "most loaded server, in parts of the mean",
        doubling: true,
        lines: [Kind::Rr, Kind::Srr, Kind::Wlc, Kind::P2c]
            .map(line)
            .to_vec(),
    }
}

/// How many of those who were not at the server that is removed have another one afterwards.
fn disruption() -> Chart {
    const CONNS: u32 = 4_000;
    let sizes = [5, 10, 20, 40, 80];
    let moved = |kind: Kind, with: &dyn Fn(usize) -> f64| {
        Line::new(
            kind.name(),
            sizes.map(|size| (size as f64, with(size))).to_vec(),
        )
    };
    let slots = |size: usize| {
        let ids: Vec<_> = (0..size).collect();
        let before = director::table(&ids);
        let sum: usize = (0..5)
            .map(|gone| {
                let rest: Vec<_> = ids.iter().copied().filter(|&id| id != gone).collect();
                let after = director::table(&rest);
                let pairs = before.iter().zip(&after);
                pairs
                    .filter(|(old, new)| **old != gone && old != new)
                    .count()
            })
            .sum();
        100.0 * sum as f64 / 5.0 / mh::SIZE as f64
    };
    // All connections open again, one after the other, without the first server.
    let clients = |size: usize| {
        let mut before = Director::new(Kind::Mhb, &vec![load(0); size], 1);
        let mut after = before.clone();
        after.remove(0);
        let mut moved = 0;
        for client in 0..CONNS {
            let client = client.wrapping_mul(0x9e37_79b9);
            let old = before.open(client, |_| slow::ONE).unwrap();
            let new = after.open(client, |_| slow::ONE).unwrap();
            moved += u32::from(old != 0 && old != new);
        }
        100.0 * f64::from(moved) / f64::from(CONNS)
    };
    let mut bounded = moved(Kind::Mhb, &clients);
    bounded.name = "mhb, 4,000 clients";
    let mut table = moved(Kind::Mh, &slots);
    table.name = "mh and mhb, slots";
    Chart {
        title: "One server is removed: who moves without need",
        x: "servers before",
        y: "% of all",
        doubling: true,
        lines: vec![table, bounded],
    }
}

/// One of 20 servers comes back without connections: what it gets of the new ones.
fn flood() -> Chart {
    const RATE: usize = 200;
    const LIFETIME: f64 = 30.0;
    const WINDOW: u32 = 30;
    const SECONDS: usize = 75;
    let line = |(kind, window, name): (Kind, u32, &'static str)| {
        let mut random = Random::new(5);
        let mean = (RATE as f64 * LIFETIME) as u32 / (SERVERS as u32 - 1);
        let mut servers = [load(mean); SERVERS];
        servers[0] = load(0);
        let mut director = Director::new(kind, &servers, 7);
        // When the connections that are there end, and at which server.
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); (SECONDS + 1) * RATE];
        let end_of =
            |ends: &mut Vec<Vec<usize>>, now: usize, server: usize, random: &mut Random| {
                let end = now + (random.exponential() * LIFETIME * RATE as f64) as usize;
                if let Some(list) = ends.get_mut(end) {
                    list.push(server);
                }
            };
        for server in 1..SERVERS {
            for _ in 0..mean {
                end_of(&mut ends, 0, server, &mut random);
            }
        }
        let mut points = Vec::new();
        for second in 0..SECONDS {
            let mut got = 0;
            for step in 0..RATE {
                let now = second * RATE + step;
                for server in std::mem::take(&mut ends[now]) {
                    director.close(server);
                }
                let elapsed = (now * 1000 / RATE) as u64;
                let factor = slow::factor(elapsed, window);
                let factor_of = |server| if server == 0 { factor } else { slow::ONE };
                let server = director.open(random.next() as u32, factor_of).unwrap();
                got += usize::from(server == 0);
                end_of(&mut ends, now + 1, server, &mut random);
            }
            let fair = RATE as f64 / SERVERS as f64;
            points.push((second as f64, got as f64 / fair));
        }
        Line::new(name, points)
    };
    Chart {
        title: "One of 20 servers comes back: 200 connections/s, 30 s each",
        x: "seconds",
        y: "its new connections, in parts of the mean",
        doubling: false,
        lines: [
            (Kind::Wlc, 0, "wlc"),
            (Kind::Wlc, WINDOW, "wlc, slow start 30 s"),
            (Kind::P2c, 0, "p2c"),
            (Kind::P2c, WINDOW, "p2c, slow start 30 s"),
            (Kind::Swrr, WINDOW, "swrr, slow start 30 s"),
        ]
        .map(line)
        .to_vec(),
    }
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("where to write to"));
    for (name, chart) in [
        ("directors", herding()),
        ("removal", disruption()),
        ("recovery", flood()),
    ] {
        let path = folder.join(format!("schedulers-{name}.svg"));
        std::fs::write(&path, chart.svg()).expect("cannot write");
        println!("{}\n{}", path.display(), chart.text());
    }
}
