// SPDX-License-Identifier: GPL-2.0
//! Streams of command lines, against a kernel that refuses what the test wants.
#![allow(missing_docs)]

mod common;

use common::context;
use ipvsadm::client::frame::Head;
use ipvsadm::client::transport::{OnReply, Transport};
use ipvsadm::client::Client;
use ipvsadm::dialect::Dialect;
use ipvsadm::error::Failure;
use ipvsadm::{atomic, restore, Report, Sink};

const DEL_SERVICE: u8 = 3;
const GET_INFO: u8 = 15;
const EEXIST: i32 = 17;

/// Takes everything and remembers the commands. Services cannot be deleted.
#[derive(Default)]
struct Kernel {
    commands: Vec<u8>,
    batches: Vec<usize>,
}

impl Transport for &mut Kernel {
    fn exchange(&mut self, head: Head, _: &[u8], on_reply: OnReply<'_>) -> Result<(), Failure> {
        if head.family == 16 {
            let _ = on_reply(&[6, 0, 1, 0, 77, 0, 0, 0]);
            return Ok(());
        }
        self.commands.push(head.cmd);
        match head.cmd {
            DEL_SERVICE => Err(EEXIST.into()),
            GET_INFO => {
                let _ = on_reply(&[8, 0, 1, 0, 1, 2, 1, 0, 8, 0, 2, 0, 0, 1, 0, 0]);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn batch(
        &mut self,
        requests: &[(Head, &[u8])],
        on_failure: &mut dyn FnMut(usize, Failure),
    ) -> Result<(), Failure> {
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
    let mut kernel = Kernel::default();
    let mut out = Sink::default();
    let mut told = String::new();
    let context = context(dialect);
    let status = {
        let mut client = Client::new(&mut kernel, || panic!("modprobe")).unwrap();
        let mut report = Report::new(context, |text| told.push_str(text));
        let result = restore(
            &mut input.as_bytes(),
            context,
            &mut client,
            &mut out,
            &mut report,
        );
        result.map_or_else(|error| error.exit_code(), |()| 0)
    };
    Outcome {
        status,
        told,
        shown: out.text,
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
    assert_eq!(kernel.commands, []);
}
