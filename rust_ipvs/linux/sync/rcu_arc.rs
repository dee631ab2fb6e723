// SPDX-License-Identifier: GPL-2.0

//! Reference-counted objects that RCU readers may still see after the last reference is gone.

use super::{access::AccessOnce, rcu::Reader};
use core::{marker::PhantomData, ops::Deref, ptr::NonNull};
use kernel::{
    alloc::{AllocError, Flags},
    bindings,
    prelude::*,
    sync::{
        atomic::{Atomic, Full, Relaxed},
        rcu,
        Refcount, //
    },
    types::Opaque,
};

/// How many objects there are that `call_rcu()` will be or has been called for.
static LIVE: Atomic<i64> = Atomic::new(0);

/// Waits, when dropped, until no callback of `call_rcu()` is pending: their code is module text.
///
/// A callback may drop the last reference of another object, for which a callback is queued then; so
/// this waits until there are no objects any more. References that were forgotten, and so will
/// never have a callback, do not hold it up for ever.
///
/// # Context
///
/// Dropping sleeps. All references must be gone or be gone soon.
pub(crate) struct Drained;

/// No chain of objects that hold each other is that long.
const LONGEST_CHAIN: usize = 16;

impl Drop for Drained {
    fn drop(&mut self) {
        for _ in 0..LONGEST_CHAIN {
            // Before the barrier: a callback that has counted down to zero may not have returned
            // yet, and was perhaps not there when the barrier before this one began.
            let none = LIVE.load(Relaxed) == 0;
            rcu::rcu_barrier();
            if none {
                return;
            }
        }
        pr_warn!("{} objects were never given up\n", LIVE.load(Relaxed));
    }
}

/// The allocation behind [`RcuArc`].
#[pin_data]
#[repr(C)]
struct Inner<T> {
    /// First, so that the layout of `T` decides what shares a cache line.
    #[pin]
    data: T,
    refcount: Refcount,
    rcu: Opaque<bindings::callback_head>,
}

/// An owned reference to a `T` that is dropped and freed one grace period after its last reference
/// is gone.
///
/// # Context
///
/// Clone and drop anywhere. `T` is dropped in softirq context: it must not sleep there.
///
/// # Invariants
///
/// `ptr` points to a live [`Inner`] of which this value owns one count.
pub struct RcuArc<T: Send + Sync + 'static> {
    ptr: NonNull<Inner<T>>,
    _p: PhantomData<Inner<T>>,
}

// SAFETY: As for `Arc`: sending it means sharing `&T` and possibly dropping `T` elsewhere, and `T`
// is `Send` and `Sync`.
unsafe impl<T: Send + Sync + 'static> Send for RcuArc<T> {}

// SAFETY: As for `Arc`: a shared reference gives `&T` and further counts.
unsafe impl<T: Send + Sync + 'static> Sync for RcuArc<T> {}

// The object stays where it is when the reference moves.
impl<T: Send + Sync + 'static> Unpin for RcuArc<T> {}

/// A reference to a `T` that lives at least as long as the RCU read-side section `'rcu`.
///
/// # Invariants
///
/// The pointee is the `data` of an [`Inner<T>`] that is not freed before `'rcu` ends; its count may
/// already be zero.
pub struct RcuRef<'rcu, T: Send + Sync + 'static> {
    ptr: NonNull<Inner<T>>,
    _p: PhantomData<&'rcu Inner<T>>,
}

impl<T: Send + Sync + 'static> Clone for RcuRef<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for RcuRef<'_, T> {}

