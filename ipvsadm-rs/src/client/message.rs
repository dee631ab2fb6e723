// SPDX-License-Identifier: GPL-2.0
//! Requests and replies: typed values ↔ the bytes after a generic netlink header.

pub mod attrs;
pub mod decode;
pub mod encode;
#[cfg(test)]
mod tests;

use attrs::Writer;
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
    /// One object, or without memory for that an acknowledgement.
    ObjectOrAck,
    /// Any number of objects and an end.
    Objects,
}

/// A question, ready for a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub cmd: Command,
    /// What comes back.
    pub answer: Answer,
    /// Attributes.
    pub body: Vec<u8>,
}

/// Changes, in their order.
#[derive(Default)]
pub struct Batch {
    bodies: Writer,
    /// Each with the place in `bodies` where its attributes end.
    changes: Vec<(Command, usize)>,
}

impl Batch {
    /// Appends a change whose attributes are what `put` writes.
    pub fn push(&mut self, cmd: Command, put: impl FnOnce(&mut Writer)) {
        put(&mut self.bodies);
        self.changes.push((cmd, self.bodies.bytes().len()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What the change of this index does.
    pub fn cmd(&self, index: usize) -> Option<Command> {
        self.changes.get(index).map(|(cmd, _)| *cmd)
    }

    /// All changes with their attributes.
    pub fn iter(&self) -> impl Iterator<Item = (Command, &[u8])> {
        let mut start = 0;
        self.changes.iter().map(move |(cmd, end)| {
            let body = self.bodies.bytes().get(start..*end).unwrap_or_default();
            start = *end;
            (*cmd, body)
        })
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.bodies.clear();
        self.changes.clear();
    }
}
