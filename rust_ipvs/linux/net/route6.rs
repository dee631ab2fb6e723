// SPDX-License-Identifier: GPL-2.0

//! Routes of IPv6.
//!
//! C headers: [`include/net/ip6_route.h`](srctree/include/net/ip6_route.h),
//! [`include/net/dst.h`](srctree/include/net/dst.h)

use super::{
    namespace::Net,
    route::{Hop, NextHop}, //
};
use crate::sync::{
    rcu::Reader,
    rcu_arc::{RcuArc, RcuSlot}, //
};
use core::{marker::PhantomData, net::Ipv6Addr, ptr::NonNull};
use helpers::dst_entry;
use ipvs_bindings as helpers;
use kernel::{
    alloc::flags::__GFP_NOWARN,
    prelude::*, //
};

/// An owned IPv6 route.
///
/// # Invariants
///
/// The pointer is to the `dst` of a valid `struct rt6_info`, and this value owns one reference.
pub struct Route6(NonNull<dst_entry>);

// SAFETY: Routes may be used and released anywhere.
unsafe impl Send for Route6 {}
// SAFETY: As above.
unsafe impl Sync for Route6 {}

impl Route6 {
    /// Looks up where a packet of this host to `daddr` goes; nothing but the address decides.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn output(net: &Net, daddr: Ipv6Addr, next_hop: NextHop) -> Result<Self> {
        let octets = daddr.octets();
        let known = next_hop == NextHop::Known;
        // SAFETY: `net` is valid; the helper reads the sixteen bytes.
        let route = unsafe {
            helpers::rust_ipvs_helper_route_output6(net.as_raw(), octets.as_ptr(), known)
        };
        // INVARIANT: The lookup returns a reference.
        NonNull::new(route).map(Self).ok_or(EHOSTUNREACH)
    }

    /// Borrows it.
    #[inline]
    pub fn as_ref(&self) -> RouteRef6<'_> {
        RouteRef6(self.0, PhantomData)
    }
}

impl Drop for Route6 {
    fn drop(&mut self) {
        // SAFETY: By the type invariants. RCU readers may still use it.
        unsafe { helpers::dst_release(self.0.as_ptr()) };
    }
}

/// A borrowed IPv6 route.
///
/// # Invariants
///
/// The pointer is to the `dst` of a `struct rt6_info` that is valid during `'a`.
#[derive(Clone, Copy)]
pub struct RouteRef6<'a>(NonNull<dst_entry>, PhantomData<&'a dst_entry>);

impl RouteRef6<'_> {
    /// # Safety
    ///
    /// `ptr` must be that of an IPv6 route and be valid during the lifetime that the caller picks.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: NonNull<dst_entry>) -> Self {
        Self(ptr, PhantomData)
    }

    #[inline]
    pub(crate) fn as_raw(self) -> *mut dst_entry {
        self.0.as_ptr()
    }

    /// Where a packet goes first. In an RCU section, as all that has a borrowed route is.
    pub fn hop(self) -> Hop {
        // SAFETY: By the type invariants.
        unsafe { Hop::of(self.as_raw()) }
    }

    /// Whether the route leads to this host.
    #[inline]
    pub fn is_local(self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_is_local6(self.as_raw()) }
    }

    /// Whether the device that it leads over is up. Routes over one that has gone lead nowhere.
    pub(super) fn is_up(self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_is_up(self.as_raw()) }
    }

    /// The longest packet that the route carries, in bytes.
    #[inline]
    pub fn mtu(self) -> usize {
        // SAFETY: By the type invariants.
        (unsafe { helpers::rust_ipvs_helper_route_mtu(self.as_raw()) }) as usize
    }

    /// Whether the device that it leads to completes checksums of SCTP.
    pub fn completes_sctp(self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_completes_sctp(self.as_raw()) }
    }

    /// What tells whether it still holds, see [`Self::is_current`].
    fn cookie(self) -> u32 {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_cookie6(self.as_raw()) }
    }

    /// Whether the routing tables have not changed since the route had this cookie.
    #[inline]
    fn is_current(self, cookie: u32) -> bool {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_check6(self.as_raw(), cookie) }
    }
}

/// A route and the cookie that it had when it was looked up.
struct Remembered {
    route: Route6,
    cookie: u32,
}

/// A remembered route that RCU readers load from.
#[derive(Default)]
pub struct RouteCache6(RcuSlot<Remembered>);

impl RouteCache6 {
    /// Creates an empty cache.
    pub const fn new() -> Self {
        Self(RcuSlot::new())
    }

    /// Returns the route, if there is one and it still holds.
    #[inline]
    pub fn get<'rcu>(&self, reader: Reader<'rcu>) -> Option<RouteRef6<'rcu>> {
        let remembered = self.0.load(reader)?.into_ref();
        let route = remembered.route.as_ref();
        route.is_current(remembered.cookie).then_some(route)
    }

    /// Remembers `route`. `ENOMEM` is the only error.
    ///
    /// # Context
    ///
    /// Does not sleep.
    pub fn set<'rcu>(&self, route: Route6, reader: Reader<'rcu>) -> Result<RouteRef6<'rcu>> {
        let cookie = route.as_ref().cookie();
        let remembered = RcuArc::new(Remembered { route, cookie }, GFP_ATOMIC | __GFP_NOWARN)?;
        Ok(self.0.set(remembered, reader).into_ref().route.as_ref())
    }

    /// Forgets the route if the device that it leads over is down.
    pub fn clear_dead(&self, reader: Reader<'_>) {
        let remembered = self.0.load(reader);
        if remembered.is_some_and(|remembered| !remembered.route.as_ref().is_up()) {
            self.clear();
        }
    }

    /// Forgets the route, if there is one.
    #[inline]
    pub fn clear(&self) {
        if self.0.is_some() {
            self.0.clear();
        }
    }
}