impl<T: Send + Sync + 'static> RcuArc<T> {
    /// Allocates a new object and initialises it in place.
    pub fn pin_init<E>(data: impl PinInit<T, E>, flags: Flags) -> Result<Self, E>
    where
        E: From<AllocError>,
    {
        let inner = KBox::try_pin_init(
            try_pin_init!(Inner {
                data <- data,
                refcount: Refcount::new(1),
                rcu: Opaque::uninit(),
            }? E),
            flags,
        )?;
        // SAFETY: The object is not moved: it stays where it is until it is freed.
        Ok(Self::from_box(unsafe { Pin::into_inner_unchecked(inner) }))
    }

    /// Takes over an object that nobody has a reference to yet.
    fn from_box(inner: KBox<Inner<T>>) -> Self {
        LIVE.add(1, Relaxed);
        // INVARIANT: The count starts at one, which the returned value owns.
        Self {
            ptr: NonNull::from(KBox::leak(inner)),
            _p: PhantomData,
        }
    }

    /// Allocates a new object.
    pub fn new(data: T, flags: Flags) -> Result<Self, AllocError> {
        let inner = Inner {
            data,
            refcount: Refcount::new(1),
            rcu: Opaque::uninit(),
        };
        Ok(Self::from_box(KBox::new(inner, flags)?))
    }

    /// Borrows it as an RCU reader would see it.
    #[inline]
    pub fn as_ref<'a>(this: &'a Self) -> RcuRef<'a, T> {
        // INVARIANT: `this` keeps the object alive as long as it is borrowed.
        RcuRef {
            ptr: this.ptr,
            _p: PhantomData,
        }
    }

    /// Gives the reference up. The object stays until the end of the section, at least.
    pub fn release<'rcu>(this: Self, _reader: Reader<'rcu>) -> RcuRef<'rcu, T> {
        let ptr = this.ptr;
        drop(this);
        // INVARIANT: The count went away during `'rcu`, so the grace period that precedes the freeing
        // ends after `'rcu`.
        RcuRef {
            ptr,
            _p: PhantomData,
        }
    }

    /// Whether both are references to the same object.
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.ptr == other.ptr
    }

    /// Gives the reference to a container that RCU readers walk.
    #[inline]
    pub fn into_raw(this: Self) -> NonNull<T> {
        let this = core::mem::ManuallyDrop::new(this);
        // CAST: `Inner` is `repr(C)` and starts with the data.
        this.ptr.cast()
    }

    /// Takes back what [`RcuArc::into_raw`] gave.
    ///
    /// # Safety
    ///
    /// `ptr` must come from [`RcuArc::into_raw`], and be taken back once.
    #[inline]
    pub unsafe fn from_raw(ptr: NonNull<T>) -> Self {
        // INVARIANT: By the safety requirements, the count that `into_raw` kept is taken over.
        // CAST: `Inner` is `repr(C)` and starts with the data.
        Self {
            ptr: ptr.cast(),
            _p: PhantomData,
        }
    }

    /// Frees the object.
    ///
    /// # Safety
    ///
    /// `head` must be the `rcu` field of an [`Inner<T>`] whose count has reached zero, and a grace
    /// period must have passed since.
    unsafe extern "C" fn free(head: *mut bindings::callback_head) {
        // SAFETY: By the safety requirements, `head` is the `rcu` field of an `Inner<T>`.
        let inner = unsafe { head.byte_sub(core::mem::offset_of!(Inner<T>, rcu)) };
        let inner = inner.cast::<Inner<T>>();
        // SAFETY: Readers that could have seen it are gone with the grace period, and new ones
        // cannot find it; it was leaked from a `KBox` in `from_box`.
        drop(unsafe { KBox::from_raw(inner) });
        LIVE.add(-1, Relaxed);
    }

    /// Takes a reference to what [`RcuArc::into_raw`] gave, unless the object is already dying.
    ///
    /// Looks at nothing but the count, so that the destructor may be at work at the same time.
    ///
    /// # Safety
    ///
    /// `ptr` must come from [`RcuArc::into_raw`], and its memory not be freed during the call.
    pub(crate) unsafe fn try_get(ptr: NonNull<T>) -> Option<Self> {
        // CAST: `Inner` is `repr(C)` and starts with the data.
        let inner = ptr.cast::<Inner<T>>();
        // SAFETY: By the safety requirements.
        let count = unsafe { &raw const (*inner.as_ptr()).refcount };
        // SAFETY: As above; the count has no destructor.
        let count = unsafe { &*count }.as_atomic();
        let mut old = count.load(Relaxed);
        while old > 0 {
            match count.cmpxchg(old, old.wrapping_add(1), Relaxed) {
                // INVARIANT: One count was taken for the returned value.
                Ok(_) => {
                    return Some(Self {
                        ptr: inner,
                        _p: PhantomData,
                    })
                }
                Err(now) => old = now,
            }
        }
        None
    }
}

