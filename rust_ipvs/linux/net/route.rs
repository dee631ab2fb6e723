// SPDX-License-Identifier: GPL-2.0

//! Routes of IPv4.
//!
//! C headers: [`include/net/route.h`](srctree/include/net/route.h),
//! [`include/net/dst.h`](srctree/include/net/dst.h)

use super::{
    namespace::Net,
    skbuff::{AF_INET, AF_INET6}, //
};
use crate::sync::{access::AccessOnce, rcu::Reader};
use core::{
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ptr::NonNull, //
};
use helpers::rtable;
use ipvs_bindings as helpers;
use kernel::{
    error::from_err_ptr,
    prelude::*,
    sync::atomic::{Atomic, Full}, //
};

/// `RTCF_LOCAL`: to this host.
const RTCF_LOCAL: c_uint = 0x8000_0000;

/// `DST_OBSOLETE_FORCE_CHK`: what every good IPv4 route says, for its generation to be compared.
const DST_OBSOLETE_FORCE_CHK: c_short = -1;

/// Which neighbour a packet is handed to, on a link without a gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NextHop {
    /// The one that the packet is addressed to, which is the one that was asked for.
    Addressed,
    /// The one that was asked for, whatever is in the packet (`FLOWI_FLAG_KNOWN_NH`).
    Known,
}

/// Where a packet goes first on a route.
pub struct Hop {
    device: [u8; IFNAMSIZ],
    gateway: Option<IpAddr>,
}

/// The longest name of a device, with its NUL.
const IFNAMSIZ: usize = 16;

impl Hop {
    /// That of a route.
    ///
    /// # Safety
    ///
    /// `dst` must be a valid route of IPv4 or IPv6, in an RCU section.
    pub(super) unsafe fn of(dst: *const helpers::dst_entry) -> Self {
        let (mut device, mut gateway, mut family) = ([0; IFNAMSIZ], [0_u8; 16], 0);
        // SAFETY: By the safety requirements; there is room for a name and an address.
        unsafe {
            helpers::rust_ipvs_helper_route_hop(
                dst,
                device.as_mut_ptr(),
                gateway.as_mut_ptr(),
                &raw mut family,
            )
        };
        let [a, b, c, d, ..] = gateway;
        Self {
            device,
            gateway: match family {
                AF_INET => Some(Ipv4Addr::new(a, b, c, d).into()),
                AF_INET6 => Some(Ipv6Addr::from(gateway).into()),
                _ => None,
            },
        }
    }

    /// The name of the device, up to a NUL.
    pub fn device(&self) -> &[u8] {
        &self.device
    }

    /// The gateway, if it is not the destination itself.
    pub fn gateway(&self) -> Option<IpAddr> {
        self.gateway
    }
}

/// An owned IPv4 route, `struct rtable`.
///
/// # Invariants
///
/// The pointer is valid, and this value owns one reference.
pub struct Route4(NonNull<rtable>);

// SAFETY: Routes may be used and released anywhere.
unsafe impl Send for Route4 {}
// SAFETY: As above.
unsafe impl Sync for Route4 {}

impl Route4 {
    /// Looks up where a packet of this host to `daddr` goes; nothing but the address decides.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn output(net: &Net, daddr: Ipv4Addr, next_hop: NextHop) -> Result<Self> {
        let daddr = u32::from_ne_bytes(daddr.octets());
        let known = next_hop == NextHop::Known;
        // SAFETY: `net` is valid; the address is in network order.
        let route = unsafe { helpers::rust_ipvs_helper_route_output4(net.as_raw(), daddr, known) };
        let route = from_err_ptr(route)?;
        // INVARIANT: The lookup returns a reference.
        NonNull::new(route).map(Self).ok_or(EHOSTUNREACH)
    }

    pub(crate) fn into_raw(self) -> NonNull<rtable> {
        core::mem::ManuallyDrop::new(self).0
    }

    /// Borrows it.
    pub fn as_ref(&self) -> RouteRef4<'_> {
        RouteRef4(self.0, PhantomData)
    }
}

impl Drop for Route4 {
    fn drop(&mut self) {
        // SAFETY: By the type invariants. `dst` is the first member. RCU readers may still use it.
        unsafe { helpers::dst_release(self.0.as_ptr().cast()) };
    }
}

/// A borrowed IPv4 route.
///
/// # Invariants
///
/// The pointer is valid during `'a`.
#[derive(Clone, Copy)]
pub struct RouteRef4<'a>(NonNull<rtable>, PhantomData<&'a rtable>);

