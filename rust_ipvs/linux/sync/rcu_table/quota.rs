// SPDX-License-Identifier: GPL-2.0

//! How many items tables may have.

use crate::sync::access::AccessOnce;
use kernel::sync::atomic::{Atomic, Relaxed};

/// How many items one table, or several together, have and may have.
pub struct Quota {
    len: Atomic<i32>,
    limit: Atomic<i32>,
}

impl Quota {
    /// Creates a quota that does not end.
    pub fn new() -> Self {
        Self {
            len: Atomic::new(0),
            limit: Atomic::new(i32::MAX),
        }
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.len.read_once().max(0) as usize
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets the number of items from which on no more are taken. More that there are stay.
    pub fn set_limit(&self, limit: i32) {
        self.limit.write_once(limit);
    }

    /// Whether there are as many items as may be.
    pub fn is_full(&self) -> bool {
        self.len.read_once() >= self.limit.read_once()
    }

    /// Counts an item, if there may be one more.
    pub(super) fn reserve(&self) -> bool {
        let mut old = self.len.read_once();
        while old < self.limit.read_once() {
            match self.len.cmpxchg(old, old.wrapping_add(1), Relaxed) {
                Ok(_) => return true,
                Err(now) => old = now,
            }
        }
        false
    }

    pub(super) fn unreserve(&self) {
        self.len.add(-1, Relaxed);
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::new()
    }
}
