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
pub mod progress;
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

/// Exit statuses of the tools and what they mean.
pub const EXIT_STATUS: &[(u8, &str)] = &[
    (0, "It is done, or there was nothing to do."),
    (
        1,
        "What was to be shown cannot be had, a file cannot be used, or what was waited for does \
         not come.",
    ),
    (
        2,
        "The command line breaks a rule, there is no IP Virtual Server, or the table is not as \
         expected.",
    ),
    (apply::DIFFERENT, "apply --dry-run has found differences."),
    (255, "The kernel refuses the command."),
];

/// The end of the long help.
fn exit_status() -> String {
    let lines = EXIT_STATUS
        .iter()
        .map(|(status, text)| format!("  {status:<3}  {text}"));
    let lines: Vec<String> = lines.collect();
    format!("Exit status:\n{}", lines.join("\n"))
}

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
    /// Reads the words, of which the first is the name, and does what they say. It has failed, too, if
    /// what is to be shown does not arrive.
    pub fn run(
        &self,
        words: &[OsString],
        context: Context<'_>,
        out: &mut Sink,
    ) -> Result<(), Error> {
        let name = format!("{} {}", context.program, (self.command)().get_name());
        let command = (self.command)().bin_name(name);
        let examples = command.get_after_help().map(ToString::to_string);
        let help = format!("{}\n\n{}", examples.unwrap_or_default(), exit_status());
        let command = command.after_long_help(help);
        let result = match command.try_get_matches_from(words) {
            Ok(matches) => (self.run)(&matches, context, out),
            // Help is no error.
            Err(help) if !help.use_stderr() => {
                out.note(help.print());
                Ok(())
            }
            Err(error) => Err(refuse(error)),
        };
        finish(result, out)
    }
}

/// The end of a tool. What it says itself of an error is more than that the output did not arrive.
fn finish(result: Result<(), Error>, out: &mut Sink) -> Result<(), Error> {
    let written = out.finish();
    match result {
        Ok(()) | Err(Error::Reported(_)) => written.and(result),
        Err(_) => result,
    }
}

/// Says on stderr what clap has against a line.
fn refuse(error: clap::Error) -> Error {
    run::tell(&error.render().to_string());
    Error::Reported(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error as Problem, ErrorKind, Write};

    /// Takes nothing.
    struct Refusing(ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(Problem::from(self.0))
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn output_has_to_arrive() {
        let finished = |kind, result| {
            let mut out = Sink::to(Refusing(kind));
            out.text.push_str("numbers");
            finish(result, &mut out).map_err(|error| error.exit_code())
        };
        let full = ErrorKind::StorageFull;
        assert_eq!(finished(full, Ok(())), Err(1));
        assert_eq!(
            finished(full, Err(Error::Reported(apply::DIFFERENT))),
            Err(1)
        );
        assert_eq!(finished(full, Err(Error::refused("no"))), Err(2));
        // Who reads no further has what he wanted.
        let closed = ErrorKind::BrokenPipe;
        assert_eq!(finished(closed, Ok(())), Ok(()));
        let different = Err(Error::Reported(apply::DIFFERENT));
        assert_eq!(finished(closed, different), Err(apply::DIFFERENT));
    }

    #[test]
    fn what_was_done_is_said_if_output_does_not_arrive() {
        let mut out = Sink::to(Refusing(ErrorKind::StorageFull));
        out.text.push_str("numbers");
        out.has_done("the table has been changed");
        let error = finish(Ok(()), &mut out).unwrap_err().to_string();
        assert!(error.starts_with("cannot write the output: "), "{error}");
        assert!(error.ends_with("; the table has been changed\n"), "{error}");
    }

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
            assert!(help.concat().starts_with("Examples:\n"), "{command}");
        }
    }

    /// Every tool and what is below it.
    fn commands() -> Vec<clap::Command> {
        let all = TOOLS.iter().map(|entry| (entry.command)());
        all.flat_map(|command| {
            let below: Vec<_> = command.get_subcommands().cloned().collect();
            [command].into_iter().chain(below)
        })
        .collect()
    }

    #[test]
    fn options_of_the_same_name_are_the_same() {
        // What they do is said by the tool.
        const OF_THE_TOOL: [&str; 4] = ["dry-run", "generation", "list", "once"];
        let mut known = std::collections::HashMap::new();
        for command in commands() {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else {
                    continue;
                };
                let help = arg.get_help().map(ToString::to_string);
                let help = help.filter(|_| !OF_THE_TOOL.contains(&long));
                let names: Option<Vec<_>> = arg.get_value_names().map(<[_]>::to_vec);
                let this = (arg.get_short(), names, help);
                let first = known.entry(long.to_owned()).or_insert_with(|| this.clone());
                assert_eq!(*first, this, "--{long} of {command}");
            }
        }
    }

    #[test]
    fn all_speak_json() {
        for command in commands() {
            // It has formats of its own.
            if command.get_name() == "metrics" || command.has_subcommands() {
                continue;
            }
            let json = command
                .get_arguments()
                .find(|arg| arg.get_long() == Some("json"));
            assert_eq!(json.and_then(clap::Arg::get_short), Some('j'), "{command}");
        }
    }

    #[test]
    fn exit_statuses_are_documented() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../Documentation/tools.rst");
        let page = std::fs::read_to_string(file).unwrap();
        for (status, text) in EXIT_STATUS {
            let line = format!("{status:<3}  {text}");
            assert!(page.lines().any(|it| it == line.trim_end()), "{line}");
        }
        for entry in TOOLS {
            let name = format!("``{}``", (entry.command)().get_name());
            assert!(page.contains(&name), "{name}");
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
