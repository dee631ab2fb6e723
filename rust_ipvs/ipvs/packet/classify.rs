// SPDX-License-Identifier: GPL-2.0

//! First stage: which packets are for us, and what their headers say.

use super::{
    Context,
    Point, //
};
use ipvs_core::{
    packet::{
        parse_ipv4,
        Bytes,
        Headers,
        Malformed,
        Parsed, //
    },
    wire::{
        icmp,
        ipv4,
        proto, //
    },
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
struct View<'a>(&'a SkBuff);

impl Bytes for View<'_> {
    #[inline(always)]
    fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.read(offset)
    }

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Parses the packet, or says what becomes of one that is not for us.
#[inline]
pub(super) fn classify<'hook>(
    cx: &Context<'hook>,
    skb: HookSkb<'hook>,
) -> Result<(HookSkb<'hook>, Headers), Verdict<'hook>> {
    if skb.ipvs_property() || skb.route4().is_none() {
        return Err(skb.accept());
    }
    if cx.point == Point::LocalOut && skb.is_nodefrag() {
        return Err(skb.accept());
    }
    match parse_ipv4(&View(&skb), 0) {
        Parsed::Headers(headers) => Ok((skb, headers)),
        other => unusual(cx, skb, other),
    }
}

#[cold]
fn unusual<'hook>(
    cx: &Context<'hook>,
    skb: HookSkb<'hook>,
    parsed: Parsed,
) -> Result<(HookSkb<'hook>, Headers), Verdict<'hook>> {
    let (skb, parsed) = match parsed {
        Parsed::Fragment { .. } => {
            let skb = skb.defrag4(cx.net, defrag_user(cx.point))?;
            let parsed = parse_ipv4(&View(&skb), 0);
            (skb, parsed)
        }
        parsed => (skb, parsed),
    };
    match parsed {
        Parsed::Headers(headers) => Ok((skb, headers)),
        // Without ports no service can be looked for, which is what a request is about.
        Parsed::Malformed(Malformed::Ports) if may_be_request(cx, &skb) => Err(skb.discard()),
        Parsed::NotHandled { proto: proto::ICMP } if is_cut_short(&skb) => Err(skb.discard()),
        _ => Err(skb.accept()),
    }
}

/// Whether a whole ICMP message is shorter than its header, which nobody could make sense of.
fn is_cut_short(skb: &SkBuff) -> bool {
    let Some(header) = skb.read(0).and_then(|fixed| ipv4::Header::parse(&fixed)) else {
        return false;
    };
    !header.is_fragment() && skb.read::<{ icmp::LEN }>(header.header_len()).is_none()
}

/// Whether a packet that is not a reply can be a request at all.
#[inline]
pub(super) fn may_be_request(cx: &Context<'_>, skb: &HookSkb<'_>) -> bool {
    match cx.point {
        Point::LocalIn => skb.pkt_type() == PACKET_HOST,
        Point::Forward => false,
        Point::LocalOut => true,
    }
}

/// Which fragments belong together: those that were met at the same point.
fn defrag_user(point: Point) -> u32 {
    match point {
        Point::LocalIn => netfilter::IP_DEFRAG_VS_IN,
        Point::LocalOut => netfilter::IP_DEFRAG_VS_OUT,
        Point::Forward => netfilter::IP_DEFRAG_VS_FWD,
    }
}
