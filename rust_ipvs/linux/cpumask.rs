// SPDX-License-Identifier: GPL-2.0

//! Sets of CPUs as users write them.
//!
//! C headers: [`include/linux/cpumask.h`](srctree/include/linux/cpumask.h),
//! [`include/linux/sched/isolation.h`](srctree/include/linux/sched/isolation.h)

use core::fmt;
use ipvs_bindings as helpers;
use kernel::{
    cpu::{nr_cpu_ids, CpuId},
    cpumask::CpumaskVar,
    error::to_result,
    prelude::*, //
};

/// A set of CPUs. Its text is a list of ranges, such as `0-3,7`.
///
/// In memory of its own: with `CONFIG_CPUMASK_OFFSTACK=n` a [`CpumaskVar`] must not be moved.
pub struct CpuSet(KBox<CpumaskVar>);

// SAFETY: It owns its memory, which any thread may use and free.
unsafe impl Send for CpuSet {}
// SAFETY: A shared reference only reads.
unsafe impl Sync for CpuSet {}

impl CpuSet {
    /// Reads a list of ranges, which ends with the line. `EINVAL`, `ERANGE` or `EOVERFLOW` say what
    /// is wrong with it, and `ENOMEM` that memory is short.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn parse(text: &CStr) -> Result<Self> {
        let set = KBox::new(CpumaskVar::new_zero(GFP_KERNEL)?, GFP_KERNEL)?;
        // SAFETY: Both are valid, and the set is ours.
        to_result(unsafe {
            helpers::rust_ipvs_helper_cpulist_parse(text.as_char_ptr(), set.as_raw())
        })?;
        Ok(Self(set))
    }

    /// The CPUs that kernel threads run on, unless they have to run on others.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn of_kernel_threads() -> Result<Self> {
        let set = KBox::new(CpumaskVar::new_zero(GFP_KERNEL)?, GFP_KERNEL)?;
        // SAFETY: It is valid and ours.
        unsafe { helpers::rust_ipvs_helper_housekeeping_kthread(set.as_raw()) };
        Ok(Self(set))
    }

    /// Leaves those out that the current task may not run on.
    pub fn retain_allowed(&mut self) {
        // SAFETY: It is valid and ours.
        unsafe { helpers::rust_ipvs_helper_cpumask_and_current(self.0.as_raw()) };
    }

    /// Whether there is none in it.
    pub fn is_empty(&self) -> bool {
        !(0..nr_cpu_ids()).any(|cpu| self.has(cpu))
    }

    fn has(&self, cpu: u32) -> bool {
        cpu < nr_cpu_ids() && CpuId::from_u32(cpu).is_some_and(|cpu| self.0.test(cpu))
    }
}

impl fmt::Display for CpuSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut cpu = 0;
        while cpu < nr_cpu_ids() {
            let first = cpu;
            while self.has(cpu) {
                cpu = cpu.wrapping_add(1);
            }
            match cpu.wrapping_sub(first) {
                0 => (),
                1 => write!(f, "{separator}{first}")?,
                _ => write!(f, "{separator}{first}-{}", cpu.wrapping_sub(1))?,
            }
            if cpu != first {
                separator = ",";
            }
            // This one is not in the set.
            cpu = cpu.wrapping_add(1);
        }
        Ok(())
    }
}
