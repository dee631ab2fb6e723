// SPDX-License-Identifier: GPL-2.0

//! Network namespaces, and what a module has in each of them.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use super::{
    chore::Chore,
    device::Watch,
    genetlink::{self, Family},
    netfilter::{HookSets, Op, Version},
    sockopt::{self, SockOpts},
    sysctl::{self, Directory}, //
};
use crate::{
    proc::{self, Files},
    sync::{access::AccessOnce, rcu::Reader, rcu_arc::Drained, rcu_table::Position}, //
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData,
    net::{Ipv4Addr, Ipv6Addr},
    ptr::NonNull, //
};
use ipvs_bindings as helpers;
use kernel::{
    bindings,
    error::{from_result, to_result},
    new_mutex,
    prelude::*,
    sync::{
        atomic::{Acquire, Atomic, Full, Relaxed, Release},
        rcu,
        Arc,
        Mutex, //
    },
    time::Jiffies,
    types::Opaque,
};

/// Types of routes (`RTN_*` in `include/uapi/linux/rtnetlink.h`).
mod rtn {
    use kernel::ffi::c_uint;

    pub(super) const UNICAST: c_uint = 1;
    pub(super) const LOCAL: c_uint = 2;
}

/// Keeps the module loaded that puts fragments of IPv6 together.
///
/// # Invariants
///
/// Has a reference to that module.
pub struct Defrag6(());

impl Drop for Defrag6 {
    fn drop(&mut self) {
        // SAFETY: By the type invariants there is a reference, which is given up.
        unsafe { helpers::rust_ipvs_helper_defrag6_put() };
    }
}

/// A network namespace, `struct net`.
///
/// # Invariants
///
/// - `self` points to a valid `struct net`.
/// - A reference comes from a hook, a file, a request, a socket option or a chore of this module, and
///   lives no longer than the call, or from a [`Handle`]. Then the data that the module has in the
///   namespace is there, too.
#[repr(transparent)]
pub struct Net(Opaque<bindings::net>);

// SAFETY: `struct net` may be used from any thread.
unsafe impl Sync for Net {}

impl Net {
    /// Creates a reference from a raw pointer.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid for `'a`, and the invariants must hold.
    #[inline]
    pub(crate) unsafe fn from_raw<'a>(ptr: *mut bindings::net) -> &'a Self {
        // CAST: `Self` is a `repr(transparent)` wrapper around `bindings::net`.
        // SAFETY: By the safety requirements.
        unsafe { &*ptr.cast() }
    }

