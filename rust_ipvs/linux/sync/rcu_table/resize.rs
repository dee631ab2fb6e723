// SPDX-License-Identifier: GPL-2.0

//! Another size for a table in use.
//!
//! The nodes of the current array are moved one by one to a newest one, from the end of each chain,
//! under the lock of the chain. Each is linked into its new chain before it is unlinked from the old
//! one:
//!
//! ```text
//!   slot ──> a ──> b ──> end          slot ──> a ──> b              slot ──> a ──> end
//!                                                    │
//!   new slot ──> c ──> new end        new slot ──> b ──> c ──> ...  new slot ──> b ──> c ──> ...
//! ```
//!
//! In between a reader of the old chain sees all of it, and then walks on into the new one, where he
//! comes to another end than the one he expects, and begins again. It is the last node, so nothing
//! of the old chain lies behind it. (The same is done by `rhashtable`.)

use super::{
    buckets::{end, follow, Buckets, RawBuckets, Slot},
    *,
};

/// So many nodes are moved while a lock is held.
const BATCH: usize = 64;

/// So many empty chains are passed without a pause.
const STRIDE: usize = 1024;

impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Table<T, N, LOCKS> {
    /// Changes the number of chains to `1 << bits`. `pause` is called now and then.
    ///
    /// `EINVAL` if there may not be so many, `ENOMEM`, or `EBUSY` if somebody else is at it; then
    /// nothing has changed.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn resize(&self, bits: u32, pause: impl Fn()) -> Result {
        if bits < Self::MIN_BITS {
            return Err(EINVAL);
        }
        if self.writers.resizing.xchg(1, Full) != 0 {
            return Err(EBUSY);
        }
        let result = self.resize_alone(bits, &pause);
        self.writers.resizing.store(0, Release);
        result
    }

    fn resize_alone(&self, bits: u32, pause: &impl Fn()) -> Result {
        let old = self.current.get();
        if bits == old.bits() {
            return Ok(());
        }
        let new = Buckets::new(bits, pause)?.into_raw();
        // INVARIANT: `resizing` is set, `bits` was checked, and the last resizing has ended with a
        // grace period.
        self.newest.set(new);
        // From now on nobody links anything into an empty chain of the old array.
        self.pass_locks();
        for i in 0..old.count() {
            if i % STRIDE == 0 {
                pause();
            }
            let first = (i as u32).wrapping_shl(u32::BITS.wrapping_sub(old.bits()));
            // SAFETY: Only this function frees an array, at its end.
            let slot = unsafe { old.slot(first) };
            while slot.read_once() != end(slot) {
                let _lock = self.lock(first).lock();
                for _ in 0..BATCH {
                    if !Self::move_last(slot, new) {
                        break;
                    }
                }
            }
        }
        self.current.set(new);
        // INVARIANT: After this nobody has the old array, and nobody who has seen it sees the next.
        rcu::synchronize_rcu();
        // SAFETY: It came out of `into_raw()`, and by the above nobody uses it any more.
        drop(unsafe { Buckets::from_raw(old) });
        Ok(())
    }

    /// Moves the last node of a chain, if there is one. The lock must be held.
    fn move_last(slot: &Slot, new: RawBuckets) -> bool {
        let mut place = slot;
        // SAFETY: Read from a slot.
        let Some(mut ptr) = (unsafe { follow(place.read_once()) }) else {
            return false;
        };
        let node = loop {
            // SAFETY: The lock keeps it linked, so by the type invariants the item is alive.
            let node = unsafe { ptr.as_ref() };
            // SAFETY: Read from a node.
            match unsafe { follow(node.next.read_once()) } {
                Some(next) => {
                    place = &node.next;
                    ptr = next;
                }
                None => break node,
            }
        };
        // SAFETY: `side` is what it was created with.
        let item = unsafe { Self::item(ptr, node.side as usize) };
        // SAFETY: As above, it is alive.
        let doomed = Self::nodes(unsafe { item.as_ref() }).is_doomed();
        // One that goes is not put before an equal one that stays (see `link()`). Whoever dooms an
        // item unlinks it, and will not find this node.
        if !doomed {
            // SAFETY: Only `resize_alone()` frees an array, not before it ends.
            let target = unsafe { new.slot(node.hash.read_once()) };
            // With release ordering: readers of the old chain get to these nodes, too.
            node.next.store(target.read_once(), Release);
            target.store(ptr.as_ptr(), Release);
        }
        // With release ordering: who does not find it here any more finds it there.
        place.store(end(slot), Release);
        true
    }
}
