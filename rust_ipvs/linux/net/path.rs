// SPDX-License-Identifier: GPL-2.0

//! Routes of either family together with the address to send from.
//!
//! C headers: [`include/net/route.h`](srctree/include/net/route.h),
//! [`include/net/ip6_route.h`](srctree/include/net/ip6_route.h)

use super::{
    namespace::Net,
    route::{
        Hop,
        RouteRef4, //
    },
};
use crate::sync::rcu::Reader;
use core::{
    net::{
        IpAddr,
        Ipv4Addr,
        Ipv6Addr, //
    },
    ptr::NonNull,
};
use ipvs_bindings as helpers;
use kernel::{
    error::from_err_ptr,
    prelude::*, //
};

/// A way to another host for packets of this host that are made of others.
///
/// # Invariants
///
/// `dst` is valid, of the family of `source`, and this value owns one reference.
pub struct Path {
    dst: NonNull<helpers::dst_entry>,
    /// By which a route of IPv6 says whether it still holds.
    cookie: u32,
    source: IpAddr,
}

// SAFETY: Routes may be used and released anywhere.
unsafe impl Send for Path {}
// SAFETY: As above.
unsafe impl Sync for Path {}

impl Path {
    /// Looks up where a packet of this host to `daddr` goes, and which address it comes from; nothing
    /// but the address decides.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn find(net: &Net, daddr: IpAddr) -> Result<Self> {
        match daddr {
            IpAddr::V4(daddr) => Self::find4(net, daddr),
            IpAddr::V6(daddr) => Self::find6(net, daddr),
        }
    }

    fn find4(net: &Net, daddr: Ipv4Addr) -> Result<Self> {
        let daddr = u32::from_ne_bytes(daddr.octets());
        let mut saddr = 0;
        // SAFETY: `net` is valid; addresses are in network order.
        let route =
            unsafe { helpers::rust_ipvs_helper_tunnel_route4(net.as_raw(), daddr, &raw mut saddr) };
        let route = from_err_ptr(route)?;
        // INVARIANT: The lookup returns a reference of an IPv4 route, of which `dst` is the first
        // member.
        Ok(Self {
            dst: NonNull::new(route.cast()).ok_or(EHOSTUNREACH)?,
            cookie: 0,
            source: Ipv4Addr::from(saddr.to_ne_bytes()).into(),
        })
    }

    fn find6(net: &Net, daddr: Ipv6Addr) -> Result<Self> {
        let daddr = daddr.octets();
        let mut saddr = [0; 16];
        let mut cookie = 0;
        // SAFETY: `net` is valid, `daddr` may be read and `saddr` written, sixteen bytes of each.
        let dst = unsafe {
            helpers::rust_ipvs_helper_tunnel_route6(
                net.as_raw(),
                daddr.as_ptr(),
                saddr.as_mut_ptr(),
                &raw mut cookie,
            )
        };
        // INVARIANT: The lookup returns a reference of an IPv6 route.
        Ok(Self {
            dst: NonNull::new(dst).ok_or(EHOSTUNREACH)?,
            cookie,
            source: Ipv6Addr::from(saddr).into(),
        })
    }

    #[inline]
    pub(super) fn as_raw(&self) -> *mut helpers::dst_entry {
        self.dst.as_ptr()
    }

    /// The address to send from.
    #[inline]
    pub fn source(&self) -> IpAddr {
        self.source
    }

    /// As a route of IPv4, if it is one.
    #[inline]
    fn as_route4(&self) -> Option<RouteRef4<'_>> {
        // SAFETY: By the type invariants, `dst` is valid as long as `self` is borrowed.
        let route = unsafe { RouteRef4::from_raw(self.dst.cast()) };
        self.source.is_ipv4().then_some(route)
    }

    /// Where a packet goes first. To be asked in an RCU section.
    pub fn hop(&self, _reader: Reader<'_>) -> Hop {
        // SAFETY: By the type invariants, and there is a section.
        unsafe { Hop::of(self.as_raw()) }
    }

    /// Whether it leads to this host.
    #[inline]
    pub fn is_local(&self) -> bool {
        match self.as_route4() {
            Some(route) => route.is_local(),
            // SAFETY: By the type invariants.
            None => unsafe { helpers::rust_ipvs_helper_tunnel_is_local6(self.as_raw()) },
        }
    }

    /// Whether the routing tables have not changed since it was looked up in them.
    #[inline]
    pub fn is_current(&self, net: &Net) -> bool {
        match self.as_route4() {
            Some(route) => route.is_current(net),
            // SAFETY: By the type invariants; the cookie is that of the route.
            None => unsafe { helpers::rust_ipvs_helper_tunnel_check(self.as_raw(), self.cookie) },
        }
    }

    /// Whether the device that it leads over is up.
    pub fn is_up(&self) -> bool {
        // SAFETY: By the type invariants.
        unsafe { helpers::rust_ipvs_helper_route_is_up(self.as_raw()) }
    }

    /// The longest packet that it carries, in bytes.
    #[inline]
    pub fn mtu(&self) -> usize {
        // SAFETY: By the type invariants.
        (unsafe { helpers::rust_ipvs_helper_tunnel_mtu(self.as_raw()) }) as usize
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        // SAFETY: By the type invariants. RCU readers may still use it.
        unsafe { helpers::dst_release(self.as_raw()) };
    }
}
