// SPDX-License-Identifier: GPL-2.0
//! Colours, as ECMA-48 has them.

use super::text::Text;
use std::io::IsTerminal;

/// Of the lines above services.
pub(super) const TITLE: &str = "\x1b[2m";
/// Of services.
pub(super) const SERVICE: &str = "\x1b[1m";
/// Of servers whose weight is 0.
pub(super) const IDLE: &str = "\x1b[33m";
const END: &str = "\x1b[0m";

/// Whether stdout is to have colours: if it is a terminal that knows them, and `NO_COLOR` is unset
/// or empty.
pub fn wanted() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && set("NO_COLOR").is_none()
        && set("TERM").is_some_and(|term| term != "dumb")
}

/// Begins a colour if `wanted`; for [`end`].
pub(super) fn begin(out: &mut Text, wanted: bool, colour: &str) -> bool {
    if wanted {
        out.push_str(colour);
    }
    wanted
}

/// Ends the colour before the end of the line.
pub(super) fn end(out: &mut Text, began: bool) {
    if began {
        let line_ends = out.pop_line_feed();
        out.push_str(END);
        if line_ends {
            out.push('\n');
        }
    }
}
