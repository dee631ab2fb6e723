// SPDX-License-Identifier: GPL-2.0
//! `save`: the table as a file for `apply`.

use super::apply::connect;
use super::target::Json;
use super::Tool;
use crate::error::Error;
use crate::execute::{Context, Sink};
use crate::table;

/// Write the table to stdout as a file for apply; for that of -R there is -S
#[derive(clap::Parser, Debug)]
#[command(
    name = "save",
    after_help = "Examples:\n  ipvsadm-rs save > table.toml\n\nThe order is always the same, so that \
                  two files can be compared. As JSON the file has the same names; apply reads TOML."
)]
pub struct Save {
    /// As TOML, which is the default
    #[arg(long, conflicts_with = "json")]
    toml: bool,
    #[command(flatten)]
    json: Json,
}

impl Tool for Save {
    fn run(self, _: Context<'_>, out: &mut Sink) -> Result<(), Error> {
        let table = table::write(&table::of_kernel(&mut connect()?)?);
        match self.json.json {
            true => out.text.push_str(&as_json(&table)?),
            false => out.text.push_str(&table),
        }
        Ok(())
    }
}

/// A file as JSON, with the names that it has in TOML.
fn as_json(file: &str) -> Result<String, Error> {
    let table: toml::Table = file
        .parse()
        .map_err(|error| Error::refused(format!("{error}")))?;
    let mut document = serde_json::json!({ "version": 1, "service": [] });
    for (name, value) in table {
        document[name] = serde_json::json!(value);
    }
    Ok(format!("{document}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_names_of_the_file() {
        let file = "[[service]]\ntcp = \"192.0.2.1:80\"\nscheduler = \"wlc\"\n\
                    \n  [[service.server]]\n  address = \"10.1.0.2:80\"\n  weight = 3\n";
        assert_eq!(
            as_json(file).unwrap(),
            "{\"service\":[{\"scheduler\":\"wlc\",\"server\":[{\"address\":\"10.1.0.2:80\",\
             \"weight\":3}],\"tcp\":\"192.0.2.1:80\"}],\"version\":1}\n"
        );
        assert_eq!(as_json("").unwrap(), "{\"service\":[],\"version\":1}\n");
    }
}
