// SPDX-License-Identifier: GPL-2.0

//! Changes addresses and ports of an ICMP error and of the packet that it quotes.

use super::super::super::conn::Conn;
use core::net::Ipv4Addr;
use ipvs_core::{
    byteorder::Be16,
    csum::Sum,
    flow::Direction,
    ip::Ip,
    quote::Layout,
    wire::icmp, //
};
use linux_ext::net::{
    netfilter::HookSkb,
    skbuff::IpSummed, //
};

/// `None` if the packet could not be changed; it is to be dropped then.
type Edited = Option<()>;

/// Whether the checksum of the message is right, or known to be.
pub(super) fn is_sound(skb: &HookSkb<'_>, layout: Layout) -> bool {
    // Who has sent it from here has just computed it.
    let known = matches!(skb.ip_summed(), IpSummed::Unnecessary | IpSummed::Partial);
    known || !skb.has_dev() || checksum(skb, layout) == Some(Be16::ZERO)
}

/// The checksum of the message, which is 0 if that in its header is right.
fn checksum(skb: &HookSkb<'_>, layout: Layout) -> Option<Be16> {
    let len = skb.len().checked_sub(layout.icmp)?;
    let sum = skb.checksum(layout.icmp, len)?;
    Some(Sum::new().add_bytes(&sum.to_ne_bytes()).checksum())
}

/// Has the error come from the virtual service, about a packet to that.
pub(super) fn to_client(skb: &mut HookSkb<'_>, layout: Layout, conn: &Conn<Ipv4Addr>) -> Edited {
    let flow = conn.flow();
    apply(skb, layout, Direction::Reply, flow.dst, flow.dport)
}

/// Has the error go to the real server, about a packet of that.
pub(super) fn to_server(skb: &mut HookSkb<'_>, layout: Layout, conn: &Conn<Ipv4Addr>) -> Edited {
    apply(skb, layout, Direction::Original, conn.raddr, conn.rport)
}

fn apply(
    skb: &mut HookSkb<'_>,
    layout: Layout,
    direction: Direction,
    addr: Ipv4Addr,
    port: Be16,
) -> Edited {
    let packet = skb.as_mut().ensure_writable(layout.end())?;
    layout.translate(packet, direction, addr, port)?;
    let check = checksum(skb, layout)?;
    let at = layout.icmp.checked_add(icmp::OFFSET_CHECK)?;
    let end = at.checked_add(check.to_bytes().len())?;
    let packet = skb.as_mut().ensure_writable(end)?;
    packet.get_mut(at..)?.copy_from_slice(&check.to_bytes());
    skb.as_mut().set_checksum_verified();
    Some(())
}

/// Counts this host as a hop. The checksum of the IP header is to be made right later.
pub(super) fn lower_ttl(skb: &mut HookSkb<'_>, layout: Layout) -> Edited {
    let ip = skb.as_mut().ensure_writable(layout.icmp)?;
    Ipv4Addr::lower_ttl(ip).map(|_| ())
}
