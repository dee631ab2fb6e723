// SPDX-License-Identifier: GPL-2.0
//! Manual pages.

use crate::tool_pages;
use ipvsadm::options::table::{COMMANDS, OPTIONS};
use ipvsadm::options::{Argument, Section};
use std::fmt::Write;

/// Dashes that are to be typed.
pub fn escape(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// `ipvsadm(8)`.
pub fn ipvsadm() -> String {
    let mut text = String::from(
        ".\\\" SPDX-License-Identifier: GPL-2.0\n\
         .TH IPVSADM 8 \"\" \"ipvsadm\\-rs\" \"System Administration\"\n\
         .SH NAME\n\
         ipvsadm, ipvsadm\\-rs \\- administer IP Virtual Server\n\
         .SH SYNOPSIS\n\
         .B ipvsadm\n\
         .RI [ COMMAND \" [\" OPTION \"...]]\"\n\
         .SH DESCRIPTION\n\
         Sets up and shows the tables of the kernel's load balancer: virtual services, and the\n\
         real servers to which their connections go. The first option is the command; without\n\
         one, all services are listed. Numbers are decimal. Everything is as in ipvsadm 1.31\n\
         unless this page says otherwise.\n\
         .SH COMMANDS\n",
    );
    for command in COMMANDS {
        let shorts = command.shorts.chars().map(|c| format!("\\-{c}"));
        let names: Vec<String> = shorts
            .chain([format!("\\-\\-{}", escape(command.long))])
            .collect();
        let _ = write!(text, ".TP\n.BR {}", names.join(" \", \" "));
        let value = match command.argument {
            Argument::Required(name) => name,
            _ => command.words,
        };
        if !value.is_empty() {
            let _ = write!(text, " \" \\fI{value}\\fP\"");
        }
        let help = match command.help {
            "" => "display the version",
            help => help,
        };
        let _ = writeln!(text, "\n{}.", escape(help));
        let options: Vec<String> = OPTIONS
            .iter()
            .filter(|option| {
                option.slot.is_some_and(|slot| {
                    let def = slot.def();
                    [def.required, def.optional, def.exclusive]
                        .iter()
                        .any(|verbs| verbs.contains(command.verb))
                })
            })
            .map(|option| format!("\\-\\-{}", escape(option.long)))
            .collect();
        if !options.is_empty() {
            let _ = writeln!(text, "Takes {}.", options.join(", "));
        }
    }
    for (section, title) in [
        (Section::Service, "VIRTUAL SERVICES"),
        (Section::General, "OPTIONS"),
        (Section::Daemon, "OPTIONS OF SYNC DAEMONS"),
        (Section::Own, "OPTIONS THAT ARE NOT IN IPVSADM 1.31"),
    ] {
        let _ = writeln!(text, ".SH {title}");
        for option in OPTIONS.iter().filter(|option| option.section == section) {
            let short = option.short.map(|c| format!("\\-{c}"));
            let names: Vec<String> = short
                .into_iter()
                .chain([format!("\\-\\-{}", escape(option.long))])
                .collect();
            let _ = write!(text, ".TP\n.BR {}", names.join(" \", \" "));
            if let Argument::Required(name) | Argument::Optional(name) = option.argument {
                let _ = write!(text, " \" \\fI{}\\fP\"", escape(name));
            }
            let help = option.help.replace('\n', " ");
            let _ = writeln!(text, "\n{}.", escape(help.trim_end_matches('.')));
        }
    }
    let tools = tool_pages::list();
    if !tools.is_empty() {
        text.push_str(TOOLS);
        text.push_str(&tools);
    }
    text.push_str(TAIL.trim_end());
    text.push_str(&tool_pages::references());
    text.push('\n');
    text
}

const TOOLS: &str = r#".SH COMMANDS OF IPVSADM\-RS
.B ipvsadm\-rs
.IR WORD " [" OPTION ...]
does what ipvsadm 1.31 has no command for. Each takes
.BR \-\-help .
"#;

