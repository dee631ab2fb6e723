// SPDX-License-Identifier: GPL-2.0
//! Dynamic feedback: the controller, what is in effect, and the switch.

use super::progress::during;
use super::target::{Json, ServiceArgs};
use super::Tool;
use crate::client::message::encode::{put_no_reports, put_reports, Report, REPORTS};
use crate::client::message::Batch;
use crate::client::transport::{Netlink, Transport};
use crate::client::{Client, Listing};
use crate::error::{self, Error};
use crate::execute::{Context, Sink};
use crate::feedback::config::Config;
use crate::feedback::controller::Watch;
use crate::feedback::group;
use crate::feedback::journal::Event;
use crate::feedback::queue::{ask_all, Job};
use crate::model::{protocol, ServerEntry, ServiceKey, Wanted, WHOLE};
use crate::run::connect;
use ipvs_core::uapi::cmd::Command;
use std::fmt::Write;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Give servers more or less than their weights by how loaded they are
///
/// With --config this is the controller: it asks the servers of some services how loaded they are and
/// reports to the kernel what their weights are to count. Without options the factors that are in
/// effect are listed. Configured weights are never changed; a report that is not renewed fades.
#[derive(clap::Parser, Debug)]
#[command(
    name = "feedback",
    mut_group("ServiceArgs", |group| group.required(false)),
    after_help = "Examples:\n  \
        ipvsadm-rs feedback --config /etc/ipvsadm-rs/feedback.toml --dry-run\n  \
        ipvsadm-rs feedback --config /etc/ipvsadm-rs/feedback.toml --json\n  \
        ipvsadm-rs feedback --off\n\n\
        A configuration that asks agents at port 7777:\n  \
        [[service]]\n  tcp = \"192.0.2.1:80\"\n  [[service.input]]\n  kind = \"agent\"\n  port = 7777"
)]
pub struct Feedback {
    /// Watch what this file says, until killed
    #[arg(short, long, value_name = "FILE", conflicts_with = "off")]
    config: Option<PathBuf>,
    /// Go round once
    #[arg(long, requires = "config")]
    once: bool,
    /// Tell the kernel nothing
    #[arg(long, requires = "config")]
    dry_run: bool,
    /// Have all weights count as configured, at once; of one service if one is named
    #[arg(long)]
    off: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    service: ServiceArgs,
}

impl Tool for Feedback {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let key = match self.service.is_given() {
            true => Some(self.service.key(context.names)?),
            false => None,
        };
        match &self.config {
            Some(_) if key.is_some() => Err(Error::refused(
                "the services are those of the configuration file: name none beside --config",
            )),
            Some(path) => {
                let config = Config::load(path)?;
                let keys = config
                    .keys(context.names)
                    .map_err(|problem| Error::refused(format!("{}: {problem}", path.display())))?;
                Controller::new(&self, &config, keys, context)?.run(out)
            }
            None if self.off => end_reports(&mut connect(context)?, key.as_ref()),
            None => self.list(key, context, out),
        }
    }
}

/// What only our module knows.
fn explained(error: Error) -> Error {
    match error {
        Error::Change(_, failure) if failure.errno == libc::EOPNOTSUPP => {
            Error::refused("the kernel's ip_vs does not know feedback; load rust_ipvs")
        }
        error => error,
    }
}

fn end_reports<T: Transport>(
    client: &mut Client<T>,
    key: Option<&ServiceKey>,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    batch.push(Command::Feedback, |body| put_no_reports(body, key));
    client.change(&batch).map_err(explained)
}

/// Servers of one of the services in a listing.
fn servers_of<T: Transport>(
    client: &mut Client<T>,
    listing: &Listing,
    key: &ServiceKey,
) -> Result<Option<Vec<ServerEntry>>, Error> {
    let mut services = listing.services.iter();
    let Some(listed) = services.find(|listed| listed.entry.service.key == *key) else {
        return Ok(None);
    };
    let known = listed.servers.clone();
    match known.and_then(|range| listing.servers.get(range)) {
        Some(servers) => Ok(Some(servers.to_vec())),
        None => client.servers(key, Wanted::TRAFFIC).map(Some),
    }
}

impl Feedback {
    /// The factors that are in effect.
    fn list(
        &self,
        only: Option<ServiceKey>,
        context: Context<'_>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        let mut client = connect(context)?;
        let listing = client.listing(Wanted::NOTHING)?;
        let keys = listing.services.iter();
        let keys = keys.map(|listed| listed.entry.service.key);
        for key in keys.filter(|key| only.is_none_or(|only| only == *key)) {
            let servers = servers_of(&mut client, &listing, &key)?.unwrap_or_default();
            for entry in servers.iter().filter(|entry| entry.feedback != WHOLE) {
                self.line(&key, entry, out);
            }
        }
        Ok(())
    }

