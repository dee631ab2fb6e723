// SPDX-License-Identifier: GPL-2.0

//! How much memory there is.
//!
//! C headers: [`include/linux/mm.h`](srctree/include/linux/mm.h),
//! [`include/linux/swap.h`](srctree/include/linux/swap.h)

use kernel::bindings;

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
