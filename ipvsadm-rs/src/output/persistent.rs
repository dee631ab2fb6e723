// SPDX-License-Identifier: GPL-2.0
//! Persistence templates.

use super::text::Text;
use crate::model::ServerEntry;
use std::fmt::Write;

/// Titles.
pub fn title(out: &mut Text) {
    let _ = writeln!(
        out,
        "{:<33} {:<9} {:<11} {:<10} {:<10}\n  -> RemoteAddress:Port",
        "Prot LocalAddress:Port", "Weight", "PersistConn", "ActiveConn", "InActConn"
    );
}

/// A server, after its name.
pub fn server(out: &mut Text, entry: &ServerEntry) {
    let weight = entry.server.weight as u32;
    let _ = write!(
        out,
        " {weight:<9} {:<11} {:<10} {:<10}",
        entry.persistent, entry.active, entry.inactive
    );
}
