// SPDX-License-Identifier: GPL-2.0
//! Round for round: what servers say, what that makes of their factors, and the reports of it.

use super::config::{Config, Input, Service};
use super::input::Memory;
use super::journal::Event;
use super::own::{self, Counts};
use super::queue::Job;
use super::reading::Problem;
use super::rule::{self, Kind};
use super::wish::{together, Said, Wish};
use crate::client::message::encode::Report;
use crate::model::{Server, ServerEntry, WHOLE};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// A service that is watched.
pub struct Watch<'a> {
    /// What is said of it.
    pub settings: &'a Service,
    name: String,
    servers: HashMap<(IpAddr, u16), State>,
    /// Those of the round that has begun.
    round: Option<Vec<ServerEntry>>,
    /// When it has begun, or the last one.
    begun: Option<Instant>,
    /// How long after the one before.
    passed: Duration,
    has_panic: bool,
}

/// What is known of a server.
#[derive(Default)]
struct State {
    /// Its load, smoothed.
    load: Option<f64>,
    /// What the rule has made of it; `None` before it has said anything.
    factor: Option<f64>,
    /// What was reported last, in thousandths.
    reported: Option<u32>,
    /// How long it has said nothing.
    silent: Duration,
    /// What inputs remember, and what is wrong with them.
    inputs: Vec<(Memory, Option<Problem>)>,
    /// What the director had counted of it in the last round.
    counts: Option<Counts>,
}

