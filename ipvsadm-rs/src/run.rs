// SPDX-License-Identifier: GPL-2.0
//! One call of the program.

use crate::client::transport::Netlink;
use crate::client::{module, Client};
use crate::command::Command;
use crate::dialect::{self, Dialect};
use crate::error::Error;
use crate::execute::{execute, Context, Sink};
use crate::options::Lexer;
use crate::output::{colour, Style};
use crate::resolve::System;
use crate::scripts;
use crate::tool;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// Carries out a line, beginning with the name of the program, and returns the exit status.
pub fn run(mut line: impl Iterator<Item = OsString>) -> u8 {
    let program = line
        .next()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let words: Vec<OsString> = line.collect();
    let dialect = Dialect::of(std::env::var_os(dialect::VARIABLE).as_deref());
    let script = scripts::of(&program);
    let tool = match script {
        Some(_) => None,
        None => tool::of(&words, dialect),
    };
    let names = System::default();
    let context = context(&program, dialect, &names, tool.is_some());
    let mut out = Sink::stdout();
    let result = match (script, tool) {
        (Some(script), _) => script.run(words.into_iter(), context, &mut out),
        (None, Some(tool)) => tool.run(&words, context, &mut out),
        (None, None) => attempt(&words, context, &mut out),
    };
    out.flush();
    match result {
        Ok(()) => 0,
        Err(error) => {
            tell(&error.to_string());
            if let Some(detail) = error.detail().filter(|_| context.words) {
                tell(&format!("{detail}\n"));
            }
            error.exit_code()
        }
    }
}

fn context<'a>(
    program: &'a str,
    dialect: Dialect,
    names: &'a System,
    is_tool: bool,
) -> Context<'a> {
    let terminal = std::io::stderr().is_terminal();
    Context {
        program,
        dialect,
        names,
        terminal,
        // What stock has, too, says no more than stock to a program.
        words: terminal || is_tool,
        colour: !dialect.is_stock() && colour::wanted(),
    }
}

/// Says something on stderr. Nothing ends because nobody listens: `eprint!` would panic.
pub(crate) fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Carries out a line as stock has it.
fn attempt(words: &[OsString], context: Context<'_>, out: &mut Sink) -> Result<(), Error> {
    let words: Vec<Cow<'_, str>> = words.iter().map(|word| word.to_string_lossy()).collect();
    let command = if words.is_empty() {
        Ok(Command::List(None, Style::default()))
    } else {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let line = Lexer::new(context.dialect, &words);
        Command::new(context.program, line, context.names)
    };
    let mut client = connect(context)?;
    match command {
        Ok(command) => execute(&command, context, &mut client, out),
        Err(error) => {
            // without IPVS stock does not get as far as reading the line
            client.info()?;
            Err(error)
        }
    }
}

/// A connection to IPVS, whose module is loaded if need be.
pub(crate) fn connect(context: Context<'_>) -> Result<Client<Netlink>, Error> {
    let transport = Netlink::open(context.words).map_err(Error::Init)?;
    Client::new(transport, module::load)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_always_tell_what_the_kernel_says() {
        let names = System::default();
        assert!(context("ipvsadm", Dialect::Own, &names, true).words);
        let stock = context("ipvsadm", Dialect::Own, &names, false);
        assert_eq!(stock.words, stock.terminal);
    }
}
