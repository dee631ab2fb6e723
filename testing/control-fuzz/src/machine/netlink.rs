// SPDX-License-Identifier: GPL-2.0

//! A socket of generic netlink.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::{attr, GENL_NAME};
use nix::errno::Errno;
use nix::sys::socket::{
    self, AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType,
};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::{setsockopt_impl, sockopt_impl};

use crate::attr::{encode, Attr};
use crate::request::Request;

const HEADER: usize = 16;
const GENL_HEADER: usize = 4;
/// Room for what the kernel says at a time: what it fills at most.
const ROOM: usize = 32 * 1024;
/// An answer comes within so many seconds.
const PATIENCE: i64 = 40;
/// A dump has no more messages, nor takes it longer.
const MAX_MESSAGES: usize = 1_000_000;
const MAX_TIME: Duration = Duration::from_secs(120);

sockopt_impl!(
    /// Sentences beside errors.
    ExtAck, SetOnly, libc::SOL_NETLINK, libc::NETLINK_EXT_ACK, bool
);

/// What was answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// 0 if it was done.
    pub errno: i32,
    /// Attributes of each message, if they were wanted.
    pub messages: Vec<Vec<u8>>,
}

impl Answer {
    /// What of it has to be the same each time.
    pub fn text(&self, request: &Request) -> String {
        let mut messages: Vec<String> = self
            .messages
            .iter()
            .map(|message| show(request, message))
            .collect();
        // The order of services is by chance.
        if request.command == Command::GetService as u8 {
            messages.sort_unstable();
        }
        messages.concat()
    }
}

/// A message, without the size of the table of connections.
fn show(request: &Request, message: &[u8]) -> String {
    let is_info = request.command == Command::GetInfo as u8;
    let mut text = String::from(" [");
    for found in Attrs::new(message) {
        if !(is_info && found.kind == attr::info::CONN_TAB_SIZE) {
            text += &Attr::new(found.kind, found.data).to_string();
            if found.data.len() > 64 {
                let inner: Vec<_> = Attrs::new(found.data)
                    .map(|inner| Attr::new(inner.kind, inner.data).to_string())
                    .collect();
                text += &format!("{{{}}}", inner.join(" "));
            }
        }
    }
    text + "]"
}

/// A message that has arrived.
enum Arrived<'a> {
    Data(&'a [u8]),
    End(i32),
    Other,
}

/// A socket.
#[derive(Debug)]
pub struct Netlink {
    fd: OwnedFd,
    family: u16,
    seq: u32,
    buffer: Vec<u8>,
}

impl Netlink {
    /// In the namespace of the thread. The module has to be there.
    pub fn open() -> io::Result<Self> {
        let mut netlink = Self::with_family(0)?;
        netlink.family = netlink.find_family()?;
        Ok(netlink)
    }

