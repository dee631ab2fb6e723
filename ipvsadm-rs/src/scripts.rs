// SPDX-License-Identifier: GPL-2.0
//! `ipvsadm-save` and `ipvsadm-restore`: scripts in stock, here other names of the program.

use crate::command::Command;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::execute::{execute, Context, Sink};
use crate::restore::{atomic, restore, unreadable, Report};
use crate::run::connect;
use std::ffi::OsString;
use std::io::{Cursor, Read};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Writes the table as command lines.
    Save,
    /// Replaces the table by that of command lines.
    Restore,
}

/// Which one goes by the name by which the program was called, if any does.
pub fn of(program: &str) -> Option<Script> {
    match base(program) {
        "ipvsadm-save" | "ipvsadm-rs-save" => Some(Script::Save),
        "ipvsadm-restore" | "ipvsadm-rs-restore" => Some(Script::Restore),
        _ => None,
    }
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

impl Script {
    /// Carries it out.
    pub fn run(
        self,
        words: impl Iterator<Item = OsString>,
        context: Context<'_>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        let inner = Context {
            program: "ipvsadm",
            ..context
        };
        match self {
            Self::Save => {
                let numeric = save_options(words, base(context.program))?;
                execute(&Command::Save(numeric), inner, &mut connect(inner)?, out)
            }
            Self::Restore => {
                let atomic = restore_options(words, context)?;
                replace(inner, atomic, out)
            }
        }
    }
}

/// Whether `-n` is among the words; other options get the help, other words are ignored.
fn save_options(words: impl Iterator<Item = OsString>, name: &str) -> Result<bool, Error> {
    let mut numeric = false;
    for word in words {
        if word == "-n" {
            numeric = true;
        } else if word.as_encoded_bytes().starts_with(b"-") {
            return Err(Error::File(
                format!(
                    "{name}: Script to save the IPVS table to stdout.\n   With the -n option, \
                     prints out the table in numeric format."
                )
                .into(),
            ));
        }
    }
    Ok(numeric)
}

/// Whether `--atomic` is among the words. Stock takes anything for nothing, and clears the table.
fn restore_options(
    words: impl Iterator<Item = OsString>,
    context: Context<'_>,
) -> Result<bool, Error> {
    let mut atomic = false;
    for word in words {
        match context.dialect {
            Dialect::Own if word == "--atomic" => atomic = true,
            Dialect::Own => {
                return Err(Error::refused(format!(
                    "{}: unexpected argument {}",
                    base(context.program),
                    word.to_string_lossy()
                )));
            }
            Dialect::Stock => {}
        }
    }
    Ok(atomic)
}

fn replace(context: Context<'_>, atomic: bool, out: &mut Sink) -> Result<(), Error> {
    // to the end first: what is read may come from a save of the table
    let mut text = Vec::new();
    match std::io::stdin().lock().read_to_end(&mut text) {
        Err(error) if !context.dialect.is_stock() => return Err(unreadable(error)),
        _ => {}
    }
    blank_comments(&mut text);
    let mut input = Cursor::new(text);
    let mut client = connect(context)?;
    client.info()?;
    let mut report = Report::stderr(context);
    if atomic {
        return atomic::restore(&mut input, true, context, &mut client, &mut report);
    }
    execute(&Command::Flush, context, &mut client, out)?;
    restore(&mut input, context, &mut client, out, &mut report)
}

/// Lines that begin with `#` become empty: the numbers of the others stay right.
fn blank_comments(text: &mut [u8]) {
    for line in text.split_mut(|byte| *byte == b'\n') {
        if line.first() == Some(&b'#') {
            line.fill(b' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_program() {
        assert_eq!(of("/usr/sbin/ipvsadm-save"), Some(Script::Save));
        assert_eq!(of("ipvsadm-restore"), Some(Script::Restore));
        assert_eq!(of("./ipvsadm"), None);
        assert_eq!(of("/ipvsadm-save/ipvsadm"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn options_of_save() {
        let ask = |words: &[&str]| {
            save_options(words.iter().map(OsString::from), "ipvsadm-save")
                .map_err(|error| error.exit_code())
        };
        assert_eq!(ask(&[]), Ok(false));
        assert_eq!(ask(&["foo", "-n"]), Ok(true));
        assert_eq!(ask(&["-n", "-nn"]), Err(1));
    }

    #[test]
    fn comments_become_blank() {
        let mut text = b"# a\n-A\n #b\n#".to_vec();
        blank_comments(&mut text);
        assert_eq!(text, b"   \n-A\n #b\n ");
    }
}
