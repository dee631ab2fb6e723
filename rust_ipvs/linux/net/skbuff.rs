// SPDX-License-Identifier: GPL-2.0

//! Socket buffers.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use super::{
    namespace::Net,
    route::RouteRef4,
    route6::RouteRef6, //
};
use crate::sync::rcu::Reader;
use core::{marker::PhantomData, ops::Deref, ptr::NonNull};
use ipvs_bindings as helpers;
use kernel::{bindings, error::to_result, prelude::*, types::Opaque};

pub(super) type Headers = bindings::sk_buff__bindgen_ty_4__bindgen_ty_2;

/// `CHECKSUM_NONE`, `CHECKSUM_UNNECESSARY`, `CHECKSUM_COMPLETE` and `CHECKSUM_PARTIAL`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IpSummed {
    /// The checksum in the packet has not been looked at.
    None,
    /// The device has verified it.
    Unnecessary,
    /// The device has summed up the whole packet.
    Complete,
    /// The packet holds the sum of the pseudo header only; a device is to do the rest.
    Partial,
}

/// `PACKET_HOST`: for us.
pub const PACKET_HOST: u8 = 0;

/// The conntrack entry in `_nfct`; the lowest bits say how the packet relates to it.
const NFCT_PTRMASK: c_ulong = !7;

/// `ETH_P_IP`.
const ETH_P_IP: u16 = 0x0800;
/// `ETH_P_IPV6`.
const ETH_P_IPV6: u16 = 0x86dd;

pub(crate) const AF_INET: u16 = 2;
pub(crate) const AF_INET6: u16 = 10;

/// The lowest bit of `_skb_refdst`: no reference is held.
pub(super) const SKB_DST_NOREF: c_ulong = 1;

/// A `struct sk_buff` to be read.
///
/// # Invariants
///
/// `self` points to a valid `struct sk_buff` that is not shared (`skb_shared()` is false) and that
/// is in the IP layer: `data` is at the network header, and unions hold what they hold there.
#[repr(transparent)]
pub struct SkBuff(Opaque<bindings::sk_buff>);

impl SkBuff {
    /// Creates a reference from a raw pointer.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid for `'a`, and nobody may change it but through a [`SkBuffMut`].
    #[inline]
    pub(crate) unsafe fn from_raw<'a>(ptr: NonNull<bindings::sk_buff>) -> &'a Self {
        // CAST: `Self` is a `repr(transparent)` wrapper around `bindings::sk_buff`.
        // SAFETY: By the safety requirements.
        unsafe { ptr.cast().as_ref() }
    }

