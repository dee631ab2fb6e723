// SPDX-License-Identifier: GPL-2.0
//! Lines that stock ipvsadm took and refused: `answers` holds what it said in the VM
//! (`tests/vm/compare.sh`).
#![allow(missing_docs)]

mod common;

use common::FewNames;
use ipvsadm::command::Command;
use ipvsadm::dialect::Dialect;
use ipvsadm::error::Error;
use ipvsadm::options::Lexer;

struct Answer<'a> {
    line: &'a str,
    status: u8,
    text: String,
}

/// The recorded answers: `$ line`, `status N`, lines of stderr.
fn answers() -> Vec<Answer<'static>> {
    let mut answers: Vec<Answer> = Vec::new();
    for line in include_str!("answers")
        .split_inclusive('\n')
        .skip_while(|l| l.starts_with('#'))
    {
        if let Some(line) = line.strip_prefix("$ ") {
            answers.push(Answer {
                line: line.trim_end_matches('\n'),
                status: 0,
                text: String::new(),
            });
            continue;
        }
        let last = answers.last_mut().unwrap();
        match line.strip_prefix("status ") {
            Some(status) => last.status = status.trim_end().parse().unwrap(),
            None => last.text += line,
        }
    }
    answers
}

/// Words as the shell reads them, as far as the cases need it.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn parse(line: &str) -> Result<Command, Error> {
    let words = words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let line = Lexer::new(Dialect::Stock, &words);
    Command::new("ipvsadm", line, &FewNames)
}

#[test]
fn the_same_lines_are_refused_with_the_same_words() {
    let answers = answers();
    assert!(answers.len() > 380, "{} answers", answers.len());
    for Answer { line, status, text } in answers {
        match parse(line) {
            Err(error) => assert_eq!(
                (error.exit_code(), error.to_string()),
                (status, text),
                "{line}"
            ),
            Ok(command) => {
                // the kernel may still have said no
                assert!(matches!(status, 0 | 1 | 255), "{line} is {command:?}");
                let popt = text.starts_with("Try ") || text.starts_with('-');
                assert!(!popt, "{line} is {command:?}");
            }
        }
    }
}

#[test]
fn where_stock_crashes() {
    let error = parse("-A -t 10.0.0.1:80 -b ,").unwrap_err();
    assert_eq!(error.to_string(), "invalid scheduler flag `,'\n");
    assert_eq!(error.exit_code(), 2);
}
