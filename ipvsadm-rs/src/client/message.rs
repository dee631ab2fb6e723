// SPDX-License-Identifier: GPL-2.0
//! Requests and replies: typed values ↔ the bytes after a generic netlink header.

pub mod attrs;
pub mod decode;
pub mod encode;
#[cfg(test)]
mod tests;

use ipvs_core::uapi::cmd::Command;

/// What comes back for a request, if not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An acknowledgement.
    Ack,
    /// Nothing, unless it is refused.
    Refusal,
    /// One object. (Stock asks for an acknowledgement besides, which tells nothing.)
    Object,
    /// Any number of objects and an end.
    Objects,
}

/// A request, ready for a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub cmd: Command,
    /// What comes back.
    pub answer: Answer,
    /// Attributes.
    pub body: Vec<u8>,
}
