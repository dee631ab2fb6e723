// SPDX-License-Identifier: GPL-2.0

//! Work on the data that a module has in a namespace, as long as that is there.
//!
//! Whoever wants it done may hold the [`Chore`] for as long as he likes: it is what is in the queue,
//! not the data.

use super::namespace::{Net, PerNet};
use crate::{sync::access::AccessOnce, workqueue};
use core::ptr::NonNull;
use kernel::{
    bindings,
    prelude::*,
    sync::{
        atomic::{Acquire, Atomic, Release},
        Arc, //
    },
    workqueue::{impl_has_delayed_work, new_delayed_work, DelayedWork, WorkItem}, //
};

/// The work of a namespace: [`PerNet::chore`].
///
/// # Invariants
///
/// While `open` is not 0, `net` and `data` are valid, and until the work has ended that found it so.
#[pin_data]
pub struct Chore<T: PerNet> {
    net: NonNull<bindings::net>,
    data: *const T,
    open: Atomic<i32>,
    #[pin]
    work: DelayedWork<Self>,
}

// SAFETY: `data` is used as a shared reference, and `T` is `Sync`; so is the namespace.
unsafe impl<T: PerNet> Send for Chore<T> {}
// SAFETY: As above.
unsafe impl<T: PerNet> Sync for Chore<T> {}

impl_has_delayed_work! {
    impl{T: PerNet} HasDelayedWork<Self> for Chore<T> { self.work }
}

impl<T: PerNet> Chore<T> {
    /// Of data that will be at `data`. Nothing is done before [`Chore::open`].
    pub(super) fn new(net: &Net, data: *const T) -> Result<Arc<Self>> {
        let net = NonNull::new(net.as_raw()).ok_or(EINVAL)?;
        // INVARIANT: It is not open.
        Arc::pin_init(
            pin_init!(Self {
                net,
                data,
                open: Atomic::new(0),
                work <- new_delayed_work!("Chore::work"),
            }),
            GFP_KERNEL,
        )
    }

    /// From now on there is something to work on.
    ///
    /// # Safety
    ///
    /// Namespace and data must be valid until [`Chore::close`] has returned.
    pub(super) unsafe fn open(&self) {
        // INVARIANT: By the safety requirements.
        self.open.store(1, Release);
    }

    /// From now on nothing is done. Waits for what is being done.
    ///
    /// # Context
    ///
    /// May sleep.
    pub(super) fn close(self: &Arc<Self>) {
        // INVARIANT: No work runs after this, and none that has begun before.
        workqueue::stop(self);
        self.open.write_once(0);
    }

    /// Has it done at once, also if it was to be done later.
    ///
    /// # Context
    ///
    /// Any.
    pub fn hurry(self: &Arc<Self>) {
        workqueue::hurry(self);
    }
}

impl<T: PerNet> WorkItem for Chore<T> {
    type Pointer = Arc<Self>;

    fn run(this: Arc<Self>) {
        if this.open.load(Acquire) == 0 {
            return;
        }
        // SAFETY: By the type invariants, as it was open when the work had begun.
        let net = unsafe { Net::from_raw(this.net.as_ptr()) };
        // SAFETY: As above.
        let data = unsafe { &*this.data };
        if let Some(delay) = data.chore(net) {
            // If somebody has hurried it meanwhile, it is done earlier.
            workqueue::queue(&this, delay);
        }
    }
}