impl<'a> Watch<'a> {
    /// Begins to watch a service.
    pub fn new(settings: &'a Service) -> Self {
        Self {
            settings,
            name: settings.name(),
            servers: HashMap::new(),
            round: None,
            begun: None,
            passed: Duration::ZERO,
            has_panic: false,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Forgets everything, as when it is switched off.
    pub fn forget(&mut self) {
        self.servers.clear();
        (self.round, self.begun) = (None, None);
    }

    /// Begins a round with these servers. What is to be asked of them.
    pub fn begin(&mut self, servers: &[ServerEntry]) -> Vec<Job<'a>> {
        // Who has no weight gets nothing, whatever is reported.
        let servers = servers.iter().filter(|entry| entry.server.weight > 0);
        let round: Vec<_> = servers.copied().collect();
        let now = Instant::now();
        let before = self.begun.replace(now);
        self.passed = before.map_or(Duration::ZERO, |before| now - before);
        let places: HashSet<_> = round.iter().map(place).collect();
        self.servers.retain(|server, _| places.contains(server));
        let inputs = &self.settings.inputs;
        let mut jobs = Vec::new();
        for (number, entry) in round.iter().enumerate() {
            let state = self.servers.entry(place(entry)).or_default();
            state.inputs.resize_with(inputs.len(), Default::default);
            for (index, input) in inputs.iter().enumerate() {
                if input.is_asked() {
                    jobs.push(Job {
                        input,
                        server: entry.server,
                        memory: state.inputs[index].0,
                        at: (number, index),
                        said: None,
                    });
                }
            }
        }
        self.round = Some(round);
        jobs
    }

    /// Takes what came of what was to be asked, decides, and says what is to be reported: nothing if the
    /// round was forgotten.
    pub fn conclude(
        &mut self,
        jobs: Vec<Job<'_>>,
        config: &Config,
        journal: &mut dyn FnMut(Event),
    ) -> Vec<Report> {
        let Some(servers) = self.round.take() else {
            return Vec::new();
        };
        let said = self.hear(&servers, jobs);
        self.note_problems(&servers, &said, journal);
        self.decide(&servers, &said, config, journal)
    }

    fn hear(&mut self, servers: &[ServerEntry], jobs: Vec<Job<'_>>) -> Vec<Said> {
        let inputs = self.settings.inputs.len();
        let mut said: Vec<Said> = vec![vec![Err("not asked".into()); inputs]; servers.len()];
        for job in jobs {
            let (number, index) = job.at;
            let inputs = &mut self.state(&job.server).inputs;
            if let Some((memory, _)) = inputs.get_mut(index) {
                *memory = job.memory;
            }
            let place = said.get_mut(number).and_then(|said| said.get_mut(index));
            if let (Some(place), Some(answer)) = (place, job.said) {
                *place = answer;
            }
        }
        self.count(servers, &mut said);
        said
    }

    /// Fills in what the director knows itself.
    fn count(&mut self, servers: &[ServerEntry], said: &mut [Said]) {
        let counted = servers.iter().map(|entry| {
            let now = Counts::of(entry);
            let before = self.state(&entry.server).counts.replace(now);
            before.map(|before| now.since(&before))
        });
        let own = own::Readings::new(servers, counted.collect());
        for (index, input) in self.settings.inputs.iter().enumerate() {
            for (number, said) in said.iter_mut().enumerate() {
                if let Some(reading) = own.reading(input, number) {
                    said[index] = reading;
                }
            }
        }
    }

    fn state(&mut self, server: &Server) -> &mut State {
        self.servers.entry((server.addr, server.port)).or_default()
    }

    fn note_problems(
        &mut self,
        servers: &[ServerEntry],
        said: &[Said],
        journal: &mut dyn FnMut(Event),
    ) {
        for (entry, said) in servers.iter().zip(said) {
            let state = self.servers.entry((entry.server.addr, entry.server.port));
            let state = state.or_default();
            for (index, ((_, known), said)) in state.inputs.iter_mut().zip(said).enumerate() {
                let problem = said.as_ref().err();
                if known.as_ref() != problem {
                    *known = problem.cloned();
                    journal(Event::Input {
                        service: self.name.clone(),
                        server: spelled(&entry.server),
                        input: index + 1,
                        problem: problem.cloned(),
                    });
                }
            }
        }
    }

    fn decide(
        &mut self,
        servers: &[ServerEntry],
        said: &[Said],
        config: &Config,
        journal: &mut dyn FnMut(Event),
    ) -> Vec<Report> {
        let ratios: Vec<f64> = self.settings.inputs.iter().map(Input::ratio).collect();
        let mut wishes: Vec<Wish> = said.iter().map(|said| together(said, &ratios)).collect();
        self.doubt(servers, &mut wishes, journal);
        let mean = self.apply_rule(servers, &wishes, config);
        let mut reports = Vec::new();
        for (entry, wish) in servers.iter().zip(&wishes) {
            let (least, most) = self.bounds();
            let state = self.state(&entry.server);
            let (wanted, why) = match *wish {
                Wish::Unknown => continue,
                Wish::Out => (least, "it wants no connections".to_string()),
                Wish::Served(load, share) => {
                    let factor = state.factor.unwrap_or(1.0) * share;
                    (factor.clamp(least, most), because(load, share, mean))
                }
            };
            let factor = (wanted * f64::from(WHOLE)).round() as u32;
            let from = state.reported.replace(factor).unwrap_or(entry.feedback);
            let load = state.load;
            if from != factor {
                journal(Event::Factor {
                    service: self.name.clone(),
                    server: spelled(&entry.server),
                    from: f64::from(from) / f64::from(WHOLE),
                    to: f64::from(factor) / f64::from(WHOLE),
                    why: format!("{}{why}", self.rule_name()),
                    load,
                });
            }
            reports.push(Report {
                addr: entry.server.addr,
                port: entry.server.port,
                factor,
            });
        }
        reports
    }

    fn rule_name(&self) -> &'static str {
        match self.settings.rule {
            Kind::Relative => "relative, ",
            Kind::Zhang => "zhang, ",
        }
    }

    fn bounds(&self) -> (f64, f64) {
        match self.settings.rule {
            Kind::Relative => (self.settings.relative.least, self.settings.relative.most),
            Kind::Zhang => (0.01, self.settings.zhang.scale),
        }
    }

