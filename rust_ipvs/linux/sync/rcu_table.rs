// SPDX-License-Identifier: GPL-2.0

//! A hash table that RCU readers walk without locks, and that changes its size under them.
//!
//! An item is linked `N` times, each time under another hash, so that a connection can be found
//! from both of its directions. The table owns one reference of each item that is in it.
//!
//! # Life of an item
//!
//! ```text
//! NEW ──insert──> LINKING ──all nodes linked──> LINKED ──remove──> DOOMED ──> DEAD
//!                    └──────────remove──────────────────────────────┘
//!                                           (the inserter unlinks)
//! ```
//!
//! Each change is a compare-and-exchange, so exactly one caller unlinks an item, and never before
//! all of its nodes are linked. No two locks are ever held at once. A dead item never goes back:
//! readers may stand on its nodes, whose `next` stays as it was.
//!
//! # Crowds
//!
//! Items that differ under their first hash may be the same under another, in any number: all
//! connections of one port of a client with one server have the same replies. Who looks for one of
//! these is given the newest. Of [`CROWD`] of them the oldest is taken out of that chain, though not out of
//! the table, so that chains stay short whatever clients do.
//!
//! # Another size
//!
//! There are two arrays of chains while the size changes, see `resize.rs`: the *current* one, which
//! is being emptied, and the *newest*, which takes new items. A node is in one chain at a time, as
//! it has one link, except that for a moment both lead to it. Who looks for something looks into the
//! current array first and into the newest after that, and so cannot miss what is being moved.

mod buckets;
mod quota;
mod resize;
mod walk;

pub use quota::Quota;
pub use walk::{Lengths, Position};

use super::{
    access::{read_barrier, AccessOnce},
    rcu::Reader,
    rcu_arc::{RcuArc, RcuRef},
    spinlock_bh::SpinLockBh,
};
use crate::task;
use buckets::{end, follow, Buckets, Place, Slot};
use core::{marker::PhantomData, ptr::NonNull};
use kernel::{
    prelude::*,
    sync::{
        atomic::{Atomic, Full, Relaxed, Release},
        rcu,
        Arc, //
    },
};

/// When a node has been put into a chain there are fewer than this of its hash, apart from first ones. Of
/// what has been moved between two arrays there may be more until then.
const CROWD: usize = 64;

const NEW: usize = 0;
const LINKING: usize = 1;
const LINKED: usize = 2;
const DOOMED: usize = 3;
const DEAD: usize = 4;
const STATE_MASK: usize = 7;

/// One link of an item.
///
/// # Invariants
///
/// `next` is odd or was the address of a node when this node was put into a chain or changed there.
#[repr(align(8))]
struct Node {
    next: Slot,
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
                next: Atomic::new(core::ptr::without_provenance_mut(1)),
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
    (impl {$($a:ident: $bound:path)?} $t:ty { self.$field:ident }, $n:literal) => {
        // SAFETY: The offset is that of the field, whose type the function below checks.
        unsafe impl$(<$a: $bound>)? $crate::sync::rcu_table::Hashed<$n> for $t {
            const OFFSET: usize = {
                const fn _check$(<$a: $bound>)?(item: *const $t) -> *const $crate::sync::rcu_table::Nodes<$n> {
                    // SAFETY: Never called; a raw pointer to the field has its very type.
                    unsafe { &raw const (*item).$field }
                }
                ::core::mem::offset_of!($t, $field)
            };
        }
    };
    ($t:ty { self.$field:ident }, $n:literal) => {
        $crate::impl_hashed!(impl {} $t { self.$field }, $n);
    };
}

