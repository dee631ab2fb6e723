// SPDX-License-Identifier: GPL-2.0

//! A message of ICMP or ICMPv6, and the packet that carries it.

use super::{
    super::{
        super::family::Family,
        classify::{
            self,
            View, //
        },
        lost,
        Context, //
    },
    translate::Place,
};
use ipvs_core::{
    addr::Family as Version,
    flow::Flow,
    packet::{
        Headers,
        Parsed,
        L4, //
    },
    quote::Layout,
    reason::Reason,
    wire::{
        icmp,
        icmpv6,
        ipv4,
        ipv6, //
    },
};
use linux_ext::net::netfilter::{
    HookSkb,
    Verdict, //
};

/// An error.
pub(super) struct Message<A: Family> {
    /// The packet that carries it, which has no ports.
    pub(super) headers: Headers<A>,
    /// Its own header.
    pub(super) header: icmp::Header,
    /// Where that begins.
    offset: usize,
}

impl<A: Family> Message<A> {
    /// Where the packet begins that it quotes.
    pub(super) fn quoted(&self) -> usize {
        self.offset.wrapping_add(icmp::LEN)
    }

    /// Where its parts are, if it quotes `quoted`.
    pub(super) fn place(&self, quoted: &Headers<A>) -> Place<A> {
        Place {
            layout: Layout {
                icmp: self.offset,
                l4: self.quoted().wrapping_add(usize::from(quoted.l4_offset)),
                has_ports: quoted.l4 != L4::Ipsec,
            },
            src: self.headers.flow.src,
            dst: self.headers.flow.dst,
        }
    }
}

/// Puts an error together and reads its headers, or says what becomes of a message that is none.
pub(super) fn read<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
    offset: u16,
    is_fragment: bool,
) -> Result<(HookSkb<'hook>, Message<A>), Verdict<'hook>> {
    let (skb, offset) = match is_fragment && A::FAMILY == Version::V4 {
        true => reassemble(cx, skb)?,
        false => (skb, offset),
    };
    let Some(headers) = headers::<A>(&skb, offset) else {
        return Err(lost::pass(cx.tables, skb, Reason::Malformed));
    };
    // Nobody could make sense of what has no header.
    let Some(bytes) = skb.read(offset.into()) else {
        return Err(lost::leave(
            *cx,
            skb,
            &headers.flow,
            None,
            Reason::Truncated,
        ));
    };
    let header = icmp::Header::parse(&bytes);
    if !is_error::<A>(&header) {
        return Err(classify::pass(cx, skb));
    }
    if is_fragment && A::FAMILY == Version::V6 {
        // Errors are never that long.
        let reason = Reason::IcmpFragment;
        return Err(lost::leave(*cx, skb, &headers.flow, None, reason));
    }
    let offset = offset.into();
    let message = Message {
        headers,
        header,
        offset,
    };
    Ok((skb, message))
}

/// Puts the fragments of a message together. Returns where it begins.
fn reassemble<'hook, A: Family>(
    cx: &Context<'hook, A>,
    skb: HookSkb<'hook>,
) -> Result<(HookSkb<'hook>, u16), Verdict<'hook>> {
    let skb = classify::reassemble(cx, skb)?;
    match A::parse(&View(&skb), 0) {
        Parsed::NotHandled { l4_offset, .. } => Ok((skb, l4_offset)),
        _ => Err(lost::pass(cx.tables, skb, Reason::Malformed)),
    }
}

/// Whether a message is an error that may be related to a connection.
fn is_error<A: Family>(header: &icmp::Header) -> bool {
    match A::FAMILY {
        Version::V4 => header.is_handled_error(),
        Version::V6 => header.kind < icmpv6::INFORMATIONAL,
    }
}

/// What the packet says that carries a message.
fn headers<A: Family>(skb: &HookSkb<'_>, l4_offset: u16) -> Option<Headers<A>> {
    let (src, dst, total_len, ttl, dont_fragment) = match A::FAMILY {
        Version::V4 => {
            let ip = ipv4::Header::parse(&skb.read(0)?)?;
            let (src, dst) = (ip.src.into(), ip.dst.into());
            (src, dst, ip.total_len, ip.ttl, ip.dont_fragment())
        }
        Version::V6 => {
            let ip = ipv6::Header::parse(&skb.read(0)?)?;
            let (src, dst) = (ip.src.into(), ip.dst.into());
            let total_len = ip.payload_len.saturating_add(ipv6::LEN as u16);
            (src, dst, total_len, ip.hop_limit, true)
        }
    };
    Some(Headers {
        flow: Flow {
            src: A::from_addr(src)?,
            dst: A::from_addr(dst)?,
            sport: Default::default(),
            dport: Default::default(),
            proto: A::ICMP,
        },
        l4_offset,
        total_len,
        ttl,
        dont_fragment,
        l4: L4::Truncated,
    })
}