    /// Returns the raw pointer.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::sk_buff {
        self.0.get()
    }

    /// The group `headers`.
    #[inline]
    pub(super) fn headers(&self) -> *mut Headers {
        // SAFETY: By the type invariants, the pointer is valid. All members of the union start at
        // its first byte.
        unsafe { &raw mut (*self.as_raw()).__bindgen_anon_4 }.cast()
    }

    /// Length of the packet in bytes, from the network header on.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: By the type invariants, the pointer is valid.
        (unsafe { (*self.as_raw()).len }) as usize
    }

    /// Whether the packet has no data.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes are in one piece of memory.
    #[inline]
    pub(super) fn head_len(&self) -> usize {
        // SAFETY: By the type invariants, the pointer is valid.
        let paged = unsafe { (*self.as_raw()).data_len };
        self.len().wrapping_sub(paged as usize)
    }

    #[inline]
    fn data(&self) -> *mut u8 {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { (*self.as_raw()).data }
    }

    /// Reads `N` bytes at `offset` from the start of the packet.
    #[inline(always)]
    pub fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        match self.peek(offset) {
            None => self.read_paged(offset),
            bytes => bytes,
        }
    }

    /// As [`Self::read`], if the bytes are in the one piece of memory where headers mostly are.
    #[inline(always)]
    pub fn peek<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        if offset.checked_add(N)? > self.head_len() {
            return None;
        }
        // SAFETY: `offset` is inside of the linear part.
        let ptr = unsafe { self.data().add(offset) };
        // SAFETY: `N` bytes from there are, too; bytes have no alignment.
        Some(unsafe { ptr.cast::<[u8; N]>().read() })
    }

    #[cold]
    fn read_paged<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        let offset = c_int::try_from(offset).ok()?;
        let mut value = [0; N];
        // SAFETY: `value` is valid for writes of `N` bytes; the C side checks the bounds.
        let ret = unsafe {
            bindings::skb_copy_bits(self.as_raw(), offset, value.as_mut_ptr().cast(), N as c_int)
        };
        (ret == 0).then_some(value)
    }

    /// Whether another buffer may have the same data.
    #[inline]
    fn is_cloned(&self) -> bool {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { bindings::sk_buff::cloned_raw(self.as_raw()) != 0 }
    }

    /// The sum of `len` bytes from `offset` on, as `skb_checksum()` folds it into 32 bits.
    pub fn checksum(&self, offset: usize, len: usize) -> Option<u32> {
        let end = offset.checked_add(len)?;
        if end > self.len() {
            return None;
        }
        // SAFETY: By the type invariants, and the range is inside of the packet.
        Some(unsafe { bindings::skb_checksum(self.as_raw(), offset as c_int, len as c_int, 0) })
    }

    /// The firewall mark.
    #[inline]
    pub fn mark(&self) -> u32 {
        // By the name of the member, as the number of the union depends on the configuration.
        const OFFSET: usize = core::mem::offset_of!(Headers, __bindgen_anon_4.mark);
        // SAFETY: The offset is that of a field.
        let mark = unsafe { self.headers().byte_add(OFFSET) };
        // SAFETY: By the type invariants, the pointer is valid; every bit pattern is a mark.
        unsafe { mark.cast::<u32>().read() }
    }

    /// `pkt_type`, e.g. [`PACKET_HOST`].
    #[inline]
    pub fn pkt_type(&self) -> u8 {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { Headers::pkt_type_raw(self.headers()) }
    }

    /// Whether `ipvs_property` is set: a load balancer has dealt with this packet.
    #[inline]
    pub fn ipvs_property(&self) -> bool {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { Headers::ipvs_property_raw(self.headers()) != 0 }
    }

    /// What is known of the checksum.
    #[inline]
    pub fn ip_summed(&self) -> IpSummed {
        // SAFETY: By the type invariants, the pointer is valid.
        match unsafe { Headers::ip_summed_raw(self.headers()) } {
            0 => IpSummed::None,
            1 => IpSummed::Unnecessary,
            2 => IpSummed::Complete,
            _ => IpSummed::Partial,
        }
    }

    /// Whether the packet has come in through a device or is bound to one.
    #[inline]
    pub fn has_dev(&self) -> bool {
        !self.dev().is_null()
    }

    /// Whether the packet is from this host: it has no device, or came through a loopback.
    pub fn is_locally_generated(&self) -> bool {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { helpers::rust_ipvs_helper_skb_is_local(self.as_raw()) }
    }

    #[inline]
    fn dev(&self) -> *mut bindings::net_device {
        const OFFSET: usize = core::mem::offset_of!(
            bindings::sk_buff,
            __bindgen_anon_1.__bindgen_anon_1.__bindgen_anon_1.dev
        );
        // SAFETY: The offset is that of a field.
        let dev = unsafe { self.as_raw().byte_add(OFFSET) };
        // SAFETY: By the type invariants, it is the member in use.
        unsafe { dev.cast::<*mut bindings::net_device>().read() }
    }

    /// Whether the sending socket asked not to be touched (`IP_NODEFRAG`).
    #[inline]
    pub fn is_nodefrag(&self) -> bool {
        // SAFETY: By the type invariants, the pointer is valid.
        if unsafe { (*self.as_raw()).sk }.is_null() {
            return false;
        }
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { helpers::rust_ipvs_helper_is_nodefrag(self.as_raw()) }
    }

    /// Whether the packet belongs to a conntrack entry that is in the table already.
    pub fn has_confirmed_conntrack(&self) -> bool {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { helpers::rust_ipvs_helper_skb_ct_confirmed(self.as_raw()) }
    }

    #[inline]
    fn refdst(&self) -> *mut c_ulong {
        const OFFSET: usize = core::mem::offset_of!(
            bindings::sk_buff,
            __bindgen_anon_3.__bindgen_anon_1._skb_refdst
        );
        // SAFETY: The offset is that of a field, by the type invariants of the member in use.
        unsafe { self.as_raw().byte_add(OFFSET) }.cast()
    }

    /// The packet's own route, if it has one.
    #[inline]
    fn dst(&self) -> Option<NonNull<helpers::dst_entry>> {
        // SAFETY: `refdst` is valid.
        let refdst = unsafe { self.refdst().read() };
        NonNull::new((refdst & !SKB_DST_NOREF) as *mut helpers::dst_entry)
    }

    /// Whether the packet has a route.
    #[inline]
    pub fn has_route(&self) -> bool {
        self.dst().is_some()
    }

    /// The packet's own route, if it has one of this family (`AF_INET`, `AF_INET6`).
    fn dst_of(&self, family: u16) -> Option<NonNull<helpers::dst_entry>> {
        self.dst().filter(|dst| {
            // SAFETY: The packet keeps its route alive as long as it is borrowed.
            (unsafe { helpers::rust_ipvs_helper_dst_family(dst.as_ptr()) }) == family
        })
    }

    /// The packet's own route, if it has one of IPv4.
    pub fn route4(&self) -> Option<RouteRef4<'_>> {
        let dst = self.dst_of(AF_INET)?;
        // SAFETY: The packet keeps its route alive as long as it is borrowed. `dst` is the first
        // member of what is an IPv4 route.
        Some(unsafe { RouteRef4::from_raw(dst.cast()) })
    }

    /// The packet's own route, if it has one of IPv6.
    pub fn route6(&self) -> Option<RouteRef6<'_>> {
        let dst = self.dst_of(AF_INET6)?;
        // SAFETY: The packet keeps its route, which is one of IPv6, alive as long as it is borrowed.
        Some(unsafe { RouteRef6::from_raw(dst) })
    }

    /// The protocol above the link layer (`ETH_P_*`), in network order.
    #[inline]
    fn protocol(&self) -> u16 {
        const OFFSET: usize = core::mem::offset_of!(Headers, protocol);
        // SAFETY: The offset is that of a field.
        let protocol = unsafe { self.headers().byte_add(OFFSET) };
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { protocol.cast::<u16>().read() }
    }

    /// Whether this is an IPv4 packet.
    #[inline]
    pub fn is_ipv4(&self) -> bool {
        self.protocol() == ETH_P_IP.to_be()
    }

    /// Whether this is an IPv6 packet.
    #[inline]
    pub fn is_ipv6(&self) -> bool {
        self.protocol() == ETH_P_IPV6.to_be()
    }

    /// Whether the packet, or each segment that it will be cut into, is at most `mtu` bytes long.
    #[inline]
    pub fn fits(&self, mtu: usize) -> bool {
        if self.len() <= mtu {
            return true;
        }
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { helpers::rust_ipvs_helper_skb_segs_fit(self.as_raw(), mtu as c_uint) }
    }

    /// Whether the packet will be cut into segments.
    pub fn is_gso(&self) -> bool {
        // SAFETY: By the type invariants, the pointer is valid.
        unsafe { helpers::rust_ipvs_helper_skb_is_gso(self.as_raw()) }
    }

    /// Whether the packet, or each segment or fragment that it will be cut into, is at most `mtu`
    /// bytes long. A packet that is not one of IPv6 is not.
    pub fn fits6(&self, mtu: usize) -> bool {
        if !self.is_ipv6() {
            return false;
        }
        // SAFETY: By the type invariants, the pointer is valid, and the packet is in the IPv6 layer.
        unsafe { helpers::rust_ipvs_helper_skb_fits6(self.as_raw(), mtu as c_uint) }
    }
}

