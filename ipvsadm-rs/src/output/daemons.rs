// SPDX-License-Identifier: GPL-2.0
//! Sync daemons.

use super::text::Text;
use crate::model::{Daemon, Role};
use std::fmt::Write;

/// The line of a daemon; what the kernel does not tell is left out.
pub fn line(out: &mut Text, daemon: &Daemon) {
    let role = match daemon.role() {
        Some(Role::Backup) => "backup",
        _ => "master",
    };
    let _ = write!(
        out,
        "{role} sync daemon (mcast={}, syncid={}",
        daemon.interface, daemon.sync_id as i32
    );
    if daemon.max_len != 0 {
        let _ = write!(out, ", maxlen={}", daemon.max_len);
    }
    if let Some(group) = daemon.group {
        let _ = write!(out, ", group={group}");
    }
    if daemon.port != 0 {
        let _ = write!(out, ", port={}", daemon.port);
    }
    if daemon.ttl != 0 {
        let _ = write!(out, ", ttl={}", daemon.ttl);
    }
    out.push_str(")\n");
}
