// SPDX-License-Identifier: GPL-2.0
//! `save`: the table as a file for `apply`.

use super::apply::connect;
use super::Tool;
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::table;

/// Write the table to stdout as a file for apply; for that of -R there is -S
#[derive(clap::Parser, Debug)]
#[command(
    name = "save",
    after_help = "Example:\n  ipvsadm-rs save > table.toml\n\nThe order is always the same, so that \
                  two files can be compared."
)]
pub struct Save {
    /// As TOML, which is what there is
    #[arg(long)]
    toml: bool,
}

impl Tool for Save {
    fn run(self, _: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        // the only format there is
        let _ = self.toml;
        let table = table::of_kernel(&mut connect()?)?;
        out.text.push_str(&table::write(&table));
        out.finish()
    }
}
