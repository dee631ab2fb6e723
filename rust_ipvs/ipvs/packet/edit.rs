// SPDX-License-Identifier: GPL-2.0

//! Changes addresses and ports of a packet, and what checksums follow from them.

use super::super::conn::{
    Conn,
    Deltas, //
};
use core::net::Ipv4Addr;
use ipvs_core::{
    byteorder::Be16,
    csum::{
        Delta,
        Sum, //
    },
    packet::{
        Headers,
        L4, //
    },
    wire::{
        ipv4,
        tcp,
        udp, //
    },
};
use linux_ext::net::{
    netfilter::HookSkb,
    skbuff::IpSummed, //
};

/// `None` if the packet could not be changed; it is to be dropped then.
type Edited = Option<()>;

/// Whether this host counts as a hop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    /// It does: the time to live goes down.
    Counted,
    /// It does not.
    None,
}

/// One change of an endpoint.
struct Change<'a> {
    addr: Ipv4Addr,
    addr_offset: usize,
    port: Be16,
    port_offset: usize,
    deltas: &'a Deltas,
    hop: Hop,
}

/// Puts the real server in place of the virtual service as the destination.
#[inline]
pub(super) fn request(skb: &mut HookSkb<'_>, headers: &Headers, conn: &Conn, hop: Hop) -> Edited {
    let change = Change {
        addr: conn.raddr,
        addr_offset: ipv4::OFFSET_DST,
        port: conn.rport,
        port_offset: tcp::OFFSET_DPORT,
        deltas: &conn.request,
        hop,
    };
    apply(skb, headers, &change)
}

/// Puts the virtual service in place of the real server as the source.
#[inline]
pub(super) fn reply(skb: &mut HookSkb<'_>, headers: &Headers, conn: &Conn) -> Edited {
    let change = Change {
        addr: conn.flow().dst,
        addr_offset: ipv4::OFFSET_SRC,
        port: conn.flow().dport,
        port_offset: tcp::OFFSET_SPORT,
        deltas: &conn.reply,
        hop: Hop::None,
    };
    apply(skb, headers, &change)
}

#[inline(always)]
fn apply(skb: &mut HookSkb<'_>, headers: &Headers, change: &Change<'_>) -> Edited {
    let (l4_len, check_offset, is_udp) = match headers.l4 {
        L4::Tcp(_) => (tcp::MIN_LEN, tcp::OFFSET_CHECK, false),
        L4::Udp => (udp::LEN, udp::OFFSET_CHECK, true),
        L4::Truncated => return None,
    };
    let summed = skb.ip_summed();
    let l4_offset = usize::from(headers.l4_offset);
    let packet = skb
        .as_mut()
        .ensure_writable(l4_offset.wrapping_add(l4_len))?;
    let (ip, l4) = packet.split_at_mut_checked(l4_offset)?;

    edit_network(ip, change)?;
    put(l4, change.port_offset, change.port.to_bytes())?;
    let check = Be16::from_bytes(get(l4, check_offset)?);
    let new = match summed {
        // The device adds the rest; only the pseudo header is in it yet.
        IpSummed::Partial => change.deltas.addrs.apply_partial(check),
        _ if !is_udp => change.deltas.all.apply(check),
        _ if check != Be16::ZERO => change.deltas.all.apply_udp(check),
        _ => return fill_in_udp_checksum(skb, headers, change),
    };
    put(l4, check_offset, new.to_bytes())?;
    if summed == IpSummed::Complete {
        // The sum of the whole packet is no longer what the device said.
        skb.as_mut().set_ip_summed(IpSummed::None);
    }
    Some(())
}

#[inline(always)]
fn edit_network(ip: &mut [u8], change: &Change<'_>) -> Edited {
    let mut delta = change.deltas.addrs;
    if change.hop == Hop::Counted {
        let [ttl] = get(ip, ipv4::OFFSET_TTL)?;
        put(ip, ipv4::OFFSET_TTL, [ttl.wrapping_sub(1)])?;
        delta = delta.and(Delta::TTL_DECREMENTED);
    }
    let check = Be16::from_bytes(get(ip, ipv4::OFFSET_CHECK)?);
    put(ip, ipv4::OFFSET_CHECK, delta.apply(check).to_bytes())?;
    put(ip, change.addr_offset, change.addr.octets())
}

/// The datagram came without a checksum; as C does, it goes on with one.
#[cold]
fn fill_in_udp_checksum(skb: &mut HookSkb<'_>, headers: &Headers, change: &Change<'_>) -> Edited {
    let l4_offset = usize::from(headers.l4_offset);
    let len = skb.len().checked_sub(l4_offset)?;
    let data = skb.checksum(l4_offset, len)?;
    let (src, dst) = match change.addr_offset {
        ipv4::OFFSET_SRC => (change.addr, headers.flow.dst),
        _ => (headers.flow.src, change.addr),
    };
    let check = Sum::new()
        .add_bytes(&data.to_ne_bytes())
        .add_pseudo_v4(src, dst, headers.flow.proto, len as u16)
        .udp_checksum();
    let packet = skb
        .as_mut()
        .ensure_writable(l4_offset.wrapping_add(udp::LEN))?;
    let l4 = packet.get_mut(l4_offset..)?;
    put(l4, udp::OFFSET_CHECK, check.to_bytes())?;
    skb.as_mut().set_ip_summed(IpSummed::Unnecessary);
    Some(())
}

#[inline(always)]
fn get<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

#[inline(always)]
fn put<const N: usize>(bytes: &mut [u8], offset: usize, value: [u8; N]) -> Edited {
    *bytes.get_mut(offset..)?.first_chunk_mut()? = value;
    Some(())
}
