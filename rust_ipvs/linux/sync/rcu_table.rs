// SPDX-License-Identifier: GPL-2.0

//! A hash table that RCU readers walk without locks.
//!
//! An item is linked `N` times, each time under another hash, so that a connection can be found
//! from both of its directions. The table owns one reference of each item that is in it.
//!
//! # Life of an item
//!
//! ```text
//! NEW ──insert──> LINKING ──all nodes linked──> LINKED ──remove──> DEAD
//!                    └──remove──> DOOMED ──inserter notices──────────┘
//! ```
//!
//! Each change is a compare-and-exchange, so exactly one caller unlinks an item, and never before
//! all of its nodes are linked. No two locks are ever held at once. A dead item never goes back:
//! readers may stand on its nodes, whose `next` stays as it was.

use super::{
    access::AccessOnce,
    rcu::Reader,
    rcu_arc::{RcuArc, RcuRef},
    spinlock_bh::SpinLockBh,
};
use crate::task;
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    prelude::*,
    sync::atomic::{Atomic, Full, Relaxed, Release},
};

const NEW: usize = 0;
const LINKING: usize = 1;
const LINKED: usize = 2;
const DOOMED: usize = 3;
const DEAD: usize = 4;
const STATE_MASK: usize = 7;

/// Binary logarithm of [`LOCKS`], and so of the smallest table.
const LOCK_BITS: u32 = 8;

/// This many locks guard the buckets of a table.
const LOCKS: usize = 1 << LOCK_BITS;

/// One link of an item.
struct Node {
    next: Atomic<*mut Node>,
    hash: Atomic<u32>,
    /// Which of the item's nodes this is.
    side: u32,
}

/// The links of an item that can be in a [`Table`] under `N` hashes at once.
pub struct Nodes<const N: usize> {
    nodes: [Node; N],
    /// One of the states, together with the [`Table::tag`] of the table from `LINKING` on: an item
    /// that is passed to another table than its own is in no state there that allows anything.
    state: Atomic<usize>,
}

impl<const N: usize> Nodes<N> {
    /// Creates links that are in no table.
    pub fn new() -> Self {
        Self {
            nodes: core::array::from_fn(|side| Node {
                next: Atomic::new(core::ptr::null_mut()),
                hash: Atomic::new(0),
                side: side as u32,
            }),
            state: Atomic::new(NEW),
        }
    }

    /// Whether somebody has begun to take the item out.
    fn is_doomed(&self) -> bool {
        self.state.load(Relaxed) & STATE_MASK >= DOOMED
    }

    fn change(&self, from: usize, to: usize) -> bool {
        self.state.cmpxchg(from, to, Full).is_ok()
    }
}

impl<const N: usize> Default for Nodes<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// Implemented by items that have [`Nodes`].
///
/// # Safety
///
/// `OFFSET` must be the offset in `Self` of a field of type `Nodes<N>`; use
/// [`impl_hashed!`](crate::impl_hashed).
pub unsafe trait Hashed<const N: usize>: Send + Sync + Sized + 'static {
    /// Where the nodes are.
    const OFFSET: usize;
}

/// Implements [`Hashed`] for a type with a field of type [`Nodes`].
#[macro_export]
macro_rules! impl_hashed {
    ($t:ty { self.$field:ident }, $n:literal) => {
        // SAFETY: The offset is that of the field, whose type the function below checks.
        unsafe impl $crate::sync::rcu_table::Hashed<$n> for $t {
            const OFFSET: usize = {
                const fn _check(item: *const $t) -> *const $crate::sync::rcu_table::Nodes<$n> {
                    // SAFETY: Never called; a raw pointer to the field has its very type.
                    unsafe { &raw const (*item).$field }
                }
                ::core::mem::offset_of!($t, $field)
            };
        }
    };
}

/// Why an item was not inserted.
pub enum Refused<'rcu, T: Send + Sync + 'static> {
    /// This one is in the table already.
    Exists(RcuRef<'rcu, T>),
    /// The table is closed.
    Closed,
}

/// Where a walk of a table stands.
#[derive(Clone, Copy, Default)]
pub struct Position {
    bucket: usize,
    skip: usize,
}

impl Position {
    /// Goes back to the beginning of the bucket.
    pub fn rewind_bucket(&mut self) {
        self.skip = 0;
    }

