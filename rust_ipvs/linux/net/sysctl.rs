// SPDX-License-Identifier: GPL-2.0

//! Settings of a network namespace: files below `/proc/sys/net`.
//!
//! Numbers are read and printed by the kernel's own functions, so that every file takes what other
//! files there take, and the switch `kernel.sysctl_writes_strict` holds for all.
//!
//! C headers: [`include/linux/sysctl.h`](srctree/include/linux/sysctl.h),
//! [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use super::namespace::{Net, PerNet};
use core::{fmt, marker::PhantomData, ptr::NonNull};
use kernel::{
    bindings,
    error::{from_result, to_result},
    new_mutex,
    prelude::*,
    sync::Mutex, //
};

/// A handler as C knows it.
type Handler = unsafe extern "C" fn(
    *const bindings::ctl_table,
    c_int,
    *mut c_void,
    *mut usize,
    *mut i64,
) -> c_int;

/// What the kernel knows how to read and print: numbers of one type, separated by white space.
///
/// # Safety
///
/// `Self` must consist of the numbers that `HANDLER` works on and of nothing else, and every value
/// of these must be valid.
pub unsafe trait Value: Copy {
    /// Reads or prints as many numbers as fit into the `maxlen` bytes at `data` of the table.
    const HANDLER: Handler;
}

// SAFETY: `proc_dointvec()` works on `int`.
unsafe impl Value for c_int {
    const HANDLER: Handler = bindings::proc_dointvec;
}

// SAFETY: `proc_dointvec()` works on `int`, and an array consists of its elements.
unsafe impl<const N: usize> Value for [c_int; N] {
    const HANDLER: Handler = bindings::proc_dointvec;
}

// SAFETY: `proc_doulongvec_minmax()` works on `unsigned long`.
unsafe impl Value for c_ulong {
    const HANDLER: Handler = bindings::proc_doulongvec_minmax;
}

/// A setting that consists of numbers.
pub trait Numbers: 'static {
    /// Where it is kept.
    type Data: PerNet;

    /// The numbers.
    type Value: Value;

    /// What a reader sees.
    fn get(data: &Self::Data) -> Self::Value;

    /// What takes the place of numbers that a write does not have. That may be all of them: a write
    /// at another place than the beginning of the file is ignored.
    fn unsaid(data: &Self::Data) -> Self::Value {
        Self::get(data)
    }

    /// Changes the setting. Writers of a namespace come one after the other. If a number could not
    /// be read, those before it are set nevertheless, as they are with the kernel's own settings.
    ///
    /// # Context
    ///
    /// Process context of the writer; may sleep.
    fn set(data: &Self::Data, net: &Net, value: Self::Value) -> Result;
}

/// A setting that is text.
pub trait Text: 'static {
    /// Where it is kept.
    type Data: PerNet;

    /// Prints it, with the end of the line.
    fn show(data: &Self::Data, out: &mut dyn fmt::Write) -> fmt::Result;

    /// Changes it. Writers of a namespace come one after the other.
    ///
    /// # Context
    ///
    /// Process context of the writer; may sleep.
    fn store(data: &Self::Data, text: &CStr) -> Result;
}

/// A setting with its name, not registered anywhere.
pub struct Setting<T> {
    name: &'static CStr,
    handler: Handler,
    maxlen: usize,
    /// Whether it can be changed only in namespaces of the first user namespace.
    guarded: bool,
    /// Whether it is left out in such namespaces.
    hidden: bool,
    _p: PhantomData<fn(&T)>,
}

impl<T: PerNet> Setting<T> {
    /// Describes a setting that everybody may read and the administrator of the namespace write.
    pub const fn numbers<S: Numbers<Data = T>>(name: &'static CStr) -> Self {
        Self {
            name,
            handler: Context::<T>::handle_numbers::<S>,
            maxlen: size_of::<S::Value>(),
            guarded: false,
            hidden: false,
            _p: PhantomData,
        }
    }

    /// As [`Setting::numbers`].
    pub const fn text<S: Text<Data = T>>(name: &'static CStr) -> Self {
        Self {
            name,
            handler: Context::<T>::handle_text::<S>,
            // The core does not look at it.
            maxlen: 0,
            guarded: false,
            hidden: false,
            _p: PhantomData,
        }
    }

