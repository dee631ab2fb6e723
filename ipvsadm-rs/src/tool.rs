// SPDX-License-Identifier: GPL-2.0
//! What ipvsadm-rs does beyond the command line of ipvsadm: `ipvsadm-rs WORD [OPTION...]`.
//!
//! One table, [`TOOLS`], from which the lines are read and help, manual pages and completions are
//! made. Stock takes no word in the place of a command.

pub mod apply;
pub mod conn;
pub mod drain;
pub mod explain;
pub mod feedback;
pub mod metrics;
pub mod monitor;
pub mod reasons;
pub mod save;
pub mod target;
pub mod top;
pub mod weight;

use crate::dialect::Dialect;
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::run;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use std::ffi::OsString;

/// What a word stands for; the fields are its operands and options.
pub trait Tool: CommandFactory + FromArgMatches {
    /// Does it.
    fn run(self, context: Context<'_>, out: &mut Sink) -> Result<(), Error>;
}

/// A line of [`TOOLS`].
pub struct Entry {
    /// Its word, operands, options and help.
    pub command: fn() -> clap::Command,
    run: fn(&ArgMatches, Context<'_>, &mut Sink) -> Result<(), Error>,
}

/// The line of a tool.
pub const fn entry<T: Tool>() -> Entry {
    Entry {
        command: T::command,
        run: |matches, context, out| {
            T::from_arg_matches(matches)
                .map_err(refuse)?
                .run(context, out)
        },
    }
}

/// Every tool, in the order of the help.
pub const TOOLS: &[Entry] = &[
    entry::<apply::Apply>(),
    entry::<conn::Conn>(),
    entry::<drain::Drain>(),
    entry::<explain::Explain>(),
    entry::<feedback::Feedback>(),
    entry::<metrics::Metrics>(),
    entry::<monitor::Monitor>(),
    entry::<reasons::Reasons>(),
    entry::<save::Save>(),
    entry::<top::Top>(),
    entry::<weight::Weight>(),
];

/// The tool that a line is about, if its first word is the name of one.
pub fn of(words: &[OsString], dialect: Dialect) -> Option<&'static Entry> {
    let word = words.first()?.to_str()?;
    if dialect.is_stock() || word.starts_with('-') {
        return None;
    }
    TOOLS
        .iter()
        .find(|entry| (entry.command)().get_name() == word)
}

impl Entry {
    /// Reads the words, of which the first is the name, and does what they say.
    pub fn run(
        &self,
        words: &[OsString],
        context: Context<'_>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        let name = format!("{} {}", context.program, (self.command)().get_name());
        let command = (self.command)().bin_name(name);
        let matches = command.try_get_matches_from(words).map_err(refuse)?;
        (self.run)(&matches, context, out)
    }
}

/// Shows what clap has to say: help on stdout, which is no error, anything else on stderr.
fn refuse(error: clap::Error) -> Error {
    if !error.use_stderr() {
        let _ = error.print();
        return Error::Reported(0);
    }
    run::tell(&error.render().to_string());
    Error::Reported(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_well_formed() {
        let mut names = Vec::new();
        for entry in TOOLS {
            let command = (entry.command)();
            names.push(command.get_name().to_owned());
            assert!(command.get_about().is_some(), "{command}");
            command.debug_assert();
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    /// The command lines of a help text, up to what is the shell's.
    fn examples(help: &str) -> impl Iterator<Item = Vec<&str>> {
        let lines = help.lines().map(str::trim);
        let lines = lines.filter_map(|line| line.strip_prefix("ipvsadm-rs "));
        lines.map(|line| {
            line.split_whitespace()
                .take_while(|word| !word.starts_with(['|', '>', '<', '&', ';', '#']))
                .collect()
        })
    }

    #[test]
    fn every_tool_has_examples_that_it_takes() {
        for entry in TOOLS {
            let command = (entry.command)();
            let below = command.get_subcommands();
            let helps = below.chain([&command]).filter_map(|c| c.get_after_help());
            let help: Vec<String> = helps.map(ToString::to_string).collect();
            let mut count = 0;
            for example in examples(&help.join("\n")) {
                let read = command.clone().try_get_matches_from(&example);
                assert_eq!(example[0], command.get_name(), "{example:?}");
                assert!(read.is_ok(), "{example:?}: {}", read.unwrap_err());
                count += 1;
            }
            assert!(count > 0, "{command} has no example in its help");
        }
    }

    #[test]
    fn every_option_has_a_help() {
        for entry in TOOLS {
            let command = (entry.command)();
            let all = [&command].into_iter().chain(command.get_subcommands());
            for command in all {
                for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                    assert!(arg.get_help().is_some(), "{command}: {arg}");
                }
            }
        }
    }

    #[test]
    fn stock_has_none() {
        for entry in TOOLS {
            let words = [OsString::from((entry.command)().get_name())];
            assert!(of(&words, Dialect::Own).is_some());
            assert!(of(&words, Dialect::Stock).is_none());
        }
        assert!(of(&["-A".into()], Dialect::Own).is_none());
        assert!(of(&[], Dialect::Own).is_none());
    }
}