    /// Returns the raw pointer.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::net {
        self.0.get()
    }

    /// Whether this is the namespace that is there from the beginning.
    pub fn is_first(&self) -> bool {
        core::ptr::eq(self.as_raw(), &raw const bindings::init_net)
    }

    /// Counts the packet that had a bad IP header (`IpInHdrErrors`).
    pub fn count_in_hdr_error(&self) {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_in_hdr_error(self.as_raw()) };
    }

    /// Whether `addr` is an address of this host.
    pub fn is_local_addr4(&self, addr: Ipv4Addr) -> bool {
        self.addr_type4(addr) == rtn::LOCAL
    }

    /// Whether `addr` is that of one other host.
    pub fn is_unicast_addr4(&self, addr: Ipv4Addr) -> bool {
        self.addr_type4(addr) == rtn::UNICAST
    }

    fn addr_type4(&self, addr: Ipv4Addr) -> c_uint {
        // SAFETY: By the type invariants; the address is in network order.
        unsafe { helpers::inet_addr_type(self.as_raw(), u32::from_ne_bytes(addr.octets())) }
    }

    /// Whether `addr` is an address of this host. With [`has_ipv6`] only.
    pub fn is_local_addr6(&self, addr: Ipv6Addr) -> bool {
        let octets = addr.octets();
        // SAFETY: By the type invariants; the helper reads the sixteen bytes.
        has_ipv6() && unsafe { helpers::rust_ipvs_helper_is_local6(self.as_raw(), octets.as_ptr()) }
    }

    /// Has fragments of IPv6 put together before any hook at the points that there are. That stays so
    /// at least as long as the result is kept.
    ///
    /// # Context
    ///
    /// May sleep: the module that does it may have to be loaded.
    pub fn enable_defrag6(&self) -> Result<Defrag6> {
        // SAFETY: By the type invariants.
        to_result(unsafe { helpers::rust_ipvs_helper_defrag6_enable(self.as_raw()) })?;
        // INVARIANT: It has succeeded.
        Ok(Defrag6(()))
    }

    /// Whether the namespace has a network device of this name.
    pub fn has_device(&self, name: &CStr) -> bool {
        let _reader = rcu::read_lock();
        // SAFETY: By the type invariants, and the name ends with a NUL; the result is only compared.
        !unsafe { helpers::dev_get_by_name_rcu(self.as_raw(), name.as_char_ptr()) }.is_null()
    }

    /// Changes whenever IPv4 routes may have changed.
    #[inline]
    pub(crate) fn route_generation4(&self) -> i32 {
        // SAFETY: By the type invariants.
        let id = unsafe { &raw const (*self.as_raw()).ipv4.rt_genid.counter };
        // SAFETY: As above; it is an atomic counter.
        unsafe { id.read_volatile() }
    }

    /// The first port that anybody may listen at (`net.ipv4.ip_unprivileged_port_start`).
    pub fn first_unprivileged_port(&self) -> u16 {
        // SAFETY: By the type invariants.
        let port = unsafe { &raw const (*self.as_raw()).ipv4.sysctl_ip_prot_sock };
        // SAFETY: As above.
        let port = unsafe { port.read_volatile() };
        u16::try_from(port).unwrap_or(u16::MAX)
    }

    /// Whether anything but the destination can decide on an IPv4 route.
    #[cfg(not(CONFIG_IP_MULTIPLE_TABLES))]
    #[inline]
    pub fn has_policy_routing4(&self) -> bool {
        false
    }

    /// Whether anything but the destination can decide on an IPv4 route.
    #[cfg(CONFIG_IP_MULTIPLE_TABLES)]
    #[inline]
    pub fn has_policy_routing4(&self) -> bool {
        // SAFETY: By the type invariants.
        let flag = unsafe { &raw const (*self.as_raw()).ipv4.fib_has_custom_rules };
        // SAFETY: As above.
        unsafe { flag.read_volatile() }
    }

    /// Whether anything but the destination can decide on an IPv6 route.
    #[inline]
    pub fn has_policy_routing6(&self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_needs_source6(self.as_raw()) }
    }

    /// Whether the source of an outgoing packet can decide on what becomes of it (IPsec).
    #[cfg(not(CONFIG_XFRM))]
    #[inline]
    pub fn has_output_policies(&self) -> bool {
        false
    }

    /// Whether the source of an outgoing packet can decide on what becomes of it (IPsec).
    #[cfg(CONFIG_XFRM)]
    #[inline]
    pub fn has_output_policies(&self) -> bool {
        /// `XFRM_POLICY_OUT`.
        const OUT: usize = 1;
        /// `XFRM_USERPOLICY_ACCEPT`.
        const ACCEPT: u8 = 2;
        // SAFETY: By the type invariants.
        let xfrm = unsafe { &raw const (*self.as_raw()).xfrm };
        // SAFETY: As above.
        let count = unsafe { &raw const (*xfrm).policy_count[OUT] };
        // SAFETY: As above.
        let default = unsafe { &raw const (*xfrm).policy_default[OUT] };
        // SAFETY: As above.
        if unsafe { count.read_volatile() } != 0 {
            return true;
        }
        // SAFETY: As above. Zero is for a namespace that is being set up.
        !matches!(unsafe { default.read_volatile() }, 0 | ACCEPT)
    }

    /// Registers or unregisters the hooks of `T` for a version of IP in this namespace.
    ///
    /// Hooks that run at this time may run on for a while.
    ///
    /// # Context
    ///
    /// May sleep.
    pub fn set_hooks<T: PerNet>(&self, version: Version, enable: bool) -> Result {
        let slot = Slot::<T>::get(self).ok_or(ENOENT)?;
        // SAFETY: `Slot::pre_exit` closes the hooks, and a grace period passes before `exit`.
        unsafe { slot.hooks.lock().set(self, version, enable) }
    }
}