    /// If most of them want no connections, something else is wrong.
    fn doubt(
        &mut self,
        servers: &[ServerEntry],
        wishes: &mut [Wish],
        journal: &mut dyn FnMut(Event),
    ) {
        let weight = |entry: &ServerEntry| f64::from(entry.server.weight);
        let all: f64 = servers.iter().map(weight).sum();
        let each = servers.iter().zip(wishes.iter());
        let out = each.filter(|(_, wish)| **wish == Wish::Out);
        let out: f64 = out.map(|(entry, _)| weight(entry)).sum();
        let panics = out > self.settings.panic * all;
        if panics {
            for wish in wishes.iter_mut().filter(|wish| **wish == Wish::Out) {
                *wish = Wish::Unknown;
            }
        }
        if panics != self.has_panic {
            self.has_panic = panics;
            let message = match panics {
                true => "too many servers want no connections: none of them is believed",
                false => "servers that want no connections are believed again",
            };
            journal(Event::Service {
                service: self.name.clone(),
                message: message.into(),
            });
        }
    }

    /// Moves the factors of those whose load is known. The mean of these loads.
    fn apply_rule(
        &mut self,
        servers: &[ServerEntry],
        wishes: &[Wish],
        config: &Config,
    ) -> Option<f64> {
        let smoothing = self.settings.smoothing();
        let (passed, lifetime) = (self.passed, config.lifetime());
        let mut seen: Vec<rule::Server> = Vec::with_capacity(servers.len());
        for (entry, wish) in servers.iter().zip(wishes) {
            let state = self.state(&entry.server);
            match *wish {
                Wish::Unknown => state.miss(passed, lifetime),
                wish => state.hear(wish, entry.feedback, smoothing),
            }
            seen.push(rule::Server {
                weight: f64::from(entry.server.weight),
                factor: state.factor.unwrap_or(1.0),
                load: match wish {
                    Wish::Served(Some(_), _) => state.load,
                    _ => None,
                },
            });
        }
        let mean = rule::mean(&seen);
        match self.settings.rule {
            Kind::Relative => self.settings.relative.step(&mut seen),
            Kind::Zhang => self.settings.zhang.step(&mut seen),
        }
        for (entry, seen) in servers.iter().zip(&seen) {
            if seen.load.is_some() {
                self.state(&entry.server).factor = Some(seen.factor);
            }
        }
        mean
    }
}

impl State {
    /// It has said nothing, for so much more time; reports have a lifetime in milliseconds.
    fn miss(&mut self, passed: Duration, lifetime: u32) {
        self.silent += passed;
        if self.silent.as_millis() > u128::from(lifetime) {
            // What comes then has nothing to do with what was before.
            (self.load, self.factor, self.reported) = (None, None, None);
        }
    }

    /// Takes what is said of it; `feedback` is what the kernel has, in thousandths.
    fn hear(&mut self, wish: Wish, feedback: u32, smoothing: f64) {
        self.silent = Duration::ZERO;
        match wish {
            // Afterwards it goes on where it was.
            Wish::Out => self.load = None,
            Wish::Served(Some(load), share) => {
                self.load = Some(rule::smooth(self.load, load, smoothing));
                // Who was here before, or the kernel, has its report still.
                let now = f64::from(feedback) / f64::from(WHOLE);
                self.factor.get_or_insert(now / share.max(0.01));
            }
            Wish::Served(None, _) | Wish::Unknown => {}
        }
    }
}

fn because(load: Option<f64>, share: f64, mean: Option<f64>) -> String {
    let mean = match (load, mean) {
        (Some(_), Some(mean)) => format!("mean load {mean:.3}"),
        (Some(_), None) => "nobody to compare with".into(),
        (None, _) => "as it says".into(),
    };
    match share {
        1.0 => mean,
        share => format!("{mean}, times {share:.3}"),
    }
}

/// Which server of its service it is.
fn place(entry: &ServerEntry) -> (IpAddr, u16) {
    (entry.server.addr, entry.server.port)
}

/// An address and a port.
fn spelled(server: &Server) -> String {
    SocketAddr::new(server.addr, server.port).to_string()
}

#[cfg(test)]
mod tests;
