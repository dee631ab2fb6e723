// SPDX-License-Identifier: GPL-2.0

//! Per-CPU counters.
//!
//! C header: [`include/linux/percpu.h`](srctree/include/linux/percpu.h)

use core::ptr::NonNull;
use ipvs_bindings as helpers;
use kernel::{alloc::AllocError, bindings, prelude::*};

/// `N` counters for each CPU.
///
/// Every CPU adds to its own, so that adding is not atomic between CPUs and need not be. A reader
/// gets a sum that is no older than the call; on 32 bits, where a counter takes two accesses, it may
/// be off by a carry.
///
/// # Invariants
///
/// `ptr` is a per-CPU allocation of `[u64; N]`.
pub struct Counters<const N: usize> {
    ptr: NonNull<[u64; N]>,
}

// SAFETY: The counters are accessed with single instructions or volatile accesses only.
unsafe impl<const N: usize> Send for Counters<N> {}
// SAFETY: As above.
unsafe impl<const N: usize> Sync for Counters<N> {}

impl<const N: usize> Counters<N> {
    /// Allocates zeroed counters.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn new() -> Result<Self, AllocError> {
        const { assert!(N > 0) };
        // SAFETY: The size is not zero and the alignment a power of two.
        let ptr = unsafe {
            bindings::pcpu_alloc_noprof(
                size_of::<[u64; N]>(),
                align_of::<[u64; N]>(),
                false,
                bindings::GFP_KERNEL,
            )
        };
        let ptr = NonNull::new(ptr.cast()).ok_or(AllocError)?;
        // INVARIANT: It was just allocated; per-CPU memory comes zeroed.
        Ok(Self { ptr })
    }

    /// Adds `value` to counter `I` of this CPU.
    ///
    /// # Context
    ///
    /// Any.
    #[inline(always)]
    pub fn add<const I: usize>(&self, value: u64) {
        const { assert!(I < N) };
        // CAST: An array starts with its first element.
        let ptr: *mut u64 = self.ptr.as_ptr().cast();
        // The result is a per-CPU offset, not an address that could be in or out of bounds.
        let ptr = ptr.wrapping_add(I);
        // SAFETY: By the type invariants, `ptr` is an element of a per-CPU allocation.
        unsafe { this_cpu_add(ptr, value) };
    }

    /// Sums all counters over the CPUs.
    pub fn sum(&self) -> [u64; N] {
        let mut sum = [0u64; N];
        self.for_each(|_, counters| {
            for (sum, counter) in sum.iter_mut().zip(counters) {
                *sum = sum.wrapping_add(counter);
            }
        });
        sum
    }

    /// Calls `f` with the number and the counters of every possible CPU, in their order.
    pub fn for_each(&self, mut f: impl FnMut(u32, [u64; N])) {
        for cpu in possible_cpus() {
            // SAFETY: By the type invariants, and `cpu` is a possible CPU.
            let there =
                unsafe { helpers::rust_ipvs_helper_per_cpu_ptr(self.ptr.as_ptr().cast(), cpu) };
            let there = there.cast::<u64>();
            let counters = core::array::from_fn(|i| {
                // SAFETY: As above, and `i` is less than `N`.
                let counter = unsafe { there.add(i) };
                // SAFETY: As above; its own CPU may be writing, hence the volatile read.
                unsafe { counter.read_volatile() }
            });
            f(cpu, counters);
        }
    }
}

/// The numbers of all CPUs that there can ever be.
pub fn possible_cpus() -> impl Iterator<Item = u32> {
    let next = |cpu: c_int| {
        // SAFETY: Every number from -1 on is allowed.
        let next = unsafe { helpers::rust_ipvs_helper_cpumask_next_possible(cpu) };
        // SAFETY: It is written at boot only.
        (next < unsafe { bindings::nr_cpu_ids }).then_some(next)
    };
    core::iter::successors(next(-1), move |cpu| next(*cpu as c_int))
}

impl<const N: usize> Drop for Counters<N> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::free_percpu(self.ptr.as_ptr().cast()) };
    }
}

/// `this_cpu_add()`.
///
/// # Safety
///
/// `ptr` must be a `u64` in a per-CPU allocation.
#[cfg(all(CONFIG_X86_64, not(CONFIG_UML)))]
#[inline(always)]
unsafe fn this_cpu_add(ptr: *mut u64, value: u64) {
    // SAFETY: On x86-64 a per-CPU pointer is an offset from the `gs` base of the kernel.
    unsafe {
        core::arch::asm!(
            "add qword ptr gs:[{ptr}], {value}",
            ptr = in(reg) ptr,
            value = in(reg) value,
            options(nostack),
        );
    }
}

/// `this_cpu_add()`.
///
/// # Safety
///
/// `ptr` must be a `u64` in a per-CPU allocation.
#[cfg(not(all(CONFIG_X86_64, not(CONFIG_UML))))]
#[inline]
unsafe fn this_cpu_add(ptr: *mut u64, value: u64) {
    // SAFETY: By the safety requirements.
    unsafe { helpers::rust_ipvs_helper_this_cpu_add64(ptr, value) };
}