/// Exclusive access to a `struct sk_buff`.
///
/// A handle and not a `&mut SkBuff`: of these, two could be swapped, which a buffer does not survive.
///
/// # Invariants
///
/// The pointer is valid during `'a`, and nobody else uses it or what was borrowed from it.
pub struct SkBuffMut<'a>(
    NonNull<bindings::sk_buff>,
    PhantomData<&'a mut bindings::sk_buff>,
);

impl Deref for SkBuffMut<'_> {
    type Target = SkBuff;

    #[inline]
    fn deref(&self) -> &SkBuff {
        // SAFETY: By the type invariants.
        unsafe { SkBuff::from_raw(self.0) }
    }
}

impl<'a> SkBuffMut<'a> {
    /// Creates a handle from a raw pointer.
    ///
    /// # Safety
    ///
    /// `ptr` must be valid and exclusively the caller's for `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: NonNull<bindings::sk_buff>) -> Self {
        // INVARIANT: By the safety requirements.
        Self(ptr, PhantomData)
    }

    /// Makes the first `len` bytes linear and private, and returns them.
    ///
    /// Every reference into the packet that was taken before is gone by the time this returns: the
    /// borrow checker sees to what C leaves to "reload the pointers after skb_ensure_writable()".
    ///
    /// `None` if the packet is shorter or memory is short; what went wrong makes no difference to
    /// a packet, and telling it costs a call.
    #[inline]
    pub fn ensure_writable(mut self, len: usize) -> Option<&'a mut [u8]> {
        // What the call would look at first.
        if (len > self.head_len() || self.is_cloned()) && !self.make_writable(len) {
            return None;
        }
        // SAFETY: `len` bytes at `data` are linear and not shared after the above, and only
        // reachable through `self`, which is given up.
        Some(unsafe { core::slice::from_raw_parts_mut(self.data(), len) })
    }

    /// Whether the first `len` bytes are linear and private now.
    #[inline(never)]
    fn make_writable(&mut self, len: usize) -> bool {
        let Ok(want) = c_uint::try_from(len) else {
            return false;
        };
        // SAFETY: By the type invariants, the pointer is valid and ours.
        unsafe { bindings::skb_ensure_writable(self.as_raw(), want) == 0 }
    }

    /// Computes the checksum of the SCTP packet whose common header is at `offset`, in the order in
    /// which it is in there.
    ///
    /// `None` if the packet is shorter or memory is short.
    pub fn sctp_checksum(self, offset: usize) -> Option<[u8; 4]> {
        let end = offset.checked_add(size_of::<helpers::sctphdr>())?;
        let end = c_uint::try_from(end).ok()?;
        // SAFETY: By the type invariants, the pointer is valid and ours.
        if unsafe { bindings::skb_ensure_writable(self.as_raw(), end) } != 0 {
            return None;
        }
        // SAFETY: The header is linear and not shared after the call above, so the C side may take
        // its checksum for zero by writing to it.
        let check =
            unsafe { helpers::rust_ipvs_helper_sctp_checksum(self.as_raw(), offset as u32) };
        Some(check.to_ne_bytes())
    }

    /// Sets `ipvs_property`, so that the packet is let alone from now on.
    #[inline]
    pub fn set_ipvs_property(self) {
        // SAFETY: By the type invariants, the pointer is valid and ours.
        unsafe { Headers::set_ipvs_property_raw(self.headers(), 1) };
    }

    /// Lets the IP layer fragment the packet even if it says that this must not be done.
    #[inline]
    pub fn set_ignore_df(self) {
        // SAFETY: By the type invariants, the pointer is valid and ours.
        unsafe { Headers::set_ignore_df_raw(self.headers(), 1) };
    }

    /// Says that nothing is known of the checksum any more.
    #[inline]
    pub fn forget_checksum(self) {
        // SAFETY: By the type invariants, the pointer is valid and ours.
        unsafe { Headers::set_ip_summed_raw(self.headers(), IpSummed::None as u8) };
    }

    /// Says that the checksum is right.
    #[inline]
    pub fn set_checksum_verified(self) {
        // SAFETY: By the type invariants, the pointer is valid and ours.
        unsafe { Headers::set_ip_summed_raw(self.headers(), IpSummed::Unnecessary as u8) };
    }

    /// Detaches the packet from its conntrack entry, if it has one, and marks it as untracked. One that
    /// has none, as nobody tracks it, stays as it is.
    #[inline]
    pub fn notrack(self) {
        // SAFETY: By the type invariants, the pointer is valid.
        if unsafe { (*self.as_raw())._nfct } & NFCT_PTRMASK != 0 {
            self.set_untracked();
        }
    }

    /// Has nobody track the packet from now on.
    pub(super) fn set_untracked(self) {
        // SAFETY: By the type invariants, the pointer is valid and ours.
        unsafe { helpers::rust_ipvs_helper_skb_notrack(self.as_raw()) };
    }

    #[inline]
    pub(super) fn replace_refdst(self, new: c_ulong) {
        // SAFETY: `refdst` is valid and ours.
        let old = unsafe { self.refdst().replace(new) };
        if old != 0 && old & SKB_DST_NOREF == 0 {
            // SAFETY: The packet owned this reference.
            unsafe { helpers::dst_release(old as *mut helpers::dst_entry) };
        }
    }

    /// Looks the route of an IPv4 packet up again, as for one that this host sends.
    pub fn reroute4(self, net: &Net) -> Result {
        if !self.is_ipv4() {
            return Err(EAFNOSUPPORT);
        }
        // SAFETY: By the type invariants, the pointer is valid and ours.
        to_result(unsafe {
            helpers::rust_ipvs_helper_route_me_harder4(net.as_raw(), self.as_raw())
        })
    }

    /// Looks the route of an IPv6 packet up again, as for one that this host sends.
    pub fn reroute6(self, net: &Net) -> Result {
        // Without a route it is not known which device the addresses are about.
        if !self.is_ipv6() || !self.has_route() {
            return Err(EAFNOSUPPORT);
        }
        // SAFETY: By the type invariants, the pointer is valid and ours.
        to_result(unsafe {
            helpers::rust_ipvs_helper_route_me_harder6(net.as_raw(), self.as_raw())
        })
    }

    /// Answers an IPv4 packet with an ICMP error. `info` is the second word of its header.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn icmp_send4(self, ty: u8, code: u8, info: u32) {
        if !self.is_ipv4() {
            return;
        }
        // SAFETY: By the type invariants; a packet without a route is ignored by the C side.
        unsafe {
            helpers::rust_ipvs_helper_icmp_send(self.as_raw(), ty.into(), code.into(), info.to_be())
        };
    }

    /// Answers an IPv6 packet with an ICMPv6 error. `info` is the second word of its header.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn icmp_send6(self, net: &Net, ty: u8, code: u8, info: u32) {
        if self.is_ipv6() {
            // SAFETY: By the type invariants, the pointer is valid and ours.
            unsafe {
                helpers::rust_ipvs_helper_icmp6_send(net.as_raw(), self.as_raw(), ty, code, info)
            };
        }
    }

    /// Says that an IPv6 packet has made too many hops, and counts that (`InHdrErrors`).
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn icmp_expired6(self, net: &Net) {
        if self.is_ipv6() && self.has_route() {
            // SAFETY: By the type invariants, the pointer is valid and ours; there is a route.
            unsafe { helpers::rust_ipvs_helper_icmp6_expired(net.as_raw(), self.as_raw()) };
        }
    }

    /// Reports to the packet's route that the next hop cannot be reached. Does nothing without a
    /// route.
    pub fn link_failure(self) {
        if self.has_route() {
            // SAFETY: By the type invariants; there is a route.
            unsafe { helpers::rust_ipvs_helper_link_failure(self.as_raw()) };
        }
    }

    /// Removes the socket that the packet was assigned to ahead of time, if it came in through a
    /// device: it is for somebody else now.
    #[inline]
    pub fn drop_early_demux(self) {
        // SAFETY: By the type invariants, the pointer is valid.
        let unowned = unsafe { (*self.as_raw()).sk }.is_null();
        if !unowned && self.has_dev() {
            // SAFETY: By the type invariants, the pointer is valid and ours.
            unsafe { helpers::rust_ipvs_helper_skb_orphan(self.as_raw()) };
        }
    }
}

