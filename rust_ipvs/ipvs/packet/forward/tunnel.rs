// SPDX-License-Identifier: GPL-2.0

//! Tunnels: the packet goes to the server as it is, inside of another one.
//!
//! What is put before it is in `ipvs_core::tunnel`.

use super::{
    super::{
        super::{
            conn::{
                tracking::Tracking,
                Conn, //
            },
            family::Family, //
        },
        edit,
        lost::note_of,
        Context, //
    },
    local,
    lost,
    way, //
};
use core::net::IpAddr;
use ipvs_core::{
    addr,
    byteorder::Be16,
    flow::Direction,
    packet::Headers,
    reason::Reason,
    tunnel::{
        outer::{
            header4,
            header6,
            Inherited, //
        },
        protocol_of,
        Kind,
        OpenChecksum,
        Tunnel, //
    },
    wire::ethertype,
};
use kernel::prelude::*;
use linux_ext::{
    net::{
        netfilter::{
            HookSkb,
            Verdict, //
        },
        path::Path,
        skbuff::{
            IpSummed,
            OwnedSkBuff, //
        },
        tunnel::Between,
    },
    sync::rcu_arc::RcuArc,
};

/// Sends a request on.
#[inline(never)]
pub(super) fn request<'hook, A: Family>(
    cx: &Context<'hook, A>,
    mut skb: HookSkb<'hook>,
    headers: &Headers<A>,
    conn: &Conn<A>,
) -> Verdict<'hook> {
    let Some(path) = to_server(cx, &mut skb, conn) else {
        return lost(*cx, skb, conn, Reason::NoRoute);
    };
    if way::crosses_boundary(&skb, headers, path.is_local()) {
        return lost(*cx, skb, conn, Reason::Boundary);
    }
    if path.is_local() {
        return local::request(skb, conn);
    }
    let tunnel = conn.dest().tunnel();
    let inherited = match enter(cx, &mut skb, headers, path, tunnel) {
        Ok(inherited) => inherited,
        Err(reason) => return lost(*cx, skb, conn, reason),
    };
    skb.as_mut().set_ipvs_property();
    // What comes out of the tunnel elsewhere has no entry here: this is where it ends.
    if conn.tracking() != Tracking::Off && !skb.as_mut().confirm_conntrack() {
        return lost(*cx, skb, conn, Reason::Conntrack);
    }
    skb.as_mut().drop_early_demux();
    let daddr = conn.dest().key().addr.into();
    let (skb, verdict) = skb.steal();
    // Without memory this packet is lost, and nothing else.
    if send(cx, skb, path, tunnel, inherited, daddr).is_err() {
        let (direction, reason) = (Direction::Original, Reason::NoMemory);
        note_of(cx.net, conn, direction, reason, cx.reader);
    }
    verdict
}

/// The way to the real server; without one the sender is told.
#[inline]
fn to_server<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn<A>,
) -> Option<&'hook Path> {
    match conn.dest().path.load(cx.reader) {
        Some(path) if path.is_current(cx.net) => Some(path.into_ref()),
        _ => find_path(cx, skb, conn),
    }
}

#[cold]
#[inline(never)]
fn find_path<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: &mut HookSkb<'hook>,
    conn: &Conn<A>,
) -> Option<&'hook Path> {
    let dest = conn.dest();
    let found = Path::find(cx.net, dest.key().addr.into())
        .and_then(|path| Ok(RcuArc::new(path, GFP_ATOMIC)?));
    let Ok(path) = found else {
        dest.path.clear();
        skb.as_mut().link_failure();
        return None;
    };
    let path = dest.path.set(path, cx.reader);
    // Whoever has removed the destination or its device in between has cleared it too early.
    if !dest.is_available() || !path.is_up() {
        dest.path.clear();
    }
    Some(path.into_ref())
}

/// Lets the packet make its hop into the tunnel, and returns what the outer header takes over, or why it
/// cannot go on, of which the sender was told.
#[inline]
fn enter<A: Family>(
    cx: &Context<'_, A>,
    skb: &mut HookSkb<'_>,
    headers: &Headers<A>,
    path: &Path,
    tunnel: Tunnel,
) -> core::result::Result<Inherited, Reason> {
    if !way::has_hop_left::<A>(cx.net, skb, headers.ttl) {
        return Err(Reason::TtlExceeded);
    }
    let open = skb.ip_summed() == IpSummed::Partial;
    let mtu = tunnel.inner_mtu(path.mtu(), outer(path), open);
    let mtu = mtu.ok_or(Reason::TooBig)?;
    skb.as_mut().limit_sender(mtu);
    let discovers = cx.ns.config.discovers_mtu();
    // Nobody but the sender may fragment a packet of IPv6.
    if (discovers || A::FAMILY == addr::Family::V6) && !way::fits(cx.net, skb, *headers, || mtu) {
        return Err(Reason::TooBig);
    }
    let not_writable = Reason::NotWritable;
    edit::count_hop(skb, *headers).ok_or(not_writable)?;
    Ok(Inherited {
        ttl: headers.ttl.wrapping_sub(1),
        tos: A::tos(skb.read(0).ok_or(not_writable)?),
        dont_fragment: discovers && headers.dont_fragment && A::FAMILY == addr::Family::V4,
    })
}

fn outer(path: &Path) -> addr::Family {
    match path.source() {
        IpAddr::V4(_) => addr::Family::V4,
        IpAddr::V6(_) => addr::Family::V6,
    }
}

/// Puts the packet into another one, to `daddr`, and sends that. It is gone in any case.
#[inline]
fn send<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: OwnedSkBuff,
    path: &'hook Path,
    tunnel: Tunnel,
    inherited: Inherited,
    daddr: IpAddr,
) -> Result {
    let open = skb.ip_summed() == IpSummed::Partial;
    let remote = tunnel.leaves_checksum(open);
    let room = tunnel.overhead(outer(path), open);
    let between = between(tunnel, remote);
    let inner_len = skb.len();
    let mut skb = skb.into_tunnel(path, between, protocol_of(A::FAMILY), room, cx.reader)?;
    match tunnel.kind {
        Kind::Ipip => (),
        Kind::Gue { .. } => {
            let sport = Be16::from_host(u16::from_be(skb.flow_source_port(cx.net)));
            let open = match remote {
                true => {
                    let (start, at) = skb.open_checksum().ok_or(EINVAL)?;
                    skb.leave_checksum();
                    Some(OpenChecksum { start, at })
                }
                false => None,
            };
            let shim = tunnel.shim(A::FAMILY, inner_len, sport, open);
            skb.push_udp(shim.as_bytes(), daddr, tunnel.checksum)?;
        }
        Kind::Gre => {
            let shim = tunnel.shim(A::FAMILY, inner_len, Be16::ZERO, None);
            skb.push_gre(shim.as_bytes(), ethertype::of(A::FAMILY), tunnel.checksum)?;
        }
    }
    let protocol = tunnel.protocol(A::FAMILY);
    match (path.source(), daddr) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            skb.send4(cx.net, &header4(inherited, protocol, src, dst))
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            skb.send6(cx.net, &header6(inherited, protocol, src, dst))
        }
        _ => Err(EAFNOSUPPORT),
    }
}

fn between(tunnel: Tunnel, remote: bool) -> Between {
    let checksum = tunnel.checksum;
    match tunnel.kind {
        Kind::Ipip => Between::Nothing,
        Kind::Gue { .. } => Between::Udp { checksum, remote },
        Kind::Gre => Between::Gre { checksum },
    }
}