impl<T: Send + Sync + 'static> Clone for RcuArc<T> {
    fn clone(&self) -> Self {
        // SAFETY: By the type invariants, `ptr` is live.
        unsafe { self.ptr.as_ref() }.refcount.inc();
        // INVARIANT: The new value owns the count that was just added.
        Self {
            ptr: self.ptr,
            _p: PhantomData,
        }
    }
}

impl<T: Send + Sync + 'static> Deref for RcuArc<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: By the type invariants, `ptr` is live.
        &unsafe { self.ptr.as_ref() }.data
    }
}

impl<T: Send + Sync + 'static> Drop for RcuArc<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants, `ptr` is live.
        let inner = unsafe { self.ptr.as_ref() };
        if inner.refcount.dec_and_test() {
            // SAFETY: The count is zero and never rises again, so this is the only `call_rcu()` on
            // this head.
            unsafe { bindings::call_rcu(inner.rcu.get(), Some(Self::free)) };
        }
    }
}

impl<'rcu, T: Send + Sync + 'static> RcuRef<'rcu, T> {
    /// Makes a reference out of what [`RcuArc::into_raw`] gave to a container.
    ///
    /// # Safety
    ///
    /// `ptr` must be from [`RcuArc::into_raw`], and have been reachable by RCU readers at some time
    /// during `'rcu`.
    #[inline]
    pub unsafe fn from_raw(ptr: NonNull<T>, _reader: Reader<'rcu>) -> Self {
        // INVARIANT: By the safety requirements, the container's count went away during `'rcu` or
        // not at all, so the grace period that precedes the freeing ends after `'rcu`.
        // CAST: `Inner` is `repr(C)` and starts with the data.
        Self {
            ptr: ptr.cast(),
            _p: PhantomData,
        }
    }

    /// Takes a reference that outlives the read-side section, unless the object is already dying.
    pub fn get(self) -> Option<RcuArc<T>> {
        // CAST: `Inner` is `repr(C)` and starts with the data.
        // SAFETY: By the type invariants, the pointee is not freed during `'rcu`.
        unsafe { RcuArc::try_get(self.ptr.cast()) }
    }

    /// The reference for the whole section, not only as long as `self` is borrowed.
    #[inline]
    pub fn into_ref(self) -> &'rcu T {
        // SAFETY: By the type invariants, the pointee is not freed during `'rcu`.
        &unsafe { self.ptr.as_ref() }.data
    }
}

impl<T: Send + Sync + 'static> Deref for RcuRef<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.into_ref()
    }
}

/// A place for an [`RcuArc`] that RCU readers load from and that writers replace.
///
/// # Invariants
///
/// `ptr` is from [`RcuArc::into_raw`], and the cell owns that count.
pub struct RcuCell<T: Send + Sync + 'static> {
    ptr: Atomic<*mut T>,
    _p: PhantomData<RcuArc<T>>,
}

