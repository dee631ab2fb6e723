// SPDX-License-Identifier: GPL-2.0

//! Files in `/proc` that show or set something.

use crate::draw::Draw;

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

/// Below `/proc/sys`.
pub const SETTINGS: &str = "/proc/sys/net/ipv4/vs";

/// Below [`SETTINGS`].
pub const SETTING: &[&str] = &[
    "amemthresh",
    "am_droprate",
    "conn_max",
    "drop_entry",
    "drop_packet",
    "conntrack",
    "secure_tcp",
    "snat_reroute",
    "sync_version",
    "sync_ports",
    "sync_persist_mode",
    "sync_qlen_max",
    "sync_sock_size",
    "cache_bypass",
    "expire_nodest_conn",
    "sloppy_tcp",
    "sloppy_sctp",
    "expire_quiescent_template",
    "sync_threshold",
    "sync_refresh_period",
    "sync_retries",
    "nat_icmp_send",
    "pmtu_disc",
    "backup_only",
    "conn_reuse_mode",
    "schedule_icmp",
    "ignore_tunneled",
    "run_estimation",
    "est_cpulist",
    "est_nice",
    "conn_lfactor",
    "svc_lfactor",
];

/// A value for a setting: mostly small numbers, which most take; else anything.
pub fn value(draw: &mut Draw) -> Vec<u8> {
    let text = match draw.below(12) {
        0 => format!("{}", draw.edge() as i64),
        1 => format!("{} {}", draw.edge() as i32, draw.edge() as i32),
        2 => format!("{}-{}", draw.below(3), draw.below(5)),
        3 => draw
            .pick(&[
                "", " ", "\n", "x", "1x", "0x10", "-", "1,", "3 50", "0 0", "-20", "19",
            ])
            .to_owned(),
        4 => {
            let len = draw.pick(&[1, 30, 500, 5_000]);
            return draw.bytes(len);
        }
        5 => format!("{}{}", "0".repeat(draw.below(40)), draw.below(4)),
        _ => format!("{}", draw.below(6) as i32 - 1),
    };
    let end = draw.pick(&["", "\n", "\n", " \n", "\0"]);
    (text + end).into_bytes()
}

/// Whether writing a value may be answered so; 0 is success.
pub fn allows(setting: &str, errno: i32) -> bool {
    match errno {
        0 | libc::EINVAL => true,
        // Processors that there are not.
        libc::ERANGE | libc::EOVERFLOW => setting == "est_cpulist",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_values_are_small_numbers() {
        let mut draw = Draw::new(1, 0);
        let small = (0..1000)
            .map(|_| value(&mut draw))
            .filter(|value| {
                let text = String::from_utf8_lossy(value);
                matches!(text.trim().parse::<i32>(), Ok(-1..=4))
            })
            .count();
        assert!(small > 450, "{small}");
    }
}
