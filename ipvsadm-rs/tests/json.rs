// SPDX-License-Identifier: GPL-2.0
//! Listings as JSON, from recorded answers of the kernel, against `tests/golden`.
//!
//! `GOLDEN=write cargo test --test json` writes those files anew.
#![allow(missing_docs)]

mod common;

use common::{context, parse, Replay};
use ipvsadm::client::Client;
use ipvsadm::dialect::Dialect;
use ipvsadm::output::connections;
use ipvsadm::output::text::Text;
use ipvsadm::Sink;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn check(name: &str, text: &str) {
    let golden = path("tests/golden").join(name).with_extension("json");
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&golden, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(golden).unwrap(), "{name}");
}

#[test]
fn recorded_listings() {
    for name in [
        "list-all",
        "list-one",
        "list-one-fwmark",
        "list-empty",
        "list-timeout",
        "daemons",
        "daemons-none",
    ] {
        let file = path("../testing/fixtures/netlink").join(name);
        let recording = std::fs::read_to_string(file.with_extension("hex")).unwrap();
        let line = recording.lines().next().unwrap();
        let line = line.strip_prefix("# ipvsadm ").unwrap();
        let mut replay = Replay::new(&recording);
        let mut client = Client::new(&mut replay, || panic!("modprobe")).unwrap();
        let mut out = Sink::default();
        let command = parse(&format!("{line} --json")).unwrap();
        ipvsadm::execute(&command, context(Dialect::Own), &mut client, &mut out).unwrap();
        check(name, &out.text.to_string());
    }
}

#[test]
fn connections_with_and_without_engine() {
    let mut out = Text::default();
    let text = "\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A80001 D431 0A000001 0050 0A010001 1F90 ESTABLISHED     899
UDP 2001:0db8:0000:0000:0000:0000:0000:0002 13C4 2001:0db8:0000:0000:0000:0000:0000:0001 13C4 \
2001:0db8:0000:0000:0000:0000:0000:0003 13C4 UDP             120
UDP C0A80001 13C4 0A000001 13C4 0A010001 13C4 UDP              59 sip call-1
";
    connections::json(&mut out, text);
    check("connections", &out.to_string());
}
