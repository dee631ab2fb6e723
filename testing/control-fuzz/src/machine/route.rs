// SPDX-License-Identifier: GPL-2.0

//! Interfaces and addresses, by routing netlink.

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    self, AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType,
};

use crate::attr::{encode, Attr};

/// `lo` is the first interface of a namespace, ours the second.
pub(super) const LO: i32 = 1;
pub(super) const DUMMY: i32 = 2;

const INFO_KIND: u16 = 1;

fn ask(kind: u16, flags: i32, body: &[u8]) -> io::Result<()> {
    let fd = socket::socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    socket::bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    let mut bytes = (16 + body.len() as u32).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(((flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16).to_ne_bytes());
    bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(body);
    socket::send(fd.as_raw_fd(), &bytes, MsgFlags::empty())?;
    let mut answer = [0; 4096];
    socket::recv(fd.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    match i32::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]) {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}

/// `struct ifinfomsg`.
fn link(index: i32, flags: i32) -> Vec<u8> {
    [
        [0; 4],
        index.to_ne_bytes(),
        flags.to_ne_bytes(),
        flags.to_ne_bytes(),
    ]
    .concat()
}

/// Sets an interface up.
pub(super) fn up(index: i32) -> io::Result<()> {
    ask(libc::RTM_NEWLINK, 0, &link(index, libc::IFF_UP))
}

/// Makes an interface that loses what it sends.
pub(super) fn add_dummy() -> io::Result<()> {
    let attrs = [
        Attr::text(libc::IFLA_IFNAME, "dummy0"),
        Attr::nest(libc::IFLA_LINKINFO, vec![Attr::text(INFO_KIND, "dummy")]),
    ];
    let body = [link(DUMMY, 0), encode(&attrs)].concat();
    ask(
        libc::RTM_NEWLINK,
        libc::NLM_F_CREATE | libc::NLM_F_EXCL,
        &body,
    )
}

/// Gives an interface an address: 4 or 16 octets, in a network of so many bits.
pub(super) fn add_address(index: i32, octets: &[u8], bits: u8) -> io::Result<()> {
    let family = match octets.len() {
        4 => libc::AF_INET,
        _ => libc::AF_INET6,
    };
    // struct ifaddrmsg
    let mut body = vec![family as u8, bits, libc::IFA_F_NODAD as u8, 0];
    body.extend(index.to_ne_bytes());
    body.extend(encode(&[
        Attr::new(libc::IFA_LOCAL, octets),
        Attr::new(libc::IFA_ADDRESS, octets),
    ]));
    ask(
        libc::RTM_NEWADDR,
        libc::NLM_F_CREATE | libc::NLM_F_REPLACE,
        &body,
    )
}
