// SPDX-License-Identifier: GPL-2.0

//! The server is this host: the packet goes on as it is.

use super::super::super::{
    conn::{
        tracking,
        Conn, //
    },
    family::Family,
};
use ipvs_core::flow::Direction;
use linux_ext::net::netfilter::{
    HookSkb,
    Verdict, //
};

/// Lets a request in.
#[inline]
pub(super) fn request<'hook, A: Family>(mut skb: HookSkb<'hook>, conn: &Conn<A>) -> Verdict<'hook> {
    skb.as_mut().set_ipvs_property();
    tracking::follow(&mut skb, conn, Direction::Original);
    skb.accept()
}
