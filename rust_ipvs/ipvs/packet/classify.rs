// SPDX-License-Identifier: GPL-2.0

//! First stage: which packets are for us, and what their headers say.

use super::{
    super::family::Family,
    lost,
    Context,
    Point, //
};
use ipvs_core::{
    packet::{
        Bytes,
        Headers,
        Malformed,
        Parsed, //
    },
    reason::Reason,
    wire::proto, //
};
use linux_ext::net::{
    netfilter::{
        self,
        HookSkb,
        Verdict, //
    },
    skbuff::PACKET_HOST,
    SkBuff,
};

/// The packet as the parser wants it.
pub(super) struct View<'a>(pub(super) &'a SkBuff);

impl Bytes for View<'_> {
    #[inline(always)]
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.read(offset)
    }

    #[inline(always)]
    fn peek<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.peek(offset)
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// A packet without a tuple of its own.
pub(super) enum Other<'hook> {
    /// What becomes of it.
    Verdict(Verdict<'hook>),
    /// ICMP: it may be about a packet that has one.
    Icmp {
        skb: HookSkb<'hook>,
        /// Where the message begins.
        offset: u16,
        /// Whether it is a part of one, which with IPv6 is the first part.
        is_fragment: bool,
    },
}

/// Whether the packet is not let go without a look into it.
#[inline(always)]
pub(super) fn is_of_interest<A: Family>(point: Point, skb: &HookSkb<'_>) -> bool {
    if skb.ipvs_property() || !skb.has_route() {
        return false;
    }
    point != Point::LocalOut || !A::is_nodefrag(skb)
}

/// Parses what almost every packet is; others are for [`unusual`].
#[inline(always)]
pub(super) fn classify<A: Family>(skb: &HookSkb<'_>) -> Option<Headers<A>> {
    A::parse_plain(&View(skb))
}

/// Parses any packet, or says what becomes of one that has no tuple.
pub(super) fn unusual<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
) -> Result<(HookSkb<'hook>, Headers<A>), Other<'hook>> {
    let (skb, parsed) = match A::parse(&View(&skb), 0) {
        // Nor is there an error of ICMP that long.
        Parsed::Fragment {
            proto: proto::ICMPV6,
        } => {
            let verdict = lost::leave_unread(*cx, skb, Reason::IcmpFragment);
            return Err(Other::Verdict(verdict));
        }
        Parsed::Fragment { .. } => {
            let skb = reassemble(cx, skb).map_err(Other::Verdict)?;
            let parsed = A::parse(&View(&skb), 0);
            (skb, parsed)
        }
        parsed => (skb, parsed),
    };
    Err(Other::Verdict(match parsed {
        Parsed::Headers(headers) => return Ok((skb, headers)),
        Parsed::NotHandled {
            proto,
            l4_offset,
            is_fragment,
        } if proto == A::ICMP => {
            return Err(Other::Icmp {
                skb,
                offset: l4_offset,
                is_fragment,
            })
        }
        Parsed::NotHandled { .. } => pass(cx, skb),
        // Without ports no service can be looked for, which is what a request is about.
        Parsed::Malformed(Malformed::Ports) if may_be_request(cx.point, &skb) => {
            lost::leave_unread(*cx, skb, Reason::Truncated)
        }
        _ => lost::pass(cx.tables, skb, Reason::Malformed),
    }))
}

/// Lets a packet pass whose protocol is not balanced.
pub(super) fn pass<'hook, A: Family>(
    cx: &Context<'hook, A>,
    mut skb: HookSkb<'hook>,
) -> Verdict<'hook> {
    // We see it again only if it is a tunnel that ends here, as what comes out of that.
    if may_be_request(cx.point, &skb) && cx.ns.config.ignores_tunneled() {
        skb.as_mut().set_ipvs_property();
    }
    lost::pass(cx.tables, skb, Reason::NotBalanced)
}

/// Puts a fragment together with the others of its packet, if they are all there.
pub(super) fn reassemble<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
) -> Result<HookSkb<'hook>, Verdict<'hook>> {
    // Those belong together that were met at the same point.
    let user = match cx.point {
        Point::LocalIn => netfilter::IP_DEFRAG_VS_IN,
        Point::LocalOut => netfilter::IP_DEFRAG_VS_OUT,
        Point::Forward => netfilter::IP_DEFRAG_VS_FWD,
    };
    A::defrag(skb, cx.net, user)
}

/// Whether a packet that is not a reply can be a request at all.
#[inline]
pub(super) fn may_be_request(point: Point, skb: &HookSkb<'_>) -> bool {
    match point {
        Point::LocalIn => skb.pkt_type() == PACKET_HOST,
        Point::Forward => false,
        Point::LocalOut => true,
    }
}
