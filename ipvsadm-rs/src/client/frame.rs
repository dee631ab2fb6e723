// SPDX-License-Identifier: GPL-2.0
//! Netlink messages: the headers around a request, and what a buffer from the kernel holds.

use super::message::attrs::Table;
use super::message::Answer;
use crate::error::Failure;

const HEADER: usize = 16;
const GENL_HEADER: usize = 4;

/// A header as the kernel sent it in an error: the message it is about may follow.
const ERROR_HEADER: usize = 4 + HEADER;
const ATTR_MSG: u16 = 1;

/// What a request is sent with, besides its attributes.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Number of the family.
    pub family: u16,
    /// Command of the family.
    pub cmd: u8,
    /// Version of the family.
    pub version: u8,
    /// What comes back.
    pub answer: Answer,
}

/// Appends the bytes of a request.
pub fn put(bytes: &mut Vec<u8>, head: Head, seq: u32, body: &[u8]) {
    let len = HEADER + GENL_HEADER + body.len();
    let flags = libc::NLM_F_REQUEST
        | match head.answer {
            Answer::Ack | Answer::ObjectOrAck => libc::NLM_F_ACK,
            Answer::Object | Answer::Refusal => 0,
            Answer::Objects => libc::NLM_F_DUMP,
        };
    let mut header = [0; HEADER + GENL_HEADER];
    header[..4].copy_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_ne_bytes());
    header[4..6].copy_from_slice(&head.family.to_ne_bytes());
    header[6..8].copy_from_slice(&(flags as u16).to_ne_bytes());
    header[8..12].copy_from_slice(&seq.to_ne_bytes());
    header[16] = head.cmd;
    header[17] = head.version;
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(body);
}

/// A message from the kernel.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Attributes of an object.
    Data(&'a [u8]),
    /// The request is done.
    Done,
    /// The request failed.
    Failed(Failure),
    /// Of no interest.
    Other,
    /// Not as long as it says: nothing after it can be read.
    Broken,
}

/// A message and what its header says.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The request that it answers.
    pub number: u32,
    /// Whether what is listed has changed since the message before.
    pub interrupted: bool,
    /// The message.
    pub message: Message<'a>,
}

/// The messages in a buffer, those that do not answer request `seq` as of no interest.
pub fn messages(bytes: &[u8], seq: u32) -> impl Iterator<Item = Part<'_>> {
    all(bytes).map(move |part| match part.message {
        Message::Broken => part,
        _ if part.number == seq => part,
        _ => Part {
            interrupted: false,
            message: Message::Other,
            ..part
        },
    })
}

/// All messages in a buffer.
pub fn all(bytes: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let broken = Part {
            number: 0,
            interrupted: false,
            message: Message::Broken,
        };
        let (part, next) = first(rest).unwrap_or((broken, &[]));
        rest = next;
        Some(part)
    })
}

fn first(bytes: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let len = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let payload = bytes.get(HEADER..len)?;
    let rest = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
    let kind_and_flags = u32_at(bytes, 4)?.to_ne_bytes();
    let [a, b, c, d] = kind_and_flags;
    let (kind, flags) = (u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]));
    let message = match i32::from(kind) {
        libc::NLMSG_ERROR => result(payload, error_attributes(payload, flags)),
        libc::NLMSG_DONE => result(payload, payload.get(4..)),
        libc::NLMSG_NOOP | libc::NLMSG_OVERRUN => Message::Other,
        _ => Message::Data(payload.get(GENL_HEADER..).unwrap_or_default()),
    };
    let part = Part {
        number: u32_at(bytes, 8)?,
        interrupted: i32::from(flags) & libc::NLM_F_DUMP_INTR != 0,
        message,
    };
    Some((part, rest))
}

/// Acknowledgements and ends of dumps begin with a negative errno or 0.
fn result<'a>(payload: &[u8], attributes: Option<&[u8]>) -> Message<'a> {
    match u32_at(payload, 0).map_or(0, |word| word as i32) {
        0 => Message::Done,
        code => Message::Failed(Failure {
            errno: code.saturating_neg(),
            detail: attributes.and_then(|bytes| {
                Table::<{ ATTR_MSG as usize + 1 }>::new(bytes)
                    .text(ATTR_MSG)
                    .ok()
            }),
        }),
    }
}

