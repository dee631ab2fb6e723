// SPDX-License-Identifier: GPL-2.0
//! Requests and replies: typed values ↔ the bytes after a generic netlink header.

pub mod attrs;
pub mod decode;
pub mod encode;

pub use super::uapi::cmd;

/// A request, ready for a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// One of [`cmd`].
    pub cmd: u8,
    /// Whether all objects are asked for.
    pub dump: bool,
    /// Attributes.
    pub body: Vec<u8>,
}
