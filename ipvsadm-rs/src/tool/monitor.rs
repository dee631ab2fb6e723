// SPDX-License-Identifier: GPL-2.0
//! `monitor`: events as they happen, a line each.

use super::target::Json;
use super::Tool;
use crate::client::event::{Event, Heard, Listener};
use crate::client::transport::Netlink;
use crate::client::{Client, Listing};
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::output::event::Form;
use crate::output::name::Speller;
use crate::run;
use clap::{Parser, ValueEnum};
use ipvs_core::uapi::event::{Kind, GROUP};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Tell what happens to services and servers, a line each, until interrupted
#[derive(Parser, Debug)]
#[command(
    name = "monitor",
    after_help = "Examples:\n  ipvsadm-rs monitor --list --json dest\n  \
                  ipvsadm-rs monitor --timestamp overload drop\n\n\
                  The first one tells what there is, and then every change of a server. As JSON \
                  each event\nis an object in a line of its own."
)]
pub struct Monitor {
    /// What to tell of; everything if nothing is named
    #[arg(value_enum, value_name = "TOPIC")]
    topics: Vec<Topic>,
    /// Begin with the services and servers that there are, and again whenever events were lost
    #[arg(short, long)]
    list: bool,
    #[command(flatten)]
    json: Json,
    /// Begin each line with the time of the event, in UTC
    #[arg(short, long)]
    timestamp: bool,
    /// End after so many events
    #[arg(short, long, value_name = "NUMBER")]
    count: Option<u64>,
}

/// What an event is about.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    /// services that are added, changed or removed
    Service,
    /// servers that are added, changed or removed
    Dest,
    /// servers that have too many connections, or no longer
    Overload,
    /// servers that have drained
    Drain,
    /// tables that change their size
    Table,
    /// packets that are dropped
    Drop,
}

impl Topic {
    /// Whether an event is one of these.
    fn has(self, kind: Kind) -> bool {
        use Kind::*;
        match self {
            Self::Service => matches!(
                kind,
                ServiceAdded | ServiceChanged | ServiceRemoved | Flushed
            ),
            Self::Dest => matches!(kind, DestAdded | DestChanged | DestRemoved | Flushed),
            Self::Overload => matches!(kind, DestOverloaded | DestRelieved),
            Self::Drain => kind == DestDrained,
            Self::Table => kind == TableResized,
            Self::Drop => kind == PacketsDropped,
        }
    }
}

impl Tool for Monitor {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let mut client = run::connect(context)?;
        let listener = Listener::join(group(&mut client)?).map_err(Error::Init)?;
        let form = Form {
            json: self.json.json,
            timestamp: self.timestamp,
            speller: Speller::new(true, context.names),
        };
        let mut watch = Watch {
            monitor: &self,
            context,
            form,
            listener,
            module: Module(Some(client.family())),
            client,
            progress: Progress::default(),
            told: 0,
        };
        if self.list {
            watch.list(out)?;
        }
        while watch.told < self.count.unwrap_or(u64::MAX) {
            let heard = watch.listener.hear().map_err(Error::Init)?;
            watch.take(heard, out)?;
            out.flush();
            if out.has_failed() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The group that events are told to.
fn group(client: &mut Client<Netlink>) -> Result<u32, Error> {
    client
        .group(GROUP)?
        .ok_or_else(|| Error::refused("the kernel's ip_vs does not know events; load rust_ipvs"))
}

/// The longest time that a module takes from its first sign to its first answer.
const STARTING: Duration = Duration::from_secs(30);

/// How far a listener has come.
#[derive(Debug, Default, PartialEq, Eq)]
struct Progress {
    /// The number of the last event that is known of.
    seq: Option<u64>,
}

/// What an event means to a listener.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It is known already.
    Known,
    /// It is the next one.
    Next,
    /// So many are missing before it.
    Gap(u64),
}

impl Progress {
    /// Takes note of the event of this number.
    fn step(&mut self, seq: u64) -> Step {
        let step = match self.seq {
            Some(last) if seq <= last => return Step::Known,
            Some(last) if seq - last > 1 => Step::Gap(seq - last - 1),
            _ => Step::Next,
        };
        self.seq = Some(seq);
        step
    }
}

/// The module that is there, if one is, by the number of its family.
struct Module(Option<u16>);

/// What is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Unloaded,
    Loaded,
}

impl Module {
    /// Takes note of the one that is there now.
    fn becomes(&mut self, now: Option<u16>) -> Vec<Sign> {
        let before = std::mem::replace(&mut self.0, now);
        if before == now {
            return Vec::new();
        }
        let gone = before.map(|_| Sign::Unloaded);
        gone.into_iter().chain(now.map(|_| Sign::Loaded)).collect()
    }
}

/// A listener at work.
struct Watch<'a> {
    monitor: &'a Monitor,
    context: Context<'a>,
    form: Form<'a>,
    listener: Listener,
    client: Client<Netlink>,
    module: Module,
    progress: Progress,
    told: u64,
}

