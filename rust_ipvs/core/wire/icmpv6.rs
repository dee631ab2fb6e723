// SPDX-License-Identifier: GPL-2.0

//! ICMPv6 (RFC 4443). The header has the layout of that of ICMP, see [`super::icmp::Header`].

/// Type: destination unreachable.
pub const DEST_UNREACH: u8 = 1;
/// Type: packet too big; the MTU is the second word.
pub const PACKET_TOO_BIG: u8 = 2;
/// Type: time exceeded.
pub const TIME_EXCEEDED: u8 = 3;
/// From this type on messages inform; below they tell of errors.
pub const INFORMATIONAL: u8 = 0x80;

/// Code of [`DEST_UNREACH`]: port.
pub const PORT_UNREACH: u8 = 4;
/// Code of [`TIME_EXCEEDED`]: hop limit, in transit.
pub const HOP_LIMIT_EXCEEDED: u8 = 0;
