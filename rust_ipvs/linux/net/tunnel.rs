// SPDX-License-Identifier: GPL-2.0

//! Packets that are put into others.
//!
//! C headers: [`include/net/ip_tunnels.h`](srctree/include/net/ip_tunnels.h),
//! [`include/net/udp.h`](srctree/include/net/udp.h), [`include/net/gre.h`](srctree/include/net/gre.h)

use super::{
    namespace::Net,
    path::Path,
    skbuff::{
        Headers,
        IpSummed,
        OwnedSkBuff,
        SkBuffMut,
        SKB_DST_NOREF, //
    },
};
use crate::sync::rcu::Reader;
use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};
use ipvs_bindings as helpers;
use kernel::{
    bindings,
    error::to_result,
    prelude::*, //
};

/// What there will be between the outer IP header and the packet. A device that cuts it into segments
/// has to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing.
    Nothing,
    /// UDP, and what goes before the packet in it.
    Udp {
        /// Whether UDP has a checksum.
        checksum: bool,
        /// Whether the receiver completes that of the packet.
        remote: bool,
    },
    /// GRE.
    Gre {
        /// Whether it has a checksum.
        checksum: bool,
    },
}

impl Between {
    fn gso_type(self) -> c_int {
        match self {
            Self::Nothing => 0,
            Self::Udp { checksum, remote } => {
                let tunnel = match checksum {
                    true => bindings::SKB_GSO_UDP_TUNNEL_CSUM,
                    false => bindings::SKB_GSO_UDP_TUNNEL,
                };
                match remote {
                    true => tunnel | bindings::SKB_GSO_TUNNEL_REMCSUM,
                    false => tunnel,
                }
            }
            Self::Gre { checksum: true } => bindings::SKB_GSO_GRE_CSUM,
            Self::Gre { checksum: false } => bindings::SKB_GSO_GRE,
        }
    }
}

/// A packet that is being put into another one.
///
/// # Invariants
///
/// The IP header of the packet inside is noted as the inner one, and there are at least `room` bytes
/// before `data`. The packet has the route of a [`Path`] of the family of `source`.
pub struct Tunnelled {
    skb: OwnedSkBuff,
    room: usize,
    source: IpAddr,
    same_family: bool,
}

impl OwnedSkBuff {
    /// Begins to put a packet into one that goes by `path`: makes room for `room` bytes before it, and
    /// tells devices of `between`. `protocol` is the number that the packet has inside of another one
    /// (`IPPROTO_IPIP`, `IPPROTO_IPV6`).
    ///
    /// The packet is freed if there is no memory.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn into_tunnel<'rcu>(
        mut self,
        path: &'rcu Path,
        between: Between,
        protocol: u8,
        room: usize,
        _reader: Reader<'rcu>,
    ) -> Result<Tunnelled> {
        // The path outlives the read-side section, which the packet does not leave; code that keeps
        // it for longer takes a reference of the route by itself (`skb_dst_force()`).
        let refdst = path.as_raw() as c_ulong | SKB_DST_NOREF;
        self.as_mut().replace_refdst(refdst);
        let (outer, same_family) = match path.source() {
            IpAddr::V4(_) => (
                bindings::SKB_GSO_IPXIP4,
                u32::from(protocol) == bindings::IPPROTO_IPIP,
            ),
            IpAddr::V6(_) => (
                bindings::SKB_GSO_IPXIP6,
                u32::from(protocol) == bindings::IPPROTO_IPV6,
            ),
        };
        let gso_type = outer | between.gso_type();
        let len = c_uint::try_from(room)?;
        // SAFETY: The packet is ours, not shared, and has a route, whose device it goes to.
        to_result(unsafe {
            helpers::rust_ipvs_helper_tunnel_begin(self.as_raw(), len, gso_type, protocol)
        })?;
        // INVARIANT: As was just done.
        Ok(Tunnelled {
            skb: self,
            room,
            source: path.source(),
            same_family,
        })
    }
}

impl SkBuffMut<'_> {
    /// Tells the socket of this host that sends the packet, if it is one, that packets to where this one
    /// goes may be `mtu` bytes long.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    #[inline]
    pub fn limit_sender(self, mtu: usize) {
        // SAFETY: By the type invariants, the pointer is valid.
        let unowned = unsafe { (*self.as_raw()).sk }.is_null();
        if unowned || !self.has_route() {
            return;
        }
        // SAFETY: By the type invariants; there is a route.
        unsafe { helpers::rust_ipvs_helper_local_update_pmtu(self.as_raw(), mtu as c_uint) };
    }
}

impl Tunnelled {
    /// Length so far, in bytes.
    pub fn len(&self) -> usize {
        self.skb.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.skb.is_empty()
    }

    /// A source port for UDP that is the same for the same flow, in network order.
    pub fn flow_source_port(&self, net: &Net) -> u16 {
        // SAFETY: The packet is ours.
        unsafe { helpers::rust_ipvs_helper_udp_flow_src_port(net.as_raw(), self.skb.as_raw()) }
    }

    /// Where the checksum is that was left to a device: where the bytes begin that it sums up, and where
    /// it puts the result, in bytes from the start of the packet. `None` if there is nothing left to it.
    pub fn open_checksum(&self) -> Option<(u16, u16)> {
        if self.skb.ip_summed() != IpSummed::Partial {
            return None;
        }
        // SAFETY: The packet is ours.
        let start = unsafe { helpers::rust_ipvs_helper_skb_checksum_start(self.skb.as_raw()) };
        let start = u16::try_from(start).ok()?;
        // SAFETY: As above.
        let offset = unsafe { helpers::rust_ipvs_helper_skb_checksum_offset(self.skb.as_raw()) };
        Some((start, start.checked_add(offset)?))
    }