/// An owned `struct sk_buff`.
///
/// # Invariants
///
/// The pointer has ownership over a valid `sk_buff` that is not shared. Its route may be one that is
/// only good in the read-side section of the hook that it was stolen from: it must not leave that,
/// which is why it is not `Send`.
pub struct OwnedSkBuff(NonNull<bindings::sk_buff>);

impl OwnedSkBuff {
    /// Takes ownership of a raw pointer.
    ///
    /// # Safety
    ///
    /// The caller must own `ptr` and give it up.
    #[inline]
    pub(crate) unsafe fn from_raw(ptr: NonNull<bindings::sk_buff>) -> Self {
        // INVARIANT: By the safety requirements.
        Self(ptr)
    }

    /// Makes a buffer of a packet that begins with its header of IPv6, or else IPv4. It has no route.
    ///
    /// # Context
    ///
    /// Does not sleep. `ENOMEM` is the only error.
    pub fn new(packet: &[u8], is_ipv6: bool) -> Result<Self> {
        // SAFETY: The bytes are valid for reads; the C side copies them.
        let skb = unsafe {
            helpers::rust_ipvs_helper_skb_of(packet.as_ptr().cast(), packet.len() as u32, is_ipv6)
        };
        // INVARIANT: It was just made, and begins with the network header.
        NonNull::new(skb).map(Self).ok_or(ENOMEM)
    }

