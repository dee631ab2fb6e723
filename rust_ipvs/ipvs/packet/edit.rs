// SPDX-License-Identifier: GPL-2.0

//! Changes addresses and ports of a packet, and what checksums follow from them.

use super::super::{
    conn::{
        Conn,
        Deltas, //
    },
    family::Family,
};
use ipvs_core::{
    byteorder::Be16,
    csum::Sum,
    ip::{
        get,
        put, //
    },
    packet::{
        Headers,
        L4, //
    },
    wire::{
        sctp,
        tcp,
        udp, //
    },
};
use linux_ext::net::{
    inet::Route,
    netfilter::HookSkb,
    skbuff::IpSummed, //
};

/// `None` if the packet could not be changed; it is to be dropped then.
type Edited = Option<()>;

/// Whether this host counts as a hop.
#[derive(Clone, Copy)]
pub(super) enum Hop<R> {
    /// It does: the time to live goes down. The packet is going on by this route.
    Counted(R),
    /// It does not.
    None,
}

/// One change of an endpoint.
#[derive(Clone, Copy)]
struct Change<'a, 'r, A: Family> {
    addr: A,
    addr_offset: usize,
    port: Be16,
    port_offset: usize,
    deltas: &'a Deltas,
    hop: Hop<A::Route<'r>>,
}

/// Puts the real server in place of the virtual service as the destination.
#[inline(always)]
pub(super) fn request<'r, A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    conn: &Conn<A>,
    hop: Hop<A::Route<'r>>,
) -> Edited {
    let change = Change {
        addr: conn.raddr,
        addr_offset: A::OFFSET_DST,
        port: conn.rport,
        port_offset: tcp::OFFSET_DPORT,
        deltas: &conn.request,
        hop,
    };
    apply(skb, headers, change)
}

/// Puts the virtual service in place of the real server as the source.
#[inline(always)]
pub(super) fn reply<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    conn: &Conn<A>,
) -> Edited {
    let change = Change {
        addr: conn.flow().dst,
        addr_offset: A::OFFSET_SRC,
        port: conn.flow().dport,
        port_offset: tcp::OFFSET_SPORT,
        deltas: &conn.reply,
        hop: Hop::None,
    };
    apply(skb, headers, change)
}

/// What most packets are is in line, once for each protocol: then all offsets are constants, and no
/// bound needs a look.
#[inline(always)]
fn apply<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    change: Change<'_, '_, A>,
) -> Edited {
    let is_plain = usize::from(headers.l4_offset) == A::HEADER_LEN;
    match headers.l4 {
        L4::Tcp(_) if is_plain => apply_at(skb, headers, A::HEADER_LEN, TCP, change),
        L4::Udp if is_plain => apply_at(skb, headers, A::HEADER_LEN, UDP, change),
        _ => apply_to_others(skb, headers, change),
    }
}

#[cold]
#[inline(never)]
fn apply_to_others<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    change: Change<'_, '_, A>,
) -> Edited {
    let l4_offset = usize::from(headers.l4_offset);
    match headers.l4 {
        L4::Tcp(_) => apply_at(skb, headers, l4_offset, TCP, change),
        L4::Udp => apply_at(skb, headers, l4_offset, UDP, change),
        L4::Sctp(_) => apply_sctp(skb, headers, &change),
        L4::Ipsec => apply_addresses(skb, headers, &change),
        L4::Truncated => None,
    }
}

/// What has to be known of a header behind that of IP.
#[derive(Clone, Copy)]
struct Transport {
    len: usize,
    check_offset: usize,
    is_udp: bool,
}

const TCP: Transport = Transport {
    len: tcp::MIN_LEN,
    check_offset: tcp::OFFSET_CHECK,
    is_udp: false,
};

const UDP: Transport = Transport {
    len: udp::LEN,
    check_offset: udp::OFFSET_CHECK,
    is_udp: true,
};