/// Why an item was not inserted.
pub enum Refused<'rcu, T: Send + Sync + 'static> {
    /// This one is in the table already.
    Exists(RcuRef<'rcu, T>),
    /// There are as many as may be ([`Quota::set_limit`]).
    Full,
    /// The table is closed.
    Closed,
}

/// What those who change something look at; apart from what readers do.
#[pin_data]
struct Writers<const LOCKS: usize> {
    /// Lock number `i` guards the chains of the hashes that begin with `i`.
    #[pin]
    locks: [SpinLockBh<()>; LOCKS],
    len: Atomic<i32>,
    quota: Arc<Quota>,
    closed: Atomic<i32>,
    /// Whether somebody changes the size.
    resizing: Atomic<i32>,
}

/// The table.
///
/// `LOCKS` locks guard its chains: a power of two, from 16 to the smallest number of chains that
/// the table ever has.
///
/// # Invariants
///
/// - The slots, and `next` of each node that is in a chain or was less than a grace period ago, link nodes
///   of items of which the table owns one reference each, or of items that were unlinked less than a
///   grace period ago.
/// - An array was in `current` or `newest` less than a grace period ago, or is not there any more.
/// - If the two are not the same, `resizing` is set. There is not less than a grace period between
///   a change of `current` and the next one of `newest`.
/// - An array has at least `LOCKS` slots, so that one lock guards the whole of a chain.
pub struct Table<T: Hashed<N>, const N: usize, const LOCKS: usize> {
    current: Place,
    newest: Place,
    writers: Pin<KBox<Writers<LOCKS>>>,
    _p: PhantomData<RcuArc<T>>,
}

// SAFETY: The table is a container of `RcuArc<T>`, which is `Send`.
unsafe impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Send for Table<T, N, LOCKS> {}
// SAFETY: Shared access hands out `RcuRef<T>` only, and writers are serialised by the locks.
unsafe impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Sync for Table<T, N, LOCKS> {}

/// That something is not in a chain.
enum Miss {
    /// This is sure.
    Absent,
    /// The search has been led into another chain.
    Astray,
}

impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Table<T, N, LOCKS> {
    /// Binary logarithm of the smallest number of chains.
    pub const MIN_BITS: u32 = {
        assert!(LOCKS.is_power_of_two() && LOCKS.trailing_zeros() >= buckets::MIN_BITS);
        LOCKS.trailing_zeros()
    };

    /// Allocates a table of `1 << bits` chains, `LOCKS` to 2^27. It may have as many items as `quota`
    /// says, together with the other tables that have that quota.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn new(bits: u32, quota: Arc<Quota>) -> Result<Self> {
        if bits < Self::MIN_BITS {
            return Err(EINVAL);
        }
        let writers = KBox::pin_init(
            pin_init!(Writers {
                locks <- pin_init::pin_init_array_from_fn(|_| {
                    crate::new_spinlock_bh!((), c"rcu_table::Writers::locks")
                }),
                len: Atomic::new(0),
                quota,
                closed: Atomic::new(0),
                resizing: Atomic::new(0),
            }),
            GFP_KERNEL,
        )?;
        let buckets = Buckets::new(bits, &task::cond_resched)?.into_raw();
        // INVARIANT: Nothing is linked; `bits` was checked above.
        Ok(Self {
            current: Place::new(buckets),
            newest: Place::new(buckets),
            writers,
            _p: PhantomData,
        })
    }

    /// Binary logarithm of the number of chains. Changes when all items have been moved.
    pub fn bits(&self) -> u32 {
        self.current.get().bits()
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.writers.len.read_once().max(0) as usize
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts an item, if there may be one more.
    fn reserve(&self) -> bool {
        let reserved = self.writers.quota.reserve();
        if reserved {
            self.writers.len.add(1, Relaxed);
        }
        reserved
    }

    fn unreserve(&self) {
        self.writers.len.add(-1, Relaxed);
        self.writers.quota.unreserve();
    }

    /// Tells the table from others: an address that it has to itself, with the low bits zero.
    fn tag(&self) -> usize {
        // There is room for more than two states within the locks.
        core::ptr::from_ref(&*self.writers).addr() & !STATE_MASK
    }

    fn lock(&self, hash: u32) -> &SpinLockBh<()> {
        // `LOCKS` is a power of two and at least 16.
        let at = hash.wrapping_shr(u32::BITS.wrapping_sub(Self::MIN_BITS)) as usize;
        &self.writers.locks[at % LOCKS]
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
    #[inline(always)]
    pub fn find<'rcu>(
        &self,
        hash: u32,
        reader: Reader<'rcu>,
        eq: impl Fn(&T, usize) -> bool,
    ) -> Option<(RcuRef<'rcu, T>, usize)> {
        let mut buckets = self.current.get();
        loop {
            // SAFETY: By the type invariants: the array was found during the section.
            let slot = unsafe { buckets.slot(hash) };
            match Self::find_in(slot, hash, reader, &eq) {
                Ok(found) => return Some(found),
                Err(Miss::Astray) => continue,
                Err(Miss::Absent) => (),
            }
            // What has left the chain is in the newest array, and can be seen there: whoever moved
            // it linked it there before.
            read_barrier();
            let newest = self.newest.get();
            if newest == buckets {
                return None;
            }
            buckets = newest;
        }
    }

    #[inline(always)]
    fn find_in<'rcu>(
        slot: &Slot,
        hash: u32,
        reader: Reader<'rcu>,
        eq: impl Fn(&T, usize) -> bool,
    ) -> Result<(RcuRef<'rcu, T>, usize), Miss> {
        let mut link = slot.read_once();
        // SAFETY: Read from a slot or a node.
        while let Some(ptr) = unsafe { follow(link) } {
            // SAFETY: By the type invariants and because `reader` holds off its freeing.
            let node = unsafe { ptr.as_ref() };
            if node.hash.read_once() == hash {
                let side = node.side as usize;
                // SAFETY: `side` is what it was created with.
                let item = unsafe { Self::item(ptr, side) };
                // SAFETY: It was linked during the read-side section.
                let item = unsafe { RcuRef::from_raw(item, reader) };
                if eq(&item, side) {
                    return Ok((item, side));
                }
            }
            link = node.next.read_once();
        }
        if link == end(slot) {
            Err(Miss::Absent)
        } else {
            Err(Miss::Astray)
        }
    }

