// SPDX-License-Identifier: GPL-2.0
//! Bringing the kernel module when nobody else did.

use crate::error::Failure;
use std::fs::read_to_string;
use std::process::Command;

const CAP_NET_RAW: u32 = 13;

/// Runs modprobe. What it has to say goes to our stderr.
pub fn load() -> bool {
    let configured = read_to_string("/proc/sys/kernel/modprobe").unwrap_or_default();
    let modprobe = match configured.trim_end() {
        "" => "/sbin/modprobe",
        path => path,
    };
    Command::new(modprobe)
        .args(["--", "ip_vs"])
        .status()
        .is_ok_and(|status| status.success())
}

/// What stock finds where there is no IPVS: it asks a raw socket, which not everybody may have.
pub fn missing() -> Failure {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let errno = if may_open_raw_sockets(&status) {
        libc::ENOPROTOOPT
    } else {
        libc::EPERM
    };
    errno.into()
}

fn may_open_raw_sockets(status: &str) -> bool {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let capabilities = line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    capabilities.is_some_and(|bits| bits & (1 << CAP_NET_RAW) != 0)
}

#[cfg(test)]
mod tests {
    use super::may_open_raw_sockets;

    #[test]
    fn capabilities_of_root_and_of_others() {
        assert!(may_open_raw_sockets(
            "Name:\tx\nCapEff:\t000001ffffffffff\n"
        ));
        assert!(may_open_raw_sockets("CapEff:\t0000000000002000\n"));
        assert!(!may_open_raw_sockets("CapEff:\t0000000000000000\n"));
        assert!(!may_open_raw_sockets("CapPrm:\t000001ffffffffff\n"));
        assert!(!may_open_raw_sockets(""));
    }
}
