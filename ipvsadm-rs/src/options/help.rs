// SPDX-License-Identifier: GPL-2.0
//! The text of `--help` and `--version`, made from the tables.

use super::defs::{Argument, CommandDef, Id, OptionDef, Section};
use super::table::{COMMANDS, OPTIONS};
use crate::dialect::Dialect;
use crate::tool::TOOLS;
use std::fmt::Write;

/// The first line of the help and all of `--version`: scripts look for stock ipvsadm's.
pub const VERSION: &str = "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n";

/// Lines of the usage, without the name of the program.
const USAGE: &[&str] = &[
    "-A|E virtual-service [-s scheduler] [-p [timeout]] [-M netmask] \
     [--pe persistence_engine] [-b sched-flags]",
    "-D virtual-service",
    "-C",
    "-R",
    "-S [-n]",
    "-a|e virtual-service -r server-address [options]",
    "-d virtual-service -r server-address",
    "-L|l [virtual-service] [options]",
    "-Z [virtual-service]",
    "--set tcp tcpfin udp",
    "--start-daemon {master|backup} [daemon-options]",
    "--stop-daemon {master|backup}",
    "-h",
];

/// The help, for a program called by this name.
pub fn help(program: &str, dialect: Dialect) -> String {
    let mut text = String::from(VERSION);
    text.push_str("Usage:\n");
    for line in USAGE {
        let _ = writeln!(text, "  {program} {line}");
    }
    text.push_str("\nCommands:\nEither long or short options are allowed.\n");
    for def in COMMANDS.iter().filter(|def| !def.help.is_empty()) {
        let _ = writeln!(text, "  {:<28}{}", command_spelling(def), def.help);
    }
    text.push_str("\nvirtual-service:\n");
    section(&mut text, Section::Service);
    text.push_str("\nOptions:\n");
    section(&mut text, Section::General);
    text.push_str("Daemon Options:\n");
    section(&mut text, Section::Daemon);
    if dialect == Dialect::Own {
        text.push_str("Options of ipvsadm-rs:\n");
        section(&mut text, Section::Own);
        tools(&mut text);
    }
    text
}

fn tools(text: &mut String) {
    for (number, entry) in TOOLS.iter().enumerate() {
        if number == 0 {
            text.push_str("Commands of ipvsadm-rs, each with its own --help:\n");
        }
        let command = (entry.command)();
        let about = command.get_about().map(ToString::to_string);
        let _ = writeln!(
            text,
            "  {:<28}{}",
            command.get_name(),
            about.unwrap_or_default()
        );
    }
}

fn section(text: &mut String, section: Section) {
    for def in OPTIONS.iter().filter(|def| def.section == section) {
        let mut left = option_spelling(def);
        for line in def.help.lines() {
            let _ = writeln!(text, "  {left:<36}{line}");
            left.clear();
        }
    }
}

fn command_spelling(def: &CommandDef) -> String {
    if !def.words.is_empty() {
        return format!("--{} {}", def.long, def.words);
    }
    let shorts: Vec<String> = def.shorts.chars().map(|c| format!("-{c}")).collect();
    format!("--{:<15} {}", def.long, shorts.join("|"))
}

fn option_spelling(def: &OptionDef) -> String {
    let value = match def.argument {
        Argument::None => "",
        Argument::Required(name) | Argument::Optional(name) => name,
    };
    // stock has never told of -X
    let short = def.short.filter(|_| def.id != Id::Exact);
    match (def.section, short) {
        (Section::Service, Some(c)) => format!("{:<17} {value}", format!("--{}|-{c}", def.long)),
        (Section::Service, None) => format!("--{:<15} {value}", def.long),
        (Section::General, Some(c)) => format!("--{:<12} -{c} {value}", def.long),
        (Section::General, None) => format!("--{:<13} {value}", def.long),
        (Section::Own, _) => format!("--{} {value}", def.long).trim_end().into(),
        (Section::Daemon, _) => format!("--{} {value}", def.long),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_line() {
        let text = help("ipvsadm", Dialect::Stock);
        for line in [
            "  ipvsadm -S [-n]",
            "  --add-service     -A        add virtual service with options",
            "  --list            -L|-l     list the table",
            "  --set tcp tcpfin udp        set connection timeout values",
            "  --start-daemon              start connection sync daemon",
            "  --tcp-service|-t  service-address   service-address is host[:port]",
            "  --sctp-service    service-address   service-address is host[:port]",
            "  --fwmark-service|-f fwmark          fwmark is an integer greater than zero",
            "  --ipv6         -6                   fwmark entry uses IPv6",
            "                                      the default scheduler is wlc.",
            "  --pe            engine              alternate persistence engine may be sip,",
            "  --tun-nocsum                        tunnel encapsulation without checksum",
            "  --exact                             expand numbers (display exact values)",
            "  --syncid sid                        syncid for connection sync (default=255)",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}");
        }
        assert_eq!(text.lines().count(), 82);
        let own = help("ipvsadm", Dialect::Own);
        assert!(own.starts_with(&text));
        assert!(own[text.len()..].contains("\n  --json  "));
    }

    #[test]
    fn nothing_trails() {
        assert!(help("x", Dialect::Own).lines().all(|l| !l.ends_with(' ')));
    }
}
