// SPDX-License-Identifier: GPL-2.0

//! Changes addresses and ports of an ICMP error and of the packet that it quotes.

use super::super::super::{
    conn::Conn,
    family::Family, //
};
use ipvs_core::{
    addr::{
        Addr,
        Family as Version, //
    },
    byteorder::Be16,
    csum::Sum,
    flow::Direction,
    ip::put,
    quote::Layout,
    wire::{
        icmp,
        tcp, //
    },
};
use linux_ext::net::{
    netfilter::HookSkb,
    skbuff::IpSummed, //
};

/// `None` if the packet could not be changed; it is to be dropped then.
type Edited = Option<()>;

/// Where the parts of an error are, and between whom it goes.
pub(super) struct Place<A: Family> {
    pub(super) layout: Layout,
    pub(super) src: A,
    pub(super) dst: A,
}

/// Whether the checksum of the message is right, or known to be.
pub(super) fn is_sound<A: Family>(skb: &HookSkb<'_>, place: &Place<A>) -> bool {
    // Who has sent it from here has just computed it.
    let known = matches!(skb.ip_summed(), IpSummed::Unnecessary | IpSummed::Partial);
    known || !skb.has_dev() || checksum(skb, place) == Some(Be16::ZERO)
}

/// The checksum of the message, which is 0 if that in its header is right.
fn checksum<A: Family>(skb: &HookSkb<'_>, place: &Place<A>) -> Option<Be16> {
    let len = skb.len().checked_sub(place.layout.icmp)?;
    let sum = skb.checksum(place.layout.icmp, len)?;
    let sum = Sum::new().add_bytes(&sum.to_ne_bytes());
    let sum = match A::FAMILY {
        Version::V4 => sum,
        Version::V6 => A::add_pseudo(sum, place.src, place.dst, A::ICMP, len),
    };
    Some(sum.checksum())
}

/// Has the error come from the virtual service, about a packet to that.
pub(super) fn to_client<A: Family>(
    skb: &mut HookSkb<'_>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Edited {
    let flow = conn.flow();
    let place = Place {
        src: flow.dst,
        ..*place
    };
    apply(skb, &place, Direction::Reply, flow.dst, flow.dport)
}

/// Has the error go to the real server, about a packet of that.
pub(super) fn to_server<A: Family>(
    skb: &mut HookSkb<'_>,
    place: &Place<A>,
    conn: &Conn<A>,
) -> Edited {
    let place = Place {
        dst: conn.raddr,
        ..*place
    };
    apply(skb, &place, Direction::Original, conn.raddr, conn.rport)
}

/// Translates; `place` has the new addresses already.
fn apply<A: Family>(
    skb: &mut HookSkb<'_>,
    place: &Place<A>,
    direction: Direction,
    addr: A,
    port: Be16,
) -> Edited {
    let layout = place.layout;
    let packet = skb.as_mut().ensure_writable(layout.end())?;
    match addr.into() {
        Addr::V4(addr) => layout.translate(packet, direction, addr, port)?,
        Addr::V6(_) => translate6(packet, layout, direction, addr, port)?,
    }
    let check = checksum(skb, place)?;
    let packet = skb.as_mut().ensure_writable(layout.end())?;
    put(packet, check_at(layout), check.to_bytes())?;
    skb.as_mut().set_checksum_verified();
    Some(())
}

/// As [`Layout::translate`]: there is no checksum in the headers of IPv6.
fn translate6<A: Family>(
    packet: &mut [u8],
    layout: Layout,
    direction: Direction,
    addr: A,
    port: Be16,
) -> Edited {
    let (outer_at, quoted_at, port_at) = match direction {
        Direction::Original => (A::OFFSET_DST, A::OFFSET_SRC, tcp::OFFSET_SPORT),
        Direction::Reply => (A::OFFSET_SRC, A::OFFSET_DST, tcp::OFFSET_DPORT),
    };
    addr.put(packet, outer_at)?;
    addr.put(packet, layout.quoted().checked_add(quoted_at)?)?;
    if layout.has_ports {
        put(packet, layout.l4.checked_add(port_at)?, port.to_bytes())?;
    }
    put(packet, check_at(layout), [0, 0])
}

fn check_at(layout: Layout) -> usize {
    layout.icmp.wrapping_add(icmp::OFFSET_CHECK)
}

/// Counts this host as a hop. The checksum of the IP header is to be made right later.
pub(super) fn lower_ttl<A: Family>(skb: &mut HookSkb<'_>, place: &Place<A>) -> Edited {
    let ip = skb.as_mut().ensure_writable(place.layout.icmp)?;
    A::lower_ttl(ip).map(|_| ())
}
