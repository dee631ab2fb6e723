// SPDX-License-Identifier: GPL-2.0
//! A line to a command: options from left to right, then the rules for the whole.

use super::draft::Draft;
use super::{check, value, Command};
use crate::error::Error;
use crate::model::{Role, Timeouts};
use crate::options::{CommandDef, Lexer, Slot, Verb};
use crate::output::View;
use crate::resolve::Names;
use std::mem::take;

/// See [`Command::new`].
pub fn command(program: &str, mut line: Lexer<'_>, names: &dyn Names) -> Result<Command, Error> {
    let Some((def, role)) = line.command() else {
        return Err(Error::NoCommand {
            program: program.to_owned(),
        });
    };
    match def.verb {
        Verb::Help => return Ok(Command::Help),
        Verb::Version => return Ok(Command::Version),
        _ => {}
    }
    let mut draft = Draft::new(names);
    if matches!(def.verb, Verb::StartDaemon | Verb::StopDaemon) {
        draft.daemon.state = role_of(def.verb, role.as_deref())? as u32;
    }
    while let Some(option) = line.option() {
        let (def, value) = option?;
        draft.take(def, value.as_deref())?;
    }
    draft.finish(def, &line.words())
}

/// The value of a command about daemons; the two refusals differ by an underscore.
fn role_of(verb: Verb, value: Option<&str>) -> Result<Role, Error> {
    match value {
        Some("master") => Ok(Role::Master),
        Some("backup") => Ok(Role::Backup),
        _ if verb == Verb::StartDaemon => {
            Err(Error::refused("illegal start-daemon parameter specified"))
        }
        _ => Err(Error::refused("illegal start_daemon specified")),
    }
}

impl Draft<'_> {
    fn finish(&mut self, def: &CommandDef, words: &[&str]) -> Result<Command, Error> {
        let mut words = words.iter();
        let timeouts = if def.verb == Verb::Set {
            timeouts(&mut words)?
        } else {
            Timeouts::default()
        };
        if let Some(word) = words.next() {
            return Err(Error::refused(format!("unexpected argument {word}")));
        }
        if !self.scheduler_flags.is_empty() {
            self.flags |= value::scheduler_flags(&self.scheduler_flags, &self.scheduler)?;
        }
        check::slots(def, self)?;
        match def.verb {
            Verb::Flush => Ok(Command::Flush),
            Verb::Set => Ok(Command::SetTimeouts(timeouts)),
            Verb::Zero => Ok(Command::Zero(
                self.key().filter(|key| !check::is_nothing(key)),
            )),
            Verb::List => self.list(def),
            Verb::Save => Ok(Command::Save(self.style.numeric)),
            Verb::Restore => Ok(Command::Restore(self.has(Slot::Atomic))),
            Verb::StartDaemon => {
                if self.daemon.interface.is_empty() {
                    self.daemon.interface = "eth0".into();
                }
                Ok(Command::StartDaemon(take(&mut self.daemon)))
            }
            Verb::StopDaemon => Ok(Command::StopDaemon(take(&mut self.daemon))),
            verb => self.change(verb, def),
        }
    }

    fn change(&mut self, verb: Verb, def: &CommandDef) -> Result<Command, Error> {
        let Some(key) = self.key() else {
            return Err(check::missing(Slot::Service, def));
        };
        match verb {
            Verb::AddService | Verb::EditService => {
                check::service(self)?;
                check::policy(
                    self.style.policies,
                    "needs FIELD=VALUE[,FIELD=VALUE...]",
                    def,
                )?;
            }
            Verb::AddServer | Verb::EditServer => check::server(self)?,
            _ => {}
        }
        let server = self.server;
        Ok(match verb {
            Verb::AddService => Command::AddService(self.service_of(key)),
            Verb::EditService => Command::EditService(self.service_of(key)),
            Verb::AddServer => Command::AddServer(key, server),
            Verb::EditServer => Command::EditServer(key, server),
            Verb::DeleteServer => Command::DeleteServer(key, server),
            _ => Command::DeleteService(key),
        })
    }

    fn list(&mut self, def: &CommandDef) -> Result<Command, Error> {
        check::list(self)?;
        check::policy(!self.policy.is_empty(), "takes no value", def)?;
        self.style.view = View::of(|slot| self.has(slot));
        self.style.engines = self.has(Slot::PersistentConn);
        if self.has(Slot::Connection) {
            return Ok(Command::ListConnections(self.style));
        }
        if self.has(Slot::Timeout) {
            return Ok(Command::ListTimeouts(self.style));
        }
        if self.has(Slot::Daemon) {
            return Ok(Command::ListDaemons(self.style));
        }
        Ok(Command::List(self.key(), self.style))
    }
}

fn timeouts<'a>(words: &mut impl Iterator<Item = &'a &'a str>) -> Result<Timeouts, Error> {
    let (Some(tcp), Some(tcp_fin), Some(udp)) = (words.next(), words.next(), words.next()) else {
        return Err(Error::refused("--set option requires 3 timeout values"));
    };
    Ok(Timeouts {
        tcp: value::timeout(tcp, 0)?,
        tcp_fin: value::timeout(tcp_fin, 0)?,
        udp: value::timeout(udp, 0)?,
    })
}
