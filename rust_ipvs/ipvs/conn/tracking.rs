// SPDX-License-Identifier: GPL-2.0

//! What a connection has to do with netfilter's connection tracking.

use super::{
    super::family::Family,
    Conn, //
};
use ipvs_core::{
    byteorder::Be16,
    conn::Method,
    flow::{
        Direction,
        Flow, //
    },
};
use linux_ext::net::{
    conntrack::{
        Counters,
        End,
        ReplyEnd,
        Tracker, //
    },
    netfilter::HookSkb,
};

/// What becomes of the conntrack entries of a connection's packets.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Tracking {
    /// Packets are detached from theirs.
    Off = 0,
    /// They keep them. For a connection of one packet, to which no reply is expected.
    Kept = 1,
    /// They keep them, and an entry knows of the real server. It goes with the connection.
    Full = 2,
}

impl Tracking {
    pub(super) fn from_i32(number: i32) -> Self {
        match number {
            1 => Self::Kept,
            2 => Self::Full,
            _ => Self::Off,
        }
    }
}

/// Has the conntrack entry of a packet follow the connection, or detaches the packet from it.
/// `direction` is the way of the packet.
#[inline]
pub(crate) fn follow<A: Family>(skb: &mut HookSkb<'_>, conn: &Conn<A>, direction: Direction) {
    match conn.tracking() {
        Tracking::Off => skb.as_mut().notrack(),
        Tracking::Kept => (),
        Tracking::Full => alter(skb, conn, direction),
    }
}

/// As the client sees it a packet goes to the service, but the reply will come from the server; and
/// one that the server has begun is answered to the address of the service.
#[cold]
fn alter<A: Family>(skb: &mut HookSkb<'_>, conn: &Conn<A>, direction: Direction) {
    if conn.method() != Some(Method::Masq) {
        return;
    }
    let (end, addr, port) = match direction {
        Direction::Original => (ReplyEnd::Source, conn.raddr, conn.rport),
        Direction::Reply => (ReplyEnd::Destination, conn.flow().dst, conn.flow().dport),
    };
    let mut bytes = [0; ADDR_LEN];
    let new = endpoint(addr, port, &mut bytes);
    skb.as_mut().alter_conntrack_reply(end, new);
}

/// Removes the conntrack entry of a connection that is gone.
#[cold]
pub(super) fn kill<A: Family>(tracker: &Tracker, flow: &Flow<A>) {
    let (mut src, mut dst) = ([0; ADDR_LEN], [0; ADDR_LEN]);
    let client = endpoint(flow.src, flow.sport, &mut src);
    let service = endpoint(flow.dst, flow.dport, &mut dst);
    tracker.kill(flow.proto, client, service);
}

/// What the conntrack entry of a connection has counted.
pub(super) fn counters<A: Family>(tracker: &Tracker, flow: &Flow<A>) -> Counters {
    let (mut src, mut dst) = ([0; ADDR_LEN], [0; ADDR_LEN]);
    let client = endpoint(flow.src, flow.sport, &mut src);
    let service = endpoint(flow.dst, flow.dport, &mut dst);
    tracker.counters(flow.proto, client, service)
}

/// Length of the longest address, in bytes.
const ADDR_LEN: usize = 16;

/// The address and port as connection tracking wants them; `bytes` holds the address.
fn endpoint<A: Family>(addr: A, port: Be16, bytes: &mut [u8; ADDR_LEN]) -> End<'_> {
    // Both fit.
    let _ = addr.put(bytes, 0);
    let len = A::OFFSET_DST.wrapping_sub(A::OFFSET_SRC);
    End {
        addr: bytes.get(..len).unwrap_or_default(),
        port: port.to_bytes(),
    }
}