    fn line(&self, key: &ServiceKey, entry: &ServerEntry, out: &mut Sink) {
        let factor = f64::from(entry.feedback) / f64::from(WHOLE);
        let server = SocketAddr::new(entry.server.addr, entry.server.port);
        let weight = entry.server.weight;
        let service = spelled(key);
        if self.json.json {
            let line = serde_json::json!({
                "service": service,
                "server": server.to_string(),
                "weight": weight,
                "factor": factor,
            });
            let _ = writeln!(out.text, "{line}");
        } else {
            let _ = writeln!(
                out.text,
                "{service} {server}: weight {weight} times {factor:.3}"
            );
        }
    }
}

/// A service as in the configuration.
fn spelled(key: &ServiceKey) -> String {
    match *key {
        ServiceKey::Mark { mark, ipv6: false } => format!("fwmark {mark}"),
        ServiceKey::Mark { mark, ipv6: true } => format!("fwmark6 {mark}"),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => {
            let protocol = match protocol {
                protocol::UDP => "udp",
                protocol::SCTP => "sctp",
                _ => "tcp",
            };
            format!("{protocol} {}", SocketAddr::new(addr, port))
        }
    }
}

/// A service that is watched.
struct Watched<'a> {
    key: ServiceKey,
    watch: Watch<'a>,
    /// Whether the kernel has it.
    is_there: bool,
    /// Whether the kernel may still have reports of it although all is switched off.
    is_to_end: bool,
}

/// The controller.
struct Controller<'a> {
    config: &'a Config,
    watches: Vec<Watched<'a>>,
    client: Client<Netlink>,
    dry_run: bool,
    once: bool,
    /// Whether errors go to a terminal.
    terminal: bool,
    json: bool,
    /// Whether it is switched off for now.
    is_off: bool,
    /// Whether IPVS is not there for now.
    is_gone: bool,
}

impl<'a> Controller<'a> {
    fn new(
        tool: &Feedback,
        config: &'a Config,
        keys: Vec<ServiceKey>,
        context: Context<'_>,
    ) -> Result<Self, Error> {
        let services = keys.into_iter().zip(&config.services);
        let watches = services.map(|(key, settings)| Watched {
            key,
            watch: Watch::new(settings),
            is_there: true,
            is_to_end: false,
        });
        Ok(Self {
            config,
            watches: watches.collect(),
            client: connect(context)?,
            dry_run: tool.dry_run,
            once: tool.once,
            terminal: context.terminal,
            json: tool.json.json,
            is_off: false,
            is_gone: false,
        })
    }

    fn run(&mut self, out: &mut Sink) -> Result<(), Error> {
        group::end_by_signals().map_err(|problem| {
            Error::refused(format!("cannot see signals: {}", error::text(&problem)))
        })?;
        let message = format!(
            "watching {} services, each {:?}",
            self.watches.len(),
            self.config.period()
        );
        self.tell(out, &Event::Controller { message });
        let mut next = Instant::now();
        loop {
            let result = during(self.is_waited_for(), "asking servers", || {
                self.round_if_there(out)
            });
            out.flush();
            match result {
                Err(error) if self.once || is_final(&error) => return Err(error),
                Err(error) => {
                    let message = error.to_string().trim_end().to_string();
                    self.tell(out, &Event::Controller { message });
                    out.flush();
                }
                Ok(()) if self.once => return Ok(()),
                Ok(()) => {}
            }
            next = (next + self.config.period()).max(Instant::now());
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }

    /// Whether somebody sees how long it takes.
    fn is_waited_for(&self) -> bool {
        self.once && self.terminal
    }

    fn tell(&self, out: &mut Sink, event: &Event) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = now.map_or(0.0, |now| now.as_millis() as f64 / 1000.0);
        event.write(&mut out.text, self.json.then_some(time));
    }

    /// A round; none while IPVS is not there.
    fn round_if_there(&mut self, out: &mut Sink) -> Result<(), Error> {
        if self.is_gone && !self.has_come_back(out) {
            return Ok(());
        }
        match self.round(out) {
            Err(error) if error.is_gone() && !self.once => {
                self.is_gone = true;
                let message = "IPVS is gone".into();
                self.tell(out, &Event::Controller { message });
                for watched in &mut self.watches {
                    watched.watch.forget();
                }
                // It may have been loaded anew since the last round.
                match self.has_come_back(out) {
                    true => self.round(out),
                    false => Ok(()),
                }
            }
            // The next round tells.
            Err(error) if error.is_going() && !self.once => Ok(()),
            result => result,
        }
    }

    fn has_come_back(&mut self, out: &mut Sink) -> bool {
        self.is_gone = self.client.find_again().is_err();
        if !self.is_gone {
            let message = "IPVS is there again".into();
            self.tell(out, &Event::Controller { message });
        }
        !self.is_gone
    }