/// A namespace that may be gone, for what has no call to get it from: work, and callbacks of RCU.
///
/// # Invariants
///
/// While `open`, and until a grace period after it became 0, `net` is valid and has its data.
pub struct Handle {
    net: NonNull<bindings::net>,
    open: Atomic<i32>,
}

// SAFETY: A namespace may be used from any thread.
unsafe impl Send for Handle {}
// SAFETY: As above.
unsafe impl Sync for Handle {}

impl Handle {
    /// # Safety
    ///
    /// `close()` must be called a grace period before `net` and the data in it go.
    unsafe fn new(net: &Net) -> Result<Arc<Self>> {
        // INVARIANT: By the safety requirements.
        let handle = Self {
            net: NonNull::new(net.as_raw()).ok_or(EINVAL)?,
            open: Atomic::new(1),
        };
        Ok(Arc::new(handle, GFP_KERNEL)?)
    }

    /// From now on the namespace counts as gone.
    fn close(&self) {
        self.open.write_once(0);
    }

    /// The namespace, unless it is gone or about to go.
    #[inline]
    pub(crate) fn get<'rcu>(&self, _reader: Reader<'rcu>) -> Option<&'rcu Net> {
        if self.open.read_once() == 0 {
            return None;
        }
        // SAFETY: By the type invariants: it was open during `'rcu`.
        Some(unsafe { Net::from_raw(self.net.as_ptr()) })
    }
}

/// Whether this kernel does IPv6, which can be left out when it is built or disabled when it boots.
pub fn has_ipv6() -> bool {
    // SAFETY: No requirements.
    unsafe { helpers::rust_ipvs_helper_has_ipv6() }
}

/// Says where to find the data of `Self` in a namespace.
///
/// # Safety
///
/// `place` must return the same `static` each time; use
/// [`impl_has_place!`](crate::impl_has_place).
pub unsafe trait HasPlace: Sized + 'static {
    /// Returns the place of the data.
    fn place() -> &'static Subsystem<Self>;
}

/// Implements [`HasPlace`].
#[macro_export]
macro_rules! impl_has_place {
    ($t:ty) => {
        // SAFETY: There is one static, which is returned each time.
        unsafe impl $crate::net::namespace::HasPlace for $t {
            fn place() -> &'static $crate::net::namespace::Subsystem<Self> {
                static PLACE: $crate::net::namespace::Subsystem<$t> =
                    $crate::net::namespace::Subsystem::new();
                &PLACE
            }
        }
    };
}

/// What a module has in every network namespace.
pub trait PerNet: HasPlace + Send + Sync {
    /// The hooks, registered by [`Net::set_hooks`].
    const HOOKS: &'static [Op<Self>];

    /// The files in `/proc/net`.
    const FILES: &'static [proc::File<Self>];

    /// The files in `/proc/sys`.
    const SETTINGS: Directory<Self>;

    /// The generic netlink family.
    const FAMILY: Family<Self>;

    /// The socket options.
    const SOCKOPTS: SockOpts<Self>;

    /// Makes the data for a namespace, in place. `first` is that of the namespace that is
    /// there from the beginning, unless this is the one.
    ///
    /// # Context
    ///
    /// May sleep.
    ///
    /// `handle` is the namespace for what outlives a call; it counts as gone from
    /// [`PerNet::pre_exit`] on. `chore` is its [work](PerNet::chore).
    fn init(
        net: &Net,
        first: Option<&Self>,
        handle: &Arc<Handle>,
        chore: &Arc<Chore<Self>>,
    ) -> impl PinInit<Self, Error>;

    /// Does what has been put off, by [`Chore::hurry`]. Returns in how many ticks there will be
    /// more to do. Only one at a time does so for a namespace, and nobody before `init` or after `pre_exit` has begun.
    ///
    /// # Context
    ///
    /// Process context, may sleep. `pre_exit` waits for it.
    fn chore(&self, net: &Net) -> Option<Jiffies> {
        let _ = net;
        None
    }

    /// The namespace goes. Requests, socket options, users of files and the chore have stopped; packets
    /// are still under way.
    ///
    /// # Context
    ///
    /// May sleep.
    fn pre_exit(&self) {}

