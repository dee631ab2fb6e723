// SPDX-License-Identifier: GPL-2.0

//! Socket options that netfilter passes to a module.
//!
//! C headers: [`include/linux/netfilter.h`](srctree/include/linux/netfilter.h),
//! [`include/linux/sockptr.h`](srctree/include/linux/sockptr.h)

use super::namespace::{self, Net, PerNet};
use core::{marker::PhantomData, ops::RangeInclusive};
use ipvs_bindings as helpers;
use kernel::{
    bindings,
    error::to_result,
    prelude::*,
    sync::atomic::{Acquire, Atomic, Full, Release},
    types::Opaque,
    uaccess::{UserPtr, UserSlice},
    ThisModule, //
};

/// `PF_INET`.
const PF_INET: u8 = 2;

/// The value that an option is to be set to.
pub struct Value<'a> {
    ptr: bindings::sockptr_t,
    len: usize,
    _p: PhantomData<&'a ()>,
}

impl Value<'_> {
    /// Copies the value. `EINVAL` if it has not exactly `N` bytes, `EFAULT` if they cannot be read.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn read<const N: usize>(&self) -> Result<[u8; N]> {
        if self.len != N {
            return Err(EINVAL);
        }
        let mut bytes = [0; N];
        if self.ptr.is_kernel() {
            // SAFETY: `is_kernel` says which member of the union it is.
            let from = unsafe { self.ptr.__bindgen_anon_1.kernel };
            // SAFETY: By the contract of `sockptr_t`, `len` bytes can be read there. What is a
            // kernel pointer was copied by the sender, and nobody writes to the copy.
            unsafe { core::ptr::copy_nonoverlapping(from.cast(), bytes.as_mut_ptr(), N) };
        } else {
            // SAFETY: As above.
            let from = unsafe { self.ptr.__bindgen_anon_1.user };
            let mut from = UserSlice::new(UserPtr::from_ptr(from), N).reader();
            from.read_slice(&mut bytes)?;
        }
        Ok(bytes)
    }
}

/// Where the value of an option is wanted. What is there is a part of the question.
pub struct Buffer<'a> {
    ptr: UserPtr,
    len: usize,
    /// Set to how much of it was used, if that is not all.
    used: Option<usize>,
    _p: PhantomData<&'a ()>,
}

impl Buffer<'_> {
    /// Its size in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no room at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copies what it begins with. `EINVAL` if it has less than `N` bytes, `EFAULT` if they cannot
    /// be read.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn read<const N: usize>(&self) -> Result<[u8; N]> {
        if self.len < N {
            return Err(EINVAL);
        }
        let mut bytes = [0; N];
        UserSlice::new(self.ptr, N)
            .reader()
            .read_slice(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes `bytes` from `offset` on. `EINVAL` if there is no room for them, `EFAULT` if they
    /// cannot be written.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> Result {
        let end = offset.checked_add(bytes.len()).ok_or(EINVAL)?;
        if end > self.len {
            return Err(EINVAL);
        }
        let to = self.ptr.wrapping_byte_add(offset);
        UserSlice::new(to, bytes.len()).writer().write_slice(bytes)
    }

    /// Says that only the first `len` bytes, of which there must be so many, are the value.
    pub fn truncate(&mut self, len: usize) {
        self.used = Some(len.min(self.len));
    }
}

/// What answers socket options.
pub trait Handler {
    /// What it works on.
    type Data: PerNet;

    /// The options that can be set.
    const SET: RangeInclusive<c_int>;
    /// The options that can be asked for.
    const GET: RangeInclusive<c_int>;

