// SPDX-License-Identifier: GPL-2.0
//! Completions for shells.

use crate::tool_completions as tools;
use ipvsadm::options::table::{COMMANDS, OPTIONS};
use ipvsadm::options::{Argument, CommandDef, Id, OptionDef};
use std::fmt::Write;

const SCHEDULERS: &[&str] = &[
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos",
    "srr", "swrr", "p2c", "mhb",
];

/// The values that an option may have, where there are few.
fn values(id: Id) -> &'static [&'static str] {
    match id {
        Id::Scheduler => SCHEDULERS,
        Id::Pe => &["sip"],
        Id::TunType => &["ipip", "gue", "gre"],
        Id::SchedFlags => &[
            "sh-fallback",
            "sh-port",
            "mh-fallback",
            "mh-port",
            "flag-1",
            "flag-2",
            "flag-3",
        ],
        _ => &[],
    }
}

const ROLES: &str = "master backup";

/// The options that a command takes, and those that any takes.
fn options_of(command: &CommandDef) -> impl Iterator<Item = &'static OptionDef> + '_ {
    OPTIONS.iter().filter(|option| {
        option.slot.is_none_or(|slot| {
            let def = slot.def();
            [def.required, def.optional, def.exclusive]
                .iter()
                .any(|verbs| verbs.contains(command.verb))
        })
    })
}

fn spellings(option: &OptionDef) -> Vec<String> {
    let short = option.short.map(|c| format!("-{c}"));
    short
        .into_iter()
        .chain([format!("--{}", option.long)])
        .collect()
}

fn command_spellings(command: &CommandDef) -> Vec<String> {
    let shorts = command.shorts.chars().map(|c| format!("-{c}"));
    shorts.chain([format!("--{}", command.long)]).collect()
}

/// The first line of a help text, fit to stand between single quotes.
pub fn brief(help: &str) -> String {
    let line = help.lines().next().unwrap_or_default();
    line.trim_end_matches(',').replace('\'', "")
}

/// The same between brackets in what zsh's `_arguments` reads.
pub fn bracketed(help: &str) -> String {
    let special = |c| matches!(c, '[' | ']' | ':');
    let escape = |c| special(c).then_some('\\').into_iter().chain([c]);
    brief(help).chars().flat_map(escape).collect()
}

/// For bash.
pub fn bash() -> String {
    let mut text = String::from(
        "# SPDX-License-Identifier: GPL-2.0\n\
         # shellcheck shell=bash\n\
         # made from the tables of options of ipvsadm-rs\n\
         \n",
    );
    text.push_str(&tools::bash());
    text.push_str(
        "_ipvsadm()\n\
         {\n\
         \tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words= files=\n\
         \tCOMPREPLY=()\n\
         \tif [ \"$COMP_CWORD\" -gt 1 ] && _ipvsadm_tool; then\n\
         \t\tmapfile -t COMPREPLY < <(compgen ${files:+-f} -W \"$words\" -- \"$word\")\n\
         \t\treturn\n\
         \tfi\n\
         \tcase $before in\n",
    );
    for option in OPTIONS.iter().filter(|o| !values(o.id).is_empty()) {
        let names = spellings(option).join("|");
        let _ = writeln!(
            text,
            "\t{names}) words=\"{}\" ;;",
            values(option.id).join(" ")
        );
    }
    let _ = writeln!(text, "\t--start-daemon|--stop-daemon) words=\"{ROLES}\" ;;");
    text.push_str(
        "\t--mcast-interface) words=$(cd /sys/class/net && echo *) ;;\n\
         \tesac\n\
         \tif [ -z \"$words\" ] && [ \"$COMP_CWORD\" -gt 1 ]; then\n\
         \t\tcase ${COMP_WORDS[1]} in\n",
    );
    for command in COMMANDS {
        let options: Vec<String> = options_of(command).flat_map(spellings).collect();
        let names = command_spellings(command).join("|");
        let _ = writeln!(text, "\t\t{names}) words=\"{}\" ;;", options.join(" "));
    }
    let commands = COMMANDS.iter().flat_map(command_spellings);
    let commands: Vec<String> = commands.chain(tools::words()).collect();
    let _ = write!(
        text,
        "\t\tesac\n\
         \telif [ -z \"$words\" ]; then\n\
         \t\twords=\"{}\"\n\
         \tfi\n\
         \tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n\
         }}\n\
         complete -F _ipvsadm ipvsadm ipvsadm-rs\n",
        commands.join(" ")
    );
    text
}

