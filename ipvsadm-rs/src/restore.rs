// SPDX-License-Identifier: GPL-2.0
//! Command lines from a stream.
//!
//! Changes are sent many at a time, in their order. Before anything else is done, the answers to
//! all of them are awaited, so that what is said and done is the same as one by one.

pub mod atomic;
mod lines;

pub(crate) use lines::unreadable;

use crate::client::message::Batch;
use crate::client::transport::{Transport, WINDOW};
use crate::client::Client;
use crate::command::Command;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::execute::{change, execute, Context, Sink};
use crate::options::Lexer;
use crate::run::tell;
use lines::{words, Lines};
use std::io::BufRead;
use std::time::{Duration, Instant};

/// What is told of lines that failed, and the exit status that comes of it.
pub struct Report<'a> {
    context: Context<'a>,
    tell: Box<dyn FnMut(&str) + 'a>,
    status: u8,
    started: Instant,
    in_progress: bool,
}

/// Nobody has to be told of progress before.
const PATIENCE: Duration = Duration::from_secs(2);

impl<'a> Report<'a> {
    /// Tells on stderr.
    pub fn stderr(context: Context<'a>) -> Self {
        Self::new(context, tell)
    }

    /// Tells whom is given.
    pub fn new(context: Context<'a>, tell: impl FnMut(&str) + 'a) -> Self {
        Self {
            context,
            tell: Box::new(tell),
            status: 0,
            started: Instant::now(),
            in_progress: false,
        }
    }

    /// A line was carried out. Stock's status is that of the last line.
    fn success(&mut self) {
        if self.context.dialect.is_stock() {
            self.status = 0;
        }
    }

    /// A line was not. Our status is that of the first such line.
    fn failure(&mut self, number: usize, error: &Error) {
        self.end_progress();
        let text = error.to_string();
        match self.context.dialect {
            Dialect::Own if !text.is_empty() => (self.tell)(&format!("line {number}: {text}")),
            _ => (self.tell)(&text),
        }
        if let Some(detail) = error.detail().filter(|_| self.context.words) {
            (self.tell)(&format!("{detail}\n"));
        }
        if self.status == 0 || self.context.dialect.is_stock() {
            self.status = error.exit_code();
        }
    }

    /// Says a sentence that is no failure of a line.
    fn say(&mut self, text: &str) {
        (self.tell)(&format!("{text}\n"));
    }

    /// Shows on a terminal how far it is, if it takes long.
    fn progress(&mut self, number: usize) {
        let context = self.context;
        if context.terminal && !context.dialect.is_stock() && self.started.elapsed() > PATIENCE {
            (self.tell)(&format!("\r{number} lines"));
            self.in_progress = true;
        }
    }

    /// Clears the line of [`Self::progress`].
    fn end_progress(&mut self) {
        if std::mem::take(&mut self.in_progress) {
            (self.tell)("\r\x1b[K");
        }
    }

    fn result(&self) -> Result<(), Error> {
        match self.status {
            0 => Ok(()),
            status => Err(Error::Reported(status)),
        }
    }
}

/// Carries out the lines of `input`. What the kernel or the lexer refuses is told, and the next
/// line is looked at; anything else ends it. Failures have been told when this returns.
pub fn restore<T: Transport>(
    input: &mut dyn BufRead,
    context: Context<'_>,
    client: &mut Client<T>,
    out: &mut Sink,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let mut pending = Pending::default();
    let mut lines = Lines::new(input);
    for number in 1.. {
        if !lines.is_next_here() {
            // who writes them may wait for this
            pending.settle(client, report)?;
            out.flush();
        }
        let line = match lines.next(context.dialect) {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(error) => {
                report.failure(number, &error);
                return report.result();
            }
        };
        let words = words(line);
        match words.first() {
            None => continue,
            // stock does not understand comments
            Some(word) if word.starts_with('#') && !context.dialect.is_stock() => continue,
            Some(_) => {}
        }
        let command = understand(&words, context);
        if let Ok(command) = &command {
            if change(command, &mut pending.batch) {
                pending.numbers.push(number);
                if pending.numbers.len() == WINDOW {
                    report.progress(number);
                    pending.settle(client, report)?;
                }
                continue;
            }
        }
        pending.settle(client, report)?;
        // in stock these two end the program
        let last =
            context.dialect.is_stock() && matches!(command, Ok(Command::Help | Command::Version));
        let result = command.and_then(|command| execute(&command, context, client, out));
        let Err(error) = result else {
            report.success();
            if last {
                return report.result();
            }
            continue;
        };
        out.flush();
        report.failure(number, &error);
        if !error.is_passing() {
            return report.result();
        }
    }
    report.end_progress();
    report.result()
}

fn understand(words: &[&str], context: Context<'_>) -> Result<Command, Error> {
    let line = Lexer::new(context.dialect, words);
    match Command::new(context.program, line, context.names) {
        // not once more from the same stream
        Ok(Command::Restore(_)) => Err(Error::NoCommand {
            program: context.program.to_owned(),
        }),
        result => result,
    }
}

/// Changes that have not been sent, and the numbers of their lines.
#[derive(Default)]
struct Pending {
    numbers: Vec<usize>,
    batch: Batch,
}

impl Pending {
    fn settle<T: Transport>(
        &mut self,
        client: &mut Client<T>,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut fatal = None;
        let mut last_failed = false;
        let numbers = &self.numbers;
        client.changes(&self.batch, &mut |index, error| {
            if fatal.is_some() {
                return;
            }
            last_failed = index + 1 == numbers.len();
            report.failure(numbers.get(index).copied().unwrap_or(0), &error);
            if !error.is_passing() {
                fatal = Some(Error::Reported(error.exit_code()));
            }
        })?;
        self.batch.clear();
        self.numbers.clear();
        if !last_failed {
            report.success();
        }
        fatal.map_or(Ok(()), Err)
    }
}