    /// Says that devices need not complete the checksum, since the receiver does; unless the packet is
    /// still to be cut into segments.
    pub fn leave_checksum(&mut self) {
        // SAFETY: The packet is ours.
        if unsafe { helpers::rust_ipvs_helper_skb_is_gso(self.skb.as_raw()) } {
            return;
        }
        self.skb.as_mut().forget_checksum();
        // SAFETY: The packet is ours.
        unsafe { Headers::set_encapsulation_raw(self.skb.headers(), 0) };
    }

    /// Takes `len` bytes of the room.
    fn take_room(&mut self, len: usize) -> Result<c_uint> {
        self.room = self.room.checked_sub(len).ok_or(ENOBUFS)?;
        Ok(len.try_into()?)
    }

    fn push_transport(&mut self, header: &[u8]) -> Result {
        let len = self.take_room(header.len())?;
        // SAFETY: By the type invariants, there is room.
        let place = unsafe { helpers::rust_ipvs_helper_push_transport(self.skb.as_raw(), len) };
        // SAFETY: `place` has room for these bytes, and is ours.
        unsafe {
            place
                .cast::<u8>()
                .copy_from_nonoverlapping(header.as_ptr(), header.len())
        };
        Ok(())
    }

    /// Puts a UDP header, and what follows it, before the packet. `daddr` is what it will be sent to.
    pub fn push_udp(&mut self, header: &[u8], daddr: IpAddr, checksum: bool) -> Result {
        const UDP_LEN: usize = 8;
        if header.len() < UDP_LEN {
            return Err(EINVAL);
        }
        self.push_transport(header)?;
        let (skb, len) = (self.skb.as_raw(), self.skb.len() as c_int);
        match (self.source, daddr) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => {
                let (src, dst) = (network_order(src), network_order(dst));
                // SAFETY: There is a UDP header at the transport header, and at `data`.
                unsafe { helpers::udp_set_csum(!checksum, skb, src, dst, len) };
                Ok(())
            }
            (IpAddr::V6(src), IpAddr::V6(dst)) => {
                let (src, dst) = (in6_addr(src), in6_addr(dst));
                // SAFETY: As above.
                unsafe {
                    helpers::udp6_set_csum(!checksum, skb, &raw const src, &raw const dst, len)
                };
                Ok(())
            }
            _ => Err(EAFNOSUPPORT),
        }
    }

    /// Puts a GRE header before the packet, whose number among the protocols of Ethernet is
    /// `ethertype`.
    pub fn push_gre(&mut self, header: &[u8], ethertype: u16, checksum: bool) -> Result {
        let needed = match checksum {
            true => 8,
            false => 4,
        };
        if header.len() != needed {
            return Err(EINVAL);
        }
        self.push_transport(header)?;
        // SAFETY: There is a GRE header at the transport header, and at `data`, with room for a
        // checksum if there is to be one.
        unsafe {
            helpers::rust_ipvs_helper_gre_pushed(self.skb.as_raw(), ethertype.to_be(), checksum)
        };
        Ok(())
    }

    /// Puts an IPv4 header before the packet and sends it: through `NF_INET_LOCAL_OUT`, and by the
    /// path. Length, identification and checksum of the header are filled in.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    pub fn send4(mut self, net: &Net, header: &[u8; 20]) -> Result {
        if !self.source.is_ipv4() {
            return Err(EAFNOSUPPORT);
        }
        self.push_network(header)?;
        let same_family = self.same_family;
        let skb = core::mem::ManuallyDrop::new(self.skb);
        // SAFETY: The packet is one of IPv4 and has an IPv4 route, and it is given up.
        unsafe { helpers::rust_ipvs_helper_tunnel_out4(net.as_raw(), skb.as_raw(), same_family) };
        Ok(())
    }

    /// As [`Self::send4`], with an IPv6 header.
    pub fn send6(mut self, net: &Net, header: &[u8; 40]) -> Result {
        if !self.source.is_ipv6() {
            return Err(EAFNOSUPPORT);
        }
        self.push_network(header)?;
        let same_family = self.same_family;
        let skb = core::mem::ManuallyDrop::new(self.skb);
        // SAFETY: The packet is one of IPv6 and has an IPv6 route, and it is given up.
        unsafe { helpers::rust_ipvs_helper_tunnel_out6(net.as_raw(), skb.as_raw(), same_family) };
        Ok(())
    }

    fn push_network(&mut self, header: &[u8]) -> Result {
        let len = self.take_room(header.len())?;
        if self.skb.has_dev() {
            // SAFETY: The packet is ours.
            unsafe { helpers::rust_ipvs_helper_skb_clear_tstamp(self.skb.as_raw()) };
        }
        // SAFETY: By the type invariants, there is room.
        let place = unsafe { helpers::rust_ipvs_helper_push_network(self.skb.as_raw(), len) };
        // SAFETY: `place` has room for these bytes, and is ours.
        unsafe {
            place
                .cast::<u8>()
                .copy_from_nonoverlapping(header.as_ptr(), header.len())
        };
        Ok(())
    }
}

fn network_order(addr: Ipv4Addr) -> u32 {
    u32::from_ne_bytes(addr.octets())
}

fn in6_addr(addr: Ipv6Addr) -> bindings::in6_addr {
    let mut raw = bindings::in6_addr::default();
    // SAFETY: Sixteen bytes, whichever member is meant.
    unsafe { (&raw mut raw).cast::<[u8; 16]>().write(addr.octets()) };
    raw
}
