// SPDX-License-Identifier: GPL-2.0
//! Command lines from a stream.
//!
//! Changes are sent many at a time, in their order. Before anything else is done, the answers to
//! all of them are awaited, so that what is said and done is the same as one by one.

pub mod atomic;

use crate::client::message::Request;
use crate::client::transport::{Transport, WINDOW};
use crate::client::Client;
use crate::command::Command;
use crate::dialect::Dialect;
use crate::error::{self, Error};
use crate::execute::{change, execute, Context, Sink};
use crate::options::lex;
use crate::run::tell;
use std::ffi::OsStr;
use std::io::BufRead;
use std::os::unix::ffi::OsStrExt;
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
        if let Some(detail) = error.detail().filter(|_| self.context.terminal) {
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
    let mut line = Vec::new();
    for number in 1.. {
        match next_line(input, &mut line, context.dialect) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                pending.settle(client, report)?;
                report.failure(number, &error);
                return report.result();
            }
        }
        let mut words = words(&line).peekable();
        let comment = |word: &&OsStr| word.as_bytes().starts_with(b"#");
        if words.peek().is_none()
            || !context.dialect.is_stock() && words.peek().is_some_and(comment)
        {
            // stock does not understand comments
            continue;
        }
        let command = understand(words, context);
        if let Some(request) = command.as_ref().ok().and_then(change) {
            pending.add(number, request, client, report)?;
            continue;
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
    pending.settle(client, report)?;
    report.end_progress();
    report.result()
}

/// Reads the next line into `line`; `false` at the end. Stock takes a failure for the end.
fn next_line(input: &mut dyn BufRead, line: &mut Vec<u8>, dialect: Dialect) -> Result<bool, Error> {
    line.clear();
    match input.read_until(b'\n', line) {
        Ok(length) => Ok(length > 0),
        Err(_) if dialect.is_stock() => Ok(false),
        Err(error) => Err(unreadable(error)),
    }
}

/// What was to be restored cannot be read to its end.
pub(crate) fn unreadable(error: std::io::Error) -> Error {
    Error::refused(format!("cannot read the input: {}", error::text(&error)))
}

fn understand<'a>(
    words: impl Iterator<Item = &'a OsStr>,
    context: Context<'_>,
) -> Result<Command, Error> {
    match Command::new(context.program, lex(context.dialect, words), context.names) {
        // not once more from the same stream
        Ok(Command::Restore(_)) => Err(Error::NoCommand {
            program: context.program.to_owned(),
        }),
        result => result,
    }
}

/// The words of a line. What calls the program by its name is left out, wherever it stands.
fn words(line: &[u8]) -> impl Iterator<Item = &OsStr> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0);
    line.split(blank)
        .filter(|word| !word.is_empty() && *word != b"ipvsadm")
        .map(OsStr::from_bytes)
}

/// Changes that have not been sent.
#[derive(Default)]
struct Pending {
    numbers: Vec<usize>,
    requests: Vec<Request>,
}

impl Pending {
    fn add<T: Transport>(
        &mut self,
        number: usize,
        request: Request,
        client: &mut Client<T>,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        self.numbers.push(number);
        self.requests.push(request);
        if self.requests.len() < WINDOW {
            return Ok(());
        }
        report.progress(number);
        self.settle(client, report)
    }

    fn settle<T: Transport>(
        &mut self,
        client: &mut Client<T>,
        report: &mut Report<'_>,
    ) -> Result<(), Error> {
        if self.requests.is_empty() {
            return Ok(());
        }
        let mut fatal = None;
        let mut last_failed = false;
        let numbers = &self.numbers;
        client.changes(&self.requests, &mut |index, error| {
            if fatal.is_some() {
                return;
            }
            last_failed = index + 1 == numbers.len();
            report.failure(numbers.get(index).copied().unwrap_or(0), &error);
            if !error.is_passing() {
                fatal = Some(Error::Reported(error.exit_code()));
            }
        })?;
        self.requests.clear();
        self.numbers.clear();
        if !last_failed {
            report.success();
        }
        fatal.map_or(Ok(()), Err)
    }
}
