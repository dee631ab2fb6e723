// SPDX-License-Identifier: GPL-2.0

//! The tick counter, and the time of day.
//!
//! C headers: [`include/linux/jiffies.h`](srctree/include/linux/jiffies.h),
//! [`include/linux/timekeeping.h`](srctree/include/linux/timekeeping.h)

use ipvs_bindings as helpers;
use kernel::{bindings, time::Jiffies};

/// Ticks per second.
pub const HZ: Jiffies = bindings::CONFIG_HZ as Jiffies;

/// The current time in ticks since boot; wraps around.
#[inline]
pub fn jiffies() -> Jiffies {
    let ptr = &raw const bindings::jiffies;
    // SAFETY: It is a static of the kernel; it changes under us, hence the volatile read, as in C.
    unsafe { ptr.read_volatile() }
}

/// Seconds in ticks, as much as fits.
#[inline]
pub const fn secs_to_jiffies(secs: u32) -> Jiffies {
    // A `u32` of seconds times `HZ` fits into 64 bits; on 32 bits it saturates.
    (secs as Jiffies).saturating_mul(HZ)
}

/// Milliseconds in ticks, not less, as much as fits.
#[inline]
pub const fn millis_to_jiffies(millis: u32) -> Jiffies {
    (millis as Jiffies).saturating_mul(HZ).div_ceil(1000)
}

/// Ticks in milliseconds.
#[inline]
pub const fn to_millis(ticks: Jiffies) -> u64 {
    (ticks as u64).saturating_mul(1000) / HZ as u64
}

/// How far `later` is ahead of `earlier`, zero if it is behind.
#[inline]
pub const fn ahead(later: Jiffies, earlier: Jiffies) -> Jiffies {
    let diff = later.wrapping_sub(earlier);
    if diff > Jiffies::MAX / 2 {
        0
    } else {
        diff
    }
}

/// The time since boot in milliseconds, in the resolution of a tick.
pub fn millis() -> u64 {
    // SAFETY: No requirements.
    let ticks = unsafe { helpers::rust_ipvs_helper_jiffies64() };
    // A tick is not a whole number of milliseconds for every `HZ`.
    ticks.wrapping_mul(1000) / HZ as u64
}

/// The time of day in nanoseconds since 1970.
pub fn real_nanos() -> u64 {
    // SAFETY: No requirements but not to be in a non-maskable interrupt, where none of this runs.
    let nanos = unsafe { bindings::ktime_get_real() };
    // It is after 1970.
    nanos as u64
}