#[inline(always)]
fn apply_at<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    l4_offset: usize,
    transport: Transport,
    change: Change<'_, '_, A>,
) -> Edited {
    let Transport {
        len,
        check_offset,
        is_udp,
    } = transport;
    let summed = skb.ip_summed();
    let packet = skb.as_mut().ensure_writable(l4_offset.wrapping_add(len))?;
    let (ip, l4) = packet.split_at_mut_checked(l4_offset)?;

    edit_network(ip, &change)?;
    put(l4, change.port_offset, change.port.to_bytes())?;
    let check = Be16::from_bytes(get(l4, check_offset)?);
    let new = match summed {
        // The device adds the rest; only the pseudo header is in it yet.
        IpSummed::Partial => change.deltas.addrs.apply_partial(check),
        _ if !is_udp => change.deltas.all.apply(check),
        _ if check != Be16::ZERO => change.deltas.all.apply_udp(check),
        _ => return fill_in_udp_checksum(skb, headers, change.addr, change.addr_offset),
    };
    put(l4, check_offset, new.to_bytes())?;
    if summed == IpSummed::Complete {
        // The sum of the whole packet is no longer what the device said.
        skb.as_mut().forget_checksum();
    }
    Some(())
}

#[inline(always)]
fn edit_network<A: Family>(ip: &mut [u8], change: &Change<'_, '_, A>) -> Edited {
    let mut delta = change.deltas.addrs;
    if let Hop::Counted(_) = change.hop {
        delta = delta.and(A::lower_ttl(ip)?);
    }
    change.addr.put(ip, change.addr_offset)?;
    A::update_check(ip, delta)
}

/// Counts this host as a hop of a packet that is not going to be translated.
#[inline(always)]
pub(super) fn count_hop<A: Family>(skb: &mut HookSkb<'_>, headers: Headers<A>) -> Edited {
    match usize::from(headers.l4_offset) {
        len if len == A::HEADER_LEN => count_hop_in::<A>(skb, A::HEADER_LEN),
        len => count_hop_in_longer::<A>(skb, len),
    }
}

#[cold]
#[inline(never)]
fn count_hop_in_longer<A: Family>(skb: &mut HookSkb<'_>, len: usize) -> Edited {
    count_hop_in::<A>(skb, len)
}

#[inline(always)]
fn count_hop_in<A: Family>(skb: &mut HookSkb<'_>, len: usize) -> Edited {
    let ip = skb.as_mut().ensure_writable(len)?;
    let delta = A::lower_ttl(ip)?;
    A::update_check(ip, delta)
}

/// The same for SCTP, whose checksum is not a sum: it is computed anew if it has to be.
fn apply_sctp<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    change: &Change<'_, '_, A>,
) -> Edited {
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
fn is_completed<A: Family>(skb: &HookSkb<'_>, change: &Change<'_, '_, A>) -> bool {
    match change.hop {
        Hop::Counted(route) => route.completes_sctp(),
        Hop::None if change.addr_offset == A::OFFSET_DST => {
            A::route_of(skb).is_some_and(Route::completes_sctp)
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
fn apply_addresses<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    change: &Change<'_, '_, A>,
) -> Edited {
    let ip = skb.as_mut().ensure_writable(headers.l4_offset.into())?;
    edit_network(ip, change)
}

/// The datagram came without a checksum; as C does, it goes on with one.
#[cold]
#[inline(never)]
fn fill_in_udp_checksum<A: Family>(
    skb: &mut HookSkb<'_>,
    headers: Headers<A>,
    new: A,
    addr_offset: usize,
) -> Edited {
    let l4_offset = usize::from(headers.l4_offset);
    let len = skb.len().checked_sub(l4_offset)?;
    let data = skb.checksum(l4_offset, len)?;
    let (src, dst) = match addr_offset == A::OFFSET_SRC {
        true => (new, headers.flow.dst),
        false => (headers.flow.src, new),
    };
    let sum = Sum::new().add_bytes(&data.to_ne_bytes());
    let check = A::add_pseudo(sum, src, dst, headers.flow.proto, len).udp_checksum();
    let packet = skb
        .as_mut()
        .ensure_writable(l4_offset.wrapping_add(udp::LEN))?;
    let l4 = packet.get_mut(l4_offset..)?;
    put(l4, udp::OFFSET_CHECK, check.to_bytes())?;
    skb.as_mut().set_checksum_verified();
    Some(())
}
