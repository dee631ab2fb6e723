// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_app`: helpers of protocols.

/// The first line.
pub const HEADER: &str = "prot port    usecnt name\n";
