// SPDX-License-Identifier: GPL-2.0
//! What several tests need: names that nobody has to look up, and a kernel that answers from a
//! recording.

// each test is a program of its own and uses a part of this
#![allow(dead_code, missing_docs)]

use ipvsadm::client::frame::{messages, Head, Message};
use ipvsadm::client::message::attrs::Malformed;
use ipvsadm::client::message::Answer;
use ipvsadm::client::transport::{OnReply, Snapshot, Transport};
use ipvsadm::command::Command;
use ipvsadm::dialect::Dialect;
use ipvsadm::error::{Error, Failure};
use ipvsadm::options::Lexer;
use ipvsadm::resolve::Names;
use ipvsadm::Context;
use std::net::{IpAddr, Ipv4Addr};

pub struct FewNames;

impl Names for FewNames {
    fn host(&self, name: &str) -> Option<Ipv4Addr> {
        match name {
            "vip.example" => Some(Ipv4Addr::new(10, 0, 0, 1)),
            "localhost" => Some(Ipv4Addr::LOCALHOST),
            "a-name-of-more-than-28-characters.example" => Some(Ipv4Addr::new(10, 1, 0, 1)),
            _ => None,
        }
    }

    fn port(&self, name: &str, protocol: u16) -> Option<u16> {
        match (name, protocol) {
            ("http" | "www", 6) => Some(80),
            ("domain", 17) => Some(53),
            _ => None,
        }
    }

    fn host_name(&self, addr: IpAddr) -> Option<String> {
        match addr.to_string().as_str() {
            "10.0.0.1" => Some("vip.example".into()),
            "2001:db8::1" => Some("a-rather-long-name-of-an-ipv6-service.example.net".into()),
            "10.0.0.2" => Some("a-name-of-more-than-28-characters.example".into()),
            _ => None,
        }
    }

    fn service_name(&self, port: u16, protocol: u16) -> Option<String> {
        (port == 80 && protocol == 6).then(|| "http".into())
    }
}

/// No terminal, and names without a network.
pub fn context(dialect: Dialect) -> Context<'static> {
    Context {
        program: "ipvsadm",
        dialect,
        names: &FewNames,
        terminal: false,
        words: false,
        colour: false,
    }
}

/// The command of a line without the name of the program; words are split at blanks, `''` is an
/// empty one.
pub fn parse(line: &str) -> Result<Command, Error> {
    let words: Vec<String> = line
        .split_whitespace()
        .map(|word| word.replace("''", ""))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let line = Lexer::new(Dialect::Own, &words);
    Command::new("ipvsadm", line, &FewNames)
}

/// A recorded request and what came back.
#[derive(Clone)]
pub struct Exchange {
    pub request: Vec<u8>,
    pub replies: Vec<Vec<u8>>,
}

/// The exchanges of a recording.
pub fn exchanges(text: &str) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in text.lines() {
        match line.split_once(' ') {
            Some((">", hex)) => exchanges.push(Exchange {
                request: bytes(hex),
                replies: vec![],
            }),
            Some(("<", hex)) => exchanges.last_mut().unwrap().replies.push(bytes(hex)),
            _ => assert!(line.starts_with('#'), "{line}"),
        }
    }
    exchanges
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digits).collect()
}

const GET_INFO: u8 = 15;

/// C ignores that servers are wanted together with services, and more about them.
fn without_listing(body: &[u8]) -> &[u8] {
    match body.split_last_chunk() {
        Some((rest, [8, 0, 0, 0x10, 1 | 3 | 8 | 9, 0, 0, 0])) => rest,
        _ => body,
    }
}

/// A kernel that says what C ip_vs said, provided that it is asked the same.
#[derive(Clone)]
pub struct Replay {
    exchanges: std::iter::Peekable<std::vec::IntoIter<Exchange>>,
}

impl Replay {
    pub fn new(text: &str) -> Self {
        Self {
            exchanges: exchanges(text).into_iter().peekable(),
        }
    }

    /// Stock asks for the version each time; we, when it matters.
    fn skip_version(&mut self) {
        let is_version = |exchange: &Exchange| exchange.request[16] == GET_INFO;
        self.exchanges.next_if(is_version);
    }

    /// Everything that stock asked for has been asked for.
    pub fn assert_done(&mut self) {
        self.skip_version();
        assert!(self.exchanges.next().is_none(), "a request is missing");
    }
}

impl Transport for &mut Replay {
    fn exchange(
        &mut self,
        head: Head,
        body: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Snapshot, Failure> {
        if head.family == 16 {
            on_reply(&[6, 0, 1, 0, 77, 0, 0, 0]).map_err(|Malformed| 22)?;
            return Ok(Snapshot::Whole);
        }
        assert_eq!(head.family, 77);
        if head.cmd != GET_INFO {
            self.skip_version();
        }
        let recorded = self.exchanges.next().expect("a request too many");
        let request = &recorded.request;
        assert_eq!([head.cmd, head.version, 0, 0], request[16..20]);
        assert_eq!(head.answer == Answer::Objects, request[7] == 3, "dump");
        assert_eq!(without_listing(body), &request[20..]);
        let mut snapshot = Snapshot::Whole;
        for reply in &recorded.replies {
            for part in messages(reply, 0) {
                if part.interrupted {
                    snapshot = Snapshot::Torn;
                }
                match part.message {
                    Message::Data(bytes) => on_reply(bytes).map_err(|Malformed| 22)?,
                    Message::Done => return Ok(snapshot),
                    Message::Failed(failure) => return Err(failure),
                    Message::Other | Message::Broken => panic!("{reply:?}"),
                }
            }
        }
        panic!("an answer without an end")
    }
}