impl Watch<'_> {
    /// Shows what there is. From then on events count that are not in it.
    /// Of a module that goes nothing is shown: what is heard next is that it has gone.
    fn list(&mut self, out: &mut Sink) -> Result<(), Error> {
        let end = Instant::now() + STARTING;
        let (state, listing) = loop {
            match self.client.state() {
                // The family is there a moment before its module answers.
                Err(Error::Listing(_, failure))
                    if failure.errno == libc::EAGAIN && Instant::now() < end =>
                {
                    sleep(Duration::from_millis(50));
                }
                Err(error) if error.is_going() => return Ok(()),
                result => break result?,
            }
        };
        self.form.state(&mut out.text, &state);
        self.show(&listing, out);
        self.progress.seq = Some(state.seq);
        out.flush();
        Ok(())
    }

    fn show(&self, listing: &Listing, out: &mut Sink) {
        for listed in &listing.services {
            self.form.service(&mut out.text, &listed.entry.service);
            let servers = listed.servers.clone().unwrap_or_default();
            for entry in listing.servers.get(servers).unwrap_or_default() {
                let key = &listed.entry.service.key;
                self.form.server(&mut out.text, key, entry);
            }
        }
    }

    fn take(&mut self, heard: Heard, out: &mut Sink) -> Result<(), Error> {
        let event = match heard {
            Heard::Event(event) => event,
            Heard::Overrun => {
                // Those that were lost are told of by the gap, unless there is a list to be had.
                self.form.overrun(&mut out.text);
                return self.look_again(out);
            }
            Heard::Unloaded(family) => {
                if self.module.0 == Some(family) {
                    self.becomes(None, out);
                }
                return Ok(());
            }
            Heard::Loaded(family) => {
                return match self.module.0 == Some(family) {
                    true => Ok(()),
                    false => self.look_again(out),
                };
            }
        };
        match self.progress.step(event.seq) {
            Step::Known => return Ok(()),
            Step::Next => (),
            Step::Gap(missing) => {
                self.form.gap(&mut out.text, missing);
                if self.monitor.list {
                    // The event is in it.
                    return self.list(out);
                }
            }
        }
        self.tell(&event, out);
        Ok(())
    }

    /// Finds the module that is there now, if one is, and listens to it.
    fn look_again(&mut self, out: &mut Sink) -> Result<(), Error> {
        let transport = Netlink::open(self.context.words).map_err(Error::Init)?;
        let found = Client::find(transport)?;
        self.becomes(found.as_ref().map(Client::family), out);
        let Some(mut client) = found else {
            return Ok(());
        };
        let group = match group(&mut client) {
            Err(error) if error.is_going() => return Ok(()),
            group => group?,
        };
        self.listener.add(group).map_err(Error::Init)?;
        self.client = client;
        match self.monitor.list {
            true => self.list(out),
            false => Ok(()),
        }
    }

    /// Tells whether the module has gone or come. The numbers of another one begin anew.
    fn becomes(&mut self, now: Option<u16>, out: &mut Sink) {
        for sign in self.module.becomes(now) {
            match sign {
                Sign::Unloaded => self.form.unloaded(&mut out.text),
                Sign::Loaded => self.form.loaded(&mut out.text),
            }
            self.progress = Progress::default();
        }
        out.flush();
    }

    fn tell(&mut self, event: &Event, out: &mut Sink) {
        let topics = &self.monitor.topics;
        let wanted = match event.kind {
            Some(kind) => topics.is_empty() || topics.iter().any(|topic| topic.has(kind)),
            None => topics.is_empty(),
        };
        if wanted {
            self.form.event(&mut out.text, event);
            self.told += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_what_is_missing() {
        let mut progress = Progress::default();
        assert_eq!(progress.step(17), Step::Next, "the first of all");
        assert_eq!(progress.step(18), Step::Next);
        assert_eq!(progress.step(18), Step::Known);
        assert_eq!(progress.step(21), Step::Gap(2));
        assert_eq!(progress.step(22), Step::Next);
        progress.seq = Some(30);
        assert_eq!(progress.step(29), Step::Known, "the list has it");
        assert_eq!(progress.step(31), Step::Next);
    }

    #[test]
    fn modules_come_and_go() {
        let mut module = Module(Some(30));
        assert_eq!(module.becomes(Some(30)), []);
        assert_eq!(module.becomes(Some(31)), [Sign::Unloaded, Sign::Loaded]);
        assert_eq!(module.becomes(None), [Sign::Unloaded]);
        assert_eq!(module.becomes(None), []);
        assert_eq!(module.becomes(Some(32)), [Sign::Loaded]);
    }

    #[test]
    fn every_event_has_a_topic() {
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::State) {
            let topics = Topic::value_variants();
            assert!(topics.iter().any(|topic| topic.has(*kind)), "{kind:?}");
        }
    }
}
