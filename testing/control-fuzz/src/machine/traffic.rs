// SPDX-License-Identifier: GPL-2.0

//! Packets of clients on the same machine.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsRawFd;

use nix::sys::socket::{self, sockopt, AddressFamily, MsgFlags, SockFlag, SockType, SockaddrIn};

use crate::step::Flow;

/// Sends them. Whether they arrive is not of interest: often there is nobody.
pub fn send(flow: &Flow) {
    let kind = match flow.tcp {
        true => SockType::Stream,
        false => SockType::Datagram,
    };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let Ok(fd) = socket::socket(AddressFamily::Inet, kind, flags, None) else {
        return;
    };
    if flow.mark != 0 {
        let _ = socket::setsockopt(&fd, sockopt::Mark, &flow.mark);
    }
    let (addr, port) = flow.to;
    let to = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::from(addr), port));
    if socket::connect(fd.as_raw_fd(), &to).is_ok() && !flow.tcp {
        for _ in 0..flow.count {
            let _ = socket::send(fd.as_raw_fd(), b"fuzz", MsgFlags::empty());
        }
    }
}