    /// Borrows the buffer to change it.
    #[inline]
    pub fn as_mut(&mut self) -> SkBuffMut<'_> {
        // SAFETY: By the type invariants, and `self` is borrowed.
        unsafe { SkBuffMut::from_raw(self.0) }
    }

    /// Sends an IPv4 packet as if it came from this host: through `NF_INET_LOCAL_OUT` and then to
    /// `route`, without a reference to it.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    #[inline]
    pub fn local_out4<'rcu>(mut self, net: &Net, route: RouteRef4<'rcu>, _reader: Reader<'rcu>) {
        if !self.is_ipv4() {
            return;
        }
        self.prepare_local_out(route.as_raw().cast());
        let skb = core::mem::ManuallyDrop::new(self);
        // SAFETY: The packet is one of IPv4 and has a route, and it is given up.
        unsafe { helpers::rust_ipvs_helper_local_out4(net.as_raw(), skb.0.as_ptr()) };
    }

    /// As [`Self::local_out4`], for an IPv6 packet.
    #[inline]
    pub fn local_out6<'rcu>(mut self, net: &Net, route: RouteRef6<'rcu>, _reader: Reader<'rcu>) {
        if !self.is_ipv6() {
            return;
        }
        self.prepare_local_out(route.as_raw());
        let skb = core::mem::ManuallyDrop::new(self);
        // SAFETY: The packet is one of IPv6 and has a route, and it is given up.
        unsafe { helpers::rust_ipvs_helper_local_out6(net.as_raw(), skb.0.as_ptr()) };
    }

    /// Gives the packet a route without a reference, and takes away what it has from coming in.
    #[inline]
    fn prepare_local_out(&mut self, route: *mut helpers::dst_entry) {
        // The route outlives the read-side section and so the sending; code that keeps the packet
        // for longer takes a reference by itself (`skb_dst_force()`).
        let refdst = route as c_ulong | SKB_DST_NOREF;
        self.as_mut().replace_refdst(refdst);
        if self.ip_summed() == IpSummed::Complete {
            self.as_mut().forget_checksum();
        }
        if self.has_dev() {
            // SAFETY: By the type invariants, the pointer is valid and ours.
            unsafe { helpers::rust_ipvs_helper_skb_clear_tstamp(self.0.as_ptr()) };
        }
    }
}

impl Deref for OwnedSkBuff {
    type Target = SkBuff;

    #[inline]
    fn deref(&self) -> &SkBuff {
        // SAFETY: By the type invariants.
        unsafe { SkBuff::from_raw(self.0) }
    }
}

impl Drop for OwnedSkBuff {
    fn drop(&mut self) {
        // SAFETY: By the type invariants, we own the buffer.
        unsafe {
            bindings::sk_skb_reason_drop(
                core::ptr::null_mut(),
                self.0.as_ptr(),
                bindings::skb_drop_reason_SKB_DROP_REASON_NOT_SPECIFIED,
            )
        };
    }
}
