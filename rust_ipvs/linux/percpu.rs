// SPDX-License-Identifier: GPL-2.0

//! Per-CPU counters.
//!
//! C header: [`include/linux/percpu.h`](srctree/include/linux/percpu.h)

use core::ptr::NonNull;
use kernel::{alloc::AllocError, bindings, cpu::nr_cpu_ids, prelude::*, sync::Arc};

/// The counters of so many are allocated together: to find room costs the allocator some thousand
/// instructions.
const TOGETHER: usize = 32;

/// Memory for the counters of some.
///
/// # Invariants
///
/// `ptr` is a per-CPU allocation of `[u64; N]`, as many as it was made for.
struct Chunk<const N: usize>(NonNull<[u64; N]>);

// SAFETY: It is an address; what is there is accessed by `Counters`.
unsafe impl<const N: usize> Send for Chunk<N> {}
// SAFETY: As above.
unsafe impl<const N: usize> Sync for Chunk<N> {}

impl<const N: usize> Chunk<N> {
    /// For `count`, at least one.
    fn new(count: usize) -> Result<Self, AllocError> {
        const { assert!(N > 0) };
        let size = size_of::<[u64; N]>().saturating_mul(count.max(1));
        // SAFETY: The size is not zero and the alignment a power of two.
        let ptr = unsafe {
            bindings::pcpu_alloc_noprof(size, align_of::<[u64; N]>(), false, bindings::GFP_KERNEL)
        };
        // INVARIANT: It was just allocated.
        Ok(Self(NonNull::new(ptr.cast()).ok_or(AllocError)?))
    }
}

impl<const N: usize> Drop for Chunk<N> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::free_percpu(self.0.as_ptr().cast()) };
    }
}

/// Where [`Counters`] come from.
///
/// Memory is freed when all counters that were taken from it one after the other are gone.
pub struct Pool<const N: usize> {
    chunk: Option<Arc<Chunk<N>>>,
    /// How many have been taken from `chunk`.
    taken: usize,
}

impl<const N: usize> Pool<N> {
    /// Creates a pool that has no memory yet.
    pub const fn new() -> Self {
        Self {
            chunk: None,
            taken: 0,
        }
    }

    /// Takes counters, which are zero.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn take(&mut self) -> Result<Counters<N>, AllocError> {
        let chunk = match self.chunk.take() {
            Some(chunk) if self.taken < TOGETHER => chunk,
            _ => {
                let chunk = Arc::new(Chunk::new(TOGETHER)?, GFP_KERNEL)?;
                self.taken = 0;
                chunk
            }
        };
        // The result is a per-CPU offset, not an address that could be in or out of bounds.
        let ptr = chunk.0.as_ptr().wrapping_add(self.taken);
        self.taken = self.taken.wrapping_add(1);
        self.chunk = Some(chunk.clone());
        // INVARIANT: There are `TOGETHER` of them, of which none is taken twice; per-CPU memory
        // comes zeroed.
        Ok(Counters {
            ptr: NonNull::new(ptr).ok_or(AllocError)?,
            _chunk: chunk,
        })
    }
}

impl<const N: usize> Default for Pool<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// `N` counters for each CPU.
///
/// Every CPU adds to its own, so that adding is not atomic between CPUs and need not be. A reader
/// gets a sum that is no older than the call; on 32 bits, where a counter takes two accesses, it may
/// be off by a carry.
///
/// # Invariants
///
/// `ptr` is a `[u64; N]` in the per-CPU allocation `_chunk`, and nobody else has it.
pub struct Counters<const N: usize> {
    ptr: NonNull<[u64; N]>,
    _chunk: Arc<Chunk<N>>,
}

// SAFETY: The counters are accessed with single instructions or volatile accesses only.
unsafe impl<const N: usize> Send for Counters<N> {}
// SAFETY: As above.
unsafe impl<const N: usize> Sync for Counters<N> {}