/// What the kernel says beyond the number stands after the request that it quotes.
fn error_attributes(payload: &[u8], flags: u16) -> Option<&[u8]> {
    let has = |flag: libc::c_int| i32::from(flags) & flag != 0;
    if !has(libc::NLM_F_ACK_TLVS) {
        return None;
    }
    if has(libc::NLM_F_CAPPED) {
        return payload.get(ERROR_HEADER..);
    }
    let quoted = usize::try_from(u32_at(payload, 4)?).ok()?;
    payload.get((4 + quoted).next_multiple_of(4)..)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .copied()
        .map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of this type and these flags in answer to request 7.
    fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
        let len = 16 + payload.len() as u32;
        let mut bytes = len.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend(7_u32.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<Message<'_>> {
        messages(bytes, 7).map(|part| part.message).collect()
    }

    #[test]
    fn a_request_has_both_headers() {
        let head = Head {
            family: 0x1c,
            cmd: 4,
            version: 1,
            answer: Answer::Objects,
        };
        let expected = [
            24, 0, 0, 0, 0x1c, 0, 1, 3, 9, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0xaa, 0xbb, 0xcc, 0xdd,
        ];
        let mut bytes = Vec::new();
        put(&mut bytes, head, 9, &[0xaa, 0xbb, 0xcc, 0xdd]);
        assert_eq!(bytes, expected);
        for (answer, flags) in [(Answer::Ack, [5, 0]), (Answer::Refusal, [1, 0])] {
            bytes.clear();
            put(&mut bytes, Head { answer, ..head }, 9, &[]);
            assert_eq!(bytes[6..8], flags);
        }
    }

    #[test]
    fn several_messages_of_a_dump() {
        let mut bytes = message(0x1c, 2, &[1, 1, 0, 0, 42]);
        bytes.extend(message(0x1c, 2, &[1, 1, 0, 0]));
        bytes.extend(message(3, 2, &[0; 4]));
        assert_eq!(
            read(&bytes),
            [Message::Data(&[42]), Message::Data(&[]), Message::Done]
        );
    }

    #[test]
    fn errors_with_and_without_words() {
        let mut payload = (-17_i32).to_ne_bytes().to_vec();
        payload.extend(20_u32.to_ne_bytes());
        payload.extend([0; 16]);
        let plain = Message::Failed(17.into());
        assert_eq!(read(&message(2, 0, &payload)), [plain]);

        payload.extend([8, 0, 1, 0, b'n', b'o', 0, 0]);
        let said = Failure {
            errno: 17,
            detail: Some("no".into()),
        };
        assert_eq!(
            read(&message(2, 0x200, &payload)),
            [Message::Failed(said.clone())]
        );
        assert_eq!(read(&message(2, 0, &payload)), [Message::Failed(17.into())]);
        payload.drain(20..24);
        assert_eq!(
            read(&message(2, 0x300, &payload)),
            [Message::Failed(said.clone())]
        );

        let mut done = (-17_i32).to_ne_bytes().to_vec();
        done.extend([7, 0, 1, 0, b'n', b'o', 0]);
        assert_eq!(read(&message(3, 0, &done)), [Message::Failed(said)]);
    }

    #[test]
    fn a_dump_that_was_interrupted() {
        let mut bytes = message(0x1c, 2, &[0; 4]);
        bytes.extend(message(0x1c, 2 | 0x10, &[0; 4]));
        bytes.extend(message(3, 2 | 0x10, &[0; 4]));
        let interrupted = |seq| messages(&bytes, seq).map(|part| part.interrupted);
        assert_eq!(interrupted(7).collect::<Vec<_>>(), [false, true, true]);
        assert!(!interrupted(8).any(|it| it), "of others");
    }

    #[test]
    fn answers_to_others_and_broken_lengths() {
        let mut bytes = message(2, 0, &[0; 20]);
        let others = messages(&bytes, 8).map(|part| part.message);
        assert_eq!(others.collect::<Vec<_>>(), [Message::Other]);
        bytes.truncate(30);
        assert_eq!(read(&bytes), [Message::Broken]);
        assert_eq!(read(&[0; 16]), [Message::Broken]);
        assert_eq!(read(&[0; 3]), [Message::Broken]);
        assert_eq!(read(&[]), []);
    }
}
