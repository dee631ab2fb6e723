// SPDX-License-Identifier: GPL-2.0
//! Lists that others change while the kernel tells them, from a recording that is told so.
#![allow(missing_docs)]

mod common;

use common::{context, parse, Replay};
use ipvsadm::client::frame::Head;
use ipvsadm::client::message::Answer;
use ipvsadm::client::transport::{OnReply, Snapshot, Transport};
use ipvsadm::client::Client;
use ipvsadm::dialect::Dialect;
use ipvsadm::error::Failure;
use ipvsadm::Sink;

const GET_SERVICE: u8 = 4;

/// A recording, before which dumps of services are interrupted.
struct Busy {
    replay: Replay,
    torn: usize,
    dumps: usize,
}

impl Transport for &mut Busy {
    fn exchange(
        &mut self,
        head: Head,
        body: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Snapshot, Failure> {
        let is_list = head.family == 77 && head.cmd == GET_SERVICE;
        if !is_list || head.answer != Answer::Objects {
            return (&mut self.replay).exchange(head, body, on_reply);
        }
        self.dumps += 1;
        if self.dumps > self.torn {
            return (&mut self.replay).exchange(head, body, on_reply);
        }
        let torn = match self.dumps {
            // the last, of which the rest is asked
            3 => (&mut self.replay).exchange(head, body, on_reply),
            _ => (&mut self.replay.clone()).exchange(head, body, on_reply),
        };
        torn.map(|_| Snapshot::Torn)
    }
}

/// What is shown, and how many dumps there were.
fn listed(line: &str, name: &str, torn: usize) -> (String, usize) {
    let file = format!("../testing/fixtures/netlink/{name}.hex");
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let recording = std::fs::read_to_string(file).unwrap();
    let mut busy = Busy {
        replay: Replay::new(&recording),
        torn,
        dumps: 0,
    };
    let mut out = Sink::default();
    {
        let mut client = Client::new(&mut busy, || panic!("modprobe")).unwrap();
        let command = parse(line).unwrap();
        ipvsadm::execute(&command, context(Dialect::Own), &mut client, &mut out).unwrap();
    }
    (out.text.to_string(), busy.dumps)
}

#[test]
fn a_list_is_asked_for_again() {
    for (line, name) in [("-Ln", "list-all"), ("-Ln --json", "list-all")] {
        let (calm, dumps) = listed(line, name, 0);
        assert_eq!(dumps, 1);
        for torn in 1..3 {
            assert_eq!(listed(line, name, torn), (calm.clone(), torn + 1), "{line}");
        }
        assert_eq!(listed(line, name, 9), (calm, 3), "{line}: what there is");
    }
}
