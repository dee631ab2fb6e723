// SPDX-License-Identifier: GPL-2.0

//! `READ_ONCE()` and `WRITE_ONCE()` without a function call.
//!
//! The relaxed loads and stores of [`Atomic`] are calls of C helpers, unless the kernel is built
//! with `CONFIG_RUST_INLINE_HELPERS`. On a packet path that is dearer than what they wrap.
//!
//! C header: [`include/asm-generic/rwonce.h`](srctree/include/asm-generic/rwonce.h)

use kernel::sync::atomic::{Atomic, AtomicType};

/// Plain single accesses to an atomic of at most the size of a machine word.
pub trait AccessOnce<T> {
    /// Reads once, without any ordering but that of an address dependency.
    fn read_once(&self) -> T;

    /// Writes once, without any ordering.
    fn write_once(&self, value: T);
}

impl<T: AtomicType> AccessOnce<T> for Atomic<T> {
    #[inline(always)]
    fn read_once(&self) -> T {
        const { assert!(size_of::<T>() <= size_of::<usize>()) };
        // SAFETY: The pointer is valid and aligned as long as `self` is. The access races only
        // with other single accesses of the same size, which hardware does not tear; this is what
        // `READ_ONCE()` is in C.
        unsafe { self.as_ptr().read_volatile() }
    }

    #[inline(always)]
    fn write_once(&self, value: T) {
        const { assert!(size_of::<T>() <= size_of::<usize>()) };
        // SAFETY: As for `read_once()`; this is what `WRITE_ONCE()` is in C.
        unsafe { self.as_ptr().write_volatile(value) }
    }
}

/// Orders the accesses by [`AccessOnce`] before it before those after it, if both are reads.
#[inline(always)]
pub fn read_barrier() {
    // The processor keeps their order, and the compiler that of volatile accesses.
    #[cfg(not(target_arch = "x86_64"))]
    kernel::sync::barrier::smp_mb(kernel::sync::barrier::Read);
}
