// SPDX-License-Identifier: GPL-2.0

//! Arrays of chains.
//!
//! A chain is linked through its nodes and ends in a marker, not in null: the address of its own
//! slot, plus one. So who has been led into another chain, because a node that he stood on has been
//! moved, sees it at the end.
//!
//! The slot of a hash is given by its *highest* bits. A slot of one array corresponds to a run of
//! adjacent slots of a larger one, and hashes are in the same order in all of them.

use super::{super::access::AccessOnce, Node};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{prelude::*, sync::atomic::Atomic};

/// Where a chain begins: the address of a node, or a marker of an end.
pub(super) type Slot = Atomic<*mut Node>;

/// Slots are allocated so many at a time.
const LINE: usize = 1 << MIN_BITS;

/// Binary logarithm of the smallest number of slots.
pub(super) const MIN_BITS: u32 = 4;

/// Binary logarithm of the largest number of slots.
pub(super) const MAX_BITS: u32 = 27;

/// The bits of the address of a [`Line`] that are zero.
const TAG: usize = align_of::<Line>() - 1;

/// So many lines are filled without a pause.
const BATCH: usize = 4096;

/// So aligned that the binary logarithm of the number of slots fits into the address.
#[repr(align(128))]
struct Line(#[expect(dead_code, reason = "slots are reached by address")] [Slot; LINE]);

/// The end of the chain that begins at `slot`.
#[inline]
pub(super) fn end(slot: &Slot) -> *mut Node {
    core::ptr::from_ref(slot)
        .cast::<Node>()
        .cast_mut()
        .map_addr(|addr| addr | 1)
}

/// The node that a link leads to, unless it is the end of a chain.
///
/// # Safety
///
/// `link` must be what was read from a slot or from the link of a node.
#[inline]
pub(super) unsafe fn follow(link: *mut Node) -> Option<NonNull<Node>> {
    // SAFETY: By the safety requirements it is the address of a node, if it is not a marker.
    (link.addr() & 1 == 0).then(|| unsafe { NonNull::new_unchecked(link) })
}

/// An array that is somebody's.
pub(super) struct Buckets(KVVec<Line>);

impl Buckets {
    /// Allocates `1 << bits` empty chains. `pause` is called now and then.
    pub(super) fn new(bits: u32, pause: &impl Fn()) -> Result<Self> {
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(EINVAL);
        }
        let count = 1usize << bits.wrapping_sub(MIN_BITS);
        let flags = GFP_KERNEL | kernel::alloc::flags::__GFP_NOWARN;
        let mut lines = KVVec::<Line>::with_capacity(count, flags)?;
        for i in 0..count {
            if i % BATCH == 0 {
                pause();
            }
            let line = lines.as_ptr().wrapping_add(i).cast::<Slot>();
            let slot = |j| line.wrapping_add(j).cast::<Node>().cast_mut();
            let end = |j| slot(j).map_addr(|addr| addr | 1);
            lines.push(Line(core::array::from_fn(|j| Atomic::new(end(j)))), flags)?;
        }
        Ok(Self(lines))
    }

    /// Gives the array to a table.
    pub(super) fn into_raw(self) -> RawBuckets {
        let count = self.0.len();
        let (lines, _, _) = self.0.into_raw_parts();
        let bits = count.trailing_zeros().wrapping_add(MIN_BITS) as usize;
        // INVARIANT: The allocation is aligned as a `Line`, and `bits` is less than that.
        RawBuckets(lines.map_addr(|addr| addr | bits))
    }

    /// Takes back what [`Buckets::into_raw`] gave.
    ///
    /// # Safety
    ///
    /// `raw` must come from [`Buckets::into_raw`], be taken back once, and not be used any more.
    pub(super) unsafe fn from_raw(raw: RawBuckets) -> Self {
        let count = raw.count() / LINE;
        // SAFETY: By the safety requirements, these are the parts that it was taken apart into; the
        // capacity of what was allocated is not below the length.
        Self(unsafe { KVVec::from_raw_parts(raw.lines(), count, count) })
    }
}

/// The address of an array, and its size.
///
/// # Invariants
///
/// The address of an array of lines, the low bits of which are the binary logarithm of the number of
/// its slots, from `MIN_BITS` to `MAX_BITS`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct RawBuckets(*mut Line);

impl RawBuckets {
    /// Binary logarithm of the number of slots.
    #[inline]
    pub(super) fn bits(self) -> u32 {
        (self.0.addr() & TAG) as u32
    }

    /// Number of slots.
    #[inline]
    pub(super) fn count(self) -> usize {
        1usize.wrapping_shl(self.bits())
    }

    /// How many of the low bits of a hash do not matter for its slot.
    #[inline]
    fn shift(self) -> u32 {
        u32::BITS.wrapping_sub(self.bits())
    }

    #[inline]
    fn lines(self) -> *mut Line {
        self.0.map_addr(|addr| addr & !TAG)
    }

    /// The slot of a hash.
    ///
    /// # Safety
    ///
    /// The array must live for `'a`.
    #[inline]
    pub(super) unsafe fn slot<'a>(self, hash: u32) -> &'a Slot {
        let at = hash.wrapping_shr(self.shift()) as usize;
        // SAFETY: By the type invariants there are `1 << bits` slots, and `at` has that many bits.
        let slot = unsafe { self.lines().cast::<Slot>().add(at) };
        // SAFETY: By the safety requirements.
        unsafe { &*slot }
    }

    /// `hash`, or if its chain is empty, the lowest hash of the first chain behind it that is not.
    ///
    /// # Safety
    ///
    /// The array must not be freed meanwhile.
    pub(super) unsafe fn first_occupied(self, hash: u32) -> Option<u32> {
        let first = hash.wrapping_shr(self.shift()) as usize;
        let slots = self.lines().cast::<Slot>();
        for at in first..self.count() {
            // SAFETY: By the type invariants there are `count()` slots.
            let slot = unsafe { slots.add(at) };
            // SAFETY: By the safety requirements.
            let slot = unsafe { &*slot };
            if slot.read_once() != end(slot) {
                let start = (at as u32).wrapping_shl(self.shift());
                return Some(start.max(hash));
            }
        }
        None
    }

    /// The highest hash that has the same slot as `hash`.
    #[inline]
    pub(super) fn last(self, hash: u32) -> u32 {
        hash | u32::MAX.wrapping_shr(self.bits())
    }
}

/// The place of a [`RawBuckets`].
pub(super) struct Place(Atomic<*mut Line>, PhantomData<Buckets>);

impl Place {
    pub(super) fn new(value: RawBuckets) -> Self {
        Self(Atomic::new(value.0), PhantomData)
    }

    #[inline]
    pub(super) fn get(&self) -> RawBuckets {
        // INVARIANT: Only such values are put in.
        RawBuckets(self.0.read_once())
    }

    /// With release ordering.
    pub(super) fn set(&self, value: RawBuckets) {
        self.0.store(value.0, kernel::sync::atomic::Release);
    }
}