    /// A network device of the namespace has been taken down, and may go: what keeps it has to be given
    /// up. Called with a `position` at the beginning, and again as long as it returns that there is
    /// more to do.
    ///
    /// # Context
    ///
    /// Process context inside of an RCU section: must not sleep.
    fn device_down(&self, position: &mut Position, reader: Reader<'_>) -> bool {
        let _ = (position, reader);
        false
    }
}

/// Nobody uses the place.
const UNUSED: i32 = 0;
/// Namespaces are getting their data, or are losing it.
const CLAIMED: i32 = 1;
/// Every namespace has its data.
const READY: i32 = 2;

/// The place of `T` in the namespaces.
pub struct Subsystem<T> {
    id: UnsafeCell<c_uint>,
    /// [`UNUSED`], [`CLAIMED`] or [`READY`].
    state: Atomic<i32>,
    /// Socket options that are being answered.
    running: sockopt::Running,
    /// Whose messages are sent.
    announced: genetlink::Announced,
    _p: PhantomData<fn(T)>,
}

// SAFETY: `id` is written by `register_pernet_subsys()`, once per claim, and read by the callbacks
// of it or after `state` has become `READY`.
unsafe impl<T> Sync for Subsystem<T> {}

impl<T> Subsystem<T> {
    /// Creates a place that is not registered.
    #[expect(
        clippy::new_without_default,
        reason = "it makes sense as a static only"
    )]
    pub const fn new() -> Self {
        Self {
            id: UnsafeCell::new(0),
            state: Atomic::new(UNUSED),
            running: sockopt::Running::new(),
            announced: genetlink::Announced::new(),
            _p: PhantomData,
        }
    }

    pub(crate) const fn running(&self) -> &sockopt::Running {
        &self.running
    }

    pub(crate) const fn announced(&self) -> &genetlink::Announced {
        &self.announced
    }
}

/// What lies in the memory that the core allocates per namespace.
///
/// The hooks and files are beside the data, not inside of it, so that no order of the fields of `T`
/// can show them a half-dropped `T`.
#[pin_data]
struct Slot<T: PerNet> {
    /// Whether devices of the namespace matter: 0 in memory of which nothing has been initialised yet,
    /// too, and after it was dropped.
    watches: Atomic<i32>,
    // First to go: it refers to `context` and `data`.
    table: sysctl::Table,
    #[pin]
    context: sysctl::Context<T>,
    handle: Arc<Handle>,
    chore: Arc<Chore<T>>,
    #[pin]
    hooks: Mutex<HookSets<T>>,
    files: Files<T>,
    #[pin]
    data: T,
}

impl<T: PerNet> Slot<T> {
    /// The slot of a namespace, if there is one yet.
    fn get(net: &Net) -> Option<&Self> {
        if T::place().state.load(Acquire) != READY {
            return None;
        }
        // SAFETY: `READY` says that the id has been written.
        let slot = unsafe { Self::of(net.as_raw()) };
        // SAFETY: `READY` says that all namespaces have a slot, and by the invariants of `Net` this
        // one has not lost it yet.
        Some(unsafe { &*slot })
    }

    /// # Safety
    ///
    /// The id must have been written, and `net` be valid.
    unsafe fn of(net: *mut bindings::net) -> *mut Self {
        // SAFETY: By the safety requirements nobody writes it.
        let id = unsafe { *T::place().id.get() };
        // SAFETY: The core allocated the memory together with the id.
        unsafe { helpers::rust_ipvs_helper_net_generic(net, id) }.cast()
    }

