// SPDX-License-Identifier: GPL-2.0

//! Delayed work that can be hurried and stopped.
//!
//! The work item is that of the kernel crate ([`kernel::workqueue::DelayedWork`]), which can only be
//! queued there. Its queue here is one for work that takes long, on any CPU.
//!
//! C header: [`include/linux/workqueue.h`](srctree/include/linux/workqueue.h)

use kernel::{
    bindings,
    sync::Arc,
    time::Jiffies,
    workqueue::{HasDelayedWork, Queue, Work, WorkItem}, //
};

/// The owner of a work item that is queued by [`queue`].
pub trait Delayed:
    WorkItem<Pointer = Arc<Self>> + HasDelayedWork<Self> + Sized + Send + Sync + 'static
{
}

impl<T: WorkItem<Pointer = Arc<T>> + HasDelayedWork<T> + Send + Sync + 'static> Delayed for T {}

/// The `struct delayed_work` of `this`.
fn raw<T: Delayed>(this: &Arc<T>) -> *mut bindings::delayed_work {
    let ptr = Arc::as_ptr(this).cast_mut();
    // SAFETY: It is valid as long as `this` is borrowed.
    let work = unsafe { T::raw_get_work(ptr) };
    // SAFETY: As above.
    let work = unsafe { Work::raw_get(work) };
    // SAFETY: By the requirements of `HasDelayedWork`, it is the `work` of one.
    unsafe { work.byte_sub(core::mem::offset_of!(bindings::delayed_work, work)) }.cast()
}

/// Takes back the reference that the queue had of `this`.
///
/// # Safety
///
/// The work item must have been pending, and not be any more, by no other reason than this call.
unsafe fn take_back<T: Delayed>(this: &Arc<T>) {
    // SAFETY: It was queued with a reference out of `Arc::into_raw()`, which nobody takes any more.
    drop(unsafe { Arc::from_raw(Arc::as_ptr(this)) });
}

/// Has the work done after `delay` ticks, unless it is queued already or has been stopped.
///
/// # Context
///
/// Any.
pub fn queue<T: Delayed>(this: &Arc<T>, delay: Jiffies) {
    // SAFETY: It was written when the kernel started.
    let queue = unsafe { bindings::system_dfl_long_wq };
    // SAFETY: The queue is there as long as the kernel.
    let queue = unsafe { Queue::from_raw(queue) };
    // If it is queued already, that is as good.
    let _ = queue.enqueue_delayed::<Arc<T>, 0>(this.clone(), delay);
}

/// Has the work done at once, if it was to be done later.
///
/// # Context
///
/// Any.
pub fn hurry<T: Delayed>(this: &Arc<T>) {
    // SAFETY: The work item is initialised, as `this` is.
    if unsafe { bindings::cancel_delayed_work(raw(this)) } {
        // SAFETY: It was pending, says the function.
        unsafe { take_back(this) };
    }
    queue(this, 0);
}

/// Waits until the work is done, if somebody is doing it, and has it never done again.
///
/// # Context
///
/// May sleep. Not to be called by the work itself.
pub fn stop<T: Delayed>(this: &Arc<T>) {
    // SAFETY: The work item is initialised, as `this` is.
    if unsafe { bindings::disable_delayed_work_sync(raw(this)) } {
        // SAFETY: It was pending, says the function.
        unsafe { take_back(this) };
    }
}
