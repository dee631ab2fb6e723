// SPDX-License-Identifier: GPL-2.0

//! Files in `/proc/net`: lists, and texts made as a whole.
//!
//! C headers: [`include/linux/proc_fs.h`](srctree/include/linux/proc_fs.h),
//! [`include/linux/seq_file.h`](srctree/include/linux/seq_file.h)

use super::{
    net::namespace::{self, Net, PerNet},
    sync::rcu::Reader, //
};
use core::{marker::PhantomData, mem::MaybeUninit, ptr::NonNull};
use ipvs_bindings as helpers;
use kernel::{bindings, prelude::*};

/// What a reader of a file gets to see.
pub struct Output<'a>(NonNull<bindings::seq_file>, PhantomData<&'a mut ()>);

impl Output<'_> {
    /// Appends bytes. What does not fit is asked for again, with a larger buffer.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) {
        // SAFETY: The file is valid and ours during the call for which this was made.
        unsafe { bindings::seq_write(self.0.as_ptr(), bytes.as_ptr().cast(), bytes.len()) };
    }
}

/// A list of items, one or more lines each.
pub trait List: 'static {
    /// What the items are in.
    type Data: PerNet;

    /// A place in the list.
    type Cursor: Copy + Default + Send + 'static;

    /// An item.
    type Item<'rcu>: Copy;

    /// Prints what comes before the first item.
    fn header(data: &Self::Data, out: &mut Output<'_>);

    /// Returns the item at `cursor` and moves `cursor` behind it. `last` is the item before, if it
    /// was met in the same read-side section.
    fn next<'rcu>(
        data: &'rcu Self::Data,
        cursor: &mut Self::Cursor,
        last: Option<Self::Item<'rcu>>,
        reader: Reader<'rcu>,
    ) -> Option<Self::Item<'rcu>>;

    /// Prints an item.
    fn show(data: &Self::Data, item: Self::Item<'_>, out: &mut Output<'_>);
}

/// A text that is made as a whole.
pub trait Text: 'static {
    /// What it is about.
    type Data: PerNet;

    /// Prints it. This may be repeated, if there was not room enough. An error is the reader's.
    ///
    /// # Context
    ///
    /// May sleep.
    fn show(data: &Self::Data, out: &mut Output<'_>) -> Result;
}

/// A file of each namespace, not created anywhere.
pub struct File<T> {
    name: &'static CStr,
    mode: u16,
    content: Content,
    _p: PhantomData<fn(&T)>,
}

enum Content {
    List {
        ops: &'static bindings::seq_operations,
        state_size: usize,
    },
    Text(unsafe extern "C" fn(*mut bindings::seq_file, *mut c_void) -> c_int),
}

impl<T: PerNet> File<T> {
    /// Describes a file that lists `L`.
    pub const fn new<L: List<Data = T>>(name: &'static CStr, mode: u16) -> Self {
        const { assert!(align_of::<State<L>>() <= bindings::ARCH_KMALLOC_MINALIGN) };
        Self {
            name,
            mode,
            content: Content::List {
                ops: &State::<L>::OPS,
                state_size: size_of::<State<L>>(),
            },
            _p: PhantomData,
        }
    }

    /// Describes a file that has the text `X`.
    pub const fn text<X: Text<Data = T>>(name: &'static CStr, mode: u16) -> Self {
        Self {
            name,
            mode,
            content: Content::Text(show_text::<X>),
            _p: PhantomData,
        }
    }
}

/// The files of one namespace.
pub(crate) struct Files<T> {
    created: KVec<(&'static CStr, NonNull<bindings::proc_dir_entry>)>,
    _p: PhantomData<fn(&T)>,
}

// SAFETY: The pointers are only for the functions below, which any thread may call.
unsafe impl<T> Send for Files<T> {}
// SAFETY: There is nothing to do with a shared reference.
unsafe impl<T> Sync for Files<T> {}

impl<T: PerNet> Files<T> {
    pub(crate) const fn new() -> Self {
        Self {
            created: KVec::new(),
            _p: PhantomData,
        }
    }

