// SPDX-License-Identifier: GPL-2.0
//! A manual page for each tool.

use crate::pages::escape;
use crate::tools::{self, Line};
use clap::Arg;
use ipvsadm::tool::EXIT_STATUS;
use std::fmt::Write;

/// The names of the files and their texts.
pub fn all() -> Vec<(String, String)> {
    let page = |tool: &Line| (format!("{}.8", name(tool)), page(tool));
    tools::tools().iter().map(page).collect()
}

/// The list of tools for `ipvsadm(8)`.
pub fn list() -> String {
    let mut text = String::new();
    for tool in tools::tools() {
        let name = escape(&name(&tool));
        let about = paragraphs(tool.about().trim_end_matches('.'));
        let _ = writeln!(
            text,
            ".TP\n.B {}\n{about}.\nSee\n.BR {name} (8).",
            tool.path[0]
        );
    }
    text
}

/// The references to the pages of the tools.
pub fn references() -> String {
    let mut text = String::new();
    for tool in tools::tools() {
        let _ = write!(text, ",\n.BR {} (8)", escape(&name(&tool)));
    }
    text
}

fn name(tool: &Line) -> String {
    format!("ipvsadm-rs-{}", tool.path[0])
}

fn page(tool: &Line) -> String {
    let name = name(tool);
    let mut text = format!(
        ".\\\" SPDX-License-Identifier: GPL-2.0\n\
         .TH {} 8 \"\" \"ipvsadm\\-rs\" \"System Administration\"\n\
         .SH NAME\n{} \\- {}\n.SH SYNOPSIS\n",
        escape(&name.to_uppercase()),
        escape(&name),
        escape(tool.about().trim_end_matches('.'))
    );
    let below = tool.below();
    if below.is_empty() {
        synopsis(&mut text, tool);
    }
    for (number, line) in below.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { ".br\n" });
        synopsis(&mut text, line);
    }
    let command = &tool.command;
    let long = command.get_long_about().or(command.get_about());
    let _ = writeln!(text, ".SH DESCRIPTION\n{}", paragraphs(&tools::text(long)));
    if !below.is_empty() {
        text.push_str(".SH COMMANDS\n");
        for line in &below {
            subcommand(&mut text, line);
        }
    }
    arguments(&mut text, tool, ".SH OPTIONS\n");
    examples(&mut text, &tools::text(command.get_after_help()));
    text.push_str(".SH EXIT STATUS\n");
    for (status, meaning) in EXIT_STATUS {
        let _ = writeln!(text, ".TP\n.B {status}\n{}", escape(meaning));
    }
    text.push_str(".SH SEE ALSO\n.BR ipvsadm (8)\n");
    text
}

fn synopsis(text: &mut String, line: &Line) {
    let _ = writeln!(text, ".B ipvsadm\\-rs {}", escape(&line.path.join(" ")));
    let operands: Vec<String> = line.operands().map(operand).collect();
    let _ = writeln!(text, ".RI [ OPTION ...] {}", operands.join(" "));
}

/// As a word of the synopsis, which alternates between roman and italic.
fn operand(arg: &Arg) -> String {
    let name = escape(&tools::value_name(arg));
    match arg.is_required_set() {
        true => format!("\" \" {name} \"\""),
        false => format!("\" [\" {name} ]"),
    }
}

fn subcommand(text: &mut String, line: &Line) {
    let command = &line.command;
    let long = command.get_long_about().or(command.get_about());
    let _ = writeln!(
        text,
        ".SS {}\n{}",
        escape(command.get_name()),
        paragraphs(&tools::text(long))
    );
    arguments(text, line, "");
    let examples = tools::text(command.get_after_help());
    if !examples.is_empty() {
        let _ = writeln!(text, ".PP\n{}", preformatted(&examples));
    }
}

/// Operands and options, each with its help.
fn arguments(text: &mut String, line: &Line, title: &str) {
    text.push_str(title);
    for arg in line.operands().chain(line.options()) {
        let names: Vec<String> = tools::spellings(arg).iter().map(|n| escape(n)).collect();
        let value = match tools::takes_value(arg) {
            true => escape(&tools::value_name(arg)),
            false => String::new(),
        };
        let _ = match (names.is_empty(), value.is_empty()) {
            (true, _) => writeln!(text, ".TP\n.I {value}"),
            (_, true) => writeln!(text, ".TP\n.BR {}", names.join(" \", \" ")),
            _ => writeln!(
                text,
                ".TP\n.BR {} \" \\fI{value}\\fP\"",
                names.join(" \", \" ")
            ),
        };
        let help = tools::text(arg.get_long_help().or(arg.get_help()));
        let _ = writeln!(text, "{}.", paragraphs(help.trim_end_matches('.')));
        let values = tools::values(arg);
        if !values.is_empty() {
            let _ = writeln!(text, "One of {}.", escape(&values.join(", ")));
        }
        let default = arg.get_default_values();
        if let [value] = default {
            if tools::takes_value(arg) {
                let _ = writeln!(text, "The default is {}.", escape(&value.to_string_lossy()));
            }
        }
    }
}

fn examples(text: &mut String, help: &str) {
    let lines = help.trim_start();
    let lines = lines.strip_prefix("Examples:").unwrap_or(lines);
    let _ = writeln!(text, ".SH EXAMPLES\n{}", preformatted(lines));
}

fn preformatted(lines: &str) -> String {
    format!(".nf\n{}\n.fi", guarded(lines.trim_matches('\n')))
}

/// Empty lines part paragraphs.
fn paragraphs(text: &str) -> String {
    guarded(text).replace("\n\n", "\n.PP\n")
}

/// A dot or an apostrophe at the beginning of a line is no request.
fn guarded(text: &str) -> String {
    let guard = |line: &str| match line.starts_with(['.', '\'']) {
        true => format!("\\&{}", escape(line)),
        false => escape(line),
    };
    text.lines().map(guard).collect::<Vec<_>>().join("\n")
}