impl<const N: usize> Counters<N> {
    /// Makes counters that are zero, with memory of their own.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn new() -> Result<Self, AllocError> {
        let chunk = Arc::new(Chunk::new(1)?, GFP_KERNEL)?;
        // INVARIANT: There is one, and nobody else has the allocation; per-CPU memory comes zeroed.
        Ok(Self {
            ptr: chunk.0,
            _chunk: chunk,
        })
    }

    /// Adds `value` to counter `I` of this CPU.
    ///
    /// # Context
    ///
    /// Softirq or process context.
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

    /// Adds `value` to counter `index` of this CPU, if there is one.
    ///
    /// # Context
    ///
    /// Any.
    #[inline(always)]
    pub fn add_at(&self, index: usize, value: u64) {
        if index < N {
            // CAST: An array starts with its first element.
            let ptr: *mut u64 = self.ptr.as_ptr().cast();
            // The result is a per-CPU offset, not an address that could be in or out of bounds.
            let ptr = ptr.wrapping_add(index);
            // SAFETY: By the type invariants, `ptr` is an element of a per-CPU allocation.
            unsafe { this_cpu_add(ptr, value) };
        }
    }

    /// Sums all counters over the CPUs.
    #[inline]
    pub fn sum(&self) -> [u64; N] {
        let mut sum = [0u64; N];
        for cpu in possible_cpus() {
            for (sum, counter) in sum.iter_mut().zip(self.on(cpu)) {
                *sum = sum.wrapping_add(counter);
            }
        }
        sum
    }

    /// The counters of one CPU.
    #[inline(always)]
    pub fn on(&self, cpu: Cpu) -> [u64; N] {
        // SAFETY: By the type invariants of both.
        let there = unsafe { per_cpu_ptr(self.ptr.as_ptr(), cpu.0) }.cast::<u64>();
        core::array::from_fn(|i| {
            // SAFETY: As above, and `i` is less than `N`.
            let counter = unsafe { there.add(i) };
            // SAFETY: As above; its own CPU may be writing, hence the volatile read.
            unsafe { counter.read_volatile() }
        })
    }
}

/// A CPU.
///
/// # Invariants
///
/// It is possible.
#[derive(Clone, Copy)]
pub struct Cpu(u32);

impl Cpu {
    /// Its number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// All CPUs that there can ever be, in the order of their numbers.
#[inline]
pub fn possible_cpus() -> impl Iterator<Item = Cpu> {
    let end = nr_cpu_ids();
    // SAFETY: All of these are less than `nr_cpu_ids`.
    let possible = (0..end).filter(|cpu| unsafe { is_possible(*cpu) });
    // INVARIANT: Only possible ones are left.
    possible.map(Cpu)
}

/// `cpu_possible()`.
///
/// # Safety
///
/// `cpu` must be less than `nr_cpu_ids`.
#[inline(always)]
unsafe fn is_possible(cpu: u32) -> bool {
    const BITS: u32 = c_ulong::BITS;
    let mask = &raw const bindings::__cpu_possible_mask;
    // SAFETY: The mask has a bit for each of these numbers.
    let word = unsafe { mask.cast::<c_ulong>().add((cpu / BITS) as usize) };
    // SAFETY: As above; it is written at boot only.
    let word = unsafe { word.read() };
    word.wrapping_shr(cpu) & 1 != 0
}

/// `per_cpu_ptr()`.
///
/// # Safety
///
/// `ptr` must be in a per-CPU allocation, and `cpu` a possible CPU.
#[cfg(all(CONFIG_X86_64, CONFIG_SMP, not(CONFIG_UML)))]
#[inline(always)]
unsafe fn per_cpu_ptr<T>(ptr: *mut T, cpu: u32) -> *mut T {
    let offsets = &raw const bindings::__per_cpu_offset;
    // SAFETY: There is one for each possible CPU.
    let offset = unsafe { offsets.cast::<c_ulong>().add(cpu as usize) };
    // SAFETY: As above; it is written at boot only.
    let offset = unsafe { offset.read() };
    ptr.wrapping_byte_add(offset)
}

/// `per_cpu_ptr()`.
///
/// # Safety
///
/// `ptr` must be in a per-CPU allocation, and `cpu` a possible CPU.
#[cfg(not(all(CONFIG_X86_64, CONFIG_SMP, not(CONFIG_UML))))]
#[inline]
unsafe fn per_cpu_ptr<T>(ptr: *mut T, cpu: u32) -> *mut T {
    // SAFETY: By the safety requirements.
    unsafe { ipvs_bindings::rust_ipvs_helper_per_cpu_ptr(ptr.cast(), cpu) }.cast()
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
    unsafe { ipvs_bindings::rust_ipvs_helper_this_cpu_add64(ptr, value) };
}
