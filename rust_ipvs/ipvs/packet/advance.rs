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
use kernel::{
    sync::{
        atomic::Full,
        barrier::smp_mb, //
    },
    time::Jiffies,
};
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
    match headers.l4 {
        L4::Tcp(flags) => advance_tcp(cx, conn, flags, direction),
        L4::Udp => set_timeout(conn, cx.ns.config.udp_timeout()),
        L4::Truncated => (),
    }
}

#[inline]
fn advance_tcp(cx: &Context<'_>, conn: RcuRef<'_, Conn>, flags: Flags, direction: Direction) {
    let path = match direction {
        Direction::Original if conn.is_one_way() => Path::InOnly,
        Direction::Original => Path::In,
        Direction::Reply => {
            conn.set_heard();
            Path::Out
        }
    };
    let table = match cx.ns.defences.is_tcp_secured() {
        false => Table::Normal,
        true => Table::Secure,
    };
    loop {
        let old = conn.tcp_state();
        let new = tcp::next(table, path, flags, old);
        if new == old {
            if conn.has_timeout(cx.ns.config.tcp_timeout(old)) {
                return;
            }
            return settle(cx, conn);
        }
        // Should another CPU have changed it in between, this packet comes after that one.
        if conn.change_tcp_state(old, new) {
            return settle(cx, conn);
        }
    }
}

/// Brings in line with the state what follows from it. Packets of both directions may do so at the
/// same time: whoever writes last looks at the state once more.
#[inline(never)]
fn settle(cx: &Context<'_>, conn: RcuRef<'_, Conn>) {
    loop {
        let state = conn.tcp_state();
        conn.set_active(state.is_active());
        set_timeout(conn, cx.ns.config.tcp_timeout(state));
        // What was written above is seen by whoever changes the state after the next line reads it.
        smp_mb(Full);
        if conn.tcp_state() == state {
            return;
        }
    }
}

#[inline]
fn set_timeout(conn: RcuRef<'_, Conn>, timeout: Jiffies) {
    if conn.set_timeout(timeout) {
        // The timer goes off when the old lifetime ends, which may be too late now.
        Conn::arm(conn);
    }
}