    /// The position as two numbers.
    pub fn into_raw(self) -> [usize; 2] {
        [self.bucket, self.skip]
    }

    /// The position that [`Position::into_raw`] gave; any other numbers are just another place.
    pub fn from_raw(raw: [usize; 2]) -> Self {
        Self {
            bucket: raw[0],
            skip: raw[1],
        }
    }
}

/// The table.
///
/// # Invariants
///
/// - The buckets and all `next` link nodes of items of which the table owns one reference each, or
///   of items that were unlinked less than a grace period ago.
/// - The number of buckets is a power of two and not below [`LOCKS`], so that one lock guards the
///   whole of a bucket.
pub struct Table<T: Hashed<N>, const N: usize> {
    heads: KVVec<Atomic<*mut Node>>,
    locks: Pin<KBox<[SpinLockBh<()>; LOCKS]>>,
    closed: Atomic<i32>,
    _p: PhantomData<RcuArc<T>>,
}

// SAFETY: The table is a container of `RcuArc<T>`, which is `Send`.
unsafe impl<T: Hashed<N>, const N: usize> Send for Table<T, N> {}
// SAFETY: Shared access hands out `RcuRef<T>` only, and writers are serialised by the locks.
unsafe impl<T: Hashed<N>, const N: usize> Sync for Table<T, N> {}

impl<T: Hashed<N>, const N: usize> Table<T, N> {
    /// Allocates a table of `1 << bits` buckets; `bits` is at least 8.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn new(bits: u32) -> Result<Self> {
        if bits < LOCK_BITS {
            return Err(EINVAL);
        }
        let size = 1usize.checked_shl(bits).ok_or(EINVAL)?;
        let mut heads = KVVec::with_capacity(size, GFP_KERNEL)?;
        for _ in 0..size {
            heads.push(Atomic::new(core::ptr::null_mut()), GFP_KERNEL)?;
        }
        let locks = KBox::pin_init(
            pin_init::pin_init_array_from_fn(|_| {
                crate::new_spinlock_bh!((), c"rcu_table::Table::locks")
            }),
            GFP_KERNEL,
        )?;
        // INVARIANT: Nothing is linked; `bits` was checked above.
        Ok(Self {
            heads,
            locks,
            closed: Atomic::new(0),
            _p: PhantomData,
        })
    }

    /// Number of buckets.
    pub fn buckets(&self) -> usize {
        self.heads.len()
    }

    /// Tells the table from others: an address that it has to itself, with the low bits zero.
    fn tag(&self) -> usize {
        // At least `LOCKS` pointers are allocated: far more aligned than to a state.
        self.heads.as_ptr() as usize & !STATE_MASK
    }

    /// The bucket of a hash. There always is one, but the compiler cannot know that.
    #[inline]
    fn head(&self, hash: u32) -> Option<&Atomic<*mut Node>> {
        self.heads
            .get(hash as usize & self.heads.len().wrapping_sub(1))
    }

    fn lock(&self, hash: u32) -> &SpinLockBh<()> {
        &self.locks[hash as usize % LOCKS]
    }

    #[inline]
    fn nodes(item: &T) -> &Nodes<N> {
        let item = core::ptr::from_ref(item);
        // SAFETY: By the requirements of `Hashed`, the result is inside of `item`.
        let nodes = unsafe { item.byte_add(T::OFFSET) };
        // SAFETY: By the requirements of `Hashed`, that is where the nodes are.
        unsafe { &*nodes.cast() }
    }

    /// The item of a node.
    ///
    /// # Safety
    ///
    /// `node` must be node number `side` of a `T`.
    #[inline]
    unsafe fn item(node: NonNull<Node>, side: usize) -> NonNull<T> {
        let offset = T::OFFSET
            .wrapping_add(core::mem::offset_of!(Nodes<N>, nodes))
            .wrapping_add(side.wrapping_mul(size_of::<Node>()));
        // SAFETY: By the safety requirements, the node is at this offset of an item.
        unsafe { node.byte_sub(offset) }.cast()
    }

