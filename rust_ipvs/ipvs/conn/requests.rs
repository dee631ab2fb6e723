// SPDX-License-Identifier: GPL-2.0

//! How many packets a client has sent, as long as they are few.

use kernel::sync::atomic::Atomic;
use linux_ext::sync::access::AccessOnce;

/// So many packets of a client are few. They are counted up to here, which costs those that follow no
/// write.
pub(crate) const FEW_REQUESTS: u32 = 8;

/// Packets of a client, as long as they are few.
pub(super) struct Requests(Atomic<u32>);

impl Requests {
    /// None.
    pub(super) const fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Counts one.
    #[inline]
    pub(super) fn count(&self) {
        let seen = self.get();
        if seen <= FEW_REQUESTS {
            self.0.write_once(seen.wrapping_add(1));
        }
    }

    /// Their number; if they are more than [`FEW_REQUESTS`], then one more than that.
    #[inline]
    pub(super) fn get(&self) -> u32 {
        self.0.read_once()
    }
}