impl RouteRef4<'_> {
    /// # Safety
    ///
    /// `ptr` must be valid during the lifetime that the caller picks.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: NonNull<rtable>) -> Self {
        Self(ptr, PhantomData)
    }

    #[inline]
    pub(crate) fn as_raw(self) -> *mut rtable {
        self.0.as_ptr()
    }

    /// Where a packet goes first. In an RCU section, as all that has a borrowed route is.
    pub fn hop(self) -> Hop {
        // SAFETY: By the type invariants. `dst` is the first member.
        unsafe { Hop::of(self.as_raw().cast()) }
    }

    /// Whether the route leads to this host.
    #[inline]
    pub fn is_local(self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { (*self.as_raw()).rt_flags & RTCF_LOCAL != 0 }
    }

    /// Whether the route is that of a packet that came in.
    #[inline]
    pub fn is_input(self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { (*self.as_raw()).rt_is_input != 0 }
    }

    /// Whether the device of the route completes checksums of SCTP.
    pub fn completes_sctp(self) -> bool {
        // SAFETY: By the type invariants. `dst` is the first member.
        unsafe { helpers::rust_ipvs_helper_route_completes_sctp(self.as_raw().cast()) }
    }

    /// Whether the device that it leads over is up.
    fn is_up(self) -> bool {
        // SAFETY: By the type invariants. `dst` is the first member.
        unsafe { helpers::rust_ipvs_helper_route_is_up(self.as_raw().cast()) }
    }

    /// The longest packet that the route carries, in bytes.
    #[inline]
    pub fn mtu(self) -> usize {
        // SAFETY: By the type invariants. `dst` is the first member.
        (unsafe { helpers::rust_ipvs_helper_route_mtu(self.as_raw().cast()) }) as usize
    }

    /// Whether the routing tables have not changed since the route was looked up in them.
    #[inline]
    pub(super) fn is_current(self, net: &Net) -> bool {
        let route = self.as_raw();
        // SAFETY: By the type invariants.
        let obsolete = unsafe { &raw const (*route).dst.obsolete };
        // SAFETY: As above; it changes under us, hence the volatile read, as in C.
        let obsolete = unsafe { obsolete.read_volatile() };
        // SAFETY: By the type invariants.
        let id = unsafe { (*route).rt_genid };
        // Anything else means that it is dead, or that a path MTU or a redirect has replaced it.
        obsolete == DST_OBSOLETE_FORCE_CHK && id == net.route_generation4()
    }
}

/// A remembered route that RCU readers load from.
///
/// # Invariants
///
/// `route` is null or owns one reference.
pub struct RouteCache4 {
    route: Atomic<*mut rtable>,
}

// SAFETY: Routes may be used and released anywhere.
unsafe impl Send for RouteCache4 {}
// SAFETY: As above.
unsafe impl Sync for RouteCache4 {}

impl RouteCache4 {
    /// Creates an empty cache.
    pub const fn new() -> Self {
        Self {
            route: Atomic::new(core::ptr::null_mut()),
        }
    }

    /// Returns the route, if there is one and it still holds in `net`.
    #[inline]
    pub fn get<'rcu>(&self, net: &Net, _reader: Reader<'rcu>) -> Option<RouteRef4<'rcu>> {
        let route = NonNull::new(self.route.read_once())?;
        // The cache owned a reference when `route` was read, and what it gives up is freed after a
        // grace period.
        let route = RouteRef4(route, PhantomData);
        route.is_current(net).then_some(route)
    }

    /// Remembers `route`.
    pub fn set<'rcu>(&self, route: Route4, _reader: Reader<'rcu>) -> RouteRef4<'rcu> {
        let new = route.into_raw();
        // INVARIANT: The reference is taken over.
        self.swap(new.as_ptr());
        // Whoever replaces it now releases it, which frees it after a grace period.
        RouteRef4(new, PhantomData)
    }

    /// Forgets the route if the device that it leads over is down.
    pub fn clear_dead(&self, _reader: Reader<'_>) {
        // As for `get()`.
        let route = NonNull::new(self.route.read_once()).map(|route| RouteRef4(route, PhantomData));
        if route.is_some_and(|route| !route.is_up()) {
            self.clear();
        }
    }

    /// Forgets the route, if there is one.
    #[inline]
    pub fn clear(&self) {
        if !self.route.read_once().is_null() {
            self.swap(core::ptr::null_mut());
        }
    }

    fn swap(&self, new: *mut rtable) {
        let old = self.route.xchg(new, Full);
        // INVARIANT: The reference of `old` is given to the `Route4`, and dropped.
        drop(NonNull::new(old).map(Route4));
    }
}

impl Default for RouteCache4 {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for RouteCache4 {
    fn drop(&mut self) {
        self.clear();
    }
}
