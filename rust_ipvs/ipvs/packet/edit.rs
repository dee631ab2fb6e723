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
    quote::fill_in_check,
    wire::{
        ipv4,
        sctp,
        tcp,
        udp, //
    },
};
use linux_ext::net::{
    netfilter::HookSkb,
    route::RouteRef4,
    skbuff::IpSummed, //
};

/// `None` if the packet could not be changed; it is to be dropped then.
type Edited = Option<()>;

/// Whether this host counts as a hop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hop {
    /// It does: the time to live goes down.
    Counted {
        /// Whether the next device completes checksums of SCTP.
        completes_sctp: bool,
    },
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
        L4::Sctp(_) => return apply_sctp(skb, headers, change),
        L4::Ipsec => return apply_addresses(skb, headers, change),
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
        skb.as_mut().forget_checksum();
    }
    Some(())
}

#[inline(always)]
fn edit_network(ip: &mut [u8], change: &Change<'_>) -> Edited {
    let mut delta = change.deltas.addrs;
    if change.hop != Hop::None {
        delta = delta.and(lower_ttl(ip)?);
    }
    put(ip, change.addr_offset, change.addr.octets())?;
    update_check(ip, delta)
}

/// Takes one from the time to live. Returns what that does to the checksum.
#[inline(always)]
pub(super) fn lower_ttl(ip: &mut [u8]) -> Option<Delta> {
    let [ttl] = get(ip, ipv4::OFFSET_TTL)?;
    put(ip, ipv4::OFFSET_TTL, [ttl.wrapping_sub(1)])?;
    Some(Delta::TTL_DECREMENTED)
}

/// Makes the checksum of an IP header right after changes.
#[inline(always)]
fn update_check(ip: &mut [u8], delta: Delta) -> Edited {
    if ip.len() > ipv4::MIN_LEN {
        // The IP layer fills in options (such as a recorded route) and leaves the checksum for later.
        return fill_in_check(ip);
    }
    let check = Be16::from_bytes(get(ip, ipv4::OFFSET_CHECK)?);
    put(ip, ipv4::OFFSET_CHECK, delta.apply(check).to_bytes())
}

/// Counts this host as a hop of a packet that is not going to be translated.
#[inline]
pub(super) fn count_hop(skb: &mut HookSkb<'_>, headers: &Headers) -> Edited {
    let l4_offset = usize::from(headers.l4_offset);
    let ip = skb.as_mut().ensure_writable(l4_offset)?;
    let delta = lower_ttl(ip)?;
    update_check(ip, delta)
}

/// The same for SCTP, whose checksum is not a sum: it is computed anew if it has to be.
#[cold]
fn apply_sctp(skb: &mut HookSkb<'_>, headers: &Headers, change: &Change<'_>) -> Edited {
    let summed = skb.ip_summed();
    let is_left_to_device = summed == IpSummed::Partial && is_completed(skb, change);
    let l4_offset = usize::from(headers.l4_offset);
    let packet = skb
        .as_mut()
        .ensure_writable(l4_offset.wrapping_add(sctp::LEN))?;
    let (ip, l4) = packet.split_at_mut_checked(l4_offset)?;

    edit_network(ip, change)?;
    let old = Be16::from_bytes(get(l4, change.port_offset)?);
    put(l4, change.port_offset, change.port.to_bytes())?;
    if old != change.port || (summed == IpSummed::Partial && !is_left_to_device) {
        // Each segment gets its own when the packet is cut.
        if !skb.is_gso() {
            fill_in_sctp_checksum(skb, l4_offset)?;
        }
    } else if summed != IpSummed::Partial {
        skb.as_mut().set_checksum_verified();
    }
    Some(())
}

/// Whether the device that the packet is going to completes its checksum.
fn is_completed(skb: &HookSkb<'_>, change: &Change<'_>) -> bool {
    match change.hop {
        Hop::Counted { completes_sctp } => completes_sctp,
        Hop::None if change.addr_offset == ipv4::OFFSET_DST => {
            skb.route4().is_some_and(RouteRef4::completes_sctp)
        }
        Hop::None => false,
    }
}

fn fill_in_sctp_checksum(skb: &mut HookSkb<'_>, l4_offset: usize) -> Edited {
    let check = skb.as_mut().sctp_checksum(l4_offset)?;
    let packet = skb
        .as_mut()
        .ensure_writable(l4_offset.wrapping_add(sctp::LEN))?;
    let l4 = packet.get_mut(l4_offset..)?;
    put(l4, sctp::OFFSET_CHECK, check)?;
    skb.as_mut().set_checksum_verified();
    Some(())
}

/// The same for what has no ports and no checksum that the addresses are part of.
#[cold]
fn apply_addresses(skb: &mut HookSkb<'_>, headers: &Headers, change: &Change<'_>) -> Edited {
    let ip = skb.as_mut().ensure_writable(headers.l4_offset.into())?;
    edit_network(ip, change)
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
    skb.as_mut().set_checksum_verified();
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
