// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-rs top`: services and servers, live in a terminal.
//!
//! What is known and shown is in [`state`], what a key does in [`keys`], how it looks in [`view`]: none
//! of them knows a terminal or a kernel. The loop here has both.

mod columns;
mod ending;
mod keys;
mod state;
mod view;

use super::apply::refused;
use super::target::Json;
use super::Tool;
use crate::client::message::{encode, Batch};
use crate::client::transport::Netlink;
use crate::client::Client;
use crate::command::time;
use crate::error::{self, Error};
use crate::execute::{Context, Sink};
use crate::model::{Server, Wanted};
use crate::output::colour;
use crate::run;
use ending::Drawing;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::drain::{Action as AtDeadline, DrainSpec, Terms};
use keys::Action;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use state::{App, Change, Data, What};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Show services and servers with their traffic, live in a terminal
///
/// Keys sort, filter, set weights and drain; `?` shows them. If the output is no terminal, one listing
/// is printed; with --json it is as that of -L --json.
#[derive(clap::Parser, Debug)]
#[command(name = "top", after_help = EXAMPLE)]
pub struct Top {
    /// How often the kernel is asked
    #[arg(long, value_name = "TIME", default_value = "2", value_parser = interval)]
    interval: Duration,
    /// Print one listing and end
    #[arg(long)]
    once: bool,
    /// Show only what has TEXT in its address, name or scheduler
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
    /// Sort by this, the highest first, except for names
    #[arg(long, value_enum, default_value_t)]
    sort: state::Sort,
    /// Take no keys that change something
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    json: Json,
}

const EXAMPLE: &str = "\
Examples:
  ipvsadm-rs top
  ipvsadm-rs top --interval 1 --sort connections
  ipvsadm-rs top --once --filter 192.0.2.1";

fn interval(text: &str) -> Result<Duration, String> {
    match time::millis(text)? {
        millis @ 100..=3_600_000 => Ok(Duration::from_millis(millis)),
        _ => Err("0.1 to 3600 seconds are expected".into()),
    }
}

impl Tool for Top {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let mut client = run::connect(context)?;
        let mut app = App::new(self.sort, self.filter, self.read_only);
        let wanted = match self.json.json {
            true => Wanted::ALL,
            false => Wanted::TRAFFIC,
        };
        app.show(read(&mut client, wanted)?);
        if self.json.json {
            view::json(&mut out.text, &app);
            return Ok(());
        }
        if self.once || !std::io::stdout().is_terminal() {
            out.text.push_str(&view::plain(&app));
            return Ok(());
        }
        let drawing = Drawing::default();
        ending::watch(&drawing).map_err(|problem| failed(&problem))?;
        let mut terminal = ratatui::try_init().map_err(|problem| failed(&problem))?;
        let result = Screen {
            terminal: &mut terminal,
            client: &mut client,
            app: &mut app,
            interval: self.interval,
            colour: colour::wanted(),
            drawing,
        }
        .run();
        if result.is_err() {
            ending::end_with_terminal();
        }
        ratatui::restore();
        result
    }
}

fn failed(problem: &std::io::Error) -> Error {
    Error::refused(format!(
        "cannot use the terminal: {}; --once needs none",
        error::text(problem)
    ))
}

fn read(client: &mut Client<Netlink>, wanted: Wanted) -> Result<Data, Error> {
    let info = client.info()?;
    let mut listing = client.listing(wanted)?;
    let mut services = Vec::with_capacity(listing.services.len());
    for listed in std::mem::take(&mut listing.services) {
        let servers = match listed.servers {
            Some(range) => listing.servers.get(range).unwrap_or_default().to_vec(),
            None => client.servers(&listed.entry.service.key, wanted)?,
        };
        services.push(state::Service::new(listed.entry, servers));
    }
    Ok(Data { info, services })
}

/// The terminal, the kernel, and what is between them.
struct Screen<'a> {
    terminal: &'a mut ratatui::DefaultTerminal,
    client: &'a mut Client<Netlink>,
    app: &'a mut App,
    interval: Duration,
    colour: bool,
    drawing: Drawing,
}

