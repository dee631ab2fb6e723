// SPDX-License-Identifier: GPL-2.0

//! Fourth stage: what a packet does to the state and the lifetime of its connection.

use super::super::{
    conn::Conn,
    family::Family,
    netns::Netns, //
};
use ipvs_core::{
    flow::Direction,
    packet::L4,
    proto::{
        sctp,
        tcp::{
            self,
            Table, //
        },
        Path,
    },
    wire::{
        sctp::{
            Chunk,
            Chunks, //
        },
        tcp::Flags, //
    },
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
    time::{
        jiffies,
        secs_to_jiffies, //
    },
};

/// Moves the connection on.
#[inline(always)]
pub(super) fn advance<A: Family>(
    ns: &Netns,
    conn: RcuRef<'_, Conn<A>>,
    l4: L4,
    direction: Direction,
) {
    conn.touch(jiffies());
    match l4 {
        L4::Tcp(flags) => advance_tcp(ns, conn, flags, direction),
        L4::Udp => {
            if !conn.has_timeout(ns.config.usual_udp_timeout()) {
                settle_udp(ns, conn);
            }
            if direction == Direction::Reply {
                conn.assure();
            }
        }
        L4::Sctp(chunks) => advance_sctp(conn, chunks, direction),
        // The connection is one of UDP, whose lifetime is that of its last packet.
        L4::Ipsec | L4::Truncated => (),
    }
}

#[inline(never)]
fn settle_udp<A: Family>(ns: &Netns, conn: RcuRef<'_, Conn<A>>) {
    set_timeout(conn, conn.dest().policy.udp_timeout(&ns.config));
}

#[inline(never)]
fn advance_tcp<A: Family>(
    ns: &Netns,
    conn: RcuRef<'_, Conn<A>>,
    flags: Flags,
    direction: Direction,
) {
    if is_first_answer(&conn, direction) {
        return answer_tcp(ns, conn, flags);
    }
    let path = path(conn, direction);
    let old = conn.tcp_state();
    if tcp::next(table(ns), path, flags, old) != old
        || !conn.has_timeout(ns.config.usual_tcp_timeout(old))
    {
        change_tcp(ns, conn, flags, path);
    }
}

/// The first packet of a server.
#[cold]
#[inline(never)]
fn answer_tcp<A: Family>(ns: &Netns, conn: RcuRef<'_, Conn<A>>, flags: Flags) {
    conn.set_heard(flags.syn() && !flags.rst());
    change_tcp(ns, conn, flags, Path::Out);
}

/// A packet that changes the state, or finds a lifetime that is not the usual one.
#[inline(never)]
fn change_tcp<A: Family>(ns: &Netns, conn: RcuRef<'_, Conn<A>>, flags: Flags, path: Path) {
    loop {
        let old = conn.tcp_state();
        let new = tcp::next(table(ns), path, flags, old);
        if new == old {
            if has_tcp_timeout(ns, &conn, old) {
                return;
            }
            return settle_tcp(ns, conn);
        }
        // Should another CPU have changed it in between, this packet comes after that one.
        if conn.change_state(old as u8, new as u8) {
            if path == Path::Out && flags.rst() && old.is_active() {
                conn.dest().answers.count_reset();
            }
            return settle_tcp(ns, conn);
        }
    }
}

#[inline]
fn table(ns: &Netns) -> Table {
    match ns.defences.is_tcp_secured() {
        false => Table::Normal,
        true => Table::Secure,
    }
}

/// Whether the connection has the lifetime that it should have, which is not the usual one.
#[inline(never)]
fn has_tcp_timeout<A: Family>(ns: &Netns, conn: &Conn<A>, state: tcp::State) -> bool {
    conn.has_timeout(conn.dest().policy.tcp_timeout(&ns.config, state))
}

#[inline(never)]
fn settle_tcp<A: Family>(ns: &Netns, conn: RcuRef<'_, Conn<A>>) {
    settle(conn, || {
        let state = conn.tcp_state();
        if state == tcp::State::Established {
            conn.assure();
        }
        let timeout = conn.dest().policy.tcp_timeout(&ns.config, state);
        (state.is_active(), timeout)
    });
}

#[inline(never)]
fn advance_sctp<A: Family>(conn: RcuRef<'_, Conn<A>>, chunks: Chunks, direction: Direction) {
    let Some(event) = chunks.event() else {
        return;
    };
    if is_first_answer(&conn, direction) {
        conn.set_heard(event == Chunk::InitAck);
    }
    let path = path(conn, direction);
    loop {
        let old = conn.sctp_state();
        let new = sctp::next(path, event, old);
        if new == old {
            if conn.has_timeout(sctp_timeout(old)) {
                return;
            }
            return settle_sctp(conn);
        }
        if conn.change_state(old as u8, new as u8) {
            return settle_sctp(conn);
        }
    }
}

#[inline(never)]
fn settle_sctp<A: Family>(conn: RcuRef<'_, Conn<A>>) {
    settle(conn, || {
        let state = conn.sctp_state();
        if state == sctp::State::Established {
            conn.assure();
        }
        (state.is_active(), sctp_timeout(state))
    });
}

fn sctp_timeout(state: sctp::State) -> Jiffies {
    secs_to_jiffies(state.timeout())
}

/// Whether this is the first packet of a server.
#[inline]
fn is_first_answer<A: Family>(conn: &Conn<A>, direction: Direction) -> bool {
    direction == Direction::Reply && !conn.is_heard()
}

/// Which packets of the connection are seen, and which one this is.
#[inline]
fn path<A: Family>(conn: RcuRef<'_, Conn<A>>, direction: Direction) -> Path {
    match direction {
        Direction::Original if conn.is_one_way() => Path::InOnly,
        Direction::Original => Path::In,
        Direction::Reply => Path::Out,
    }
}

/// Brings in line with the state what follows from it: whether the connection is active, and its
/// lifetime. Packets of both directions may do so at the same time: whoever writes last looks at the
/// state once more.
#[inline]
fn settle<A: Family>(conn: RcuRef<'_, Conn<A>>, consequences: impl Fn() -> (bool, Jiffies)) {
    loop {
        let state = conn.state();
        let (is_active, timeout) = consequences();
        conn.set_active(is_active);
        set_timeout(conn, timeout);
        // What was written above is seen by whoever changes the state after the next line reads it.
        smp_mb(Full);
        if conn.state() == state {
            return;
        }
    }
}

#[inline(always)]
fn set_timeout<A: Family>(conn: RcuRef<'_, Conn<A>>, timeout: Jiffies) {
    if conn.set_timeout(timeout) {
        // The timer goes off when the old lifetime ends, which may be too late now.
        Conn::arm(conn);
    }
}