    /// The chains for `hash`: the one that is being emptied, if there is one, and the one for what
    /// is new.
    ///
    /// Who holds the lock of `hash` finds in them all that was linked before, and sees no node that
    /// is being moved. `resize()` takes each lock once after it has set `newest`, and again whenever
    /// it moves something.
    fn chains<'rcu>(&self, hash: u32, _reader: Reader<'rcu>) -> (Option<&'rcu Slot>, &'rcu Slot) {
        let (current, newest) = (self.current.get(), self.newest.get());
        // SAFETY: By the type invariants: the array was found during the section.
        let new = unsafe { newest.slot(hash) };
        // SAFETY: As above.
        let old = (current != newest).then(|| unsafe { current.slot(hash) });
        (old, new)
    }

    /// Of nodes with this hash that are not the first of their items, takes all from number [`CROWD`] on out
    /// of a chain. The lock must be held.
    fn thin_out(slot: &Slot, hash: u32) {
        let mut place = slot;
        let mut count = 0_usize;
        // SAFETY: Read from a slot or a node.
        while let Some(ptr) = unsafe { follow(place.read_once()) } {
            // SAFETY: The lock keeps it linked, so by the type invariants the item is alive.
            let node = unsafe { ptr.as_ref() };
            if node.side != 0 && node.hash.read_once() == hash {
                count = count.wrapping_add(1);
                if count >= CROWD {
                    // Whoever takes its item out will not find it.
                    place.store(node.next.read_once(), Release);
                    continue;
                }
            }
            place = &node.next;
        }
    }

    /// Links `node`, which is in no chain, under the hash that it has. The lock must be held.
    /// Returns the chain.
    fn link<'rcu>(&self, node: &Node, reader: Reader<'rcu>) -> &'rcu Slot {
        let hash = node.hash.read_once();
        let slot = match self.chains(hash, reader) {
            // Readers take what they come to first, which is in the old chain as long as there are
            // any. It may be on its way out, or older than this one.
            (Some(old), _) if Self::has_any(old, hash, reader) => old,
            (_, new) => new,
        };
        node.next.write_once(slot.read_once());
        slot.store(core::ptr::from_ref(node).cast_mut(), Release);
        slot
    }

    /// Whether a node of this hash is in this chain.
    fn has_any(slot: &Slot, hash: u32, reader: Reader<'_>) -> bool {
        Self::find_in(slot, hash, reader, |_, _| true).is_ok()
    }

    /// Takes `node` out of the chain that it is in.
    fn unlink(&self, node: &Node, reader: Reader<'_>) {
        let hash = node.hash.read_once();
        let _lock = self.lock(hash).lock();
        let (old, new) = self.chains(hash, reader);
        // It is in neither if `resize()` has come across it after it was doomed, or if it stood in a
        // crowd.
        let _ = old.is_some_and(|old| Self::cut(old, node)) || Self::cut(new, node);
    }

    /// Takes `node` out of a chain, if it is there. The lock must be held.
    fn cut(slot: &Slot, node: &Node) -> bool {
        let mut place = slot;
        // SAFETY: Read from a slot or a node.
        while let Some(ptr) = unsafe { follow(place.read_once()) } {
            if core::ptr::eq(ptr.as_ptr(), node) {
                place.store(node.next.read_once(), Release);
                return true;
            }
            // SAFETY: The lock keeps it linked, so by the type invariants the item is alive.
            place = &unsafe { ptr.as_ref() }.next;
        }
        false
    }

    /// Inserts `item`, unless one with the same first hash is there that `same` accepts.
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
        if !self.reserve() {
            return Err(Refused::Full);
        }
        let inserted = self.insert_counted(item, hashes, reader, same);
        if inserted.is_err() {
            self.unreserve();
        }
        inserted
    }

    fn insert_counted<'rcu>(
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
        first.hash.write_once(hash);
        let refused = {
            let _lock = self.lock(hash).lock();
            if self.writers.closed.load(Relaxed) != 0 {
                Some(Refused::Closed)
            } else if let Some(found) = self.find_equal(hash, reader, same) {
                Some(Refused::Exists(found))
            } else {
                self.link(first, reader);
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
            Self::thin_out(self.link(node, reader), hash);
        }
        // INVARIANT: The table takes over the reference.
        let ptr = RcuArc::into_raw(item);
        // SAFETY: The table owns a reference, which goes away during the section or later.
        let item = unsafe { RcuRef::from_raw(ptr, reader) };
        let nodes = Self::nodes(item.into_ref());
        if !nodes.change(tag | LINKING, tag | LINKED) {
            // Somebody doomed it in between and left the rest to us.
            self.unlink_all(item.into_ref(), reader);
        }
        Ok(item)
    }

    /// Finds an item that is to stay, by its first node. The lock must be held.
    fn find_equal<'rcu>(
        &self,
        hash: u32,
        reader: Reader<'rcu>,
        same: impl Fn(&T) -> bool,
    ) -> Option<RcuRef<'rcu, T>> {
        // One that is on its way out does not count: see `link()`.
        let lives = |item: &T, side| side == 0 && same(item) && !Self::nodes(item).is_doomed();
        let (old, new) = self.chains(hash, reader);
        let find = |slot| Self::find_in(slot, hash, reader, lives).ok();
        let (found, _) = old.and_then(find).or_else(|| find(new))?;
        Some(found)
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
            self.unreserve();
            let guard = rcu::read_lock();
            self.unlink_all(item, Reader::from(&guard));
            return true;
        }
        // Its inserter sees this and does the rest.
        let doomed = nodes.change(tag | LINKING, tag | DOOMED);
        if doomed {
            self.unreserve();
        }
        doomed
    }

    /// Unlinks a doomed item and gives up the table's reference.
    fn unlink_all(&self, item: &T, reader: Reader<'_>) {
        let nodes = Self::nodes(item);
        for node in &nodes.nodes {
            self.unlink(node, reader);
        }
        nodes.state.store(DEAD, Relaxed);
        let ptr = NonNull::from(item);
        // SAFETY: The table owns one reference of what it links, and the change to `DOOMED` lets
        // only one caller come here. `item` came out of `into_raw` in `insert()`.
        drop(unsafe { RcuArc::from_raw(ptr) });
    }

    /// Waits for those who hold a lock at the moment.
    fn pass_locks(&self) {
        for lock in self.writers.locks.iter() {
            drop(lock.lock());
        }
    }

    /// Refuses further inserts and takes everything out.
    ///
    /// An insert that runs on another CPU at this time may take its item out a little later.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn close(&self) {
        self.writers.closed.store(1, Relaxed);
        // Whoever inserts from now on sees that the table is closed.
        self.pass_locks();
        self.clear(task::cond_resched);
    }

    /// Takes everything out. `pause` is called now and then.
    fn clear(&self, pause: impl Fn()) {
        let mut position = Position::default();
        loop {
            pause();
            let guard = rcu::read_lock();
            let reader = Reader::from(&guard);
            for _ in 0..64 {
                match self.next(&mut position, reader) {
                    Some(item) => self.remove(&item),
                    None => return,
                };
            }
        }
    }
}

impl<T: Hashed<N>, const N: usize, const LOCKS: usize> Drop for Table<T, N, LOCKS> {
    fn drop(&mut self) {
        // Nobody inserts any more: that would take a reference to the table. A closed one is empty.
        if self.writers.closed.load(Relaxed) == 0 {
            self.clear(|| ());
        }
        // SAFETY: Nobody changes the size or reads: that would take a reference to the table. So
        // there is one array, and by the type invariants the table has it.
        drop(unsafe { Buckets::from_raw(self.current.get()) });
    }
}
