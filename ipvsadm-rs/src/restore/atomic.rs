// SPDX-License-Identifier: GPL-2.0
//! All lines or none.
//!
//! The kernel has no transaction for this. Every line is understood before the first one is sent;
//! what the lines are about is read before; and when the kernel refuses one, what it has become is
//! read again and changed back. Others see the states between, what they change of the same
//! services meanwhile is lost, and counters of what had to be made anew begin at zero.

use super::lines::{words, Lines};
use super::{understand, Report};
use crate::client::message::Batch;
use crate::client::transport::{Snapshot, Transport, WINDOW};
use crate::client::Client;
use crate::command::Command;
use crate::error::Error;
use crate::execute::{change, Context};
use crate::model::{Server, Service, ServiceKey, Timeouts, Wanted};
use ipvs_core::policy::{Change, Policy};
use ipvs_core::uapi::svc_flag;
use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::net::IpAddr;

/// Lines that have been understood and can be undone.
#[derive(Default)]
struct Steps {
    /// What is sent, in parts that are answered at once.
    windows: Vec<Batch>,
    /// Of each line its number and what it is about.
    lines: Vec<(usize, About)>,
}

#[derive(Clone, Copy)]
enum About {
    Service(ServiceKey),
    Everything,
    Timeouts,
}

/// Carries out all lines of `input`, after a flush if so, or none. Failures have been told when
/// this returns.
pub fn restore<T: Transport>(
    input: &mut dyn BufRead,
    flush: bool,
    context: Context<'_>,
    client: &mut Client<T>,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let mut steps = Steps::default();
    if flush {
        steps.push(0, &Command::Flush);
    }
    read(input, context, &mut steps, report);
    report.result()?;
    let scope = Scope::of(&steps);
    let before = State::read(client, &scope)?;
    before.check()?;
    if apply(&steps, client, report) {
        return Ok(());
    }
    // what of it is known is changed back also while others change the table
    let undone = State::read(client, &scope)
        .and_then(|now| undo(&before, &now, client).and_then(|()| now.check()));
    match undone {
        Ok(()) => report.say("No line has been carried out."),
        Err(error) => report.say(&format!(
            "What had been carried out could not be undone: {}",
            error.to_string().trim_end()
        )),
    }
    report.result()
}

/// Understands all lines and tells of each that is wrong.
fn read(input: &mut dyn BufRead, context: Context<'_>, steps: &mut Steps, report: &mut Report<'_>) {
    let mut lines = Lines::new(input);
    for number in 1.. {
        let line = match lines.next(context.dialect) {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => {
                report.failure(number, &error);
                break;
            }
        };
        let words = words(line);
        if words.first().is_none_or(|word| word.starts_with('#')) {
            continue;
        }
        let step = understand(&words, context).and_then(|command| {
            let unfit = "This command cannot be part of an atomic restore";
            let fit = steps.push(number, &command);
            fit.then_some(()).ok_or_else(|| Error::refused(unfit))
        });
        if let Err(error) = step {
            report.failure(number, &error);
        }
    }
}

impl Steps {
    /// Appends a line; `false` if it could not be undone.
    fn push(&mut self, number: usize, command: &Command) -> bool {
        let about = match command {
            Command::AddService(service) | Command::EditService(service) => {
                About::Service(service.key)
            }
            Command::DeleteService(key)
            | Command::AddServer(key, _)
            | Command::EditServer(key, _)
            | Command::DeleteServer(key, _) => About::Service(*key),
            Command::Flush => About::Everything,
            Command::SetTimeouts(_) => About::Timeouts,
            _ => return false,
        };
        if self.lines.len() % WINDOW == 0 {
            self.windows.push(Batch::default());
        }
        self.lines.push((number, about));
        let last = self.windows.last_mut();
        last.is_some_and(|window| change(command, window))
    }
}

/// Sends the steps, and returns whether all were carried out. After the first failure, which is
/// told, no more are sent.
fn apply<T: Transport>(steps: &Steps, client: &mut Client<T>, report: &mut Report<'_>) -> bool {
    for (window, lines) in steps.windows.iter().zip(steps.lines.chunks(WINDOW)) {
        let mut first = None;
        let sent = client.changes(window, &mut |index, error| {
            first.get_or_insert((index, error));
        });
        // what the kernel has said before the way to it broke comes first
        let failure = first.or(sent.err().map(|error| (0, error)));
        if let Some((index, error)) = failure {
            report.failure(lines.get(index).map_or(0, |(number, _)| *number), &error);
            return false;
        }
        if let Some((number, _)) = lines.last() {
            report.progress(*number);
        }
    }
    report.end_progress();
    true
}

