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
pub(super) const ROOM: usize = 8 * 1024;

/// Most requests in one message.
pub const WINDOW: usize = 128;

/// The kernel's memory for a refusal, which quotes its request (1.25 KiB), and some more. If those of
/// a window did not fit into the receive buffer, some would be lost.
const REFUSAL: usize = 2 * 1024;

/// What limits the receive buffer.
const LIMIT: &str = "/proc/sys/net/core/rmem_max";

/// Takes the attributes of one object.
pub type OnReply<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Malformed>;

/// Whether what the kernel tells was so at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snapshot {
    /// It was.
    #[default]
    Whole,
    /// Something was changed while it was told.
    Torn,
}

/// A way to the kernel.
pub trait Transport {
    /// Sends a request and hands over each object of the answer until it is complete.
    fn exchange(
        &mut self,
        head: Head,
        body: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Snapshot, Failure>;

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
    /// How many requests are sent together at most, once that is known.
    window: Option<usize>,
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
            window: None,
        })
    }

    fn send(&self) -> Result<(), Failure> {
        let send = || self.socket.send(&self.outgoing, Msg::empty());
        match undisturbed(send)? {
            length if length == self.outgoing.len() => Ok(()),
            _ => Err(libc::EMSGSIZE.into()),
        }
    }

    fn receive(&mut self) -> Result<usize, Failure> {
        // to be told of the full length
        let (length, _) = undisturbed(|| self.socket.recv(&mut self.buffer, Msg::TRUNC))?;
        match length {
            // nobody sends that
            0 => Err(libc::EBADMSG.into()),
            _ if length > self.buffer.len() => Err(libc::EMSGSIZE.into()),
            _ => Ok(length),
        }
    }

    /// How many requests may be sent together so that there is room for the refusals of all. Makes
    /// as much room as is needed, if it may.
    fn window(&mut self) -> usize {
        if let Some(window) = self.window {
            return window;
        }
        let wanted = WINDOW * REFUSAL / 2;
        let granted = self.socket.set_recv_buffer_size(wanted).ok();
        let limit = granted.and_then(|()| std::fs::read_to_string(LIMIT).ok());
        let limit = limit.and_then(|text| text.trim_end().parse().ok());
        let window = fitting(limit.unwrap_or(0), wanted);
        self.window = Some(window);
        window
    }

    fn next_number(&mut self) -> u32 {
        self.seq = self.seq.wrapping_add(1);
        self.seq
    }

    fn together(
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
        match self.send() {
            Err(failure) if failure.errno == libc::EMSGSIZE && requests.len() > 1 => {
                // the send buffer is smaller than that; nothing has been sent
                let half = requests.len() / 2;
                let (first, second) = requests.split_at(half);
                self.together(first, on_failure)?;
                return self.together(second, &mut |index, failure| {
                    on_failure(half + index, failure);
                });
            }
            result => result?,
        }
        loop {
            let len = self.receive()?;
            for part in frame::all(&self.buffer[..len]) {
                let (number, message) = (part.number, part.message);
                if message == Message::Broken {
                    return Err(libc::EBADMSG.into());
                }
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

/// The answer to a request, as far as it has come.
pub(super) struct Hearing {
    number: u32,
    only_one: bool,
    malformed: bool,
    snapshot: Snapshot,
}

impl Hearing {
    pub(super) fn of(answer: Answer, number: u32) -> Self {
        Self {
            number,
            only_one: matches!(answer, Answer::Object | Answer::ObjectOrAck),
            malformed: false,
            snapshot: Snapshot::Whole,
        }
    }

    /// Takes what has come. `Some` if that was all.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Option<Snapshot>, Failure> {
        for part in frame::messages(bytes, self.number) {
            if part.interrupted {
                self.snapshot = Snapshot::Torn;
            }
            match part.message {
                Message::Data(bytes) if self.only_one => {
                    on_reply(bytes).map_err(|Malformed| libc::EINVAL)?;
                    return Ok(Some(self.snapshot));
                }
                Message::Data(bytes) => self.malformed |= on_reply(bytes).is_err(),
                Message::Done if self.malformed => return Err(libc::EINVAL.into()),
                Message::Done => return Ok(Some(self.snapshot)),
                Message::Failed(failure) => return Err(failure),
                Message::Broken => return Err(libc::EBADMSG.into()),
                Message::Other => {}
            }
        }
        Ok(None)
    }
}

/// The same again if a signal came in between.
pub(super) fn undisturbed<R>(mut call: impl FnMut() -> std::io::Result<R>) -> std::io::Result<R> {
    loop {
        match call() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// How many refusals fit into a receive buffer for which so much was wanted, where `limit` is the
/// most that there is. The kernel doubles both. One always fits.
fn fitting(limit: usize, wanted: usize) -> usize {
    (limit.min(wanted) * 2 / REFUSAL).clamp(1, WINDOW)
}

impl Transport for Netlink {
    fn exchange(
        &mut self,
        head: Head,
        body: &[u8],
        on_reply: OnReply<'_>,
    ) -> Result<Snapshot, Failure> {
        let number = self.next_number();
        self.outgoing.clear();
        frame::put(&mut self.outgoing, head, number, body);
        self.send()?;
        let mut hearing = Hearing::of(head.answer, number);
        loop {
            let len = self.receive()?;
            if let Some(snapshot) = hearing.take(&self.buffer[..len], on_reply)? {
                return Ok(snapshot);
            }
        }
    }

    fn batch(
        &mut self,
        requests: &[(Head, &[u8])],
        on_failure: &mut dyn FnMut(usize, Failure),
    ) -> Result<(), Failure> {
        let size = match requests.len() {
            0 | 1 => 1,
            _ => self.window(),
        };
        for (round, window) in requests.chunks(size).enumerate() {
            self.together(window, &mut |index, failure| {
                on_failure(round * size + index, failure);
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_the_receive_buffer() {
        let wanted = WINDOW * REFUSAL / 2;
        for (limit, window) in [
            (0, 1),
            (2304, 2),
            (4096, 4),
            (212_992, WINDOW),
            (wanted, WINDOW),
            (wanted - REFUSAL, WINDOW - 2),
            (usize::MAX, WINDOW),
        ] {
            assert_eq!(fitting(limit, wanted), window, "{limit}");
        }
    }

    #[test]
    fn signals_are_waited_out() {
        let mut left = 3;
        let result = undisturbed(|| {
            left -= 1;
            match left {
                0 => Ok(7),
                _ => Err(std::io::ErrorKind::Interrupted.into()),
            }
        });
        assert_eq!(result.unwrap(), 7);
        assert!(undisturbed(|| Err::<(), _>(std::io::ErrorKind::Other.into())).is_err());
    }
}