    /// Creates the files of `T`. What has been created stays on error, until this is dropped.
    pub(crate) fn create(&mut self, net: &Net) -> Result {
        // SAFETY: `net` is valid.
        let dir = unsafe { (*net.as_raw()).proc_net };
        let dir = NonNull::new(dir).ok_or(ENOENT)?;
        for file in T::FILES {
            self.created.reserve(1, GFP_KERNEL)?;
            let (name, mode) = (file.name.as_char_ptr(), file.mode);
            let entry = match file.content {
                Content::List { ops, state_size } => {
                    let size = state_size.try_into()?;
                    let none = core::ptr::null_mut();
                    // SAFETY: All pointers are valid; the operations are static.
                    unsafe {
                        helpers::proc_create_net_data(name, mode, dir.as_ptr(), ops, size, none)
                    }
                }
                Content::Text(show) => {
                    let none = core::ptr::null_mut();
                    // SAFETY: All pointers are valid.
                    unsafe {
                        helpers::proc_create_net_single(name, mode, dir.as_ptr(), Some(show), none)
                    }
                }
            };
            if entry.is_null() {
                return Err(ENOMEM);
            }
            self.created.push((file.name, dir), GFP_KERNEL)?;
        }
        Ok(())
    }
}

impl<T> Files<T> {
    /// Removes the files and waits for those who read them.
    pub(crate) fn remove(&mut self) {
        while let Some((name, dir)) = self.created.pop() {
            // SAFETY: It was created in this directory, which lives as long as the namespace.
            unsafe { helpers::remove_proc_entry(name.as_char_ptr(), dir.as_ptr()) };
        }
    }
}

impl<T> Drop for Files<T> {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Shows the text `X`.
///
/// # Safety
///
/// Only for the seq_file core.
unsafe extern "C" fn show_text<X: Text>(
    seq: *mut bindings::seq_file,
    _token: *mut c_void,
) -> c_int {
    let Some(file) = NonNull::new(seq) else {
        return EINVAL.to_errno();
    };
    // SAFETY: The file is valid during the call. The core has set this to the namespace, which an
    // open file holds.
    let net = unsafe { file.as_ref() }.private;
    // SAFETY: As above.
    let net = unsafe { Net::from_raw(net.cast()) };
    let Some(data) = namespace::data::<X::Data>(net) else {
        return 0;
    };
    match X::show(data, &mut Output(file, PhantomData)) {
        Ok(()) => 0,
        Err(e) => e.to_errno(),
    }
}

/// What an open file remembers.
///
/// # Invariants
///
/// - All zeroes is a valid state.
/// - `data` is null or the data of the namespace, which outlives the calls of these functions.
/// - Between `start` and `stop`, when `start` or `next` gave an item, `item` is that one; and if
///   `is_fresh`, `item` was met since `start` and is the one before `after`.
#[repr(C)]
struct State<L: List> {
    /// Must be the first, for the C side.
    net: bindings::seq_net_private,
    data: *const L::Data,
    /// Whether the two cursors are valid.
    started: bool,
    is_fresh: bool,
    /// The number of the item between the cursors; zero is the header.
    index: i64,
    before: MaybeUninit<L::Cursor>,
    after: MaybeUninit<L::Cursor>,
    item: MaybeUninit<L::Item<'static>>,
}

impl<L: List> State<L> {
    const OPS: bindings::seq_operations = bindings::seq_operations {
        start: Some(Self::start),
        stop: Some(Self::stop),
        next: Some(Self::next),
        show: Some(Self::show),
    };

    /// The state and the data that belong to an open file.
    ///
    /// # Safety
    ///
    /// `seq` must be a file that was opened with `OPS`. The data is that of the last `start`.
    unsafe fn of<'a>(seq: *mut bindings::seq_file) -> (&'a mut Self, Option<&'a L::Data>) {
        // SAFETY: By the safety requirements.
        let state = unsafe { (*seq).private }.cast::<Self>();
        // SAFETY: The core allocated it zeroed, and a file has one reader at a time.
        let state = unsafe { &mut *state };
        // SAFETY: By the type invariants; an open file holds its namespace.
        let data = unsafe { state.data.as_ref() };
        (state, data)
    }

    /// Looks for the data of the namespace and forgets what belongs to the section before.
    fn begin<'a>(&mut self) -> Option<&'a L::Data> {
        // SAFETY: An open file holds its namespace.
        let net = unsafe { Net::from_raw(self.net.net) };
        let data = namespace::data::<L::Data>(net);
        // INVARIANT: It is the data, or null.
        self.data = data.map_or(core::ptr::null(), |data| data);
        self.is_fresh = false;
        data
    }