    /// Lets nobody write in namespaces that belong to another user namespace than the first.
    pub const fn guarded(mut self) -> Self {
        self.guarded = true;
        self
    }

    /// Leaves it out in namespaces that belong to another user namespace than the first.
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }
}

/// Settings in one directory.
pub struct Directory<T: 'static> {
    /// The path below `/proc/sys`.
    pub path: &'static CStr,
    /// The settings, each with another name.
    pub settings: &'static [Setting<T>],
}

/// What a handler has to know.
///
/// # Invariants
///
/// As long as a [`Table`] refers to this, `net` and `data` are valid.
#[pin_data]
pub(crate) struct Context<T> {
    net: *mut bindings::net,
    data: *const T,
    /// Held by a writer from reading the old value on.
    #[pin]
    writing: Mutex<()>,
}

impl<T: PerNet> Context<T> {
    /// Creates the context of settings that are kept in `data`.
    pub(crate) fn new(net: &Net, data: *const T) -> impl PinInit<Self> {
        let net = net.as_raw();
        pin_init!(Self {
            net,
            data,
            writing <- new_mutex!((), "sysctl::Context::writing"),
        })
    }

    fn net(&self) -> &Net {
        // SAFETY: By the type invariants, and this is called by handlers of a `Table` only.
        unsafe { Net::from_raw(self.net) }
    }

    /// The context and the data of a setting.
    ///
    /// # Safety
    ///
    /// `table` must be an entry of a [`Table`] of `T` that is registered and stays so during `'a`.
    unsafe fn of<'a>(table: *const bindings::ctl_table) -> (&'a Self, &'a T) {
        // SAFETY: By the safety requirements.
        let context = unsafe { (*table).extra1 }.cast::<Self>();
        // SAFETY: `Table::register` has put it there, and its caller keeps it.
        let context = unsafe { &*context };
        // SAFETY: By the type invariants.
        (context, unsafe { &*context.data })
    }

    /// # Safety
    ///
    /// Only for the sysctl core, which calls it with an entry that stays registered meanwhile, and
    /// a buffer of `*lenp` bytes.
    unsafe extern "C" fn handle_numbers<S: Numbers<Data = T>>(
        table: *const bindings::ctl_table,
        write: c_int,
        buffer: *mut c_void,
        lenp: *mut usize,
        ppos: *mut i64,
    ) -> c_int {
        // SAFETY: By the safety requirements.
        let (context, data) = unsafe { Self::of(table) };
        // SAFETY: By the safety requirements.
        let mut table = unsafe { *table };
        // To the function below these are bounds.
        table.extra1 = core::ptr::null_mut();
        table.extra2 = core::ptr::null_mut();
        let mut convert = |value: &mut S::Value| {
            table.data = core::ptr::from_mut(value).cast();
            // SAFETY: `data` is valid for as many bytes as `maxlen` says (`Setting::numbers`), and
            // by the requirements of `Value` they may be read and written. The rest is from the
            // core.
            to_result(unsafe { S::Value::HANDLER(&raw const table, write, buffer, lenp, ppos) })
        };
        from_result(|| {
            if write == 0 {
                convert(&mut S::get(data))?;
                return Ok(0);
            }
            let _writing = context.writing.lock();
            let mut value = S::unsaid(data);
            let converted = convert(&mut value);
            S::set(data, context.net(), value)?;
            converted?;
            Ok(0)
        })
    }

    /// # Safety
    ///
    /// As for `handle_numbers`.
    unsafe extern "C" fn handle_text<S: Text<Data = T>>(
        table: *const bindings::ctl_table,
        write: c_int,
        buffer: *mut c_void,
        lenp: *mut usize,
        ppos: *mut i64,
    ) -> c_int {
        // SAFETY: By the safety requirements.
        let (context, data) = unsafe { Self::of(table) };
        // SAFETY: By the safety requirements.
        let len = unsafe { &mut *lenp };
        // SAFETY: By the safety requirements.
        let pos = unsafe { &mut *ppos };
        // There is one text, and all of it is read or written at once.
        if *pos != 0 || *len == 0 {
            *len = 0;
            return 0;
        }
        // SAFETY: By the safety requirements; nobody else has the buffer.
        let buffer = unsafe { core::slice::from_raw_parts_mut(buffer.cast::<u8>(), *len) };
        from_result(|| {
            if write == 0 {
                let mut out = Truncated { buffer, len: 0 };
                // What does not fit is left out.
                let _ = S::show(data, &mut out);
                *len = out.len;
            } else {
                let mut text = KVVec::with_capacity(buffer.len().saturating_add(1), GFP_KERNEL)?;
                text.extend_from_slice(buffer, GFP_KERNEL)?;
                text.push(0, GFP_KERNEL)?;
                let text = CStr::from_bytes_until_nul(&text).map_err(|_| EINVAL)?;
                let _writing = context.writing.lock();
                S::store(data, text)?;
            }
            *pos = pos.wrapping_add(*len as i64);
            Ok(0)
        })
    }
}

