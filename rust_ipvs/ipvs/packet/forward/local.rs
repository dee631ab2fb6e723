// SPDX-License-Identifier: GPL-2.0

//! The server is this host: the packet goes on as it is.

use linux_ext::net::netfilter::{
    HookSkb,
    Verdict, //
};

/// Lets a request in.
#[inline]
pub(super) fn request(mut skb: HookSkb<'_>) -> Verdict<'_> {
    skb.as_mut().set_ipvs_property();
    skb.as_mut().notrack();
    skb.accept()
}