    /// # Safety
    ///
    /// Only for the namespace core.
    unsafe extern "C" fn init(net: *mut bindings::net) -> c_int {
        // SAFETY: The core has written the id before it calls back.
        let slot = unsafe { Self::of(net) };
        // SAFETY: The namespace is valid during the call.
        let net = unsafe { Net::from_raw(net) };
        // SAFETY: The memory at `slot` is valid, so that its fields are in bounds.
        let place = unsafe { &raw const (*slot).data };
        let first = &raw mut bindings::init_net;
        // SAFETY: The id has been written, and the first namespace is always there.
        let first = unsafe { Self::of(first) };
        let first = match net.is_first() {
            true => None,
            // SAFETY: The first namespace gets its data before any other and loses it after the
            // core has stopped making namespaces.
            false => Some(unsafe { &(*first).data }),
        };
        // SAFETY: `pre_exit` closes it, and a grace period passes before the namespace goes. Should
        // this fail, nobody has it any more.
        let handle = match unsafe { Handle::new(net) } {
            Ok(handle) => handle,
            Err(error) => return error.to_errno(),
        };
        let chore = match Chore::new(net, place) {
            Ok(chore) => chore,
            Err(error) => return error.to_errno(),
        };
        let init = try_pin_init!(Self {
            watches: Atomic::new(0),
            data <- T::init(net, first, &handle, &chore),
            handle: handle.clone(),
            chore: chore.clone(),
            context <- sysctl::Context::new(net, place),
            hooks <- new_mutex!(HookSets::new(place)?, "namespace::Slot::hooks"),
            files: Files::new(),
            table: sysctl::Table::new(),
        }? Error);
        from_result(|| {
            // SAFETY: The memory is ours, big enough and aligned (see `Pernet::new`).
            unsafe { pin_init::raw_try_init(slot, init) }?;
            // SAFETY: It was just initialised, and the core calls `exit` if there is no error.
            unsafe { Self::show(slot, net) }.inspect_err(|_| {
                // SAFETY: As above, and the core does not call `exit` after an error.
                unsafe { core::ptr::drop_in_place(slot) };
            })?;
            // SAFETY: As above.
            let watches = unsafe { &(*slot).watches };
            watches.store(1, Release);
            // SAFETY: As above.
            let chore = unsafe { &(*slot).chore };
            // SAFETY: `pre_exit` closes it, and `exit` comes later.
            unsafe { chore.open() };
            Ok(0)
        })
    }

    /// Creates the files.
    ///
    /// # Safety
    ///
    /// `slot` must have been initialised, not be known to anybody yet, and be dropped in the end.
    unsafe fn show(slot: *mut Self, net: &Net) -> Result {
        // SAFETY: By the safety requirements.
        let files = unsafe { &mut (*slot).files };
        files.create(net)?;
        // SAFETY: By the safety requirements.
        let context = unsafe { &raw const (*slot).context };
        // SAFETY: By the safety requirements.
        let table = unsafe { &mut (*slot).table };
        // SAFETY: The context and the data stay until the slot is dropped, the table first.
        unsafe { table.register(context) }
    }

    /// # Safety
    ///
    /// Only for the namespace core.
    unsafe extern "C" fn pre_exit(net: *mut bindings::net) {
        // SAFETY: The core has written the id before it calls back.
        let slot = unsafe { Self::of(net) };
        // SAFETY: The namespace is valid during the call.
        let net = unsafe { Net::from_raw(net) };
        // SAFETY: Initialised in `init`.
        let watches = unsafe { &(*slot).watches };
        watches.store(0, Relaxed);
        // SAFETY: Only `init`, `pre_exit` and `exit` use `table`, one after the other.
        let table = unsafe { &mut (*slot).table };
        table.unregister();
        // SAFETY: As above, for `files`.
        let files = unsafe { &mut (*slot).files };
        files.remove();
        // SAFETY: Initialised in `init`.
        let hooks = unsafe { &(*slot).hooks };
        hooks.lock().close(net);
        // SAFETY: Initialised in `init`.
        let chore = unsafe { &(*slot).chore };
        chore.close();
        // SAFETY: Initialised in `init`.
        let handle = unsafe { &(*slot).handle };
        handle.close();
        // SAFETY: As above.
        let data = unsafe { &(*slot).data };
        data.pre_exit();
    }

    /// # Safety
    ///
    /// Only for the namespace core.
    unsafe extern "C" fn exit(net: *mut bindings::net) {
        // SAFETY: The core has written the id before it calls back.
        let slot = unsafe { Self::of(net) };
        // SAFETY: A grace period has passed since `pre_exit`: no hook runs any more.
        unsafe { core::ptr::drop_in_place(slot) };
    }
}

/// The data of `T` in `net`; `None` while the module is being loaded.
///
/// `net` must come from a hook, a file, a request or a socket option of this module.
#[inline]
pub fn data<T: PerNet>(net: &Net) -> Option<&T> {
    Slot::<T>::get(net).map(|slot| &slot.data)
}