    fn round(&mut self, out: &mut Sink) -> Result<(), Error> {
        if self.switched_off(out)? {
            return Ok(());
        }
        let listing = self.client.listing(self.config.wanted())?;
        let mut result = Ok(());
        let (mut begun, mut jobs) = (Vec::new(), Vec::new());
        for number in 0..self.watches.len() {
            match self.begin(number, &listing, out) {
                Ok(Some(of_service)) => {
                    begun.push(number);
                    jobs.push(of_service);
                }
                Ok(None) => {}
                Err(error) => result = result.and(Err(error)),
            }
        }
        let (workers, timeout) = (self.config.workers, self.config.timeout());
        ask_all(
            jobs,
            workers,
            timeout,
            &mut |index, jobs| match self.conclude(begun[index], jobs, out) {
                Ok(flow) => flow,
                Err(error) => {
                    let first = std::mem::replace(&mut result, Ok(()));
                    result = first.and(Err(error));
                    ControlFlow::Continue(())
                }
            },
        );
        result
    }

    /// Begins the round of a service. What is to be asked, if the kernel has it.
    fn begin(
        &mut self,
        number: usize,
        listing: &Listing,
        out: &mut Sink,
    ) -> Result<Option<Vec<Job<'a>>>, Error> {
        let watched = &mut self.watches[number];
        let servers = servers_of(&mut self.client, listing, &watched.key)?;
        let is_new = servers.is_some() != watched.is_there;
        watched.is_there = servers.is_some();
        let jobs = match &servers {
            Some(servers) => Some(watched.watch.begin(servers)),
            None => {
                watched.watch.forget();
                None
            }
        };
        if is_new {
            let message = match jobs {
                Some(_) => "is there again",
                None => "does not exist",
            };
            let event = Event::Service {
                service: watched.watch.name().into(),
                message: message.into(),
            };
            self.tell(out, &event);
        }
        Ok(jobs)
    }

    /// Decides and reports by what was answered of a service, unless all is switched off meanwhile.
    fn conclude(
        &mut self,
        number: usize,
        jobs: Vec<Job<'_>>,
        out: &mut Sink,
    ) -> Result<ControlFlow<()>, Error> {
        if self.switched_off(out)? {
            return Ok(ControlFlow::Break(()));
        }
        let watched = &mut self.watches[number];
        let key = watched.key;
        let mut events = Vec::new();
        let journal = &mut |event| events.push(event);
        let reports = watched.watch.conclude(jobs, self.config, journal);
        for event in &events {
            self.tell(out, event);
        }
        if !self.is_waited_for() {
            out.flush();
        }
        if !self.dry_run {
            self.report(&key, &reports)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn report(&mut self, key: &ServiceKey, reports: &[Report]) -> Result<(), Error> {
        let mut batch = Batch::default();
        for reports in reports.chunks(REPORTS) {
            batch.push(Command::Feedback, |body| {
                put_reports(body, key, self.config.lifetime(), reports);
            });
        }
        let mut result = Ok(());
        if !batch.is_empty() {
            self.client.changes(&batch, &mut |_, error| {
                if !is_missing(&error) {
                    result = Err(explained(error));
                }
            })?;
        }
        result
    }

    /// Looks whether there is the file that switches it off.
    fn switched_off(&mut self, out: &mut Sink) -> Result<bool, Error> {
        let Some(file) = &self.config.off_file else {
            return Ok(false);
        };
        let is_off = file.exists();
        if is_off != self.is_off {
            let message = match is_off {
                true => format!("switched off by {}", file.display()),
                false => "switched on".into(),
            };
            self.tell(out, &Event::Controller { message });
            for watched in &mut self.watches {
                watched.watch.forget();
                watched.is_to_end = is_off && !self.dry_run;
            }
            self.is_off = is_off;
        }
        self.end_all().map(|()| is_off)
    }

    /// Ends the reports that are to end, and tries again later where that fails.
    fn end_all(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        for watched in self.watches.iter_mut().filter(|watched| watched.is_to_end) {
            match end_reports(&mut self.client, Some(&watched.key)) {
                Err(error) if !is_missing(&error) => result = result.and(Err(error)),
                Ok(()) | Err(_) => watched.is_to_end = false,
            }
        }
        result
    }
}

/// Whether there is no such service, or server, or no IPVS: the next listing tells.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Change(_, failure)
        if [libc::ESRCH, libc::ENOENT].contains(&failure.errno))
}

/// Whether there is no use in going on.
fn is_final(error: &Error) -> bool {
    matches!(error, Error::Refused(_) | Error::Init(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn parse(words: &str) -> Result<Feedback, clap::Error> {
        Feedback::try_parse_from(words.split_whitespace())
    }

    #[test]
    fn what_goes_together() {
        for words in [
            "feedback",
            "feedback --json",
            "feedback -t 192.0.2.1:80",
            "feedback --off",
            "feedback --off -f 1",
            "feedback -c x --once --dry-run --json",
        ] {
            assert!(parse(words).is_ok(), "{words}");
        }
        for words in [
            "feedback --once",
            "feedback --dry-run",
            "feedback -c x --off",
            "feedback --off -f 1 -t a",
            "feedback x",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