    /// Finds an item, and by which of its nodes.
    #[inline]
    pub fn find<'rcu>(
        &self,
        hash: u32,
        reader: Reader<'rcu>,
        eq: impl Fn(&T, usize) -> bool,
    ) -> Option<(RcuRef<'rcu, T>, usize)> {
        self.find_in(self.head(hash)?, hash, reader, eq)
    }

    #[inline]
    fn find_in<'rcu>(
        &self,
        head: &Atomic<*mut Node>,
        hash: u32,
        reader: Reader<'rcu>,
        eq: impl Fn(&T, usize) -> bool,
    ) -> Option<(RcuRef<'rcu, T>, usize)> {
        let mut next = head.read_once();
        while let Some(ptr) = NonNull::new(next) {
            // SAFETY: By the type invariants and because `reader` holds off its freeing.
            let node = unsafe { ptr.as_ref() };
            if node.hash.read_once() == hash {
                let side = node.side as usize;
                // SAFETY: `side` is what it was created with.
                let item = unsafe { Self::item(ptr, side) };
                // SAFETY: It was linked during the read-side section.
                let item = unsafe { RcuRef::from_raw(item, reader) };
                if eq(&item, side) {
                    return Some((item, side));
                }
            }
            next = node.next.read_once();
        }
        None
    }

    fn link(head: &Atomic<*mut Node>, node: &Node) {
        node.next.write_once(head.read_once());
        head.store(core::ptr::from_ref(node).cast_mut(), Release);
    }

    /// Takes `node` out of its chain, in which it must be.
    fn unlink(&self, node: &Node) {
        let hash = node.hash.read_once();
        let _lock = self.lock(hash).lock();
        let Some(mut link) = self.head(hash) else {
            return;
        };
        while let Some(ptr) = NonNull::new(link.read_once()) {
            if core::ptr::eq(ptr.as_ptr(), node) {
                link.store(node.next.read_once(), Release);
                return;
            }
            // SAFETY: The lock keeps it linked, so by the type invariants the item is alive.
            link = &unsafe { ptr.as_ref() }.next;
        }
    }

    /// Inserts `item`, unless the chain of its first hash has one that `same` accepts.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    pub fn insert<'rcu>(
        &self,
        item: RcuArc<T>,
        hashes: [u32; N],
        reader: Reader<'rcu>,
        same: impl Fn(&T) -> bool,
    ) -> Result<RcuRef<'rcu, T>, Refused<'rcu, T>> {
        let nodes = Self::nodes(&item);
        let tag = self.tag();
        if !nodes.change(NEW, tag | LINKING) {
            return Err(Refused::Closed);
        }
        let mut pairs = nodes.nodes.iter().zip(hashes);
        let Some((first, hash)) = pairs.next() else {
            return Err(Refused::Closed);
        };
        let Some(head) = self.head(hash) else {
            return Err(Refused::Closed);
        };
        first.hash.write_once(hash);
        let refused = {
            let _lock = self.lock(hash).lock();
            // One that is on its way out does not count: this one comes before it in the chain.
            let lives = |item: &T, side| side == 0 && same(item) && !Self::nodes(item).is_doomed();
            if self.closed.load(Relaxed) != 0 {
                Some(Refused::Closed)
            } else if let Some((found, _)) = self.find_in(head, hash, reader, lives) {
                Some(Refused::Exists(found))
            } else {
                Self::link(head, first);
                None
            }
        };
        if let Some(refused) = refused {
            nodes.state.store(NEW, Relaxed);
            return Err(refused);
        }
        for (node, hash) in pairs {
            node.hash.write_once(hash);
            let _lock = self.lock(hash).lock();
            if let Some(head) = self.head(hash) {
                Self::link(head, node);
            }
        }
        // INVARIANT: The table takes over the reference.
        let ptr = RcuArc::into_raw(item);
        // SAFETY: The table owns a reference, which goes away during the section or later.
        let item = unsafe { RcuRef::from_raw(ptr, reader) };
        let nodes = Self::nodes(item.into_ref());
        if !nodes.change(tag | LINKING, tag | LINKED) {
            // Somebody doomed it in between and left the rest to us.
            self.unlink_all(item.into_ref());
        }
        Ok(item)
    }

    /// Takes `item` out, if it is in. Returns whether this call is the one that did.
    ///
    /// # Context
    ///
    /// Any but hard interrupts.
    pub fn remove(&self, item: &T) -> bool {
        let nodes = Self::nodes(item);
        let tag = self.tag();
        if nodes.change(tag | LINKED, tag | DOOMED) {
            self.unlink_all(item);
            return true;
        }
        // Its inserter sees this and does the rest.
        nodes.change(tag | LINKING, tag | DOOMED)
    }

    /// Unlinks a doomed item and gives up the table's reference.
    fn unlink_all(&self, item: &T) {
        let nodes = Self::nodes(item);
        for node in &nodes.nodes {
            self.unlink(node);
        }
        nodes.state.store(DEAD, Relaxed);
        let ptr = NonNull::from(item);
        // SAFETY: The table owns one reference of what it links, and the change to `DOOMED` lets
        // only one caller come here. `item` came out of `into_raw` in `insert()`.
        drop(unsafe { RcuArc::from_raw(ptr) });
    }

    /// Returns the item at `position` or the next one after it, and moves `position` behind it.
    ///
    /// Items that come and go in between may be missed or seen twice only within their bucket.
    pub fn next<'rcu>(
        &self,
        position: &mut Position,
        reader: Reader<'rcu>,
    ) -> Option<RcuRef<'rcu, T>> {
        while let Some(head) = self.heads.get(position.bucket) {
            let mut skip = position.skip;
            let mut next = head.read_once();
            while let Some(ptr) = NonNull::new(next) {
                // SAFETY: By the type invariants and because `reader` holds off its freeing.
                let node = unsafe { ptr.as_ref() };
                if node.side == 0 {
                    if skip == 0 {
                        position.skip = position.skip.wrapping_add(1);
                        // SAFETY: It is node zero of an item.
                        let item = unsafe { Self::item(ptr, 0) };
                        // SAFETY: It was linked during the read-side section.
                        return Some(unsafe { RcuRef::from_raw(item, reader) });
                    }
                    skip = skip.wrapping_sub(1);
                }
                next = node.next.read_once();
            }
            position.bucket = position.bucket.wrapping_add(1);
            position.skip = 0;
        }
        None
    }

    /// Refuses further inserts and takes everything out.
    ///
    /// An insert that runs on another CPU at this time may take its item out a little later.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn close(&self) {
        self.closed.store(1, Relaxed);
        for lock in self.locks.iter() {
            // Whoever inserts into this bucket from now on sees that the table is closed.
            drop(lock.lock());
        }
        self.clear(task::cond_resched);
    }

    /// Takes everything out. `pause` is called now and then.
    fn clear(&self, pause: impl Fn()) {
        for head in self.heads.iter() {
            pause();
            let guard = kernel::sync::rcu::read_lock();
            let reader = Reader::from(&guard);
            let mut next = head.read_once();
            while let Some(ptr) = NonNull::new(next) {
                // SAFETY: By the type invariants and because `reader` holds off its freeing.
                let node = unsafe { ptr.as_ref() };
                next = node.next.read_once();
                // SAFETY: `side` is what it was created with.
                let item = unsafe { Self::item(ptr, node.side as usize) };
                // SAFETY: It was linked during the read-side section.
                let item = unsafe { RcuRef::from_raw(item, reader) };
                self.remove(&item);
            }
        }
    }
}

impl<T: Hashed<N>, const N: usize> Drop for Table<T, N> {
    fn drop(&mut self) {
        // Nobody inserts any more: that would take a reference to the table. A closed one is empty.
        if self.closed.load(Relaxed) == 0 {
            self.clear(|| ());
        }
    }
}
