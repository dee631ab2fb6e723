// SPDX-License-Identifier: GPL-2.0
//! `apply`: makes the table what a file says, in one step.

use super::progress::during;
use super::target::Json;
use super::Tool;
use crate::client::bulk::Bulk;
use crate::client::message::Batch;
use crate::client::transport::Transport;
use crate::client::{module, Client};
use crate::error::{self, Error, Failure};
use crate::execute::{Context, Sink};
use crate::table::difference::{batch, difference, show, Change};
use crate::table::{self, Table};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How often it is begun anew because somebody else has changed the table meanwhile.
const TRIES: usize = 10;

/// The exit status of a dry run that has found differences.
pub(super) const DIFFERENT: u8 = 3;

/// Make the table what a file says: all changes at once, or none
#[derive(clap::Parser, Debug)]
#[command(
    name = "apply",
    after_help = "Examples:\n  ipvsadm-rs apply table.toml --dry-run --diff\n  \
                  ipvsadm-rs apply table.toml\n\n\
                  If it fails nothing has been changed."
)]
pub struct Apply {
    /// The file, in TOML; - for standard input
    file: PathBuf,
    /// Show on stdout what is changed: lines with +, - and ~
    #[arg(long)]
    diff: bool,
    /// Change nothing; the exit status is 3 if there are differences
    #[arg(long)]
    dry_run: bool,
    /// Leave services alone that the file does not have
    #[arg(long)]
    keep: bool,
    /// Only if the table is still of this generation; otherwise it is compared anew
    #[arg(long, value_name = "NUMBER")]
    generation: Option<u32>,
    #[command(flatten)]
    json: Json,
}

impl Tool for Apply {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let wanted = self.read()?;
        let mut client = connect()?;
        if self.dry_run {
            let changes = self.compare(&mut client, &wanted)?;
            self.tell(&changes, None, context, out);
            return match changes.len() {
                0 => Ok(()),
                _ => Err(Error::Reported(DIFFERENT)),
            };
        }
        for _ in 0..TRIES {
            let generation = generation(&mut client)?;
            let changes = self.compare(&mut client, &wanted)?;
            let generation = self.generation.unwrap_or(generation);
            let what = format!("{} changes", changes.len());
            let applied = during(context.terminal, &what, || {
                client.apply(&batch(&changes), Some(generation))
            });
            match applied {
                Ok(now) => {
                    self.tell(&changes, Some(now), context, out);
                    return Ok(());
                }
                Err(Failure { errno, .. }) if errno == libc::ESTALE => match self.generation {
                    None => {}
                    Some(generation) => return Err(stale(generation)),
                },
                Err(failure) => return Err(refused(&failure, &changes)),
            }
        }
        Err(Error::refused(
            "Others keep changing the table; nothing has been changed",
        ))
    }
}

impl Apply {
    fn read(&self) -> Result<Table, Error> {
        let name = self.file.display().to_string();
        let text = if self.file == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        } else {
            std::fs::read_to_string(&self.file)
        };
        let text =
            text.map_err(|error| Error::refused(format!("{name}: {}", error::text(&error))))?;
        table::read(&name, &text)
    }

    fn compare<T: Transport>(
        &self,
        client: &mut Client<T>,
        wanted: &Table,
    ) -> Result<Vec<Change>, Error> {
        let mut changes = difference(&table::of_kernel(client)?, wanted);
        if self.keep {
            changes.retain(|change| !matches!(change, Change::DeleteService(..)));
        }
        Ok(changes)
    }

    /// Tells what is changed. Without a generation that is what would be.
    fn tell(
        &self,
        changes: &[Change],
        generation: Option<u32>,
        context: Context<'_>,
        out: &mut Sink,
    ) {
        if self.json.json {
            let document = Document {
                version: 1,
                generation,
                sums: Sums::of(changes),
                diff: self.diff.then(|| show(changes, false)),
            };
            // Neither maps with other keys than texts nor anything else that could fail.
            let document = serde_json::to_string(&document).unwrap_or_default();
            out.text.push_str(&document);
            out.text.push('\n');
            return;
        }
        if self.diff {
            out.text.push_str(&show(changes, context.colour));
        }
        if let Some(generation) = generation {
            out.text.push_str(&Sums::of(changes).text(generation));
        }
    }
}

/// A connection for requests of any size.
pub(super) fn connect() -> Result<Client<Bulk>, Error> {
    let transport = Bulk::open().map_err(Error::Init)?;
    Client::new(transport, module::load)
}

/// The generation that the table is of.
pub(super) fn generation<T: Transport>(client: &mut Client<T>) -> Result<u32, Error> {
    let generation = client.apply(&Batch::default(), None);
    generation.map_err(|failure| match failure.errno {
        libc::EPERM => Error::Init(failure),
        libc::EOPNOTSUPP => unknown(),
        _ => refused(&failure, &[]),
    })
}

fn unknown() -> Error {
    Error::refused("the kernel's ip_vs does not know transactions; load rust_ipvs")
}

/// Somebody has changed the table.
pub(super) fn stale(generation: u32) -> Error {
    Error::refused(format!(
        "The table is no longer of generation {generation}; nothing has been changed. \
         Look at it again"
    ))
}

/// What the kernel has said of which change.
pub(super) fn refused(failure: &Failure, changes: &[Change]) -> Error {
    let words = failure.detail.as_deref().unwrap_or_default();
    let errno = error::text(&std::io::Error::from_raw_os_error(failure.errno));
    let place = words
        .strip_prefix("change ")
        .and_then(|rest| rest.split_once(": "))
        .and_then(|(index, words)| Some((changes.get(index.parse::<usize>().ok()?)?, words)));
    let text = match place {
        Some((change, words)) => format!("{}: {words}", change.name()),
        None => words.to_owned(),
    };
    let text = match text.as_str() {
        "" => errno,
        text => format!("{text} ({errno})"),
    };
    Error::refused(format!("{text}; nothing has been changed"))
}

/// What is told as JSON.
#[derive(Serialize)]
struct Document {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(flatten)]
    sums: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
}

/// How many services and servers are changed.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Sums {
    services: Sum,
    servers: Sum,
}

/// How many there are of each kind of change.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Sum {
    added: usize,
    changed: usize,
    removed: usize,
}

impl Sums {
    fn of(changes: &[Change]) -> Self {
        let mut sums = Self::default();
        for change in changes {
            let count = match change {
                Change::AddService(_) => &mut sums.services.added,
                Change::EditService(..) => &mut sums.services.changed,
                Change::DeleteService(..) => &mut sums.services.removed,
                Change::AddServer(..) => &mut sums.servers.added,
                Change::EditServer(..) => &mut sums.servers.changed,
                Change::DeleteServer(..) => &mut sums.servers.removed,
            };
            *count += 1;
        }
        sums
    }

    fn text(&self, generation: u32) -> String {
        if *self == Self::default() {
            return format!("No difference; generation {generation}\n");
        }
        let text = |sum: &Sum| {
            let Sum {
                added,
                changed,
                removed,
            } = sum;
            format!("{added} added, {changed} changed, {removed} removed")
        };
        let (services, servers) = (text(&self.services), text(&self.servers));
        format!("Services: {services}. Servers: {servers}. Generation {generation}\n")
    }
}
