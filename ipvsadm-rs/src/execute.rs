// SPDX-License-Identifier: GPL-2.0
//! Commands carried out.

use crate::client::message::{encode, Batch};
use crate::client::transport::Transport;
use crate::client::{Client, Listed, Listing};
use crate::command::Command;
use crate::dialect::Dialect;
use crate::error::{self, Error};
use crate::model::{ServerEntry, ServiceKey, Wanted};
use crate::options::help;
use crate::output::json::{self, Rows};
use crate::output::name::Speller;
use crate::output::text::Text;
use crate::output::{self, connections, daemons, order, save, Style};
use crate::resolve::Names;
use crate::restore::{self, Report};
use ipvs_core::policy::Change;
use ipvs_core::uapi::cmd::Command as Number;
use std::borrow::Cow;
use std::io::{BufReader, Write};

/// What commands are carried out with, besides the kernel.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The program as it was called.
    pub program: &'a str,
    /// How close to stay to stock.
    pub dialect: Dialect,
    /// Names of hosts and services.
    pub names: &'a dyn Names,
    /// Whether errors go to a terminal.
    pub terminal: bool,
    /// Whether what the kernel says of an error is shown.
    pub words: bool,
    /// Whether output goes to a terminal that has colours.
    pub colour: bool,
}

/// So much of what is to be restored is read at once.
const INPUT: usize = 64 * 1024;

/// Where output goes: a text that is written from time to time.
#[derive(Default)]
pub struct Sink {
    /// What has not been written yet.
    pub text: Text,
    to: Option<Box<dyn Write>>,
    /// The first failure to write.
    failure: Option<std::io::Error>,
    /// What has been done, whether that can be written or not.
    done: Option<&'static str>,
}

impl Sink {
    /// So much is kept back to be written at once.
    const ENOUGH: usize = 64 * 1024;

    /// Writes to stdout.
    pub fn stdout() -> Self {
        Self::to(std::io::stdout())
    }

    /// Writes to something else.
    pub fn to(to: impl Write + 'static) -> Self {
        Self {
            text: Text::with_capacity(Self::ENOUGH + 8 * 1024),
            to: Some(Box::new(to)),
            failure: None,
            done: None,
        }
    }

    /// Writes what there is. Stock does not look whether its output arrives.
    pub fn flush(&mut self) {
        if let Some(to) = &mut self.to {
            let written = to.write_all(self.text.bytes()).and_then(|()| to.flush());
            self.text.clear();
            self.note(written);
        }
    }

    /// Takes note of how it went to write something to the same place.
    pub(crate) fn note(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            self.failure.get_or_insert(error);
        }
    }

    /// Takes note that something has been done, as who does not get the output has to be told.
    pub(crate) fn has_done(&mut self, what: &'static str) {
        self.done = Some(what);
    }

    /// Whether what was written did not arrive.
    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Writes what there is, and fails if something did not arrive; not if nobody reads any more.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        self.flush();
        match &self.failure {
            Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                let done = self.done.map(|done| format!("; {done}"));
                let (error, done) = (error::text(error), done.unwrap_or_default());
                let text = format!("cannot write the output: {error}{done}");
                Err(Error::File(text.into()))
            }
            _ => Ok(()),
        }
    }

    /// Writes what there is, if that is worth it.
    pub fn flush_if_enough(&mut self) {
        if self.text.len() >= Self::ENOUGH {
            self.flush();
        }
    }
}

