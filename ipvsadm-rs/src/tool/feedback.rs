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
use crate::feedback::queue::{while_asking, Asking, Job};
use crate::model::{protocol, ServerEntry, ServiceKey, Wanted, WHOLE};
use crate::run::connect;
use ipvs_core::uapi::cmd::Command;
use std::fmt::Write;
use std::net::SocketAddr;
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
    /// When its next round is to begin, if there is to be one.
    due: Option<Instant>,
    /// Whether the kernel has it.
    is_there: bool,
    /// Whether the kernel may still have reports of it although all is switched off.
    is_to_end: bool,
}

/// So often in a period rounds begin, at most: each time the kernel lists everything.
const LOOKS: u32 = 10;

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
    /// When rounds may begin next. Those that are late do so together.
    earliest: Instant,
    /// The first error of those that do not end it before everybody has been asked.
    failed: Result<(), Error>,
}

impl<'a> Controller<'a> {
    fn new(
        tool: &Feedback,
        config: &'a Config,
        keys: Vec<ServiceKey>,
        context: Context<'_>,
    ) -> Result<Self, Error> {
        let now = Instant::now();
        let services = keys.into_iter().zip(&config.services);
        let watches = services.map(|(key, settings)| Watched {
            key,
            watch: Watch::new(settings),
            due: Some(now),
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
            earliest: now,
            failed: Ok(()),
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
        let config = self.config;
        let (services, workers) = (self.watches.len(), config.workers);
        during(self.is_waited_for(), "asking servers", || {
            while_asking(services, workers, config.timeout(), |asking| {
                self.watch(asking, out)
            })
        })
    }

    /// Begins rounds as they become due, and ends them as their services have answered.
    fn watch(&mut self, asking: &mut Asking<'_, 'a>, out: &mut Sink) -> Result<(), Error> {
        loop {
            let begun = self.begin_due(asking, out);
            self.note(begun, out)?;
            let Some((number, jobs)) = asking.next(self.next_due(asking)) else {
                match self.once {
                    true => return std::mem::replace(&mut self.failed, Ok(())),
                    false => continue,
                }
            };
            let concluded = self.conclude(number, jobs, asking, out);
            self.note(concluded, out)?;
        }
    }

    /// Takes note of how something went. Who goes round once is told at the end.
    fn note(&mut self, result: Result<(), Error>, out: &mut Sink) -> Result<(), Error> {
        match result {
            Err(error) if self.once => self.failed = self.failed.clone().and(Err(error)),
            Err(error) if is_final(&error) => return Err(error),
            Err(error) => {
                let message = error.to_string().trim_end().to_string();
                self.tell(out, &Event::Controller { message });
            }
            Ok(()) => {}
        }
        if !self.is_waited_for() {
            out.flush();
        }
        Ok(())
    }

    /// When the next round is to begin of a service whose last one has ended.
    fn next_due(&self, asking: &Asking<'_, 'a>) -> Option<Instant> {
        let services = self.watches.iter().enumerate();
        let ready = services.filter(|(number, _)| !asking.is_open(*number));
        let first = ready.filter_map(|(_, watched)| watched.due).min();
        first.map(|due| due.max(self.earliest))
    }

    /// The services whose rounds are to begin now. They will be due again a period later.
    fn take_due(&mut self, asking: &Asking<'_, 'a>) -> Vec<usize> {
        let now = Instant::now();
        if self.next_due(asking).is_none_or(|due| due > now) {
            return Vec::new();
        }
        let period = self.config.period();
        self.earliest = now + period / LOOKS;
        let mut taken = Vec::new();
        for (number, watched) in self.watches.iter_mut().enumerate() {
            let due = watched.due.filter(|due| *due <= now);
            if let Some(due) = due.filter(|_| !asking.is_open(number)) {
                watched.due = (!self.once).then(|| (due + period).max(now));
                taken.push(number);
            }
        }
        taken
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

    /// Begins the rounds that are due; none while IPVS is not there.
    fn begin_due(&mut self, asking: &mut Asking<'_, 'a>, out: &mut Sink) -> Result<(), Error> {
        let due = self.take_due(asking);
        if due.is_empty() || self.is_gone && !self.has_come_back(out) {
            return Ok(());
        }
        match self.begin_all(&due, asking, out) {
            Err(error) if error.is_gone() && !self.once => {
                self.is_gone = true;
                let message = "IPVS is gone".into();
                self.tell(out, &Event::Controller { message });
                self.forget(asking);
                // It may have been loaded anew since the last round.
                match self.has_come_back(out) {
                    true => self.begin_all(&due, asking, out),
                    false => Ok(()),
                }
            }
            // The next round tells.
            Err(error) if error.is_going() && !self.once => Ok(()),
            result => result,
        }
    }

    /// Whatever is being asked does not count any more.
    fn forget(&mut self, asking: &mut Asking<'_, 'a>) {
        asking.clear();
        for watched in &mut self.watches {
            watched.watch.forget();
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

    /// Begins the rounds of these services, with what the kernel has of them at one time.
    fn begin_all(
        &mut self,
        due: &[usize],
        asking: &mut Asking<'_, 'a>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        if self.switched_off(asking, out)? {
            return Ok(());
        }
        let listing = self.client.listing(self.config.wanted())?;
        let mut result = Ok(());
        for &number in due {
            // Something of a round that was forgotten may still be asked.
            if asking.is_open(number) {
                continue;
            }
            match self.begin(number, &listing, out) {
                Ok(Some(jobs)) => asking.begin(number, jobs),
                Ok(None) => {}
                Err(error) => result = result.and(Err(error)),
            }
        }
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
        asking: &mut Asking<'_, 'a>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        if self.switched_off(asking, out)? {
            return Ok(());
        }
        let watched = &mut self.watches[number];
        let key = watched.key;
        let mut events = Vec::new();
        let journal = &mut |event| events.push(event);
        let reports = watched.watch.conclude(jobs, self.config, journal);
        for event in &events {
            self.tell(out, event);
        }
        match self.dry_run {
            true => Ok(()),
            false => self.report(&key, &reports),
        }
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
    fn switched_off(&mut self, asking: &mut Asking<'_, 'a>, out: &mut Sink) -> Result<bool, Error> {
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
            self.forget(asking);
            for watched in &mut self.watches {
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

/// Whether there is no such service, or server, or no IPVS, or one that goes: the next listing tells.
fn is_missing(error: &Error) -> bool {
    const MISSING: [i32; 3] = [libc::ESRCH, libc::ENOENT, libc::EPROTONOSUPPORT];
    matches!(error, Error::Change(_, failure) if MISSING.contains(&failure.errno))
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
