// SPDX-License-Identifier: GPL-2.0

//! Read-side critical sections.
//!
//! C header: [`include/linux/rcupdate.h`](srctree/include/linux/rcupdate.h)

use core::marker::PhantomData;
use kernel::sync::rcu::Guard;

/// Evidence of an RCU read-side critical section that lasts at least as long as `'rcu`.
///
/// Other than [`Guard`] it does not say who entered the section, so that code which is called
/// inside of one (a netfilter hook, say) need not enter it again.
///
/// # Invariants
///
/// The current thread is in a read-side critical section during `'rcu`.
#[derive(Clone, Copy)]
pub struct Reader<'rcu>(PhantomData<(&'rcu (), *mut ())>);

impl<'rcu> Reader<'rcu> {
    /// Creates the evidence out of nothing.
    ///
    /// # Safety
    ///
    /// The caller must be in a read-side critical section that lasts as long as `'rcu`.
    #[inline]
    pub(crate) unsafe fn assume() -> Self {
        // INVARIANT: By the safety requirements.
        Self(PhantomData)
    }
}

impl<'rcu> From<&'rcu Guard> for Reader<'rcu> {
    #[inline]
    fn from(_: &'rcu Guard) -> Self {
        // INVARIANT: The guard keeps the section open as long as it is borrowed.
        Self(PhantomData)
    }
}
