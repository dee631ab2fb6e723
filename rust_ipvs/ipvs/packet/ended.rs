// SPDX-License-Identifier: GPL-2.0

//! Packets of connections that have been ended by a reset.
//!
//! Each says the numbers by which both ends can be told, see `ipvs_core::reset`.

use super::{
    super::family::Family,
    classify::{
        self,
        View, //
    },
    lost,
    Context, //
};
use ipvs_core::{
    flow::Direction,
    packet::{
        Headers,
        L4, //
    },
    reason::Reason,
    reset::Segment,
};
use linux_ext::net::netfilter::{
    HookSkb,
    Verdict, //
};

/// Whether there are any. Asked before [`is_ended`], which needs the headers in memory.
#[inline(always)]
pub(super) fn are_there<A: Family>(cx: &Context<'_, A>) -> bool {
    !cx.conns.ended().is_empty()
}

/// Whether a packet without a connection belongs to one that has been ended. `hash` is that of its
/// flow.
#[cold]
#[inline(never)]
pub(super) fn is_ended<A: Family>(
    cx: Context<'_, A>,
    skb: &HookSkb<'_>,
    headers: Headers<A>,
    hash: u32,
) -> bool {
    let L4::Tcp(flags) = headers.l4 else {
        return false;
    };
    match cx.conns.ended().find(&headers.flow, hash, cx.reader) {
        // A client that has forgotten the old connection may make another.
        Some((_, Direction::Original)) => {
            classify::may_be_request(cx.point, skb) && (!flags.syn() || flags.ack())
        }
        Some((_, Direction::Reply)) => true,
        None => false,
    }
}

/// Tells both ends, or as many as need be.
#[cold]
#[inline(never)]
pub(super) fn tell<'hook, A: Family>(
    cx: Context<'hook, A>,
    skb: HookSkb<'hook>,
    headers: Headers<A>,
    hash: u32,
) -> Verdict<'hook> {
    let found = cx.conns.ended().find(&headers.flow, hash, cx.reader);
    let segment = Segment::read(&View(&skb), headers.l4_offset.into());
    if let Some(((ended, direction), segment)) = found.zip(segment) {
        let (sender, receiver) = match direction {
            Direction::Original => (Direction::Original, Direction::Reply),
            Direction::Reply => (Direction::Reply, Direction::Original),
        };
        if let Some(control) = segment.to_sender() {
            ended.tell(sender, control, cx.net, cx.reader);
        }
        // The client may have another connection from the same port by now.
        let has_another = cx.conns.find(ended.request(), cx.reader).is_some();
        if receiver == Direction::Reply || !has_another {
            ended.tell(receiver, segment.to_receiver(), cx.net, cx.reader);
        }
    }
    lost::leave(cx, skb, &headers.flow, None, Reason::Ended)
}
