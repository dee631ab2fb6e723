// SPDX-License-Identifier: GPL-2.0
//! Writes manual pages and completions, made from the tables of commands and options.
//!
//!     cargo run --example manual -- DIRECTORY

#[path = "manual/completions.rs"]
mod completions;
#[path = "manual/pages.rs"]
mod pages;
#[path = "manual/tool_completions.rs"]
mod tool_completions;
#[path = "manual/tool_pages.rs"]
mod tool_pages;
#[path = "manual/tools.rs"]
mod tools;

use std::io::Result;
use std::path::Path;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (name, text) in [
        ("ipvsadm.8", pages::ipvsadm()),
        ("ipvsadm-save.8", pages::SAVE.to_owned()),
        ("ipvsadm-restore.8", pages::RESTORE.to_owned()),
        ("ipvsadm.bash", completions::bash()),
        ("_ipvsadm", completions::zsh()),
        ("ipvsadm.fish", completions::fish()),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    for (name, text) in tool_pages::all() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