    fn with_family(family: u16) -> io::Result<Self> {
        let fd = socket::socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkGeneric,
        )?;
        socket::bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        socket::setsockopt(
            &fd,
            socket::sockopt::ReceiveTimeout,
            &TimeVal::seconds(PATIENCE),
        )?;
        socket::setsockopt(&fd, ExtAck, &true)?;
        Ok(Self {
            fd,
            family,
            seq: 0,
            buffer: vec![0; ROOM],
        })
    }

    /// `CTRL_CMD_GETFAMILY`.
    fn find_family(&mut self) -> io::Result<u16> {
        let body = encode(&[Attr::new(
            libc::CTRL_ATTR_FAMILY_NAME as u16,
            GENL_NAME.to_bytes_with_nul(),
        )]);
        self.seq += 1;
        let head = [libc::CTRL_CMD_GETFAMILY as u8, 1, 0, 0];
        let kind = libc::GENL_ID_CTRL as u16;
        self.send(&message(
            kind,
            libc::NLM_F_ACK as u16,
            self.seq,
            head,
            &body,
        ))?;
        let mut family = None;
        let errno = self.receive(self.seq, |bytes| {
            family = Attrs::new(bytes)
                .find(|found| found.kind == libc::CTRL_ATTR_FAMILY_ID as u16)
                .and_then(|found| found.data.first_chunk().copied())
                .map(u16::from_ne_bytes);
        })?;
        match (errno, family) {
            (0, Some(family)) => Ok(family),
            _ => Err(io::Error::from_raw_os_error(errno)),
        }
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        socket::send(self.fd.as_raw_fd(), bytes, MsgFlags::empty())?;
        Ok(())
    }

    fn bytes(&mut self, request: &Request) -> Vec<u8> {
        self.seq += 1;
        let [low, high] = request.reserved.to_ne_bytes();
        let head = [request.command, request.version, low, high];
        let flags = request.flags | libc::NLM_F_ACK as u16;
        message(self.family, flags, self.seq, head, &request.body)
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, request: &Request, keep: bool) -> io::Result<Answer> {
        let bytes = self.bytes(request);
        self.send(&bytes)?;
        self.answer(self.seq, keep)
    }

    /// Sends requests in one packet and waits for all answers.
    pub fn ask_together(&mut self, requests: &[Request]) -> io::Result<Vec<Answer>> {
        let first = self.seq + 1;
        let packet: Vec<u8> = requests
            .iter()
            .flat_map(|request| {
                let mut bytes = self.bytes(request);
                bytes.resize(bytes.len().next_multiple_of(4), 0);
                bytes
            })
            .collect();
        if packet.is_empty() {
            return Ok(Vec::new());
        }
        self.send(&packet)?;
        let mut answers: Vec<Option<Answer>> = requests.iter().map(|_| None).collect();
        while answers.iter().any(Option::is_none) {
            let len = self.wait()?;
            for (seq, arrived) in arrived(&self.buffer[..len]) {
                let slot = seq
                    .checked_sub(first)
                    .and_then(|at| answers.get_mut(at as usize));
                if let (Some(slot), Arrived::End(errno)) = (slot, arrived) {
                    *slot = Some(Answer {
                        errno,
                        messages: Vec::new(),
                    });
                }
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Begins a dump on a socket of its own, which is closed after some pieces.
    pub fn abandon(&self, request: &Request, pieces: usize) -> io::Result<()> {
        let mut other = Self::with_family(self.family)?;
        let bytes = other.bytes(request);
        other.send(&bytes)?;
        for _ in 0..pieces {
            let len = other.wait()?;
            if arrived(&other.buffer[..len]).any(|(_, what)| matches!(what, Arrived::End(_))) {
                break;
            }
        }
        Ok(())
    }

    fn answer(&mut self, seq: u32, keep: bool) -> io::Result<Answer> {
        let mut messages = Vec::new();
        let errno = self.receive(seq, |bytes| {
            if keep {
                messages.push(bytes.to_vec());
            }
        })?;
        Ok(Answer { errno, messages })
    }

    /// Hands over the messages that answer `seq` until there are no more; returns an errno, or 0.
    fn receive(&mut self, seq: u32, mut each: impl FnMut(&[u8])) -> io::Result<i32> {
        let begun = Instant::now();
        let mut count = 0;
        loop {
            let len = self.wait()?;
            for (found, what) in arrived(&self.buffer[..len]) {
                match what {
                    _ if found != seq => {}
                    Arrived::End(errno) => return Ok(errno),
                    Arrived::Data(bytes) => {
                        count += 1;
                        each(bytes);
                    }
                    Arrived::Other => {}
                }
            }
            if count > MAX_MESSAGES || begun.elapsed() > MAX_TIME {
                return Err(io::Error::other(format!("no end after {count} messages")));
            }
        }
    }

    fn wait(&mut self) -> io::Result<usize> {
        match socket::recv(self.fd.as_raw_fd(), &mut self.buffer, MsgFlags::empty()) {
            Ok(len) => Ok(len),
            Err(Errno::EAGAIN) => Err(io::Error::other(format!("no answer within {PATIENCE} s"))),
            Err(error) => Err(io::Error::other(format!("receiving: {error}"))),
        }
    }
}

/// A request with both headers.
fn message(kind: u16, flags: u16, seq: u32, head: [u8; 4], body: &[u8]) -> Vec<u8> {
    let len = (HEADER + GENL_HEADER + body.len()) as u32;
    let flags = flags | libc::NLM_F_REQUEST as u16;
    let mut bytes = len.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(seq.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(head);
    bytes.extend(body);
    bytes
}

/// The messages in a buffer, each with the number of the request that it answers.
fn arrived(mut rest: &[u8]) -> impl Iterator<Item = (u32, Arrived<'_>)> {
    std::iter::from_fn(move || {
        let (head, _) = rest.split_first_chunk::<HEADER>()?;
        let word =
            |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let len = word(0) as usize;
        let payload = rest.get(HEADER..len)?;
        rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        let what = match i32::from(word(4) as u16) {
            libc::NLMSG_ERROR | libc::NLMSG_DONE => {
                let code = payload.first_chunk().copied().map_or(0, i32::from_ne_bytes);
                Arrived::End(code.saturating_neg())
            }
            libc::NLMSG_NOOP | libc::NLMSG_OVERRUN => Arrived::Other,
            _ => Arrived::Data(payload.get(GENL_HEADER..).unwrap_or_default()),
        };
        Some((word(8), what))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let data = message(0x1c, 2, 7, [1, 1, 0, 0], &[8, 0, 4, 0, 1, 2, 3, 4]);
        let mut bytes = data.clone();
        // In place of the second header an errno.
        bytes.extend(message(
            libc::NLMSG_ERROR as u16,
            0,
            8,
            (-22_i32).to_ne_bytes(),
            &[0; 16],
        ));
        bytes.extend(message(libc::NLMSG_DONE as u16, 0, 9, [0; 4], &[]));
        let read: Vec<_> = arrived(&bytes)
            .map(|(seq, what)| match what {
                Arrived::Data(bytes) => (seq, bytes.len() as i32),
                Arrived::End(errno) => (seq, -errno),
                Arrived::Other => (seq, 99),
            })
            .collect();
        assert_eq!(read, [(7, 8), (8, -22), (9, 0)]);
        assert_eq!(data.len(), 28);
        assert_eq!(arrived(&bytes[..20]).count(), 0);
    }
}
