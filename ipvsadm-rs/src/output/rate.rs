// SPDX-License-Identifier: GPL-2.0
//! Rates of servers: only bytes are abbreviated.

use super::stats;
use super::text::Text;
use std::fmt::Write;

/// A server, after its name.
pub fn server(out: &mut Text, exact: bool, rates: &[u64; 5]) {
    let (plain, bytes) = rates.split_at(3);
    for value in plain {
        let _ = write!(out, " {value:>8}");
    }
    stats::numbers(out, exact, bytes);
}