/// Tells the data of `T` in `net` that a device goes down, if it is there. Returns whether there is more
/// to do.
///
/// # Safety
///
/// `net` must be valid and have a device, and `T` be registered.
pub(super) unsafe fn device_down<T: PerNet>(
    net: *mut bindings::net,
    position: &mut Position,
) -> bool {
    // SAFETY: By the safety requirements, the id has been written.
    let slot = unsafe { Slot::<T>::of(net) };
    if slot.is_null() {
        return false;
    }
    let guard = rcu::read_lock();
    // SAFETY: The memory stays as long as the namespace has devices, and is zero in the beginning.
    let watches = unsafe { &(*slot).watches };
    if watches.load(Acquire) == 0 {
        return false;
    }
    // SAFETY: `pre_exit` had not begun when the section had, so `exit` comes after that.
    let data = unsafe { &(*slot).data };
    data.device_down(position, Reader::from(&guard))
}

/// # Invariants
///
/// `ops` is registered.
#[pin_data(PinnedDrop)]
struct Pernet<T: PerNet> {
    #[pin]
    ops: Opaque<bindings::pernet_operations>,
    _p: PhantomData<T>,
}

impl<T: PerNet> Pernet<T> {
    fn new() -> impl PinInit<Self, Error> {
        const {
            assert!(align_of::<Slot<T>>() <= bindings::ARCH_KMALLOC_MINALIGN);
        }
        try_pin_init!(Self {
            ops <- Opaque::try_ffi_init(move |slot: *mut bindings::pernet_operations| {
                let mut ops: bindings::pernet_operations = pin_init::zeroed();
                ops.init = Some(Slot::<T>::init);
                ops.pre_exit = Some(Slot::<T>::pre_exit);
                ops.exit = Some(Slot::<T>::exit);
                ops.id = T::place().id.get();
                ops.size = size_of::<Slot<T>>();
                // A second registration would take the id away from under the first.
                let state = &T::place().state;
                state.cmpxchg(UNUSED, CLAIMED, Full).map_err(|_| EBUSY)?;
                // SAFETY: The initializer can write to the provided `slot`.
                unsafe { slot.write(ops) };
                // SAFETY: `slot` is pinned and unregistered before it is freed.
                let result = to_result(unsafe { bindings::register_pernet_subsys(slot) });
                state.store(if result.is_ok() { READY } else { UNUSED }, Release);
                result
            }),
            _p: PhantomData,
        })
    }
}

#[pinned_drop]
impl<T: PerNet> PinnedDrop for Pernet<T> {
    fn drop(self: Pin<&mut Self>) {
        T::place().state.store(CLAIMED, Relaxed);
        // SAFETY: By the type invariants, `ops` is registered.
        unsafe { bindings::unregister_pernet_subsys(self.ops.get()) };
        T::place().state.store(UNUSED, Release);
    }
}

/// The presence of `T` in all namespaces: its data, hooks, files, generic netlink family and socket
/// options.
///
/// They are registered together, so that what may be called is gone before what it works on, and
/// its memory is freed before the module's text is, whatever the module does.
///
/// # Context
///
/// Creating and dropping may sleep.
#[pin_data]
pub struct Registration<T: PerNet> {
    // Requests by either way must have ended before the data goes.
    #[pin]
    sockopts: sockopt::Registration<T>,
    // First to come: that another module has the family must show before anything of it is in the
    // way. Requests that come before the rest is ready are turned away.
    #[pin]
    family: genetlink::Registration<T>,
    // Before the data that it tells.
    #[pin]
    watch: Watch<T>,
    #[pin]
    pernet: Pernet<T>,
    // Last to go: what namespaces leave behind is freed by callbacks.
    drained: Drained,
}

// SAFETY: The only thing to do with it is to drop it, from any thread.
unsafe impl<T: PerNet> Send for Registration<T> {}

// SAFETY: There is nothing to do with a shared reference.
unsafe impl<T: PerNet> Sync for Registration<T> {}

impl<T: PerNet> Registration<T> {
    /// Registers `T`.
    pub fn new(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            // What there is when one of the others fails is dropped in the opposite order.
            drained: Drained,
            family <- genetlink::Registration::new(module),
            sockopts <- sockopt::Registration::new(module),
            pernet <- Pernet::new(),
            watch <- Watch::new(),
        })
    }
}
