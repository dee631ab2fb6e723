// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs drain`: a server gets no new connections, and goes when it has none left.

use super::target::{endpoint, ServiceArgs};
use super::Tool;
use crate::client::message::{encode, Batch};
use crate::client::transport::Transport;
use crate::client::Client;
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::model::{ServerEntry, ServiceKey};
use crate::run;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::drain::{Action, DrainSpec, DrainView, State, Terms};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

/// Let a server finish its connections, and remove it when it has none left
///
/// A server that drains gets no new connection, neither from the scheduler nor by persistence; those
/// that it has go on. When the last one has gone, it is removed. Its weight stays what it is. Draining
/// anew replaces deadline and action. Without -r the servers of the service that drain are shown.
#[derive(clap::Parser, Debug)]
#[command(name = "drain", after_help = EXAMPLE)]
pub struct Drain {
    #[command(flatten)]
    service: ServiceArgs,
    /// The server
    #[arg(short = 'r', long, value_name = "ADDRESS[:PORT]")]
    real_server: Option<String>,
    /// How long it may take: 90, 90s, 5m, 1h, 500ms
    #[arg(long, value_name = "TIME", value_parser = time, requires = "real_server")]
    deadline: Option<u32>,
    /// What happens to the connections that are left then
    #[arg(long, value_enum, requires = "deadline", default_value_t = Then::Keep)]
    then: Then,
    /// Take new connections again
    #[arg(long, conflicts_with_all = ["deadline", "then", "wait"], requires = "real_server")]
    cancel: bool,
    /// Wait until the server is gone; fails if there are connections left that are kept
    #[arg(long, requires = "real_server")]
    wait: bool,
}

const EXAMPLE: &str = "\
Example:
  ipvsadm-rs drain -t 192.0.2.1:80 -r 10.0.0.2:80 --deadline 60s --then reset --wait";

/// What happens to connections at the deadline.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// They go on, and so does draining
    Keep,
    /// They end; client and server of TCP by NAT are sent a RST
    Reset,
    /// They are forgotten, and nobody is told
    Forget,
}

impl From<Then> for Action {
    fn from(then: Then) -> Self {
        match then {
            Then::Keep => Self::Keep,
            Then::Reset => Self::Reset,
            Then::Forget => Self::Forget,
        }
    }
}

/// The name of an action, as on the command line.
pub fn action_name(action: Action) -> &'static str {
    match action {
        Action::Keep => "keep",
        Action::Reset => "reset",
        Action::Forget => "forget",
    }
}

/// The name of a state.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Draining => "draining",
        State::Overdue => "overdue",
    }
}

/// A time with its unit, in milliseconds; without one it is seconds.
fn time(text: &str) -> Result<u32, String> {
    const UNITS: [(&str, u32); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let (number, factor) = UNITS
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .unwrap_or((text, 1000));
    let number: u32 = number
        .parse()
        .map_err(|_| "a number with ms, s, m or h is expected".to_owned())?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "the longest time is 49 days".to_owned())
}

impl Drain {
    fn spec(&self) -> DrainSpec {
        match self.cancel {
            true => DrainSpec::Cancel,
            false => DrainSpec::Begin(Terms {
                deadline_ms: self.deadline,
                action: self.then.into(),
            }),
        }
    }
}

impl Tool for Drain {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let key = self.service.key(context.names)?;
        let Some(text) = &self.real_server else {
            let mut client = run::connect(context)?;
            return show(&mut client, &key, out);
        };
        let (addr, port) = endpoint(text, self.service.protocol(), context.names)?;
        let server = SocketAddr::new(addr, port.unwrap_or_else(|| port_of(&key)));
        let mut client = run::connect(context)?;
        let mut batch = Batch::default();
        batch.push(Command::Drain, |body| {
            encode::put_drain(body, &key, server, &self.spec());
        });
        client.change(&batch)?;
        match self.wait {
            true => wait(&mut client, &key, server, context.terminal),
            false => Ok(()),
        }
    }
}

/// The port of servers of which nothing is said.
fn port_of(key: &ServiceKey) -> u16 {
    match key {
        ServiceKey::Address { port, .. } => *port,
        ServiceKey::Mark { .. } => 0,
    }
}

/// Shows the servers that drain.
fn show<T: Transport>(
    client: &mut Client<T>,
    key: &ServiceKey,
    out: &mut Sink,
) -> Result<(), Error> {
    client.service(key)?;
    for entry in client.servers(key, false)? {
        if let Some(drain) = &entry.drain {
            let server = SocketAddr::new(entry.server.addr, entry.server.port);
            let _ = writeln!(out.text, "{server} {}", told(&entry, drain));
        }
    }
    Ok(())
}

/// How far it is.
fn told(entry: &ServerEntry, drain: &DrainView) -> String {
    let left = entry.active.saturating_add(entry.inactive);
    let mut text = format!("{} connections left, {} of them active", left, entry.active);
    let then = action_name(drain.action);
    match (drain.state, drain.remaining_ms) {
        (State::Draining, Some(ms)) => {
            let _ = write!(text, "; in {} s: {then}", ms.div_ceil(1000));
        }
        (State::Draining, None) => {}
        (State::Overdue, _) => {
            let _ = write!(text, "; the deadline has passed: {then}");
        }
    }
    text
}