    /// Goes to item number `index`. Returns whether there is one.
    fn seek<'rcu>(&mut self, data: &'rcu L::Data, index: i64, reader: Reader<'rcu>) -> bool {
        if !self.started || index < self.index {
            self.started = true;
            self.index = 0;
            self.before = MaybeUninit::new(L::Cursor::default());
            self.after = self.before;
            self.is_fresh = false;
        } else if index == self.index {
            // It did not fit into the buffer and is wanted again.
            self.after = self.before;
            self.index = self.index.wrapping_sub(1);
            self.is_fresh = false;
        }
        while self.index < index {
            // SAFETY: `started` says that it is valid.
            let mut cursor = unsafe { self.after.assume_init() };
            let last = self.is_fresh.then(|| {
                let place = (&raw const self.item).cast::<L::Item<'rcu>>();
                // SAFETY: By the type invariants, it was met in this section; lifetimes do not
                // change the layout.
                unsafe { place.read() }
            });
            let Some(item) = L::next(data, &mut cursor, last, reader) else {
                // The item before this end may be wanted again: nothing has changed.
                return false;
            };
            self.before = self.after;
            self.after = MaybeUninit::new(cursor);
            self.index = self.index.wrapping_add(1);
            let place = (&raw mut self.item).cast::<L::Item<'rcu>>();
            // SAFETY: Lifetimes do not change the layout. The item is only used until the section
            // ends, by `L::show`, which has to take it with any lifetime.
            unsafe { place.write(item) };
            self.is_fresh = true;
        }
        true
    }

    /// The token of item number `index`, never null.
    fn token(index: i64) -> *mut c_void {
        core::ptr::without_provenance_mut(index.wrapping_add(1) as usize)
    }

    /// # Safety
    ///
    /// Only for the seq_file core.
    unsafe extern "C" fn start(seq: *mut bindings::seq_file, pos: *mut i64) -> *mut c_void {
        core::mem::forget(kernel::sync::rcu::read_lock());
        // SAFETY: By the safety requirements.
        let (state, _) = unsafe { Self::of(seq) };
        let data = state.begin();
        // SAFETY: By the safety requirements.
        let index = unsafe { *pos };
        // SAFETY: The section was entered above and ends in `stop`, which the core always calls.
        let reader = unsafe { Reader::assume() };
        match data {
            Some(data) if index == 0 || state.seek(data, index, reader) => Self::token(index),
            _ => core::ptr::null_mut(),
        }
    }

    /// # Safety
    ///
    /// Only for the seq_file core.
    unsafe extern "C" fn next(
        seq: *mut bindings::seq_file,
        _token: *mut c_void,
        pos: *mut i64,
    ) -> *mut c_void {
        // SAFETY: By the safety requirements.
        let (state, data) = unsafe { Self::of(seq) };
        // SAFETY: By the safety requirements.
        let index = unsafe { *pos }.wrapping_add(1);
        // SAFETY: By the safety requirements.
        unsafe { *pos = index };
        // SAFETY: Between `start` and `stop`.
        let reader = unsafe { Reader::assume() };
        match data {
            Some(data) if state.seek(data, index, reader) => Self::token(index),
            _ => core::ptr::null_mut(),
        }
    }

    /// # Safety
    ///
    /// Only for the seq_file core.
    unsafe extern "C" fn show(seq: *mut bindings::seq_file, token: *mut c_void) -> c_int {
        // SAFETY: By the safety requirements.
        let (state, data) = unsafe { Self::of(seq) };
        let (Some(data), Some(file)) = (data, NonNull::new(seq)) else {
            return 0;
        };
        let out = &mut Output(file, PhantomData);
        if token == Self::token(0) {
            L::header(data, out);
        } else {
            // SAFETY: `start` or `next` gave the token, so by the type invariants `item` is
            // valid, and the section in which it was taken is still open.
            L::show(data, unsafe { state.item.assume_init() }, out);
        }
        0
    }

    /// # Safety
    ///
    /// Only for the seq_file core.
    unsafe extern "C" fn stop(_seq: *mut bindings::seq_file, _token: *mut c_void) {
        // SAFETY: Ends the section that `start` entered.
        unsafe { bindings::rcu_read_unlock() };
    }
}