    /// Sets an option of [`Handler::SET`]. Called in parallel.
    ///
    /// # Context
    ///
    /// May sleep.
    fn set(data: &Self::Data, net: &Net, option: c_int, value: &Value<'_>) -> Result;

    /// Writes the value of an option of [`Handler::GET`]. Called in parallel.
    ///
    /// # Context
    ///
    /// May sleep.
    fn get(data: &Self::Data, net: &Net, option: c_int, buffer: &mut Buffer<'_>) -> Result;
}

/// Options of IPv4 sockets, not registered anywhere. Only who has `CAP_NET_ADMIN` in the user
/// namespace that the network namespace of the socket belongs to may set or ask for them, all others
/// get `EPERM`.
pub struct SockOpts<T> {
    set: RangeInclusive<c_int>,
    get: RangeInclusive<c_int>,
    set_fn: SetFn,
    get_fn: GetFn,
    _p: PhantomData<fn(&T)>,
}

type SetFn = unsafe extern "C" fn(*mut bindings::sock, c_int, bindings::sockptr_t, c_uint) -> c_int;
type GetFn = unsafe extern "C" fn(*mut bindings::sock, c_int, *mut c_void, *mut c_int) -> c_int;

impl<T: PerNet> SockOpts<T> {
    /// Describes the options that `H` answers.
    pub const fn new<H: Handler<Data = T>>() -> Self {
        Self {
            set: H::SET,
            get: H::GET,
            set_fn: set::<H>,
            get_fn: get::<H>,
            _p: PhantomData,
        }
    }
}

/// How many calls are under way, for [`Registration`].
pub(crate) struct Running(Atomic<i32>);

impl Running {
    pub(crate) const fn new() -> Self {
        Self(Atomic::new(0))
    }
}

/// A call that is under way.
struct Call(&'static Running);

impl Call {
    fn begin<T: PerNet>() -> Self {
        let running = T::place().running();
        running.0.fetch_add(1, Full);
        Self(running)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // What the call did comes before.
        self.0 .0.fetch_sub(1, Release);
    }
}

/// The namespace of a socket and the data in it, if the sender may administer it.
///
/// # Safety
///
/// `sk` must be a valid socket for `'a`.
unsafe fn admit<'a, T: PerNet>(sk: *mut bindings::sock) -> Result<(&'a Net, &'a T)> {
    // SAFETY: By the safety requirements.
    let holds_net = unsafe { helpers::rust_ipvs_helper_sock_holds_net(sk) };
    if !holds_net {
        // One of the kernel's own.
        return Err(ENOPROTOOPT);
    }
    // SAFETY: By the safety requirements.
    let net = unsafe { helpers::rust_ipvs_helper_sock_net(sk) };
    // SAFETY: The socket holds it.
    let user_ns = unsafe { (*net).user_ns };
    // SAFETY: The network namespace holds its user namespace.
    if !unsafe { bindings::ns_capable(user_ns, bindings::CAP_NET_ADMIN as c_int) } {
        return Err(EPERM);
    }
    // SAFETY: As it is held, it has not begun to go.
    let net = unsafe { Net::from_raw(net) };
    Ok((net, namespace::data::<T>(net).ok_or(ENOPROTOOPT)?))
}

fn to_errno(result: Result) -> c_int {
    match result {
        Ok(()) => 0,
        Err(e) => e.to_errno(),
    }
}

/// # Safety
///
/// Only for netfilter.
unsafe extern "C" fn set<H: Handler>(
    sk: *mut bindings::sock,
    option: c_int,
    ptr: bindings::sockptr_t,
    len: c_uint,
) -> c_int {
    let _call = Call::begin::<H::Data>();
    // SAFETY: The socket is valid during the call.
    let admitted = unsafe { admit::<H::Data>(sk) };
    to_errno(admitted.and_then(|(net, data)| {
        let value = Value {
            ptr,
            len: len as usize,
            _p: PhantomData,
        };
        H::set(data, net, option, &value)
    }))
}

/// # Safety
///
/// Only for netfilter.
unsafe extern "C" fn get<H: Handler>(
    sk: *mut bindings::sock,
    option: c_int,
    user: *mut c_void,
    len: *mut c_int,
) -> c_int {
    let _call = Call::begin::<H::Data>();
    // SAFETY: The socket is valid during the call.
    let admitted = unsafe { admit::<H::Data>(sk) };
    to_errno(admitted.and_then(|(net, data)| {
        let mut buffer = Buffer {
            ptr: UserPtr::from_ptr(user),
            // SAFETY: It is valid and ours during the call.
            len: unsafe { *len }.max(0) as usize,
            used: None,
            _p: PhantomData,
        };
        H::get(data, net, option, &mut buffer)?;
        if let Some(used) = buffer.used {
            // SAFETY: As above.
            unsafe { *len = used as c_int };
        }
        Ok(())
    }))
}

/// Registered options.
///
/// # Invariants
///
/// `ops` is registered.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration<T: PerNet> {
    #[pin]
    ops: Opaque<helpers::nf_sockopt_ops>,
    module: &'static ThisModule,
    _p: PhantomData<T>,
}

// SAFETY: The only thing to do with it is to drop it, from any thread.
unsafe impl<T: PerNet> Send for Registration<T> {}

impl<T: PerNet> Registration<T> {
    /// Registers the options of `T`. `EBUSY` if somebody has one of them already.
    pub(crate) fn new(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            ops <- Opaque::try_ffi_init(move |slot: *mut helpers::nf_sockopt_ops| {
                let spec = T::SOCKOPTS;
                let mut ops: helpers::nf_sockopt_ops = pin_init::zeroed();
                ops.pf = PF_INET;
                // The ends are not in the range for C.
                ops.set_optmin = *spec.set.start();
                ops.set_optmax = spec.set.end().checked_add(1).ok_or(EINVAL)?;
                ops.set = Some(spec.set_fn);
                ops.get_optmin = *spec.get.start();
                ops.get_optmax = spec.get.end().checked_add(1).ok_or(EINVAL)?;
                ops.get = Some(spec.get_fn);
                ops.owner = module.as_ptr();
                // SAFETY: The initializer can write to the provided `slot`.
                unsafe { slot.write(ops) };
                // SAFETY: `slot` is pinned, and unregistered before it is freed.
                to_result(unsafe { helpers::nf_register_sockopt(slot) })
            }),
            module,
            _p: PhantomData,
        })
    }
}

#[pinned_drop]
impl<T: PerNet> PinnedDrop for Registration<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: By the type invariants.
        unsafe { helpers::nf_unregister_sockopt(self.ops.get()) };
        // SAFETY: Our own module is valid. Nobody but who calls this changes its state.
        let state = unsafe { (*self.module.as_ptr()).state };
        if state == bindings::module_state_MODULE_STATE_GOING {
            // A call takes a reference of the module before it looks at `ops`, and none is left.
            return;
        }
        // The module is not ready or stays: calls may be under way. Between finding `ops` and
        // beginning, and between ending and giving the module up, a call does not block.
        // `synchronize_rcu_tasks()` waits for whoever has not blocked since.
        let running = &T::place().running().0;
        loop {
            // SAFETY: We may sleep.
            unsafe { helpers::rust_ipvs_helper_synchronize_rcu_tasks() };
            if running.load(Acquire) == 0 {
                break;
            }
        }
        // SAFETY: As above.
        unsafe { helpers::rust_ipvs_helper_synchronize_rcu_tasks() };
    }
}
