// SPDX-License-Identifier: GPL-2.0
//! Streams of command lines, against a kernel that refuses what the test wants.
#![allow(missing_docs)]

mod common;

use common::context;
use ipvsadm::client::frame::Head;
use ipvsadm::client::message::Answer;
use ipvsadm::client::transport::{OnReply, Snapshot, Transport};
use ipvsadm::client::Client;
use ipvsadm::dialect::Dialect;
use ipvsadm::error::Failure;
use ipvsadm::{atomic, restore, Report, Sink};
use std::io::{BufRead, BufReader, Read};

const DEL_SERVICE: u8 = 3;
const GET_CONFIG: u8 = 13;
const GET_INFO: u8 = 15;
const EEXIST: i32 = 17;
const ENOBUFS: i32 = 105;

/// Takes everything and remembers the commands. Services cannot be deleted.
#[derive(Default)]
struct Kernel {
    commands: Vec<u8>,
    batches: Vec<usize>,
    /// The way to it breaks when so many batches have come.
    breaks_after: Option<usize>,
    /// How many dumps others interrupt.
    torn: usize,
}

impl Transport for &mut Kernel {
    fn exchange(
        &mut self,
        head: Head,
        _: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Snapshot, Failure> {
        if head.family == 16 {
            let _ = on_reply(&[6, 0, 1, 0, 77, 0, 0, 0]);
            return Ok(Snapshot::Whole);
        }
        if head.answer == Answer::Objects && self.torn > 0 {
            self.torn -= 1;
            self.commands.push(head.cmd);
            return Ok(Snapshot::Torn);
        }
        self.commands.push(head.cmd);
        match head.cmd {
            DEL_SERVICE => Err(EEXIST.into()),
            GET_INFO => {
                let _ = on_reply(&[8, 0, 1, 0, 1, 2, 1, 0, 8, 0, 2, 0, 0, 1, 0, 0]);
                Ok(Snapshot::Whole)
            }
            GET_CONFIG => {
                let _ = on_reply(&[]);
                Ok(Snapshot::Whole)
            }
            _ => Ok(Snapshot::Whole),
        }
    }

    fn batch(
        &mut self,
        requests: &[(Head, &[u8])],
        on_failure: &mut dyn FnMut(usize, Failure),
    ) -> Result<(), Failure> {
        if self.breaks_after == Some(self.batches.len()) {
            return Err(ENOBUFS.into());
        }
        self.batches.push(requests.len());
        for (index, (head, body)) in requests.iter().enumerate() {
            if let Err(failure) = self.exchange(*head, body, &mut |_| Ok(())) {
                on_failure(index, failure);
            }
        }
        Ok(())
    }
}

struct Outcome {
    status: u8,
    told: String,
    shown: String,
    commands: Vec<u8>,
    batches: Vec<usize>,
}

fn run(dialect: Dialect, input: &str) -> Outcome {
    run_from(dialect, &mut input.as_bytes())
}

fn run_from(dialect: Dialect, input: &mut dyn BufRead) -> Outcome {
    let mut kernel = Kernel::default();
    let mut out = Sink::default();
    let mut told = String::new();
    let context = context(dialect);
    let status = {
        let mut client = Client::new(&mut kernel, || panic!("modprobe")).unwrap();
        let mut report = Report::new(context, |text| told.push_str(text));
        let result = restore(input, context, &mut client, &mut out, &mut report);
        result.map_or_else(|error| error.exit_code(), |()| 0)
    };
    Outcome {
        status,
        told,
        shown: out.text.to_string(),
        commands: kernel.commands,
        batches: kernel.batches,
    }
}

#[test]
fn words_blanks_and_the_name_of_the_program() {
    let input = "ipvsadm -A -t 10.0.0.1:80 ipvsadm -s rr\r\n\n  \t\n\t-C";
    for dialect in [Dialect::Own, Dialect::Stock] {
        let outcome = run(dialect, input);
        assert_eq!((outcome.status, outcome.told.as_str()), (0, ""));
        assert_eq!(outcome.commands, [1, 17]);
    }
    assert_eq!(run(Dialect::Own, "").status, 0);
}

#[test]
fn comments() {
    let input = "# a comment\n  #another\n-C\n";
    let outcome = run(Dialect::Own, input);
    assert_eq!((outcome.status, outcome.commands), (0, vec![17]));
    let outcome = run(Dialect::Stock, input);
    assert_eq!((outcome.status, outcome.commands), (255, vec![]));
    assert!(outcome.told.starts_with("Try `ipvsadm -h'"));
}

#[test]
fn what_the_kernel_refuses_does_not_end_it() {
    let input = "-D -f 1\n-C\n-D -f 2\n-C\n";
    let outcome = run(Dialect::Own, input);
    assert_eq!(outcome.status, 255);
    assert_eq!(outcome.told, "line 1: File exists\nline 3: File exists\n");
    assert_eq!(outcome.commands, [3, 17, 3, 17]);
    assert_eq!(outcome.batches, [4]);

    let outcome = run(Dialect::Stock, input);
    assert_eq!(
        (outcome.status, outcome.told.as_str()),
        (0, "File exists\nFile exists\n")
    );
    let outcome = run(Dialect::Stock, "-C\n-D -f 1\n");
    assert_eq!(outcome.status, 255);
}

#[test]
fn what_popt_refuses_does_not_end_it() {
    let input = "-C\n-C -Q\n-C\n";
    let outcome = run(Dialect::Own, input);
    assert_eq!(
        (outcome.status, outcome.told.as_str()),
        (255, "line 2: -Q: unknown option\n")
    );
    assert_eq!(outcome.commands, [17, 17]);
    let outcome = run(Dialect::Stock, input);
    assert_eq!(
        (outcome.status, outcome.told.as_str()),
        (0, "-Q: unknown option\n")
    );
}

#[test]
fn a_broken_rule_ends_it_after_what_came_before() {
    let input = "-D -f 1\n-C\n-A\n-C\n";
    let outcome = run(Dialect::Own, input);
    let missing = "You need to supply the 'service-address' option for the 'add-service' command";
    assert_eq!(
        outcome.told,
        format!("line 1: File exists\nline 3: {missing}\n")
    );
    assert_eq!((outcome.status, outcome.commands), (255, vec![3, 17]));
    let outcome = run(Dialect::Stock, input);
    assert_eq!((outcome.status, outcome.commands), (2, vec![3, 17]));
    assert_eq!(outcome.told, format!("File exists\n{missing}\n"));
}

#[test]
fn listings_wait_for_changes() {
    let outcome = run(Dialect::Stock, "-D -f 1\n-h\n-C\n");
    assert_eq!((outcome.status, outcome.commands), (0, vec![3, GET_INFO]));
    let outcome = run(Dialect::Own, "-C\n-h\n-C\n-v\n");
    assert_eq!(outcome.commands, [17, GET_INFO, 17, GET_INFO]);
    assert!(outcome.shown.contains("Usage:"));
    assert_eq!(outcome.batches, [1, 1]);
}

#[test]
fn not_from_within() {
    let outcome = run(Dialect::Own, "-R\n-C\n");
    assert_eq!((outcome.status, outcome.commands), (255, vec![]));
    assert!(outcome.told.starts_with("line 1: Try `ipvsadm -h'"));
}

#[test]
fn many_lines_go_together_and_keep_their_numbers() {
    let mut input = "-C\n".repeat(299);
    input.push_str("-D -f 1\n-C\n");
    let outcome = run(Dialect::Own, &input);
    assert_eq!(outcome.batches, [128, 128, 45]);
    assert_eq!(outcome.told, "line 300: File exists\n");
}

#[test]
fn nothing_is_sent_if_a_line_is_wrong() {
    let mut kernel = Kernel::default();
    let mut told = String::new();
    let context = context(Dialect::Own);
    let mut input = "-C\n# comment\n-Z\n-A -t 80\n-A -f 1\n".as_bytes();
    let status = {
        let mut client = Client::new(&mut kernel, || panic!("modprobe")).unwrap();
        let mut report = Report::new(context, |text| told.push_str(text));
        let result = atomic::restore(&mut input, true, context, &mut client, &mut report);
        result.unwrap_err().exit_code()
    };
    assert_eq!(status, 2);
    assert_eq!(
        told,
        "line 3: This command cannot be part of an atomic restore\n\
         line 4: illegal virtual server address[:port] specified\n"
    );
    assert!(kernel.commands.is_empty());
}

/// The status and what is told of an atomic restore.
fn run_atomic(kernel: &mut Kernel, input: &mut dyn BufRead) -> (u8, String) {
    let mut told = String::new();
    let context = context(Dialect::Own);
    let mut client = Client::new(kernel, || panic!("modprobe")).unwrap();
    let mut report = Report::new(context, |text| told.push_str(text));
    let result = atomic::restore(input, false, context, &mut client, &mut report);
    drop(report);
    (result.map_or_else(|error| error.exit_code(), |()| 0), told)
}

#[test]
fn what_was_sent_before_the_way_broke_is_undone() {
    let mut kernel = Kernel {
        breaks_after: Some(1),
        ..Kernel::default()
    };
    let input = "-C\n".repeat(200);
    let (status, told) = run_atomic(&mut kernel, &mut input.as_bytes());
    assert_eq!(status, 255);
    let undo_fails = "What had been carried out could not be undone: No buffer space available\n";
    assert_eq!(
        told,
        format!("line 129: No buffer space available\n{undo_fails}")
    );
    assert_eq!(kernel.batches, [128]);
}

#[test]
fn nothing_is_begun_with_a_table_that_keeps_changing() {
    let mut kernel = Kernel {
        torn: 2,
        ..Kernel::default()
    };
    let (status, told) = run_atomic(&mut kernel, &mut "-C\n".as_bytes());
    assert_eq!((status, told.as_str()), (0, ""));
    assert_eq!(kernel.commands, [GET_CONFIG, 4, 4, 4, 17]);

    let mut kernel = Kernel {
        torn: 3,
        ..Kernel::default()
    };
    let (status, _) = run_atomic(&mut kernel, &mut "-C\n".as_bytes());
    assert_eq!(status, 2);
    assert_eq!(kernel.commands, [GET_CONFIG, 4, 4, 4]);
}

/// Gives some lines and fails.
struct Torn<'a>(&'a [u8]);

impl Read for Torn<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.0.is_empty() {
            return Err(std::io::Error::from_raw_os_error(5));
        }
        self.0.read(into)
    }
}

#[test]
fn an_input_that_fails_is_not_at_its_end() {
    let torn = || BufReader::new(Torn(b"-C\n-C\n"));
    let mut kernel = Kernel::default();
    let (status, told) = run_atomic(&mut kernel, &mut torn());
    let error = "line 3: cannot read the input: Input/output error\n";
    assert_eq!((status, told.as_str()), (2, error));
    assert!(kernel.commands.is_empty());

    for (dialect, status, error) in [(Dialect::Own, 2, error), (Dialect::Stock, 0, "")] {
        let outcome = run_from(dialect, &mut torn());
        assert_eq!((outcome.status, outcome.told.as_str()), (status, error));
        assert_eq!(outcome.commands, [17, 17]);
    }
}