/// What a look at a server that drains says.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    /// It is not there any more.
    Gone,
    /// Somebody has it take connections again, or has added it anew.
    Cancelled,
    /// The deadline has passed, and so many connections are kept.
    Left(u32),
    /// It goes on.
    Going(String),
}

impl Progress {
    fn of(servers: &[ServerEntry], server: SocketAddr) -> Self {
        let is_it = |entry: &&ServerEntry| {
            (entry.server.addr, entry.server.port) == (server.ip(), server.port())
        };
        let Some(entry) = servers.iter().find(is_it) else {
            return Self::Gone;
        };
        match &entry.drain {
            None => Self::Cancelled,
            Some(drain) if drain.state == State::Overdue && drain.action == Action::Keep => {
                Self::Left(entry.active.saturating_add(entry.inactive))
            }
            Some(drain) => Self::Going(told(entry, drain)),
        }
    }
}

/// Waits until the server is gone.
fn wait<T: Transport>(
    client: &mut Client<T>,
    key: &ServiceKey,
    server: SocketAddr,
    terminal: bool,
) -> Result<(), Error> {
    let clear = || {
        if terminal {
            run::tell("\r\x1b[K");
        }
    };
    loop {
        let progress = Progress::of(&client.servers(key, false)?, server);
        match progress {
            Progress::Going(text) if terminal => run::tell(&format!("\r{server}: {text}\x1b[K")),
            Progress::Going(_) => {}
            Progress::Gone => {
                clear();
                return Ok(());
            }
            Progress::Cancelled => {
                clear();
                run::tell(&format!("{server} does not drain any more\n"));
                return Err(Error::Reported(1));
            }
            Progress::Left(count) => {
                clear();
                run::tell(&format!(
                    "{server}: the deadline has passed, {count} connections are left\n"
                ));
                return Err(Error::Reported(1));
            }
        }
        sleep(Duration::from_millis(500));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Server;
    use clap::Parser;

    #[test]
    fn times() {
        assert_eq!(time("90"), Ok(90_000));
        assert_eq!(time("90s"), Ok(90_000));
        assert_eq!(time("5m"), Ok(300_000));
        assert_eq!(time("1h"), Ok(3_600_000));
        assert_eq!(time("500ms"), Ok(500));
        assert_eq!(time("0"), Ok(0));
        for text in ["", "s", "-1", "1d", "1.5s", "5000000"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    fn parse(words: &str) -> Result<Drain, clap::Error> {
        Drain::try_parse_from(words.split(' '))
    }

    #[test]
    fn lines() {
        let line = parse("drain -t 192.0.2.1:80 -r 10.0.0.2 --deadline 60 --then reset").unwrap();
        let terms = Terms {
            deadline_ms: Some(60_000),
            action: Action::Reset,
        };
        assert_eq!(line.spec(), DrainSpec::Begin(terms));
        let line = parse("drain -t 192.0.2.1:80 -r 10.0.0.2 --cancel").unwrap();
        assert_eq!(line.spec(), DrainSpec::Cancel);
        let line = parse("drain -f 1 -r 10.0.0.2 --wait").unwrap();
        let terms = Terms {
            deadline_ms: None,
            action: Action::Keep,
        };
        assert_eq!(line.spec(), DrainSpec::Begin(terms));
        assert!(parse("drain -t 192.0.2.1:80").is_ok());
        for words in [
            "drain",
            "drain -r 10.0.0.2",
            "drain -t 192.0.2.1:80 --wait",
            "drain -t 192.0.2.1:80 --cancel",
            "drain -t 192.0.2.1:80 -r 10.0.0.2 --then reset",
            "drain -t 192.0.2.1:80 -r 10.0.0.2 --cancel --wait",
            "drain -t 192.0.2.1:80 -r 10.0.0.2 --deadline 60 --cancel",
            "drain -t 192.0.2.1:80 -r 10.0.0.2 --deadline 60 --then drop",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }

    #[test]
    fn progress() {
        let view = DrainView {
            state: State::Draining,
            action: Action::Keep,
            remaining_ms: Some(1500),
        };
        let server: SocketAddr = "10.0.0.2:80".parse().unwrap();
        let entry = |drain| ServerEntry {
            server: Server {
                addr: server.ip(),
                port: 80,
                ..Server::default()
            },
            active: 2,
            inactive: 1,
            persistent: 0,
            drain,
            feedback: 1000,
            stats: Default::default(),
        };
        assert_eq!(Progress::of(&[], server), Progress::Gone);
        assert_eq!(Progress::of(&[entry(None)], server), Progress::Cancelled);
        assert_eq!(
            Progress::of(&[entry(Some(view))], server),
            Progress::Going("3 connections left, 2 of them active; in 2 s: keep".into())
        );
        let overdue = DrainView {
            state: State::Overdue,
            remaining_ms: Some(0),
            ..view
        };
        assert_eq!(
            Progress::of(&[entry(Some(overdue))], server),
            Progress::Left(3)
        );
        let ending = DrainView {
            action: Action::Reset,
            ..overdue
        };
        assert_eq!(
            Progress::of(&[entry(Some(ending))], server),
            Progress::Going(
                "3 connections left, 2 of them active; the deadline has passed: reset".into()
            )
        );
    }
}
