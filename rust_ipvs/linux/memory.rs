// SPDX-License-Identifier: GPL-2.0

//! How much memory there is.
//!
//! C headers: [`include/linux/mm.h`](srctree/include/linux/mm.h),
//! [`include/linux/swap.h`](srctree/include/linux/swap.h)

use kernel::{bindings, page::PAGE_SIZE};

/// Free pages, and those that buffer block devices.
///
/// # Context
///
/// Process context.
pub fn available_pages() -> u64 {
    let mut info = bindings::sysinfo::default();
    // SAFETY: `info` is valid for writes.
    unsafe { bindings::si_meminfo(&raw mut info) };
    (info.freeram as u64).saturating_add(info.bufferram as u64)
}

/// Pages that buffers can be made of, over what has to stay free.
pub fn buffer_pages() -> usize {
    // SAFETY: No requirements.
    unsafe { bindings::nr_free_buffer_pages() }
}

/// How many bytes of memory there are for the kernel to give out.
pub fn total() -> usize {
    let pages = &raw const bindings::_totalram_pages;
    // CAST: An atomic is its counter.
    let pages = pages.cast::<kernel::ffi::c_long>();
    // SAFETY: It is a static of the kernel; memory may be plugged in, hence the volatile read.
    let pages = unsafe { pages.read_volatile() };
    usize::try_from(pages).map_or(0, |pages| pages.saturating_mul(PAGE_SIZE))
}
