// SPDX-License-Identifier: GPL-2.0
//! Limits of connections.

use super::text::Text;
use crate::model::ServerEntry;
use std::fmt::Write;

/// Titles.
pub fn title(out: &mut Text) {
    let _ = writeln!(
        out,
        "{:<33} {:<10} {:<10} {:<10} {:<10}\n  -> RemoteAddress:Port",
        "Prot LocalAddress:Port", "Uthreshold", "Lthreshold", "ActiveConn", "InActConn"
    );
}

/// A server, after its name.
pub fn server(out: &mut Text, entry: &ServerEntry) {
    let _ = write!(
        out,
        " {:<10} {:<10} {:<10} {:<10}",
        entry.server.u_threshold, entry.server.l_threshold, entry.active, entry.inactive
    );
}
