// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs drain`: a server gets no new connections, and goes when it has none left.

mod look;

use super::progress::Progress;
use super::target::{endpoint, Json, ServiceArgs, SERVER};
use super::Tool;
use crate::client::message::{encode, Batch};
use crate::client::transport::Transport;
use crate::client::Client;
use crate::command::time;
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::model::{ServiceKey, Wanted};
use crate::run;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::drain::{Action, DrainSpec, Terms};
use look::{list_json, Left, Look};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

pub use look::{action_name, state_name};

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
    #[arg(short = 'r', long, value_name = "ADDRESS[:PORT]", help = SERVER)]
    real_server: Option<String>,
    /// How long it may take, such as 90, 90s, 5m or 500ms
    #[arg(long, value_name = "TIME", value_parser = time::millis_u32, requires = "real_server")]
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
    #[command(flatten)]
    json: Json,
}

const EXAMPLE: &str = "\
Examples:
  ipvsadm-rs drain -t 192.0.2.1:80 -r 10.0.0.2:80 --deadline 60s --then reset --wait
  ipvsadm-rs drain -t 192.0.2.1:80 --json";

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

impl Drain {
    /// Shows the servers that drain.
    fn list<T: Transport>(
        &self,
        client: &mut Client<T>,
        key: &ServiceKey,
        out: &mut Sink,
    ) -> Result<(), Error> {
        client.service(key)?;
        let servers = client.servers(key, Wanted::NOTHING)?;
        let draining = servers.iter().filter_map(|entry| {
            let server = SocketAddr::new(entry.server.addr, entry.server.port);
            Some((server, Left::of(entry)?))
        });
        let draining: Vec<_> = draining.collect();
        if self.json.json {
            let _ = writeln!(out.text, "{}", list_json(key, &draining));
            return Ok(());
        }
        for (server, left) in &draining {
            let _ = writeln!(out.text, "{server} {}", left.text());
        }
        Ok(())
    }

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
            return self.list(&mut client, &key, out);
        };
        let (addr, port) = endpoint(text, self.service.protocol(), context.names)?;
        let server = SocketAddr::new(addr, port.unwrap_or_else(|| port_of(&key)));
        let mut client = run::connect(context)?;
        let mut batch = Batch::default();
        batch.push(Command::Drain, |body| {
            encode::put_drain(body, &key, server, &self.spec());
        });
        client.change(&batch)?;
        out.has_done(match self.cancel {
            true => "draining has been cancelled",
            false => "draining has begun",
        });
        let look = match (self.wait, self.json.json) {
            (false, false) => return Ok(()),
            (false, true) => Look::at(&client.servers(&key, Wanted::NOTHING)?, server),
            (true, _) => wait(&mut client, &key, server, context.terminal)?,
        };
        if self.json.json {
            let _ = writeln!(out.text, "{}", look.json(&key, server));
        }
        match self.wait {
            true => ended(&look, server),
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

/// Waits until the server is gone, or draining comes to nothing.
fn wait<T: Transport>(
    client: &mut Client<T>,
    key: &ServiceKey,
    server: SocketAddr,
    terminal: bool,
) -> Result<Look, Error> {
    let mut progress = Progress::begin(terminal);
    loop {
        let look = Look::at(&client.servers(key, Wanted::NOTHING)?, server);
        let Look::Draining(left) = look else {
            return Ok(look);
        };
        progress.show(&format!("{server}: {}", left.text()));
        sleep(Duration::from_millis(500));
    }
}

/// Whether what has been waited for has come.
fn ended(look: &Look, server: SocketAddr) -> Result<(), Error> {
    let text = match look {
        Look::Removed | Look::Draining(_) => return Ok(()),
        Look::Cancelled => format!("{server} does not drain any more\n"),
        Look::Kept(left) => {
            let count = left.count();
            format!("{server}: the deadline has passed, {count} connections are left\n")
        }
    };
    run::tell(&text);
    Err(Error::Reported(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

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
}
