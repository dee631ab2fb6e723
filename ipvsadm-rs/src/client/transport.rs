// SPDX-License-Identifier: GPL-2.0
//! The way to the kernel: one netlink socket.

use super::frame::{self, Head, Message};
use super::message::attrs::Malformed;
use super::message::Answer;
use crate::error::Failure;
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;

/// Room for an answer. The kernel allocates, and clears, as much for each part of a dump; most
/// services have few servers, so that more would cost more.
const ROOM: usize = 8 * 1024;

/// Most requests in one message. All refusals of them, each with its request quoted in 1.25 KiB
/// of the kernel's memory, fit into the default receive buffer (208 KiB): none is lost.
pub const WINDOW: usize = 128;

/// Takes the attributes of one object.
pub type OnReply<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Malformed>;

/// A way to the kernel.
pub trait Transport {
    /// Sends a request and hands over each object of the answer until it is complete.
    fn exchange(&mut self, head: Head, body: &[u8], on_reply: OnReply<'_>) -> Result<(), Failure>;

    /// Sends requests that change something, in their order. Hands over the index of each that
    /// is refused, in the same order.
    fn batch(
        &mut self,
        requests: &[(Head, &[u8])],
        on_failure: &mut dyn FnMut(usize, Failure),
    ) -> Result<(), Failure> {
        for (index, (head, body)) in requests.iter().enumerate() {
            if let Err(failure) = self.exchange(*head, body, &mut |_| Ok(())) {
                on_failure(index, failure);
            }
        }
        Ok(())
    }
}

/// A netlink socket.
pub struct Netlink {
    socket: NlSocket,
    seq: u32,
    outgoing: Vec<u8>,
    buffer: Vec<u8>,
}

impl Netlink {
    /// Opens a socket. With `words` the kernel is asked to explain its errors.
    pub fn open(words: bool) -> Result<Self, Failure> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        if words {
            // an old kernel explains nothing
            let _ = socket.enable_ext_ack(true);
        }
        Ok(Self {
            socket,
            seq: 0,
            outgoing: Vec::new(),
            buffer: vec![0; ROOM],
        })
    }

    fn receive(&mut self) -> Result<usize, Failure> {
        loop {
            match self.socket.recv(&mut self.buffer, Msg::empty()) {
                Ok((len, _)) => return Ok(len.min(self.buffer.len())),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn next_number(&mut self) -> u32 {
        self.seq = self.seq.wrapping_add(1);
        self.seq
    }

    fn window(
        &mut self,
        requests: &[(Head, &[u8])],
        on_failure: &mut dyn FnMut(usize, Failure),
    ) -> Result<(), Failure> {
        let start = self.seq.wrapping_add(1);
        self.outgoing.clear();
        for (index, (head, body)) in requests.iter().enumerate() {
            let mut head = *head;
            if index + 1 < requests.len() {
                // the kernel has seen them all when it has seen the last one
                head.answer = Answer::Refusal;
            }
            let number = self.next_number();
            frame::put(&mut self.outgoing, head, number, body);
        }
        self.socket.send(&self.outgoing, Msg::empty())?;
        loop {
            let len = self.receive()?;
            for (number, message) in frame::all(&self.buffer[..len]) {
                let index = number.wrapping_sub(start) as usize;
                if index >= requests.len() {
                    continue;
                }
                if let Message::Failed(failure) = message {
                    on_failure(index, failure);
                }
                if index + 1 == requests.len() {
                    return Ok(());
                }
            }
        }
    }
}

impl Transport for Netlink {
    fn exchange(&mut self, head: Head, body: &[u8], on_reply: OnReply<'_>) -> Result<(), Failure> {
        let number = self.next_number();
        self.outgoing.clear();
        frame::put(&mut self.outgoing, head, number, body);
        self.socket.send(&self.outgoing, Msg::empty())?;
        let only_one = head.answer == Answer::Object;
        let mut malformed = false;
        loop {
            let len = self.receive()?;
            for message in frame::messages(&self.buffer[..len], number) {
                match message {
                    Message::Data(bytes) if only_one => {
                        return on_reply(bytes).map_err(|Malformed| libc::EINVAL.into());
                    }
                    Message::Data(bytes) => malformed |= on_reply(bytes).is_err(),
                    Message::Done if malformed => return Err(libc::EINVAL.into()),
                    Message::Done => return Ok(()),
                    Message::Failed(failure) => return Err(failure),
                    Message::Other => {}
                }
            }
        }
    }

    fn batch(
        &mut self,
        requests: &[(Head, &[u8])],
        on_failure: &mut dyn FnMut(usize, Failure),
    ) -> Result<(), Failure> {
        for (round, window) in requests.chunks(WINDOW).enumerate() {
            self.window(window, &mut |index, failure| {
                on_failure(round * WINDOW + index, failure);
            })?;
        }
        Ok(())
    }
}