impl Screen<'_> {
    fn run(&mut self) -> Result<(), Error> {
        let mut due = Instant::now() + self.interval;
        self.draw()?;
        loop {
            let wait = due.saturating_duration_since(Instant::now());
            if event::poll(wait).map_err(|problem| failed(&problem))? {
                let event = event::read().map_err(|problem| failed(&problem))?;
                if !self.take(&event)? {
                    return Ok(());
                }
                self.draw()?;
            } else if Instant::now() >= due {
                self.refresh();
                self.draw()?;
                due = Instant::now() + self.interval;
            }
        }
    }

    /// Does what a key asks for. Returns whether it goes on.
    fn take(&mut self, event: &Event) -> Result<bool, Error> {
        let Event::Key(key) = event else {
            return Ok(true);
        };
        if key.kind == KeyEventKind::Release {
            return Ok(true);
        }
        match keys::update(self.app, *key) {
            Action::None => {}
            Action::Quit => return Ok(false),
            Action::Redraw => {
                // Somebody else may have written there.
                let held = self.drawing.lock();
                let screen = execute!(
                    std::io::stdout(),
                    LeaveAlternateScreen,
                    EnterAlternateScreen
                );
                screen
                    .and_then(|()| self.terminal.clear())
                    .map_err(|problem| failed(&problem))?;
                drop(held);
                self.refresh();
            }
            Action::Apply(change) => {
                self.app.message = Some(match apply(self.client, &change) {
                    Ok(()) => format!("done: {change}"),
                    // There is little room, and it has just been seen what was to be done.
                    Err(error) => error.to_string().trim_end().to_owned(),
                });
                self.refresh();
            }
        }
        Ok(true)
    }

    /// Asks the kernel. What was known stays if it does not answer.
    fn refresh(&mut self) {
        let data = match read(self.client, Wanted::TRAFFIC) {
            Err(error) if error.is_gone() => {
                let found = self.client.find_again();
                found.and_then(|()| read(self.client, Wanted::TRAFFIC))
            }
            data => data,
        };
        match data {
            Ok(data) => self.app.show(data),
            Err(error) => self.app.problem = Some(error.to_string().trim_end().to_owned()),
        }
    }

    fn draw(&mut self) -> Result<(), Error> {
        let (app, colour) = (&mut *self.app, self.colour);
        // Who ends it never gives that back.
        let _held = self.drawing.lock();
        let drawn = self.terminal.draw(|frame| view::draw(frame, app, colour));
        drawn.map(drop).map_err(|problem| failed(&problem))
    }
}

/// Changes a server, and nothing else of it.
fn apply(client: &mut Client<Netlink>, change: &Change) -> Result<(), Error> {
    let mut batch = Batch::default();
    match change.what {
        What::Weight { seen, wanted } => {
            let (service, server) = (&change.service, change.server);
            let expected = seen.unsigned_abs();
            batch.push(Command::SetDest, |body| {
                encode::put_weight(body, service, server, wanted, Some(expected));
            });
            match client.apply(&batch, None) {
                Ok(_) => Ok(()),
                Err(failure) if failure.errno == libc::EOPNOTSUPP => {
                    rewrite(client, change, seen, wanted)
                }
                Err(failure) if failure.errno == libc::ESTALE => Err(other_weight()),
                Err(failure) => Err(refused(&failure, &[])),
            }
        }
        What::Drain => {
            let terms = Terms {
                deadline_ms: None,
                action: AtDeadline::Keep,
            };
            let spec = DrainSpec::Begin(terms);
            batch.push(Command::Drain, |body| {
                encode::put_drain(body, &change.service, change.server.into(), &spec);
            });
            client.change(&batch)
        }
    }
}

fn other_weight() -> Error {
    Error::refused("it has another weight by now; nothing has been changed")
}

/// Sets a weight where the kernel can but change all of a server, which is as it is by now.
fn rewrite(
    client: &mut Client<Netlink>,
    change: &Change,
    seen: i32,
    wanted: i32,
) -> Result<(), Error> {
    let servers = client.servers(&change.service, Wanted::NOTHING)?;
    let mut servers = servers.iter().map(|entry| entry.server);
    let current = servers.find(|server| (server.addr, server.port) == change.server);
    let server = rewritten(current, seen, wanted)?;
    let mut batch = Batch::default();
    batch.push(Command::SetDest, |body| {
        encode::put_server(body, &change.service, &server);
    });
    client.change(&batch)
}

/// A server with the weight that is wanted if it has still the one that was seen.
fn rewritten(current: Option<Server>, seen: i32, wanted: i32) -> Result<Server, Error> {
    let server = current.ok_or_else(|| Error::refused("the server is gone"))?;
    match server.weight == seen {
        true => Ok(Server {
            weight: wanted,
            ..server
        }),
        false => Err(other_weight()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_somebody_else_is_left() {
        let server = |weight| Server {
            weight,
            ..Server::default()
        };
        assert_eq!(rewritten(Some(server(3)), 3, 7), Ok(server(7)));
        assert_eq!(rewritten(Some(server(4)), 3, 7), Err(other_weight()));
        assert!(rewritten(None, 3, 7).is_err());
    }
}
