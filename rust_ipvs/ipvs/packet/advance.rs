// SPDX-License-Identifier: GPL-2.0

//! Fourth stage: what a packet does to the state and the lifetime of its connection.

use super::{
    super::conn::Conn,
    Context, //
};
use ipvs_core::{
    flow::Direction,
    packet::{
        Headers,
        L4, //
    },
    proto::tcp::{
        self,
        Path,
        Table, //
    },
    wire::tcp::Flags,
};
use kernel::time::Jiffies;
use linux_ext::{
    sync::rcu_arc::RcuRef,
    time::jiffies, //
};

/// Moves the connection on.
#[inline]
pub(super) fn advance(
    cx: &Context<'_>,
    conn: RcuRef<'_, Conn>,
    headers: &Headers,
    direction: Direction,
) {
    conn.touch(jiffies());
    let timeout = match headers.l4 {
        L4::Tcp(flags) => advance_tcp(cx, &conn, flags, direction),
        L4::Udp => cx.ns.config.udp_timeout(),
        L4::Truncated => return,
    };
    if conn.set_timeout(timeout) {
        // The timer goes off when the old lifetime ends, which may be too late now.
        Conn::arm(conn);
    }
}

/// Returns the lifetime in the state that the packet leads to.
#[inline]
fn advance_tcp(cx: &Context<'_>, conn: &Conn, flags: Flags, direction: Direction) -> Jiffies {
    let path = match direction {
        Direction::Original => Path::In,
        Direction::Reply => Path::Out,
    };
    loop {
        let old = conn.tcp_state();
        let new = tcp::next(Table::Normal, path, flags, old);
        // Should another CPU have changed it in between, this packet comes after that one.
        if new == old || conn.change_tcp_state(old, new) {
            return cx.ns.config.tcp_timeout(new);
        }
    }
}
