// SPDX-License-Identifier: GPL-2.0
//! What comes of what servers say.

use super::*;
use crate::feedback::reading::Reading;
use crate::model::Stats;

const CONFIG: &str =
    "[[service]]\ntcp = '192.0.2.1:80'\n[[service.input]]\nkind = 'agent'\nport = 7\n";

struct Bench {
    config: Config,
}

/// A controller without servers to ask: what they say is given.
struct Run<'a> {
    config: &'a Config,
    watch: Watch<'a>,
    servers: Vec<ServerEntry>,
    events: Vec<Event>,
}

impl Bench {
    fn new(more: &str) -> Self {
        Self {
            config: Config::read(&format!("{CONFIG}{more}")).unwrap(),
        }
    }

    fn run(&self, count: u8) -> Run<'_> {
        Run {
            config: &self.config,
            watch: Watch::new(&self.config.services[0]),
            servers: (0..count).map(server).collect(),
            events: Vec::new(),
        }
    }
}

fn server(last: u8) -> ServerEntry {
    ServerEntry {
        server: Server {
            addr: [10, 0, 0, last].into(),
            port: 80,
            weight: 10,
            ..Server::default()
        },
        active: 0,
        inactive: 0,
        persistent: 0,
        drain: None,
        feedback: WHOLE,
        answers: None,
        stats: Stats::default(),
    }
}

impl Run<'_> {
    /// The factors that are reported if each server's input says this.
    fn round(&mut self, said: &[Result<Reading, &str>]) -> Vec<Option<u32>> {
        let said: Vec<Said> = said
            .iter()
            .map(|said| vec![said.map_err(String::from)])
            .collect();
        let mut events = Vec::new();
        let reports = self
            .watch
            .decide(&self.servers, &said, self.config, &mut |event| {
                events.push(event);
            });
        self.events.extend(events);
        let of = |entry: &ServerEntry| {
            let mut reports = reports.iter();
            reports
                .find(|report| report.addr == entry.server.addr)
                .map(|report| report.factor)
        };
        self.servers.iter().map(of).collect()
    }
}

const fn load(load: f64) -> Result<Reading, &'static str> {
    Ok(Reading::Load(load))
}

#[test]
fn the_loaded_one_gets_less() {
    let bench = Bench::new("");
    let mut run = bench.run(2);
    let factors = run.round(&[load(0.9), load(0.3)]);
    assert!(
        factors[0] < Some(950) && factors[1] > Some(1050),
        "{factors:?}"
    );
    assert!(matches!(
        &run.events[0],
        Event::Factor { server, from: 1.0, why, load: Some(0.9), .. }
            if server == "10.0.0.0:80" && why == "relative, mean load 0.600"
    ));
    let again = run.round(&[load(0.9), load(0.3)]);
    assert!(again[0] < factors[0]);
}

#[test]
fn who_says_nothing_is_left_alone_and_counts_for_nobody() {
    let bench = Bench::new("");
    let mut run = bench.run(3);
    for _ in 0..10 {
        let factors = run.round(&[load(0.5), load(0.5), Err("gone")]);
        assert_eq!(factors, [Some(1000), Some(1000), None]);
    }
    assert_eq!(run.events, []);
}

#[test]
fn silence_is_as_long_as_it_takes() {
    // The lifetime is 15 seconds.
    for (passed, rounds, is_known) in [(5, 3, true), (16, 1, false), (1, 15, true), (1, 16, false)]
    {
        let bench = Bench::new("");
        let mut run = bench.run(2);
        run.round(&[load(0.4), load(0.4)]);
        run.watch.passed = Duration::from_secs(passed);
        for _ in 0..rounds {
            run.round(&[Err("gone"), load(0.4)]);
        }
        let state = &run.watch.servers[&place(&run.servers[0])];
        let known = (state.factor.is_some(), state.reported.is_some());
        assert_eq!(known, (is_known, is_known), "{rounds} of {passed} s");
    }
}

#[test]
fn who_comes_back_goes_on_from_what_the_kernel_has() {
    let bench = Bench::new("");
    let mut run = bench.run(2);
    for _ in 0..5 {
        run.round(&[load(0.9), load(0.3)]);
    }
    run.watch.passed = Duration::from_secs(20);
    run.round(&[Err("gone"), load(0.3)]);
    run.servers[0].feedback = 990;
    let factors = run.round(&[load(0.4), load(0.4)]);
    assert!(
        factors[0] > Some(900) && factors[0] < Some(1000),
        "{factors:?}"
    );
}

