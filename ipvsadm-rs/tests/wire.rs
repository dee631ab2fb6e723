// SPDX-License-Identifier: GPL-2.0
//! Every recorded command again: the same requests to the kernel, and from its answers the same
//! text and exit status.
#![allow(missing_docs)]

mod common;

use common::{context, parse, Replay};
use ipvsadm::client::Client;
use ipvsadm::dialect::Dialect;
use ipvsadm::Sink;
use std::path::{Path, PathBuf};

fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testing/fixtures/netlink");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|e| e == "hex"))
        .collect();
    files.sort();
    files
}

/// What the user gets: exit status, lines of stdout, lines of stderr.
fn report(status: u8, out: &str, err: &str) -> String {
    let mut text = format!("exit {status}\n");
    for (prefix, lines) in [("out|", out), ("err|", err)] {
        for line in lines.split_inclusive('\n') {
            text += prefix;
            text += line;
        }
    }
    text
}

#[test]
fn commands_as_recorded() {
    let files = recordings();
    assert!(files.len() > 50, "{} recordings", files.len());
    for file in files {
        let recording = std::fs::read_to_string(&file).unwrap();
        let line = recording
            .lines()
            .next()
            .unwrap()
            .strip_prefix("# ipvsadm ")
            .unwrap();
        println!("{}: {line}", file.display());

        let command = parse(line).unwrap();
        let mut replay = Replay::new(&recording);
        let mut client = Client::new(&mut replay, || panic!("modprobe")).unwrap();
        let mut out = Sink::default();
        let result = ipvsadm::execute(&command, context(Dialect::Stock), &mut client, &mut out);
        let ours = match result {
            Ok(()) => report(0, &out.text.to_string(), ""),
            Err(error) => report(error.exit_code(), &out.text.to_string(), &error.to_string()),
        };
        replay.assert_done();

        let theirs = std::fs::read_to_string(file.with_extension("txt")).unwrap();
        let (_, theirs) = theirs.split_once('\n').unwrap();
        assert_eq!(ours, theirs, "{line}");
    }
}