/// Appends what a command changes; `false` if it changes nothing.
pub fn change(command: &Command, batch: &mut Batch) -> bool {
    use encode::*;
    match command {
        Command::AddService(service) => {
            batch.push(Number::NewService, |body| put_service(body, service));
        }
        Command::EditService(service) => {
            batch.push(Number::SetService, |body| put_service(body, service));
        }
        Command::DeleteService(key) => {
            batch.push(Number::DelService, |body| put_service_key(body, key));
        }
        Command::Flush => batch.push(Number::Flush, |_| {}),
        Command::AddServer(key, server) => {
            batch.push(Number::NewDest, |body| put_server(body, key, server));
        }
        Command::EditServer(key, server) => {
            batch.push(Number::SetDest, |body| put_server(body, key, server));
        }
        Command::DeleteServer(key, server) => {
            batch.push(Number::DelDest, |body| put_server(body, key, server));
        }
        Command::Zero(Some(key)) => batch.push(Number::Zero, |body| put_service_key(body, key)),
        Command::Zero(None) => batch.push(Number::Zero, |_| {}),
        Command::SetTimeouts(timeouts) => {
            batch.push(Number::SetConfig, |body| put_timeouts(body, timeouts));
        }
        Command::StartDaemon(daemon) => {
            batch.push(Number::NewDaemon, |body| put_daemon(body, daemon));
        }
        Command::StopDaemon(daemon) => {
            batch.push(Number::DelDaemon, |body| put_daemon_key(body, daemon));
        }
        _ => return false,
    }
    true
}

/// Fails if the kernel has passed over what C does not have.
fn check_own<T: Transport>(command: &Command, client: &mut Client<T>) -> Result<(), Error> {
    let (Command::AddService(wanted) | Command::EditService(wanted)) = command else {
        return Ok(());
    };
    let has_policy = |policy: &Change| policy.fields().any(|(_, value)| value.is_some());
    let wants_slow_start = wanted.slow_start.is_some_and(|seconds| seconds > 0);
    let wants_policy = has_policy(&wanted.policy);
    let wants_name = wanted.shown_name().is_some();
    if !wants_slow_start && !wants_policy && !wants_name {
        return Ok(());
    }
    let got = client.service(&wanted.key)?.service;
    let lost = [
        (wants_slow_start && got.slow_start.is_none(), "--slow-start"),
        (wants_policy && !has_policy(&got.policy), "--policy"),
        (wants_name && got.name.is_none(), "--name"),
    ];
    match lost.into_iter().find(|(is_lost, _)| *is_lost) {
        None => Ok(()),
        Some((_, option)) => Err(Error::refused(format!(
            "The module in the kernel does not know {option}"
        ))),
    }
}

/// Carries out a command and appends what is to be shown.
pub fn execute<T: Transport>(
    command: &Command,
    context: Context<'_>,
    client: &mut Client<T>,
    out: &mut Sink,
) -> Result<(), Error> {
    carry_out(command, context, client, out)?;
    match has_to_arrive(command, context.dialect) {
        true => out.finish(),
        false => Ok(()),
    }
}

/// Whether it is a failure if the output does not arrive. To stock it never is.
fn has_to_arrive(command: &Command, dialect: Dialect) -> bool {
    let is_ours = match command {
        Command::Save(_) => true,
        Command::List(_, style)
        | Command::ListTimeouts(style)
        | Command::ListDaemons(style)
        | Command::ListConnections(style) => style.json,
        _ => false,
    };
    is_ours && !dialect.is_stock()
}

fn carry_out<T: Transport>(
    command: &Command,
    context: Context<'_>,
    client: &mut Client<T>,
    out: &mut Sink,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    if change(command, &mut batch) {
        client.change(&batch)?;
        return check_own(command, client);
    }
    match command {
        Command::List(key, style) => {
            let style = Style {
                colour: context.colour,
                ..*style
            };
            match key {
                None => list_all(client, style, context, out),
                Some(key) => list_one(client, key, style, context, out),
            }
        }
        Command::ListTimeouts(style) if style.json => {
            json::timeouts(&mut out.text, &client.timeouts()?);
            Ok(())
        }
        Command::ListTimeouts(_) => {
            output::timeouts(&mut out.text, &client.timeouts()?);
            Ok(())
        }
        Command::ListDaemons(style) => {
            let daemons = client.daemons()?;
            if style.json {
                let mut rows = Rows::begin(&mut out.text, "daemons", None);
                daemons
                    .iter()
                    .for_each(|daemon| rows.daemon(&mut out.text, daemon));
                rows.end(&mut out.text);
            } else {
                daemons
                    .iter()
                    .for_each(|daemon| daemons::line(&mut out.text, daemon));
            }
            Ok(())
        }
        Command::Save(numeric) => save(client, *numeric, context, out),
        Command::Restore(atomic) => {
            // stock finds out about missing rights before it reads
            client.info()?;
            let mut report = Report::stderr(context);
            let mut input = BufReader::with_capacity(INPUT, std::io::stdin().lock());
            if *atomic {
                restore::atomic::restore(&mut input, false, context, client, &mut report)
            } else {
                restore::restore(&mut input, context, client, out, &mut report)
            }
        }
        _ => {
            client.info()?;
            show(command, context, out)
        }
    }
}

