// SPDX-License-Identifier: GPL-2.0
//! A netlink socket for requests of any size, whose refusals come with the kernel's words.

use super::frame::{self, Head};
use super::transport::{undisturbed, Hearing, OnReply, Snapshot, Transport};
use crate::error::Failure;
use netlink_sys::protocols::NETLINK_GENERIC;
use netlink_sys::Socket;
use nix::sys::socket::{setsockopt, sockopt::SndBufForce};

/// What any send buffer takes.
const SMALL: usize = 64 * 1024;

/// The socket.
pub struct Bulk {
    socket: Socket,
    number: u32,
    outgoing: Vec<u8>,
}

impl Bulk {
    /// Opens a socket.
    pub fn open() -> Result<Self, Failure> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        // a refusal is not to quote its request, for which there may be no memory
        socket.set_cap_ack(true)?;
        socket.set_ext_ack(true)?;
        Ok(Self {
            socket,
            number: 0,
            outgoing: Vec::new(),
        })
    }

    fn send(&self) -> Result<(), Failure> {
        let len = self.outgoing.len();
        if len > SMALL {
            // who may change the table may do this
            setsockopt(&self.socket, SndBufForce, &(len + SMALL)).map_err(|errno| errno as i32)?;
        }
        match undisturbed(|| self.socket.send(&self.outgoing, 0))? {
            sent if sent == len => Ok(()),
            _ => Err(libc::EMSGSIZE.into()),
        }
    }
}

impl Transport for Bulk {
    fn exchange(
        &mut self,
        head: Head,
        body: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Snapshot, Failure> {
        self.number = self.number.wrapping_add(1);
        self.outgoing.clear();
        frame::put(&mut self.outgoing, head, self.number, body);
        self.send()?;
        let mut hearing = Hearing::of(head.answer, self.number);
        loop {
            let (bytes, _) = undisturbed(|| self.socket.recv_from_full())?;
            if let Some(snapshot) = hearing.take(&bytes, on_reply)? {
                return Ok(snapshot);
            }
        }
    }
}
