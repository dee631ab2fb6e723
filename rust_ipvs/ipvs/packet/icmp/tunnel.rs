// SPDX-License-Identifier: GPL-2.0

//! Errors about packets that went to a server inside of others.
//!
//! They come to this host, which has sent the outer packets. Who has to know is the client, whose packet
//! was in there: it gets an error about that one.

use super::{
    super::{
        super::{
            conn::Conn,
            family::Family, //
        },
        classify::{
            self,
            View, //
        },
        lost, Context,
    },
    message::Message,
    translate, //
};
use ipvs_core::{
    addr::Family as Version,
    conn::Method,
    flow::Direction,
    packet::{
        Headers,
        Parsed, //
    },
    reason::Reason,
    tunnel::quoted::{
        mtu_inside,
        Quoted, //
    },
    wire::ipv4,
};
use linux_ext::{
    net::{
        inet::Route,
        netfilter::{
            HookSkb,
            Verdict, //
        },
        skbuff::OwnedSkBuff,
    },
    sync::rcu_arc::RcuRef, //
};

/// A packet of a client that was in another one.
struct Found<'hook, A: Family> {
    conn: RcuRef<'hook, Conn<A>>,
    outer: Quoted,
    inner: Headers<A>,
}

/// Sends the error on to the client, if it is about a packet that went through a tunnel; otherwise gives
/// it back.
pub(super) fn relay<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    message: &Message<A>,
) -> Result<HookSkb<'hook>, Verdict<'hook>> {
    // As C, not with IPv6 outside or inside.
    if A::FAMILY != Version::V4 || !is_for_sender(cx, &skb) {
        return Ok(skb);
    }
    let Some(found) = find(cx, &skb, message) else {
        return Ok(skb);
    };
    if !translate::is_sound(&skb, &message.place(&found.inner)) {
        let (direction, by) = (Direction::Original, lost::By::Core);
        let (conn, reason) = (&found.conn, Reason::BadChecksum);
        return Err(lost::leave_of(
            cx.net, skb, conn, direction, by, reason, cx.reader,
        ));
    }
    let (skb, verdict) = skb.steal();
    // Without memory the client is not told this time.
    let _ = tell_client(cx, skb, message, &found);
    Err(verdict)
}

/// Whether the error is for whoever has sent the outer packet, which is this host.
fn is_for_sender<A: Family>(cx: &Context<'_, A>, skb: &HookSkb<'_>) -> bool {
    classify::may_be_request(cx.point, skb) && A::route_of(skb).is_some_and(Route::is_local)
}

/// Finds the connection whose tunnel the quoted packet went through.
fn find<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: &HookSkb<'hook>,
    message: &Message<A>,
) -> Option<Found<'hook, A>> {
    let outer = Quoted::read(&View(skb), message.quoted())?;
    let at = message.quoted().checked_add(outer.inner)?;
    let Parsed::Headers(inner) = A::parse_quoted(&View(skb), at) else {
        return None;
    };
    let (conn, Direction::Original) = cx.conns.find(&inner.flow, cx.reader)? else {
        return None;
    };
    let dest = conn.dest();
    // Whoever makes errors up has to know where the connection leads.
    let is_its_own = conn.method() == Some(Method::Tunnel)
        && dest.is_available()
        && dest.key().addr == outer.server.into()
        && dest.tunnel().may_have_sent(&outer);
    is_its_own.then_some(Found { conn, outer, inner })
}

/// Makes an error about the packet of the client out of one about the packet that it was in.
fn tell_client<A: Family>(
    cx: &Context<'_, A>,
    mut skb: OwnedSkBuff,
    message: &Message<A>,
    found: &Found<'_, A>,
) -> Option<()> {
    let header = message.header;
    let Found { conn, outer, inner } = found;
    let (mut cut, mut rest) = (message.quoted(), header.rest);
    if header.is_frag_needed() {
        skb = skb.strip4(cut, outer.header_len)?;
        cut = 0;
        skb.update_pmtu4(cx.net, header.mtu);
        // Who does not look for the MTU has its packets cut to pieces from now on.
        if !inner.dont_fragment {
            return None;
        }
        // The route may know of a smaller one.
        let known = conn.dest().path.load(cx.reader);
        let known = known.filter(|path| path.is_current(cx.net));
        let mtu = known.map_or(header.mtu.into(), |path| path.mtu() as u32);
        rest = mtu_inside(mtu, outer.inner as u32);
    }
    let inner_len = usize::from(inner.l4_offset);
    skb = skb.strip4(cut.checked_add(outer.inner)?, inner_len)?;
    // What is in a packet may have changed since it was looked at.
    if ipv4::Header::parse_quoted(&skb.read(0)?)?.header_len() != inner_len {
        return None;
    }
    skb.as_mut().icmp_send4(header.kind, header.code, rest);
    conn.dest().counters.count_out(skb.len());
    Some(())
}