/// Commands that the kernel's tables have no part in.
fn show(command: &Command, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
    match command {
        Command::Help => out
            .text
            .push_str(&help::help(context.program, context.dialect)),
        Command::ListConnections(style) => {
            let text = std::fs::read(connections::FILE).map_err(|_| {
                Error::File(format!("cannot open file {}", connections::FILE).into())
            })?;
            let text = String::from_utf8_lossy(&text);
            if style.json {
                connections::json(&mut out.text, &text);
            } else {
                connections::table(&mut out.text, &text, *style, context.names);
            }
        }
        _ => out.text.push_str(help::VERSION),
    }
    Ok(())
}

fn list_all<T: Transport>(
    client: &mut Client<T>,
    style: Style,
    context: Context<'_>,
    out: &mut Sink,
) -> Result<(), Error> {
    let info = client.info()?;
    let Listing {
        mut services,
        servers: mut known,
        ..
    } = client.listing(style.wanted())?;
    if style.sorted {
        order::sort_services(&mut services);
    }
    let mut rows = None;
    if style.json {
        rows = Some(Rows::begin(&mut out.text, "services", Some(info)));
    } else {
        output::banner(&mut out.text, info);
        output::title(&mut out.text, style);
    }
    for listed in &services {
        let servers = servers(client, listed, &mut known, style)?;
        let entry = &listed.entry;
        match &mut rows {
            Some(rows) => rows.service(&mut out.text, entry, &servers),
            None => output::service(&mut out.text, style, context.names, entry, &servers),
        }
        out.flush_if_enough();
    }
    if let Some(rows) = rows {
        rows.end(&mut out.text);
    }
    Ok(())
}

fn list_one<T: Transport>(
    client: &mut Client<T>,
    key: &ServiceKey,
    style: Style,
    context: Context<'_>,
    out: &mut Sink,
) -> Result<(), Error> {
    let entry = client.service(key)?;
    let mut servers = client.servers(key, style.wanted())?;
    if style.sorted {
        order::sort_servers(&mut servers);
    }
    if style.json {
        let mut rows = Rows::begin(&mut out.text, "services", None);
        rows.service(&mut out.text, &entry, &servers);
        rows.end(&mut out.text);
    } else {
        output::title(&mut out.text, style);
        output::service(&mut out.text, style, context.names, &entry, &servers);
    }
    Ok(())
}

fn save<T: Transport>(
    client: &mut Client<T>,
    numeric: bool,
    context: Context<'_>,
    out: &mut Sink,
) -> Result<(), Error> {
    let speller = Speller::new(numeric, context.names);
    let Listing {
        mut services,
        servers: mut known,
        ..
    } = client.listing(Wanted::NOTHING)?;
    order::sort_services(&mut services);
    for listed in &services {
        let servers = servers(client, listed, &mut known, Style::default())?;
        let service = &listed.entry.service;
        save::service(&mut out.text, context.dialect, &speller, service, &servers);
        out.flush_if_enough();
    }
    Ok(())
}

/// The servers of a service in a list of all: those that are `known` with it, or else asked for. Of
/// one that somebody has removed by now the kernel says that it has none.
fn servers<'a, T: Transport>(
    client: &mut Client<T>,
    listed: &Listed,
    known: &'a mut [ServerEntry],
    style: Style,
) -> Result<Cow<'a, [ServerEntry]>, Error> {
    if let Some(range) = listed.servers.clone() {
        let servers = known.get_mut(range).unwrap_or_default();
        if style.sorted {
            order::sort_servers(servers);
        }
        return Ok(Cow::Borrowed(servers));
    }
    let mut servers = client.servers(&listed.entry.service.key, style.wanted())?;
    if style.sorted {
        order::sort_servers(&mut servers);
    }
    Ok(Cow::Owned(servers))
}
