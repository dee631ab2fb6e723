// SPDX-License-Identifier: GPL-2.0
//! All lines or none.
//!
//! The kernel has no transaction for this. Every line is understood before the first one is sent;
//! what the lines are about is read before; and when the kernel refuses one, what it has become is
//! read again and changed back. Others see the states between, what they change of the same
//! services meanwhile is lost, and counters of what had to be made anew begin at zero.

use super::{next_line, understand, words, Report};
use crate::client::message::{encode, Request};
use crate::client::transport::{Transport, WINDOW};
use crate::client::Client;
use crate::command::Command;
use crate::error::Error;
use crate::execute::{change, Context};
use crate::model::{Server, Service, ServiceKey, Timeouts};
use ipvs_core::uapi::cmd::Command as Number;
use ipvs_core::uapi::svc_flag;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io::BufRead;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;

/// A line that has been understood: its number, what it is about, what is sent.
struct Step {
    number: usize,
    about: About,
    request: Request,
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
    let mut steps = Vec::new();
    if flush {
        steps.extend(Command::Flush.step(0));
    }
    read(input, context, &mut steps, report);
    report.result()?;
    let scope = Scope::of(&steps);
    let before = State::read(client, &scope)?;
    if apply(&steps, client, report) {
        return Ok(());
    }
    let undone = State::read(client, &scope).and_then(|now| undo(&before, &now, client));
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
fn read(
    input: &mut dyn BufRead,
    context: Context<'_>,
    steps: &mut Vec<Step>,
    report: &mut Report<'_>,
) {
    let mut line = Vec::new();
    for number in 1.. {
        match next_line(input, &mut line, context.dialect) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                report.failure(number, &error);
                break;
            }
        }
        let mut words = words(&line).peekable();
        let comment = |word: &&OsStr| word.as_bytes().starts_with(b"#");
        if words.peek().is_none_or(comment) {
            continue;
        }
        let step = understand(words, context).and_then(|command| {
            let unfit = || Error::refused("This command cannot be part of an atomic restore");
            command.step(number).ok_or_else(unfit)
        });
        match step {
            Ok(step) => steps.push(step),
            Err(error) => report.failure(number, &error),
        }
    }
}

impl Command {
    /// The step of a line; `None` if it could not be undone.
    fn step(&self, number: usize) -> Option<Step> {
        let about = match self {
            Self::AddService(service) | Self::EditService(service) => About::Service(service.key),
            Self::DeleteService(key)
            | Self::AddServer(key, _)
            | Self::EditServer(key, _)
            | Self::DeleteServer(key, _) => About::Service(*key),
            Self::Flush => About::Everything,
            Self::SetTimeouts(_) => About::Timeouts,
            _ => return None,
        };
        let request = change(self)?;
        Some(Step {
            number,
            about,
            request,
        })
    }
}

/// Sends the steps, and returns whether all were carried out. After the first failure, which is
/// told, no more are sent.
fn apply<T: Transport>(steps: &[Step], client: &mut Client<T>, report: &mut Report<'_>) -> bool {
    for window in steps.chunks(WINDOW) {
        let requests: Vec<Request> = window.iter().map(|step| step.request.clone()).collect();
        let mut first = None;
        let sent = client.changes(&requests, &mut |index, error| {
            first.get_or_insert((index, error));
        });
        // what the kernel has said before the way to it broke comes first
        let failure = first.or(sent.err().map(|error| (0, error)));
        if let Some((index, error)) = failure {
            report.failure(window.get(index).map_or(0, |step| step.number), &error);
            return false;
        }
        if let Some(last) = window.last() {
            report.progress(last.number);
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
    fn of(steps: &[Step]) -> Self {
        let keys = steps.iter().filter_map(|step| match step.about {
            About::Service(key) => Some(key),
            _ => None,
        });
        Self {
            everything: steps
                .iter()
                .any(|step| matches!(step.about, About::Everything)),
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
}

impl State {
    fn read<T: Transport>(client: &mut Client<T>, scope: &Scope) -> Result<Self, Error> {
        let mut state = Self {
            timeouts: client.timeouts()?,
            ..Self::default()
        };
        for entry in client.services()? {
            let mut service = entry.service;
            let key = service.key;
            if !scope.has(&key) {
                continue;
            }
            // the kernel's own, which it does not take
            service.flags &= !svc_flag::HASHED;
            let servers = client.servers(&key, false)?.into_iter().map(|entry| {
                let mut server = entry.server;
                server.method &= 7;
                ((server.addr, server.port), server)
            });
            state.services.insert(key, (service, servers.collect()));
        }
        Ok(state)
    }
}

/// Makes `before` of `now`; the first failure, if there is one.
fn undo<T: Transport>(before: &State, now: &State, client: &mut Client<T>) -> Result<(), Error> {
    let mut failed = None;
    let sent = client.changes(&difference(now, before), &mut |_, error| {
        failed.get_or_insert(error);
    });
    failed.map_or(sent, Err)
}

/// The requests that make one state of another.
fn difference(from: &State, to: &State) -> Vec<Request> {
    let gone = from
        .services
        .keys()
        .filter(|key| !to.services.contains_key(key));
    let mut requests: Vec<Request> = gone
        .map(|key| encode::service_key(Number::DelService, key))
        .collect();
    let none = Servers::new();
    for (key, (service, servers)) in &to.services {
        let old = from.services.get(key);
        match old {
            None => requests.push(encode::service(Number::NewService, service)),
            Some((old, _)) if old != service => {
                requests.push(encode::service(Number::SetService, service));
            }
            Some(_) => {}
        }
        let old_servers = old.map_or(&none, |(_, servers)| servers);
        for (id, server) in old_servers {
            if !servers.contains_key(id) {
                requests.push(encode::server(Number::DelDest, key, server));
            }
        }
        for (id, server) in servers {
            match old_servers.get(id) {
                None => requests.push(encode::server(Number::NewDest, key, server)),
                Some(old) if old != server => {
                    requests.push(encode::server(Number::SetDest, key, server));
                }
                Some(_) => {}
            }
        }
    }
    if from.timeouts != to.timeouts {
        requests.push(encode::set_timeouts(&to.timeouts));
    }
    requests
}
