// SPDX-License-Identifier: GPL-2.0

//! Files in `/proc` that show or set something.

/// Below `/proc/net`, with how often they are read.
pub const SHOWN: &[(usize, &str)] = &[
    (6, "ip_vs"),
    (4, "ip_vs_conn"),
    (1, "ip_vs_conn_sync"),
    (1, "ip_vs_stats"),
    (1, "ip_vs_stats_percpu"),
    (1, "ip_vs_app"),
    (1, "ip_vs_status"),
];
