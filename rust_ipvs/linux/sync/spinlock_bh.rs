// SPDX-License-Identifier: GPL-2.0

//! A spinlock that disables bottom halves while it is held.
//!
//! For data that both packet processing (softirq) and process context touch.
//!
//! C header: [`include/linux/spinlock.h`](srctree/include/linux/spinlock.h)

use ipvs_bindings as helpers;
use kernel::{
    bindings,
    prelude::*,
    sync::lock::{Backend, Lock}, //
};

/// A `spinlock_t` that is taken with `spin_lock_bh()`.
pub type SpinLockBh<T> = Lock<T, SpinLockBhBackend>;

/// Backend of [`SpinLockBh`].
pub struct SpinLockBhBackend;

// SAFETY: The underlying kernel `spinlock_t` object ensures mutual exclusion. `relock` uses the
// default implementation that always calls the same locking method.
unsafe impl Backend for SpinLockBhBackend {
    type State = bindings::spinlock_t;
    type GuardState = ();

    #[inline]
    unsafe fn init(ptr: *mut Self::State, name: *const c_char, key: *mut bindings::lock_class_key) {
        // SAFETY: The safety requirements ensure that `ptr` is valid for writes, and `name` and
        // `key` are valid for read indefinitely.
        unsafe { bindings::__spin_lock_init(ptr, name, key) }
    }

    #[inline]
    unsafe fn lock(ptr: *mut Self::State) -> Self::GuardState {
        // SAFETY: The safety requirements of this function ensure that `ptr` points to valid
        // memory, and that it has been initialised before.
        unsafe { helpers::rust_ipvs_helper_spin_lock_bh(ptr) }
    }

    #[inline]
    unsafe fn unlock(ptr: *mut Self::State, _guard_state: &Self::GuardState) {
        // SAFETY: The safety requirements of this function ensure that `ptr` is valid and that
        // the caller is the owner of the lock.
        unsafe { helpers::rust_ipvs_helper_spin_unlock_bh(ptr) }
    }

    #[inline]
    unsafe fn try_lock(ptr: *mut Self::State) -> Option<Self::GuardState> {
        // SAFETY: The `ptr` pointer is guaranteed to be valid and initialised before use.
        match unsafe { helpers::rust_ipvs_helper_spin_trylock_bh(ptr) } {
            0 => None,
            _ => Some(()),
        }
    }

    #[inline]
    unsafe fn assert_is_held(ptr: *mut Self::State) {
        // SAFETY: The `ptr` pointer is guaranteed to be valid and initialised before use.
        unsafe { bindings::spin_assert_is_held(ptr) }
    }
}

/// Creates a [`SpinLockBh`] initialiser with the given name and a newly-created lock class.
#[macro_export]
macro_rules! new_spinlock_bh {
    ($inner:expr, $name:literal) => {
        $crate::sync::spinlock_bh::SpinLockBh::new($inner, $name, ::kernel::static_lock_class!())
    };
}