#[test]
fn a_new_controller_begins_where_the_kernel_is() {
    let bench = Bench::new("");
    let mut run = bench.run(2);
    run.servers[0].feedback = 600;
    run.servers[1].feedback = 1400;
    assert_eq!(run.round(&[load(0.5), load(0.5)]), [Some(600), Some(1400)]);
    assert_eq!(run.events, []);
}

#[test]
fn shares_are_taken_as_they_are() {
    let bench = Bench::new("");
    let mut run = bench.run(3);
    let share = |share| Ok(Reading::Share(share));
    let factors = run.round(&[share(0.5), share(1.5), share(0.0)]);
    assert_eq!(factors, [Some(500), Some(1500), Some(50)]);
    assert_eq!(
        run.round(&[share(900.0), share(1.0), share(1.0)])[0],
        Some(4000)
    );
}

#[test]
fn out_unless_too_many_are() {
    let bench = Bench::new("");
    let mut run = bench.run(3);
    let out = Ok(Reading::Out);
    assert_eq!(
        run.round(&[out, load(0.5), load(0.5)]),
        [Some(50), Some(1000), Some(1000)]
    );
    assert_eq!(run.round(&[out, out, load(0.5)]), [None, None, Some(1000)]);
    assert_eq!(run.round(&[out, out, out]), [None; 3]);
    assert_eq!(
        run.round(&[load(0.5), load(0.5), load(0.5)]),
        [Some(1000); 3]
    );
    let doubts = run
        .events
        .iter()
        .filter(|event| matches!(event, Event::Service { .. }));
    assert_eq!(doubts.count(), 2);
}

#[test]
fn zhang_is_asked_if_it_is_wanted() {
    let bench = Bench {
        config: Config::read(
            &CONFIG.replace("[[service.input]]", "rule = 'zhang'\n[[service.input]]"),
        )
        .unwrap(),
    };
    let mut run = bench.run(2);
    let factors = run.round(&[load(0.95 - 0.008), load(2.0)]);
    assert_eq!(factors, [Some(1100), Some(1000)]);
}

#[test]
fn inputs_count_by_their_ratios() {
    let ratios = [1.0, 3.0];
    let loads = vec![Ok(Reading::Load(1.0)), Ok(Reading::Load(0.0))];
    assert_eq!(together(&loads, &ratios), Wish::Served(Some(0.25), 1.0));
    let mixed = vec![Ok(Reading::Load(0.5)), Ok(Reading::Share(0.5))];
    assert_eq!(together(&mixed, &ratios), Wish::Served(Some(0.5), 0.5));
    let broken = vec![Ok(Reading::Load(0.5)), Err("x".to_string())];
    assert_eq!(together(&broken, &ratios), Wish::Unknown);
    let out = vec![Ok(Reading::Out), Err("x".to_string())];
    assert_eq!(together(&out, &ratios), Wish::Out);
    assert_eq!(together(&[], &[]), Wish::Served(None, 1.0));
}

#[test]
fn what_the_director_knows_is_compared() {
    let text = CONFIG.replace("kind = 'agent'\nport = 7\n", "kind = 'connections'\n")
        + "[[service.input]]\nkind = 'new-connections'\n";
    let config = Config::read(&text).unwrap();
    let mut watch = Watch::new(&config.services[0]);
    let mut servers: Vec<_> = (0..3).map(server).collect();
    (servers[0].active, servers[1].active) = (30, 10);
    // Without a weight it is left out.
    servers[2].server.weight = 0;
    let mut events = Vec::new();
    let mut round = |servers: &[ServerEntry]| {
        let jobs = watch.begin(servers);
        assert!(jobs.is_empty(), "nobody is asked");
        watch.conclude(jobs, &config, &mut |event| events.push(event))
    };
    assert_eq!(round(&servers), [], "not counted yet");
    servers[0].stats.totals[0] = 30;
    servers[1].stats.totals[0] = 10;
    let reports = round(&servers);
    assert_eq!(reports.len(), 2);
    assert!(
        reports[0].factor < 1000 && reports[1].factor > 1000,
        "{reports:?}"
    );
    let problems = events
        .iter()
        .filter(|event| matches!(event, Event::Input { .. }));
    assert_eq!(problems.count(), 4, "{events:?}");
}

#[test]
fn of_a_round_that_was_forgotten_nothing_comes() {
    let bench = Bench::new("");
    let mut run = bench.run(2);
    let mut jobs = run.watch.begin(&run.servers);
    jobs[0].said = Some(Ok(Reading::Load(0.5)));
    run.watch.forget();
    let reports = run.watch.conclude(jobs, run.config, &mut |event| {
        run.events.push(event);
    });
    assert_eq!((reports, run.events), (Vec::new(), Vec::new()));
}
