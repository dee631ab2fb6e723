// SPDX-License-Identifier: GPL-2.0

//! Timers of the timer wheel, inside of reference-counted objects.
//!
//! A pending timer owns no reference. The destructor of the object shuts the timer down, so that
//! nobody can arm it any more and no callback runs when the memory goes. A callback that comes too
//! late finds the count at zero and is not passed on.
//!
//! C header: [`include/linux/timer.h`](srctree/include/linux/timer.h)

use super::sync::rcu_arc::{RcuArc, RcuRef};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    bindings,
    prelude::*,
    sync::LockClassKey,
    time::Jiffies,
    types::Opaque, //
};

/// Implemented by the owner of a [`Timer`].
pub trait TimerCallback: Send + Sync + Sized + 'static {
    /// The timer has expired.
    ///
    /// # Context
    ///
    /// Softirq.
    fn expired(this: &RcuArc<Self>);
}

/// Says where in `Self` the timer is.
///
/// # Safety
///
/// `OFFSET` must be the offset in `Self` of a field of type `Timer<Self>`; use
/// [`impl_has_timer!`](crate::impl_has_timer).
pub unsafe trait HasTimer: TimerCallback {
    /// Where the timer is.
    const OFFSET: usize;
}

/// Implements [`HasTimer`] for a type with a field of type [`Timer`].
#[macro_export]
macro_rules! impl_has_timer {
    (impl {$($a:ident: $bound:path)?} $t:ty { self.$field:ident }) => {
        // SAFETY: The offset is that of the field, whose type the function below checks.
        unsafe impl$(<$a: $bound>)? $crate::timer::HasTimer for $t {
            const OFFSET: usize = {
                const fn _check$(<$a: $bound>)?(owner: *const $t) -> *const $crate::timer::Timer<$t> {
                    // SAFETY: Never called; a raw pointer to the field has its very type.
                    unsafe { &raw const (*owner).$field }
                }
                ::core::mem::offset_of!($t, $field)
            };
        }
    };
}

/// A `struct timer_list` in a `T`.
///
/// # Invariants
///
/// `timer` is initialised. It is armed only while its owner is in an [`RcuArc`].
#[pin_data(PinnedDrop)]
#[repr(transparent)]
pub struct Timer<T> {
    #[pin]
    timer: Opaque<bindings::timer_list>,
    _p: PhantomData<fn(T)>,
}

// SAFETY: Timer operations are locked on the C side.
unsafe impl<T> Send for Timer<T> {}
// SAFETY: Timer operations are locked on the C side.
unsafe impl<T> Sync for Timer<T> {}

impl<T: HasTimer> Timer<T> {
    /// Creates a timer that is not armed.
    pub fn new(name: &'static CStr, key: Pin<&'static LockClassKey>) -> impl PinInit<Self> {
        pin_init!(Self {
            timer <- Opaque::ffi_init(move |slot: *mut bindings::timer_list| {
                // SAFETY: `slot` is valid for writes; `name` and `key` are static.
                unsafe {
                    bindings::timer_init_key(
                        slot, Some(Self::run), 0, name.as_char_ptr(), key.as_ptr(),
                    )
                };
            }),
            _p: PhantomData,
        })
    }

    /// The timer of `owner`.
    fn of(owner: &T) -> *mut bindings::timer_list {
        let owner = core::ptr::from_ref(owner);
        // SAFETY: By the requirements of `HasTimer`, the result is inside of `owner`.
        let timer = unsafe { owner.byte_add(T::OFFSET) };
        // SAFETY: By the requirements of `HasTimer`, that is where the timer is.
        let timer: &Self = unsafe { &*timer.cast() };
        timer.timer.get()
    }

    /// Arms the timer of `owner` for `expires`, or moves it there.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    pub fn modify(owner: RcuRef<'_, T>, expires: Jiffies) {
        // INVARIANT: The owner is in an `RcuArc`.
        // SAFETY: By the type invariants; once shut down this does nothing.
        unsafe { bindings::mod_timer(Self::of(&owner), expires) };
    }

    /// # Safety
    ///
    /// Only for the timer core.
    unsafe extern "C" fn run(timer: *mut bindings::timer_list) {
        // SAFETY: By the type invariants, the timer is the one of a `T`.
        let owner = unsafe { timer.byte_sub(T::OFFSET) };
        // SAFETY: As above, hence not null.
        let owner = unsafe { NonNull::new_unchecked(owner.cast::<T>()) };
        // SAFETY: By the type invariants the owner is in an `RcuArc`, whose pointer to the data is
        // what `into_raw` gives. Its memory is freed after its destructor, which waits for this
        // callback.
        if let Some(owner) = unsafe { RcuArc::try_get(owner) } {
            T::expired(&owner);
        }
    }
}

#[pinned_drop]
impl<T> PinnedDrop for Timer<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: By the type invariants. Runs in softirq or process context, never inside of the
        // callback: that holds a reference, so the destructor runs after a later grace period.
        unsafe { bindings::timer_shutdown_sync(self.timer.get()) };
    }
}
