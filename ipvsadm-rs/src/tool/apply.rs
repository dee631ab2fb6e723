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

/// The exit status of a dry run that has found differences.
pub(super) const DIFFERENT: u8 = 3;

/// What is changed, and the generation that the table is of then, unless it only would be.
type Done = (Vec<Change>, Option<u32>);

/// Make the table what a file says: all changes at once, or none
#[derive(clap::Parser, Debug)]
#[command(
    name = "apply",
    after_help = "Examples:\n  ipvsadm-rs apply table.toml --dry-run --diff\n  \
                  ipvsadm-rs apply table.toml\n\n\
                  If it fails nothing has been changed, unless it says otherwise: it may be that \
                  all has\nbut the output cannot be written."
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
        self.make(&wanted, &mut connect()?, context, out)
    }
}

impl Apply {
    fn make<T: Transport>(
        &self,
        wanted: &Table,
        client: &mut Client<T>,
        context: Context<'_>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        let done = table::between_changes(|| match self.dry_run {
            true => Ok(self.compare(client, wanted)?.map(|changes| (changes, None))),
            false => self.attempt(client, wanted, context),
        })?;
        let Some((changes, generation)) = done else {
            return Err(Error::refused(
                "Others keep changing the table; nothing has been changed",
            ));
        };
        if generation.is_some() && !changes.is_empty() {
            out.has_done("the table has been changed");
        }
        self.tell(&changes, generation, context, out);
        match self.dry_run && !changes.is_empty() {
            true => Err(Error::Reported(DIFFERENT)),
            false => Ok(()),
        }
    }

    /// Compares and changes. `None` if others have changed the table meanwhile.
    fn attempt<T: Transport>(
        &self,
        client: &mut Client<T>,
        wanted: &Table,
        context: Context<'_>,
    ) -> Result<Option<Done>, Error> {
        let generation = generation(client)?;
        let Some(changes) = self.compare(client, wanted)? else {
            return Ok(None);
        };
        let generation = self.generation.unwrap_or(generation);
        let what = format!("{} changes", changes.len());
        let applied = during(context.terminal, &what, || {
            client.apply(&batch(&changes), Some(generation))
        });
        match applied {
            Ok(now) => Ok(Some((changes, Some(now)))),
            Err(Failure { errno, .. }) if errno == libc::ESTALE => match self.generation {
                None => Ok(None),
                Some(generation) => Err(stale(generation)),
            },
            Err(failure) => Err(refused(&failure, &changes)),
        }
    }

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

    /// What has to be changed; `None` if others change the table meanwhile.
    fn compare<T: Transport>(
        &self,
        client: &mut Client<T>,
        wanted: &Table,
    ) -> Result<Option<Vec<Change>>, Error> {
        let Some(now) = table::look(client)? else {
            return Ok(None);
        };
        let mut changes = difference(&now, wanted);
        if self.keep {
            changes.retain(|change| !matches!(change, Change::DeleteService(..)));
        }
        Ok(Some(changes))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::frame::Head;
    use crate::client::message::attrs::Writer;
    use crate::client::transport::{OnReply, Snapshot};
    use crate::dialect::Dialect;
    use crate::resolve::System;
    use clap::Parser;
    use ipvs_core::uapi::apply::GENERATION;
    use ipvs_core::uapi::cmd::Command;

    /// An empty table that others change so often, each time while it is listed or before a request.
    struct Busy {
        listings: usize,
        requests: usize,
    }

    impl Busy {
        fn takes_one(left: &mut usize) -> bool {
            let is_left = *left > 0;
            *left -= usize::from(is_left);
            is_left
        }
    }

    impl Transport for Busy {
        fn exchange(
            &mut self,
            head: Head,
            body: &[u8],
            on_reply: OnReply<'_>,
        ) -> Result<Snapshot, Failure> {
            let cmd = head.cmd;
            if cmd == Command::GetService as u8 {
                let is_torn = Self::takes_one(&mut self.listings);
                return Ok(if is_torn {
                    Snapshot::Torn
                } else {
                    Snapshot::Whole
                });
            }
            let mut answer = Writer::default();
            if cmd == Command::Apply as u8 {
                // Without attributes it is a question.
                if !body.is_empty() && Self::takes_one(&mut self.requests) {
                    return Err(libc::ESTALE.into());
                }
                answer.put_u32(GENERATION, 7);
            } else {
                // The number of the family.
                answer.put_u16(1, 30);
            }
            on_reply(&answer.finish()).map_err(|_| libc::EINVAL)?;
            Ok(Snapshot::Whole)
        }
    }

    fn applied(line: &str, listings: usize, requests: usize) -> Result<String, Error> {
        let apply = Apply::try_parse_from(line.split(' ')).unwrap();
        let busy = Busy { listings, requests };
        let mut client = Client::new(busy, || false)?;
        let mut out = Sink::default();
        let names = System::default();
        let context = Context {
            program: "ipvsadm",
            dialect: Dialect::Own,
            names: &names,
            terminal: false,
            words: true,
            colour: false,
        };
        apply.make(&Table::new(), &mut client, context, &mut out)?;
        Ok(String::from_utf8(out.text.bytes().to_vec()).unwrap())
    }

    #[test]
    fn others_may_change_the_table_for_a_while() {
        let done = "No difference; generation 7\n";
        assert_eq!(applied("apply x", 0, 0).unwrap(), done);
        // A client looks three times by itself.
        assert_eq!(applied("apply x", 3 * 4, 0).unwrap(), done);
        assert_eq!(applied("apply x", 3 * 4, 5).unwrap(), done);
        assert_eq!(applied("apply x --dry-run", 3 * 4, 0).unwrap(), "");
        for (listings, requests) in [(usize::MAX, 0), (0, usize::MAX), (3 * 5, 5)] {
            let error = applied("apply x", listings, requests).unwrap_err();
            assert!(error.to_string().starts_with("Others keep"), "{error}");
        }
        let error = applied("apply x --generation 6", 0, 1).unwrap_err();
        assert!(error.to_string().contains("generation 6"), "{error}");
    }
}