/// For zsh.
pub fn zsh() -> String {
    let mut text = String::from(
        "#compdef ipvsadm ipvsadm-rs\n\
         # SPDX-License-Identifier: GPL-2.0\n\
         # made from the tables of options of ipvsadm-rs\n\
         \n\
         if (( CURRENT == 2 )); then\n\
         \tlocal -a commands=(\n",
    );
    for command in COMMANDS {
        for name in command_spellings(command) {
            let _ = writeln!(text, "\t\t'{name}:{}'", brief(command.help));
        }
    }
    text.push_str(&tools::zsh_words());
    text.push_str("\t)\n\t_describe command commands\n\treturn\nfi\n\n");
    text.push_str(&tools::zsh());
    text.push_str("\ncase $words[2] in\n");
    for command in COMMANDS {
        let _ = writeln!(text, "{})", command_spellings(command).join("|"));
        // the command is the first word that is no option of these
        text.push_str("\t_arguments '1: :' \\\n");
        if command.argument != Argument::None {
            let _ = writeln!(text, "\t\t'2:role:({ROLES})' \\");
        }
        for option in options_of(command) {
            let names = spellings(option);
            let group = names.join(" ");
            for name in &names {
                let _ = write!(text, "\t\t'({group}){name}[{}]", bracketed(option.help));
                if let Argument::Required(value) = option.argument {
                    let _ = write!(text, ":{value}:");
                    if option.id == Id::McastInterface {
                        text.push_str("_net_interfaces");
                    } else if !values(option.id).is_empty() {
                        let _ = write!(text, "({})", values(option.id).join(" "));
                    }
                } else if option.argument != Argument::None {
                    text.push_str("::seconds:");
                }
                text.push_str("' \\\n");
            }
        }
        text.push_str("\t\t'*: :'\n\t;;\n");
    }
    text.push_str("esac\n");
    text
}

/// For fish.
pub fn fish() -> String {
    let mut text = String::from(
        "# SPDX-License-Identifier: GPL-2.0\n# made from the tables of options of ipvsadm-rs\n\n\
         complete -c ipvsadm-rs -w ipvsadm\ncomplete -c ipvsadm -f\n",
    );
    for command in COMMANDS {
        let _ = write!(
            text,
            "complete -c ipvsadm -n 'test (count (commandline -opc)) -eq 1' -l {}",
            command.long
        );
        for c in command.shorts.chars() {
            let _ = write!(text, " -s {c}");
        }
        let _ = writeln!(text, " -d '{}'", brief(command.help));
        if command.argument != Argument::None {
            let _ = writeln!(
                text,
                "complete -c ipvsadm -n 'test \"$(commandline -opc)[2..]\" = --{}' -a '{ROLES}'",
                command.long
            );
        }
    }
    for option in OPTIONS {
        let takers: Vec<String> = COMMANDS
            .iter()
            .filter(|command| options_of(command).any(|taken| taken.id == option.id))
            .flat_map(command_spellings)
            .collect();
        let _ = write!(
            text,
            "complete -c ipvsadm -n 'contains -- (commandline -opc)[2] {}' -l {}",
            takers.join(" "),
            option.long
        );
        if let Some(c) = option.short {
            let _ = write!(text, " -s {c}");
        }
        if matches!(option.argument, Argument::Required(_)) {
            text.push_str(" -x");
            if !values(option.id).is_empty() {
                let _ = write!(text, " -a '{}'", values(option.id).join(" "));
            }
        }
        let _ = writeln!(text, " -d '{}'", brief(option.help));
    }
    text.push_str(&tools::fish());
    text
}
