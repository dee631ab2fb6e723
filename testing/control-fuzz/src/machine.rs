// SPDX-License-Identifier: GPL-2.0

//! Taking steps in the kernel.

pub mod namespace;
pub mod netlink;
mod route;
pub mod sockets;
pub mod traffic;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::time::{Duration, Instant};

use ipvs_core::uapi::cmd::Command;

use crate::coverage::{errno_name, Coverage};
use crate::expect;
use crate::files::{self, SETTINGS};
use crate::request::Request;
use crate::socket_option::SocketOption;
use crate::step::Step;
use netlink::{Answer, Netlink};
use sockets::Sockets;

/// Nothing that is read may be longer.
const MAX_FILE: usize = 64 << 20;
/// Nor may reading it take longer.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Why a step failed.
#[derive(Debug)]
pub struct Wrong(pub String);

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A worker's way to the kernel, in the namespace in which its thread was when it was made.
#[derive(Debug)]
pub struct Machine {
    netlink: Netlink,
    sockets: Sockets,
    /// What was answered.
    pub coverage: Coverage,
    /// What is there to be compared: a line for each answer.
    pub transcript: Option<Vec<String>>,
}

impl Machine {
    /// In the namespace of the thread.
    pub fn open() -> io::Result<Self> {
        let mut sockets = Sockets::start()?;
        sockets.follow()?;
        Ok(Self {
            netlink: Netlink::open()?,
            sockets,
            coverage: Coverage::default(),
            transcript: None,
        })
    }

