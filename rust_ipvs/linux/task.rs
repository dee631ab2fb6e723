// SPDX-License-Identifier: GPL-2.0

//! The current task.
//!
//! C header: [`include/linux/sched.h`](srctree/include/linux/sched.h)

use ipvs_bindings as helpers;

/// Lets others run in a long loop.
///
/// # Context
///
/// May sleep.
pub fn cond_resched() {
    // SAFETY: No requirements but the context, which lockdep checks.
    unsafe { helpers::rust_ipvs_helper_cond_resched() };
}
