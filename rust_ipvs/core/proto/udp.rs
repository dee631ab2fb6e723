// SPDX-License-Identifier: GPL-2.0

//! UDP: one state, which is never active.

/// The only state.
pub const STATE: u8 = 0;

/// Lifetime after the last packet, in seconds.
pub const TIMEOUT: u32 = 300;

/// Name of a state in `/proc/net/ip_vs_conn`.
pub const fn state_name(state: u8) -> &'static str {
    match state {
        STATE => "UDP",
        _ => "ERR!",
    }
}
