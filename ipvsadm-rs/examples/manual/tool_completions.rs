// SPDX-License-Identifier: GPL-2.0
//! Completions of the tools, as parts of those of ipvsadm.

use crate::completions::{bracketed, brief};
use crate::tools::Line;
use crate::tools::{
    help, is_file, lines, longs, spellings, takes_value, tools, value_name, values,
};
use clap::Arg;
use std::fmt::Write;

/// The words, for where a command may stand.
pub fn words() -> Vec<String> {
    tools().into_iter().map(|tool| tool.path.concat()).collect()
}

/// Everything that may follow in bash, unless a value is due.
fn follows(line: &Line) -> String {
    let below = line.below();
    let names = below.iter().filter_map(|line| line.path.last().cloned());
    let operands = line.operands().flat_map(values);
    let options = line.options().flat_map(spellings);
    names
        .chain(operands)
        .chain(options)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A function for bash that fills in `words` and `files` of its caller, or fails if the line is not
/// about a tool.
pub fn bash() -> String {
    let mut text = String::from(
        "_ipvsadm_tool()\n{\n\tlocal key=${COMP_WORDS[1]}\n\tcase \"$key ${COMP_WORDS[2]}\" in\n",
    );
    let all = lines();
    let below: Vec<String> = all
        .iter()
        .filter(|line| line.path.len() > 1)
        .map(|line| format!("\"{}\"", line.path.join(" ")))
        .collect();
    if !below.is_empty() {
        let _ = writeln!(
            text,
            "\t{})\n\t\t[ \"$COMP_CWORD\" = 2 ] || key+=\" ${{COMP_WORDS[2]}}\" ;;",
            below.join("|")
        );
    }
    text.push_str("\tesac\n\tcase \"$key:${COMP_WORDS[COMP_CWORD-1]}\" in\n");
    for line in &all {
        for arg in line.options().filter(|arg| takes_value(arg)) {
            let key = line.path.join(" ");
            let names: Vec<String> = spellings(arg)
                .iter()
                .map(|name| format!("\"{key}:{name}\""))
                .collect();
            let _ = writeln!(text, "\t{}) {} ;;", names.join("|"), bash_value(arg));
        }
    }
    text.push_str("\tesac\n\tcase $key in\n");
    for line in &all {
        let files = match line.operands().any(is_file) {
            true => " files=1",
            false => "",
        };
        let _ = writeln!(
            text,
            "\t\"{}\") words=\"{}\"{files} ;;",
            line.path.join(" "),
            follows(line)
        );
    }
    text.push_str("\t*) return 1 ;;\n\tesac\n}\n\n");
    text
}

fn bash_value(arg: &Arg) -> String {
    if is_file(arg) {
        return "files=1; return".into();
    }
    format!("words=\"{}\"; return", values(arg).join(" "))
}

/// Lines of the list of commands for zsh.
pub fn zsh_words() -> String {
    let mut text = String::new();
    for tool in tools() {
        let _ = writeln!(
            text,
            "\t\t'{}:{}'",
            tool.path.concat(),
            brief(&tool.about())
        );
    }
    text
}

/// Branches for zsh on the first two words.
pub fn zsh() -> String {
    let mut text = String::from("case \"$words[2] $words[3]\" in\n");
    for line in lines().iter().filter(|line| line.path.len() > 1) {
        zsh_branch(&mut text, &format!("'{}'", line.path.join(" ")), line);
    }
    for tool in &tools() {
        zsh_branch(&mut text, &format!("'{} '*", tool.path.concat()), tool);
    }
    text.push_str("esac\n");
    text
}

fn zsh_branch(text: &mut String, pattern: &str, line: &Line) {
    let _ = writeln!(text, "{pattern})");
    text.push_str("\t_arguments");
    for number in 1..=line.path.len() {
        let _ = write!(text, " '{number}: :'");
    }
    text.push_str(" \\\n");
    let mut place = line.path.len() + 1;
    let below = line.below();
    if !below.is_empty() {
        let names: Vec<&str> = below.iter().map(|l| l.command.get_name()).collect();
        let _ = writeln!(text, "\t\t'{place}:command:({})' \\", names.join(" "));
    }
    for arg in line.operands() {
        let _ = writeln!(
            text,
            "\t\t'{place}:{}:{}' \\",
            value_name(arg),
            zsh_value(arg)
        );
        place += 1;
    }
    for arg in line.options() {
        let names = spellings(arg);
        for name in &names {
            let group = names.join(" ");
            let help = bracketed(&help(arg));
            let _ = write!(text, "\t\t'({group}){name}[{help}]");
            if takes_value(arg) {
                let _ = write!(text, ":{}:{}", bracketed(&value_name(arg)), zsh_value(arg));
            }
            text.push_str("' \\\n");
        }
    }
    text.push_str("\t\t'*: :'\n\treturn\n\t;;\n");
}

fn zsh_value(arg: &Arg) -> String {
    match values(arg) {
        _ if is_file(arg) => "_files".into(),
        values if values.is_empty() => " ".into(),
        values => format!("({})", values.join(" ")),
    }
}

/// Lines for fish.
pub fn fish() -> String {
    let mut text = String::from(
        "function __ipvsadm_tool\n\
         \tset -l words (commandline -opc)[2..]\n\
         \tset -l named (count $argv)\n\
         \ttest (count $words) -ge $named; and test \"$words[1..$named]\" = \"$argv\"\n\
         end\n",
    );
    for tool in tools() {
        let _ = writeln!(
            text,
            "complete -c ipvsadm -n 'test (count (commandline -opc)) -eq 1' -a {} -d '{}'",
            tool.path.concat(),
            brief(&tool.about())
        );
    }
    for line in lines() {
        let path = line.path.join(" ");
        let start = format!("complete -c ipvsadm -n '__ipvsadm_tool {path}'");
        for below in line.below() {
            let name = below.command.get_name();
            let about = brief(&below.about());
            let _ = writeln!(
                text,
                "complete -c ipvsadm -n '__ipvsadm_tool {path}; and test (count (commandline -opc)) -eq 2' \
                 -a {name} -d '{about}'"
            );
        }
        for arg in line.operands() {
            if is_file(arg) {
                let _ = writeln!(text, "{start} -F");
            } else if !values(arg).is_empty() {
                let _ = writeln!(text, "{start} -a '{}'", values(arg).join(" "));
            }
        }
        for arg in line.options() {
            let _ = writeln!(
                text,
                "{start}{} -d '{}'",
                fish_option(arg),
                brief(&help(arg))
            );
        }
    }
    text
}

fn fish_option(arg: &Arg) -> String {
    let mut text = String::new();
    for name in longs(arg) {
        let _ = write!(text, " -l {name}");
    }
    if let Some(c) = arg.get_short() {
        let _ = write!(text, " -s {c}");
    }
    if is_file(arg) {
        text.push_str(" -r -F");
    } else if takes_value(arg) {
        text.push_str(" -x");
    }
    if !values(arg).is_empty() {
        let _ = write!(text, " -a '{}'", values(arg).join(" "));
    }
    text
}
