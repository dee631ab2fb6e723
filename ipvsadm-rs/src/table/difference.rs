// SPDX-License-Identifier: GPL-2.0
//! What makes one table of another: as changes for the kernel, and for people.

use super::{endpoint, name, write, Entry, Table};
use crate::client::message::{encode, Batch};
use crate::model::{Server, Service, ServiceKey};
use ipvs_core::uapi::cmd::Command;

/// A change of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Change {
    AddService(Service),
    /// From one to the other.
    EditService(Service, Service),
    DeleteService(Service, Vec<Server>),
    AddServer(ServiceKey, Server),
    EditServer(ServiceKey, Server, Server),
    DeleteServer(ServiceKey, Server),
}

/// The changes that make `to` of `from`, service by service.
pub fn difference(from: &Table, to: &Table) -> Vec<Change> {
    let mut changes = Vec::new();
    for (place, entry) in to {
        match from.get(place) {
            Some(old) => of_entry(old, entry, &mut changes),
            None => {
                let key = entry.service.key;
                changes.push(Change::AddService(entry.service.clone()));
                let servers = entry.servers.values();
                changes.extend(servers.map(|server| Change::AddServer(key, *server)));
            }
        }
    }
    for (place, entry) in from {
        if !to.contains_key(place) {
            let servers = entry.servers.values().copied().collect();
            changes.push(Change::DeleteService(entry.service.clone(), servers));
        }
    }
    changes
}

fn of_entry(old: &Entry, new: &Entry, changes: &mut Vec<Change>) {
    let key = new.service.key;
    if old.service != new.service {
        let (old, new) = (old.service.clone(), new.service.clone());
        changes.push(Change::EditService(old, new));
    }
    for (place, server) in &new.servers {
        match old.servers.get(place) {
            None => changes.push(Change::AddServer(key, *server)),
            Some(old) if old != server => changes.push(Change::EditServer(key, *old, *server)),
            Some(_) => {}
        }
    }
    for (place, server) in &old.servers {
        if !new.servers.contains_key(place) {
            changes.push(Change::DeleteServer(key, *server));
        }
    }
}

impl Change {
    /// The service that it is about.
    pub fn key(&self) -> &ServiceKey {
        match self {
            Self::AddService(service)
            | Self::EditService(_, service)
            | Self::DeleteService(service, _) => &service.key,
            Self::AddServer(key, _) | Self::EditServer(key, ..) | Self::DeleteServer(key, _) => key,
        }
    }

    /// How messages name what it is about.
    pub fn name(&self) -> String {
        let service = name(self.key());
        match self {
            Self::AddServer(_, server)
            | Self::EditServer(_, _, server)
            | Self::DeleteServer(_, server) => {
                let server = endpoint(server.addr, server.port);
                format!("server {server} of {service}")
            }
            _ => service,
        }
    }
}

/// The changes as the kernel takes them.
pub fn batch(changes: &[Change]) -> Batch {
    let mut batch = Batch::default();
    let mut before = None;
    for change in changes {
        let key = change.key();
        let is_other = before.replace(*key) != Some(*key);
        let (command, server) = match change {
            Change::AddService(service) => {
                batch.push(Command::NewService, |body| {
                    encode::put_service(body, service);
                });
                continue;
            }
            Change::EditService(_, service) => {
                batch.push(Command::SetService, |body| {
                    encode::put_service(body, service);
                });
                continue;
            }
            Change::DeleteService(..) => {
                batch.push(Command::DelService, |body| {
                    encode::put_service_key(body, key);
                });
                continue;
            }
            Change::AddServer(_, server) => (Command::NewDest, server),
            Change::EditServer(_, _, server) => (Command::SetDest, server),
            Change::DeleteServer(_, server) => (Command::DelDest, server),
        };
        batch.push(command, |body| {
            if is_other {
                encode::put_service_key(body, key);
            }
            encode::put_server_alone(body, server, command == Command::SetDest);
        });
    }
    batch
}

/// The changes for people: lines that begin with `+`, `-` or `~`.
pub fn show(changes: &[Change], colour: bool) -> String {
    let mut lines = Lines {
        text: String::new(),
        colour,
    };
    let mut before = None;
    for change in changes {
        let key = change.key();
        let is_other = before.replace(*key) != Some(*key);
        match change {
            Change::AddService(service) => lines.whole('+', "", &write::service(service)),
            Change::EditService(old, new) => {
                lines.line('~', &write::service(new)[0]);
                lines.both("", &write::service(old), &write::service(new));
            }
            Change::DeleteService(service, servers) => {
                lines.whole('-', "", &write::service(service));
                for server in servers {
                    lines.whole('-', "  ", &write::server(server));
                }
            }
            _ if is_other => lines.line('~', &name(key)),
            _ => {}
        }
        match change {
            Change::AddServer(_, server) => lines.whole('+', "  ", &write::server(server)),
            Change::DeleteServer(_, server) => lines.whole('-', "  ", &write::server(server)),
            Change::EditServer(_, old, new) => {
                lines.line('~', &format!("  {}", write::server(new)[0]));
                lines.both("  ", &write::server(old), &write::server(new));
            }
            _ => {}
        }
    }
    lines.text
}

struct Lines {
    text: String,
    colour: bool,
}

impl Lines {
    fn line(&mut self, mark: char, line: &str) {
        let colour = match mark {
            '+' => "\x1b[32m",
            '-' => "\x1b[31m",
            _ => "\x1b[33m",
        };
        let (begin, end) = if self.colour {
            (colour, "\x1b[0m")
        } else {
            ("", "")
        };
        self.text.push_str(&format!("{begin}{mark} {line}{end}\n"));
    }

    /// All lines of something; those behind the first are further to the right.
    fn whole(&mut self, mark: char, indent: &str, lines: &[String]) {
        let mut more = "";
        for line in lines {
            self.line(mark, &format!("{indent}{more}{line}"));
            more = "    ";
        }
    }

    /// The lines in which two things differ.
    fn both(&mut self, indent: &str, old: &[String], new: &[String]) {
        for line in old.iter().filter(|line| !new.contains(line)) {
            self.line('-', &format!("{indent}    {line}"));
        }
        for line in new.iter().filter(|line| !old.contains(line)) {
            self.line('+', &format!("{indent}    {line}"));
        }
    }
}

#[cfg(test)]
mod tests;
