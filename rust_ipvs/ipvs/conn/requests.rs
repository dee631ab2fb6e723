// SPDX-License-Identifier: GPL-2.0

//! How many packets a client has sent, as long as they are few, and when it sent the first.

use ipvs_core::forgotten::FEW_REQUESTS;
use kernel::{
    sync::atomic::Atomic,
    time::Jiffies, //
};
use linux_ext::sync::access::AccessOnce;

/// Above it is the number, and below, in ticks, when it began.
const ONE: u32 = 1 << 28;

/// Packets of a client, as long as they are few: those that follow cost no write.
///
/// Both numbers are in a word because a connection has no room for another one. The upper one is compared
/// without being taken out.
pub(super) struct Requests(Atomic<u32>);

impl Requests {
    /// None, of a connection that begins now.
    pub(super) const fn new(now: Jiffies) -> Self {
        Self(Atomic::new(now as u32 % ONE))
    }

    /// Counts one.
    #[inline]
    pub(super) fn count(&self) {
        let seen = self.0.read_once();
        if seen < (FEW_REQUESTS + 1) * ONE {
            self.0.write_once(seen.wrapping_add(ONE));
        }
    }

    /// Their number; if they are more than [`FEW_REQUESTS`], then one more than that.
    #[inline]
    pub(super) fn get(&self) -> u32 {
        self.0.read_once() / ONE
    }

    /// Ticks since it began, as long as that are less than 2^28: more than three days.
    pub(super) fn age(&self, now: Jiffies) -> Jiffies {
        let age = (now as u32).wrapping_sub(self.0.read_once()) % ONE;
        age as Jiffies
    }
}