impl<T: Send + Sync + 'static> RcuCell<T> {
    /// Creates a cell with a first value.
    pub fn new(value: RcuArc<T>) -> Self {
        // INVARIANT: The count is taken over.
        Self {
            ptr: Atomic::new(RcuArc::into_raw(value).as_ptr()),
            _p: PhantomData,
        }
    }

    /// Returns the current value.
    #[inline]
    pub fn load<'rcu>(&self, reader: Reader<'rcu>) -> RcuRef<'rcu, T> {
        // SAFETY: By the type invariants, the pointer is never null.
        let ptr = unsafe { NonNull::new_unchecked(self.ptr.read_once()) };
        // SAFETY: The cell owned a count when `ptr` was read, which was during `'rcu`.
        unsafe { RcuRef::from_raw(ptr, reader) }
    }

    /// Takes a reference to the current value.
    pub fn get(&self) -> RcuArc<T> {
        loop {
            let guard = rcu::read_lock();
            // The cell has a count of what is in it: without one, it has been replaced since.
            if let Some(value) = self.load(Reader::from(&guard)).get() {
                return value;
            }
        }
    }

    /// Publishes another value and returns the one before.
    pub fn replace(&self, value: RcuArc<T>) -> RcuArc<T> {
        let new = RcuArc::into_raw(value).as_ptr();
        // INVARIANT: The new count is taken over, the old one given away below.
        let old = self.ptr.xchg(new, Full);
        // SAFETY: By the type invariants, the pointer is never null.
        let old = unsafe { NonNull::new_unchecked(old) };
        // SAFETY: By the type invariants, and nobody else got it from the exchange.
        unsafe { RcuArc::from_raw(old) }
    }
}

impl<T: Send + Sync + 'static> Drop for RcuCell<T> {
    fn drop(&mut self) {
        // SAFETY: By the type invariants, the pointer is never null.
        let ptr = unsafe { NonNull::new_unchecked(self.ptr.read_once()) };
        // SAFETY: By the type invariants, and the cell is gone.
        drop(unsafe { RcuArc::from_raw(ptr) });
    }
}

/// As [`RcuCell`], but there may be nothing in it.
///
/// # Invariants
///
/// `ptr` is null or from [`RcuArc::into_raw`], and then the slot owns that count.
pub struct RcuSlot<T: Send + Sync + 'static> {
    ptr: Atomic<*mut T>,
    _p: PhantomData<RcuArc<T>>,
}

impl<T: Send + Sync + 'static> RcuSlot<T> {
    /// Creates an empty slot.
    pub const fn new() -> Self {
        // INVARIANT: The pointer is null.
        Self {
            ptr: Atomic::new(core::ptr::null_mut()),
            _p: PhantomData,
        }
    }

    /// Whether there is something in it.
    #[inline(always)]
    pub fn is_some(&self) -> bool {
        !self.ptr.read_once().is_null()
    }

    /// Returns what is in it now.
    #[inline]
    pub fn load<'rcu>(&self, reader: Reader<'rcu>) -> Option<RcuRef<'rcu, T>> {
        let ptr = NonNull::new(self.ptr.read_once())?;
        // SAFETY: The slot owned a count when `ptr` was read, which was during `'rcu`.
        Some(unsafe { RcuRef::from_raw(ptr, reader) })
    }

    /// Publishes a value in place of what is in it.
    pub fn set<'rcu>(&self, value: RcuArc<T>, reader: Reader<'rcu>) -> RcuRef<'rcu, T> {
        let new = RcuArc::into_raw(value);
        // INVARIANT: The count is taken over.
        self.swap(new.as_ptr());
        // SAFETY: The slot owned the count just now, which is during `'rcu`.
        unsafe { RcuRef::from_raw(new, reader) }
    }

    /// Takes out what is in it.
    pub fn clear(&self) {
        self.swap(core::ptr::null_mut());
    }

    fn swap(&self, new: *mut T) {
        let old = self.ptr.xchg(new, Full);
        // SAFETY: By the type invariants, and nobody else got it from the exchange.
        drop(NonNull::new(old).map(|old| unsafe { RcuArc::from_raw(old) }));
    }
}

impl<T: Send + Sync + 'static> Default for RcuSlot<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send + Sync + 'static> Drop for RcuSlot<T> {
    fn drop(&mut self) {
        self.clear();
    }
}
