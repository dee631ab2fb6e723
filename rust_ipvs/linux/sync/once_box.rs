// SPDX-License-Identifier: GPL-2.0

//! A value that comes once and stays.

use super::access::AccessOnce;
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    prelude::*,
    sync::atomic::{Atomic, Release}, //
};

/// A place for a `T` that is filled at most once; readers pay for a load and a branch.
///
/// # Invariants
///
/// `ptr` is null or from `KBox::into_raw`, and changes at most once.
pub struct OnceBox<T> {
    ptr: Atomic<*mut T>,
    _p: PhantomData<*mut T>,
}

// SAFETY: It is an owned `T`.
unsafe impl<T: Send> Send for OnceBox<T> {}
// SAFETY: A shared reference gives `&T`, and lets one thread put in what another one drops.
unsafe impl<T: Send + Sync> Sync for OnceBox<T> {}

impl<T> OnceBox<T> {
    /// Creates an empty place.
    pub const fn new() -> Self {
        Self {
            ptr: Atomic::new(core::ptr::null_mut()),
            _p: PhantomData,
        }
    }

    /// Returns the value, if it has come.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // SAFETY: By the type invariants it lives as long as `self` does.
        NonNull::new(self.ptr.read_once()).map(|ptr| unsafe { ptr.as_ref() })
    }

    /// Puts `value` in, or gives it back if there is one already.
    pub fn set(&self, value: KBox<T>) -> Result<&T, KBox<T>> {
        let new = KBox::into_raw(value);
        match self.ptr.cmpxchg(core::ptr::null_mut(), new, Release) {
            // INVARIANT: It was null before.
            // SAFETY: It was just put in.
            Ok(_) => Ok(unsafe { &*new }),
            // SAFETY: It came from `into_raw` above, and nobody else has seen it.
            Err(_) => Err(unsafe { KBox::from_raw(new) }),
        }
    }
}

impl<T> Default for OnceBox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        if let Some(ptr) = NonNull::new(self.ptr.read_once()) {
            // SAFETY: By the type invariants, and nobody borrows `self` any more.
            drop(unsafe { KBox::from_raw(ptr.as_ptr()) });
        }
    }
}
