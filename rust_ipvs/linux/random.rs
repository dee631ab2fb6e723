// SPDX-License-Identifier: GPL-2.0

//! Random numbers.
//!
//! C header: [`include/linux/random.h`](srctree/include/linux/random.h)

use kernel::bindings;

/// Returns a random number that an attacker cannot guess.
///
/// # Context
///
/// Any.
pub fn u64() -> u64 {
    let mut value = [0u8; 8];
    // SAFETY: `value` is valid for writes of its length.
    unsafe { bindings::get_random_bytes(value.as_mut_ptr().cast(), value.len()) };
    u64::from_ne_bytes(value)
}