/// The beginning of what is written, as much as fits.
struct Truncated<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl fmt::Write for Truncated<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let free = self.buffer.get_mut(self.len..).ok_or(fmt::Error)?;
        let count = free.len().min(s.len());
        for (to, from) in free.iter_mut().zip(s.bytes()) {
            *to = from;
        }
        self.len = self.len.saturating_add(count);
        if count < s.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// The settings of one namespace.
///
/// # Invariants
///
/// `header`, if any, is of a registration of `entries`, which have not changed since.
pub(crate) struct Table {
    entries: KVec<bindings::ctl_table>,
    header: Option<NonNull<bindings::ctl_table_header>>,
}

// SAFETY: The pointers are only for the functions below, which any thread may call.
unsafe impl Send for Table {}
// SAFETY: There is nothing to do with a shared reference.
unsafe impl Sync for Table {}

impl Table {
    pub(crate) const fn new() -> Self {
        Self {
            entries: KVec::new(),
            header: None,
        }
    }

    /// Registers the settings of `T`.
    ///
    /// # Safety
    ///
    /// `context` must be valid and stay where it is until [`Table::unregister`] was called, and so
    /// must what it points to.
    pub(crate) unsafe fn register<T: PerNet>(&mut self, context: *const Context<T>) -> Result {
        let directory = T::SETTINGS;
        // SAFETY: By the safety requirements.
        let net = unsafe { (*context).net };
        // SAFETY: By the safety requirements and the invariants of `Context`.
        let user_ns = unsafe { (*net).user_ns };
        let trusted = core::ptr::eq(user_ns, &raw const bindings::init_user_ns);
        let shown = |setting: &&Setting<T>| trusted || !setting.hidden;
        for setting in directory.settings.iter().filter(shown) {
            let entry = bindings::ctl_table {
                procname: setting.name.as_char_ptr(),
                maxlen: setting.maxlen.try_into()?,
                mode: match setting.guarded && !trusted {
                    true => 0o444,
                    false => 0o644,
                },
                proc_handler: Some(setting.handler),
                extra1: context.cast_mut().cast(),
                ..Default::default()
            };
            self.entries.push(entry, GFP_KERNEL)?;
        }
        // SAFETY: The path and the names are static, the entries stay where they are until they are
        // unregistered, and by the safety requirements so does what they refer to.
        let header = unsafe {
            bindings::register_net_sysctl_sz(
                net,
                directory.path.as_char_ptr(),
                self.entries.as_ptr(),
                self.entries.len(),
            )
        };
        // INVARIANT: It was registered, or it was not and `header` stays empty.
        self.header = Some(NonNull::new(header).ok_or(ENOMEM)?);
        Ok(())
    }

    /// Removes the files and waits for those who read or write them. Files that are open stay so,
    /// and lead nowhere.
    pub(crate) fn unregister(&mut self) {
        if let Some(header) = self.header.take() {
            // SAFETY: By the type invariants. Once it returns nobody looks at the entries.
            unsafe { bindings::unregister_net_sysctl_table(header.as_ptr()) };
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.unregister();
    }
}