const TAIL: &str = r#".SH RESTORE
.B \-R
reads a command line from each line of stdin. Words are separated by blanks, there are no quotes;
the word
.B ipvsadm
is passed over, so is a line that begins with
.BR # .
A line that the kernel refuses, or that has an unknown option, is told with its number and the next
one is carried out; any other mistake ends it. The exit status is that of the first line that failed.
.PP
With
.B \-\-atomic
all lines are carried out or none. Every line is checked before the first one is sent. If the kernel
refuses one, it is told, and what has been changed is changed back. This is not one transaction of the
kernel: packets meet the states between, changes that others make to the same services meanwhile are
lost, and counters of what had to be made again begin at zero. Only
.BR \-A ", " \-E ", " \-D ", " \-C ", " \-a ", " \-e ", " \-d " and " \-\-set
are possible.
.SH ENVIRONMENT
.TP
.B IPVSADM_COMPAT
With any value but the empty one and
.BR 0 ,
does what ipvsadm 1.31 does also where that loses data or hides a failure: thresholds are not saved,
marks from 2147483648 on are saved as negative numbers, the exit status of
.B \-R
is that of the last line. Options that are not in ipvsadm 1.31 are unknown then.
.TP
.B NO_COLOR
With any value but the empty one, no colours on a terminal.
.SH FILES
.I /proc/net/ip_vs_conn
(connections),
.I /etc/services
(names of ports)
.SH EXIT STATUS
.TP
.B 0
Success.
.TP
.B 1
What was to be listed cannot be had.
.TP
.B 2
The command line breaks a rule, or there is no IP Virtual Server.
.TP
.B 255
An option is unknown or lacks its value, or the kernel refuses the command.
.SH EXAMPLES
.nf
ipvsadm \-A \-t 192.0.2.80:80 \-s wlc
ipvsadm \-a \-t 192.0.2.80:80 \-r 10.1.0.11:8080 \-m
ipvsadm \-L \-n \-\-stats
ipvsadm \-L \-\-json
ipvsadm \-S \-n >rules && ipvsadm \-R \-\-atomic <rules
.fi
.SH SEE ALSO
.BR ipvsadm\-save (8),
.BR ipvsadm\-restore (8)
"#;

/// `ipvsadm-save(8)`.
pub const SAVE: &str = r#".\" SPDX-License-Identifier: GPL-2.0
.TH IPVSADM\-SAVE 8 "" "ipvsadm\-rs" "System Administration"
.SH NAME
ipvsadm\-save \- write the table of IP Virtual Server as command lines
.SH SYNOPSIS
.B ipvsadm\-save
.RB [ \-n ]
.SH DESCRIPTION
Writes to stdout what
.BR ipvsadm\-restore (8)
reads. It is
.B ipvsadm \-S
by another name.
.SH OPTIONS
.TP
.B \-n
Addresses and ports as numbers.
.SH SEE ALSO
.BR ipvsadm (8),
.BR ipvsadm\-restore (8)
"#;

/// `ipvsadm-restore(8)`.
pub const RESTORE: &str = r#".\" SPDX-License-Identifier: GPL-2.0
.TH IPVSADM\-RESTORE 8 "" "ipvsadm\-rs" "System Administration"
.SH NAME
ipvsadm\-restore \- replace the table of IP Virtual Server
.SH SYNOPSIS
.B ipvsadm\-restore
.RB [ \-\-atomic ]
.SH DESCRIPTION
Reads command lines from stdin to their end, clears the table, and carries them out as
.B ipvsadm \-R
does. Lines that begin with
.B #
are comments.
.SH OPTIONS
.TP
.B \-\-atomic
If a line fails the table is as it was before; see
.BR ipvsadm (8)
for what that means.
.SH SEE ALSO
.BR ipvsadm (8),
.BR ipvsadm\-save (8)
"#;
