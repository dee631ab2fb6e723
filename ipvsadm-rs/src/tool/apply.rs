// SPDX-License-Identifier: GPL-2.0
//! `apply`: makes the table what a file says, in one step.

use super::Tool;
use crate::client::bulk::Bulk;
use crate::client::message::Batch;
use crate::client::transport::Transport;
use crate::client::{module, Client};
use crate::error::{self, Error, Failure};
use crate::execute::{Context, Sink};
use crate::run::tell;
use crate::table::difference::{batch, difference, show, Change};
use crate::table::{self, Table};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How often it is begun anew because somebody else has changed the table meanwhile.
const TRIES: usize = 10;

/// From so many changes on a terminal is told that they are under way.
const MANY: usize = 2000;

/// The exit status of a dry run that has found differences.
const DIFFERENT: u8 = 3;

/// Make the table what a file says: all changes at once, or none
#[derive(clap::Parser, Debug)]
#[command(
    name = "apply",
    after_help = "Examples:\n  ipvsadm-rs apply table.toml --dry-run --diff\n  \
                  ipvsadm-rs apply table.toml\n\n\
                  Exit status: 0 done, or nothing to do; 3 with --dry-run if there are \
                  differences;\n1 or 2 if nothing was changed because of an error."
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
}

impl Tool for Apply {
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let wanted = self.read()?;
        let mut client = connect()?;
        if self.dry_run {
            let changes = self.compare(&mut client, &wanted)?;
            self.show(&changes, context, out);
            return match changes.len() {
                0 => Ok(()),
                _ => Err(Error::Reported(DIFFERENT)),
            };
        }
        for _ in 0..TRIES {
            let generation = generation(&mut client)?;
            let changes = self.compare(&mut client, &wanted)?;
            let generation = self.generation.unwrap_or(generation);
            let progress = begin(context, &changes);
            let applied = client.apply(&batch(&changes), Some(generation));
            progress.end();
            match applied {
                Ok(now) => {
                    self.show(&changes, context, out);
                    out.text.push_str(&summary(&changes, now));
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

    fn show(&self, changes: &[Change], context: Context<'_>, out: &mut Sink) {
        if self.diff {
            out.text.push_str(&show(changes, context.colour));
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

/// A line on the terminal while the kernel is at work.
struct Progress(bool);

fn begin(context: Context<'_>, changes: &[Change]) -> Progress {
    let shown = context.terminal && changes.len() >= MANY;
    if shown {
        tell(&format!("{} changes under way ...", changes.len()));
    }
    Progress(shown)
}

impl Progress {
    fn end(self) {
        if self.0 {
            tell("\r\x1b[K");
        }
    }
}

fn summary(changes: &[Change], generation: u32) -> String {
    if changes.is_empty() {
        return format!("No difference; generation {generation}\n");
    }
    let count = |wanted: fn(&Change) -> bool| changes.iter().filter(|c| wanted(c)).count();
    let services = [
        count(|c| matches!(c, Change::AddService(_))),
        count(|c| matches!(c, Change::EditService(..))),
        count(|c| matches!(c, Change::DeleteService(..))),
    ];
    let servers = [
        count(|c| matches!(c, Change::AddServer(..))),
        count(|c| matches!(c, Change::EditServer(..))),
        count(|c| matches!(c, Change::DeleteServer(..))),
    ];
    let text = |[added, changed, removed]: [usize; 3]| {
        format!("{added} added, {changed} changed, {removed} removed")
    };
    format!(
        "Services: {}. Servers: {}. Generation {generation}\n",
        text(services),
        text(servers)
    )
}
