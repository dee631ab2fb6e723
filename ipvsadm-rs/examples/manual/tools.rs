// SPDX-License-Identifier: GPL-2.0
//! The tools, as manual pages and completions see them.

use clap::{Arg, Command, ValueHint};
use ipvsadm::tool::TOOLS;

/// A word, or a word with one of the words below it, and what may follow.
pub struct Line {
    /// `["conn", "list"]`
    pub path: Vec<String>,
    /// What clap knows.
    pub command: Command,
}

/// Every tool.
pub fn tools() -> Vec<Line> {
    let line = |mut command: Command| {
        command = command.disable_help_subcommand(true);
        command.build();
        Line {
            path: vec![command.get_name().into()],
            command,
        }
    };
    TOOLS.iter().map(|entry| line((entry.command)())).collect()
}

/// Every tool, each followed by the words below it.
pub fn lines() -> Vec<Line> {
    tools()
        .into_iter()
        .flat_map(|tool| {
            let below = tool.below();
            [tool].into_iter().chain(below)
        })
        .collect()
}

impl Line {
    /// The words that may stand behind this one.
    pub fn below(&self) -> Vec<Self> {
        let shown = self.command.get_subcommands().filter(|c| !c.is_hide_set());
        shown
            .map(|command| Self {
                path: [&self.path[..], &[command.get_name().into()]].concat(),
                command: command.clone(),
            })
            .collect()
    }

    /// The options.
    pub fn options(&self) -> impl Iterator<Item = &Arg> {
        self.command
            .get_arguments()
            .filter(|arg| !arg.is_positional() && !arg.is_hide_set())
    }

    /// What has no dash before it.
    pub fn operands(&self) -> impl Iterator<Item = &Arg> {
        self.command.get_positionals().filter(|a| !a.is_hide_set())
    }

    /// What it is for, in one line.
    pub fn about(&self) -> String {
        text(self.command.get_about())
    }
}

/// With all spellings, the short one first.
pub fn spellings(arg: &Arg) -> Vec<String> {
    let short = arg.get_short().map(|c| format!("-{c}"));
    let long = longs(arg).map(|name| format!("--{name}"));
    short.into_iter().chain(long).collect()
}

/// The long names.
pub fn longs(arg: &Arg) -> impl Iterator<Item = &str> {
    let others = arg.get_visible_aliases().unwrap_or_default();
    arg.get_long().into_iter().chain(others)
}

/// Whether something follows the option.
pub fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

/// What may follow the option, if that is known.
pub fn values(arg: &Arg) -> Vec<String> {
    if !takes_value(arg) {
        return Vec::new();
    }
    let shown = arg.get_possible_values();
    shown.iter().map(|v| v.get_name().to_owned()).collect()
}

/// Whether the value is the name of a file.
pub fn is_file(arg: &Arg) -> bool {
    matches!(
        arg.get_value_hint(),
        ValueHint::FilePath | ValueHint::AnyPath
    )
}

/// The name of the value.
pub fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(" ")
}

/// A text without what would colour it.
pub fn text(styled: Option<&clap::builder::StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

/// The first line of the help of an option.
pub fn help(arg: &Arg) -> String {
    text(arg.get_help())
}