/// What the steps are about.
struct Scope {
    everything: bool,
    keys: HashSet<ServiceKey>,
}

impl Scope {
    fn of(steps: &Steps) -> Self {
        let abouts = || steps.lines.iter().map(|(_, about)| *about);
        let keys = abouts().filter_map(|about| match about {
            About::Service(key) => Some(key),
            _ => None,
        });
        Self {
            everything: abouts().any(|about| matches!(about, About::Everything)),
            keys: keys.collect(),
        }
    }

    fn has(&self, key: &ServiceKey) -> bool {
        self.everything || self.keys.contains(key)
    }
}

type Servers = HashMap<(IpAddr, u16), Server>;

/// A part of the table.
#[derive(Default)]
struct State {
    services: HashMap<ServiceKey, (Service, Servers)>,
    timeouts: Timeouts,
    snapshot: Snapshot,
}

impl State {
    fn read<T: Transport>(client: &mut Client<T>, scope: &Scope) -> Result<Self, Error> {
        let timeouts = client.timeouts()?;
        let listing = client.listing(Wanted::NOTHING)?;
        let mut state = Self {
            timeouts,
            snapshot: listing.snapshot,
            ..Self::default()
        };
        for listed in listing.services {
            let mut service = listed.entry.service;
            let key = service.key;
            if !scope.has(&key) {
                continue;
            }
            // the kernel's own, which it does not take
            service.flags &= !svc_flag::HASHED;
            // nothing said of it would leave what a line has set
            service.slow_start.get_or_insert(0);
            service.policy = Change::from(service.policy.applied(&Policy::default()));
            service.name.get_or_insert_default();
            let asked;
            let servers = match listed.servers {
                Some(range) => listing.servers.get(range).unwrap_or_default(),
                None => {
                    asked = client.servers(&key, Wanted::NOTHING)?;
                    &asked
                }
            };
            let servers = servers.iter().map(|entry| {
                let mut server = entry.server;
                server.method &= 7;
                ((server.addr, server.port), server)
            });
            state.services.insert(key, (service, servers.collect()));
        }
        Ok(state)
    }

    /// Fails if it is not what was there at one time.
    fn check(&self) -> Result<(), Error> {
        match self.snapshot {
            Snapshot::Whole => Ok(()),
            Snapshot::Torn => Err(Error::refused("Others keep changing the table")),
        }
    }
}

/// Makes `before` of `now`; the first failure, if there is one.
fn undo<T: Transport>(before: &State, now: &State, client: &mut Client<T>) -> Result<(), Error> {
    let mut batch = Batch::default();
    for command in difference(now, before) {
        change(&command, &mut batch);
    }
    client.change(&batch)
}

/// The commands that make one state of another.
fn difference(from: &State, to: &State) -> Vec<Command> {
    let gone = from
        .services
        .keys()
        .filter(|key| !to.services.contains_key(key));
    let mut commands: Vec<Command> = gone.copied().map(Command::DeleteService).collect();
    let none = Servers::new();
    for (key, (service, servers)) in &to.services {
        let old = from.services.get(key);
        match old {
            None => commands.push(Command::AddService(service.clone())),
            Some((old, _)) if old != service => {
                commands.push(Command::EditService(service.clone()));
            }
            Some(_) => {}
        }
        let old_servers = old.map_or(&none, |(_, servers)| servers);
        for (id, server) in old_servers {
            if !servers.contains_key(id) {
                commands.push(Command::DeleteServer(*key, *server));
            }
        }
        for (id, server) in servers {
            match old_servers.get(id) {
                None => commands.push(Command::AddServer(*key, *server)),
                Some(old) if old != server => commands.push(Command::EditServer(*key, *server)),
                Some(_) => {}
            }
        }
    }
    if from.timeouts != to.timeouts {
        commands.push(Command::SetTimeouts(to.timeouts));
    }
    commands
}