    /// Goes on in the namespace in which the thread is now.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.netlink = Netlink::open()?;
        self.sockets.follow()
    }

    /// Takes a step.
    pub fn take(&mut self, step: &Step) -> Result<(), Wrong> {
        match step {
            Step::Request(request) => {
                let answer = self.netlink.ask(request, self.transcript.is_some())?;
                self.judge(request, &answer)
            }
            Step::Batch(requests) => {
                let answers = self.netlink.ask_together(requests)?;
                requests
                    .iter()
                    .zip(answers)
                    .try_for_each(|(request, answer)| self.judge(request, &answer))
            }
            Step::Abandon(request, pieces) => Ok(self.netlink.abandon(request, *pieces)?),
            Step::Show { file, piece, again } => self.show(file, *piece, *again),
            Step::Option(option) => self.option(option),
            Step::Set { setting, value } => self.set(setting, value),
            Step::Send(flow) => {
                traffic::send(flow);
                Ok(())
            }
        }
    }

    /// Empties the table; it is empty then, and can be used.
    pub fn prove_usable(&mut self) -> Result<(), Wrong> {
        use Command::*;
        let services = Request::new(GetService, true, Vec::new());
        let plain = Request::plain;
        self.expect(&Request::new(Flush, false, Vec::new()), 0, 0)?;
        self.expect(&services, 0, 0)?;
        self.expect(&plain(DelService), libc::ESRCH, 0)?;
        for _ in 0..2 {
            self.expect(&plain(NewService), 0, 0)?;
            self.expect(&plain(NewService), libc::EEXIST, 0)?;
            self.expect(&plain(NewDest), 0, 0)?;
            self.expect(&services, 0, 1)?;
            self.expect(&plain(GetDest), 0, 1)?;
            self.expect(&plain(DelDest), 0, 0)?;
            self.expect(&plain(GetDest), 0, 0)?;
            self.expect(&plain(DelService), 0, 0)?;
        }
        self.expect(&services, 0, 0)
    }

    /// A request is answered so, with so many messages.
    fn expect(&mut self, request: &Request, errno: i32, messages: usize) -> Result<(), Wrong> {
        let answer = self.netlink.ask(request, true)?;
        if answer.errno == errno && answer.messages.len() == messages {
            return Ok(());
        }
        Err(Wrong(format!(
            "{} is answered with {} and {} messages, not {} and {messages}",
            expect::name(request),
            errno_name(answer.errno),
            answer.messages.len(),
            errno_name(errno),
        )))
    }

    /// Whether a request may be answered so.
    fn judge(&mut self, request: &Request, answer: &Answer) -> Result<(), Wrong> {
        let name = expect::name(request);
        self.coverage.count(&name, answer.errno);
        self.note(|| {
            format!(
                "{name}: {}{}",
                errno_name(answer.errno),
                answer.text(request)
            )
        });
        match expect::allows(request, answer.errno) {
            true => Ok(()),
            false => Err(Wrong(format!(
                "{name} is answered with {}",
                errno_name(answer.errno)
            ))),
        }
    }

    /// A line of the transcript, if there is one.
    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(transcript) = &mut self.transcript {
            transcript.push(line());
        }
    }

    fn option(&mut self, option: &SocketOption) -> Result<(), Wrong> {
        let (errno, bytes) = self.sockets.ask(option)?;
        let (name, answer) = (option.name(), errno_name(errno));
        self.coverage.count(&name, errno);
        self.note(|| format!("{name}: {answer} {:02x?}", option.comparable(bytes)));
        match option.allows(errno) {
            true => Ok(()),
            false => Err(Wrong(format!("{name} is answered with {answer}"))),
        }
    }

    /// Writes a value, all at once, and reads what has become of it.
    fn set(&mut self, setting: &str, value: &[u8]) -> Result<(), Wrong> {
        let path = format!("{SETTINGS}/{setting}");
        let name = format!("write {setting}");
        let written = OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|mut file| file.write(value));
        let errno = match written {
            Ok(_) => 0,
            Err(error) => error.raw_os_error().unwrap_or(-1),
        };
        self.coverage.count(&name, errno);
        let now = fs::read(&path).map_err(|error| Wrong(format!("{path}: {error}")))?;
        self.note(|| {
            // What one may have begun with is not of interest.
            let now = if errno == 0 {
                String::from_utf8_lossy(&now)
            } else {
                "".into()
            };
            format!("{name}: {} {now:?}", errno_name(errno))
        });
        match files::allows(setting, errno) {
            true => Ok(()),
            false => Err(Wrong(format!(
                "{name} is answered with {}",
                errno_name(errno)
            ))),
        }
    }

    /// Reads a file to its end.
    fn show(&mut self, name: &str, piece: usize, again: Option<usize>) -> Result<(), Wrong> {
        let begun = Instant::now();
        let path = format!("/proc/thread-self/net/{name}");
        let counted = format!("read {name}");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => {
                self.coverage
                    .count(&counted, error.raw_os_error().unwrap_or(-1));
                return Ok(());
            }
        };
        let mut text = Vec::new();
        let mut buffer = vec![0; piece];
        let mut rewind = again;
        loop {
            if rewind == Some(0) {
                file.rewind()?;
                text.clear();
            }
            rewind = rewind.and_then(|pieces| pieces.checked_sub(1));
            let len = file
                .read(&mut buffer)
                .map_err(|error| Wrong(format!("{path}: {error}")))?;
            if len == 0 && rewind.is_none() {
                break;
            }
            text.extend_from_slice(&buffer[..len]);
            if text.len() > MAX_FILE || begun.elapsed() > MAX_TIME {
                return Err(Wrong(format!("{path} has no end")));
            }
        }
        self.coverage.count(&counted, 0);
        self.note(|| format!("{counted}: {}", comparable(&text)));
        Ok(())
    }
}

/// What is not the same in each run: the size in a title, where hashes fall, when a table is resized;
/// and what is about threads, which there are not.
const CHANCE: [&str; 3] = ["IP Virtual Server version", "Service buckets", "Stats "];

/// A table of services, whose order is by chance.
fn comparable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut lines: Vec<_> = text
        .lines()
        .filter(|line| !CHANCE.iter().any(|start| line.starts_with(start)))
        .collect();
    lines.sort_unstable();
    lines.join("|")
}
