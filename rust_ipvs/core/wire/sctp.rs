// SPDX-License-Identifier: GPL-2.0

//! The SCTP common header, and what the first chunks say (RFC 9260, section 3).

use crate::packet::Bytes;

/// Length of the common header.
pub const LEN: usize = 12;
/// Source port: 2 bytes.
pub const OFFSET_SPORT: usize = 0;
/// Destination port: 2 bytes.
pub const OFFSET_DPORT: usize = 2;
/// CRC32c of the whole packet, little endian: 4 bytes.
pub const OFFSET_CHECK: usize = 8;

/// Length of a chunk's header: type, flags, length.
const CHUNK_LEN: usize = 4;

/// What a chunk is about, as far as states depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Chunk {
    /// DATA, SACK, HEARTBEAT and whatever else is of no interest.
    Data = 0,
    /// INIT: opens an association.
    Init = 1,
    /// INIT ACK.
    InitAck = 2,
    /// COOKIE ECHO.
    CookieEcho = 3,
    /// COOKIE ACK.
    CookieAck = 4,
    /// SHUTDOWN.
    Shutdown = 5,
    /// SHUTDOWN ACK.
    ShutdownAck = 6,
    /// SHUTDOWN COMPLETE.
    ShutdownComplete = 7,
    /// ERROR.
    Error = 8,
    /// ABORT: ends an association at once.
    Abort = 9,
}

impl Chunk {
    /// From the type in a chunk's header.
    #[inline]
    pub const fn from_type(ty: u8) -> Self {
        match ty {
            1 => Self::Init,
            2 => Self::InitAck,
            6 => Self::Abort,
            7 => Self::Shutdown,
            8 => Self::ShutdownAck,
            9 => Self::Error,
            10 => Self::CookieEcho,
            11 => Self::CookieAck,
            14 => Self::ShutdownComplete,
            _ => Self::Data,
        }
    }
}

/// The first chunks of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunks {
    /// There is not so much as the header of one.
    None,
    /// This one; what follows does not matter.
    First(Chunk),
    /// COOKIE ECHO or COOKIE ACK, and then ABORT.
    AbortAfterCookie,
}

impl Chunks {
    /// Reads the chunks of the packet whose common header is at `offset`.
    ///
    /// An ABORT may come behind other control chunks; it is looked for behind those two only that
    /// would make a connection count as established.
    #[inline]
    pub fn read<B: Bytes + ?Sized>(bytes: &B, offset: usize) -> Self {
        let offset = offset.wrapping_add(LEN);
        let Some([ty, _, l0, l1]) = bytes.read::<CHUNK_LEN>(offset) else {
            return Self::None;
        };
        let first = Chunk::from_type(ty);
        if matches!(first, Chunk::CookieEcho | Chunk::CookieAck) {
            let len = usize::from(u16::from_be_bytes([l0, l1]));
            if len >= CHUNK_LEN && second(bytes, offset, len) == Some(Chunk::Abort) {
                return Self::AbortAfterCookie;
            }
        }
        Self::First(first)
    }

    /// What the packet means for the state of its connection; `None` if nothing can be read.
    #[inline]
    pub const fn event(self) -> Option<Chunk> {
        match self {
            Self::None => None,
            Self::First(chunk) => Some(chunk),
            Self::AbortAfterCookie => Some(Chunk::Abort),
        }
    }

    /// Whether the packet asks for an association.
    #[inline]
    pub const fn is_init(self) -> bool {
        matches!(self, Self::First(Chunk::Init))
    }

    /// Whether the packet begins with an ABORT.
    #[inline]
    pub const fn is_abort(self) -> bool {
        matches!(self, Self::First(Chunk::Abort))
    }
}

/// The chunk behind the one at `offset`, which is `len` bytes long without padding.
#[inline]
fn second<B: Bytes + ?Sized>(bytes: &B, offset: usize, len: usize) -> Option<Chunk> {
    let padded = len.checked_next_multiple_of(4)?;
    let [ty, _, _, _] = bytes.read::<CHUNK_LEN>(offset.wrapping_add(padded))?;
    Some(Chunk::from_type(ty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Ports 50000 and 8080, a tag, a checksum, and then the chunks.
    fn packet(chunks: &[&[u8]]) -> Vec<u8> {
        let header = [0xc3, 0x50, 0x1f, 0x90, 1, 2, 3, 4, 0xaa, 0xbb, 0xcc, 0xdd];
        [&header[..], &chunks.concat()].concat()
    }

    fn read(chunks: &[&[u8]]) -> Chunks {
        Chunks::read(&packet(chunks)[..], 0)
    }

    #[test]
    fn offsets_are_those_of_the_fields() {
        let bytes = packet(&[]);

        assert_eq!(bytes.len(), LEN);
        assert_eq!(bytes[OFFSET_SPORT..][..2], [0xc3, 0x50]);
        assert_eq!(bytes[OFFSET_DPORT..][..2], [0x1f, 0x90]);
        assert_eq!(bytes[OFFSET_CHECK..][..4], [0xaa, 0xbb, 0xcc, 0xdd]);
    }

    #[test]
    fn types_that_matter() {
        let types: [(u8, Chunk); 9] = [
            (1, Chunk::Init),
            (2, Chunk::InitAck),
            (6, Chunk::Abort),
            (7, Chunk::Shutdown),
            (8, Chunk::ShutdownAck),
            (9, Chunk::Error),
            (10, Chunk::CookieEcho),
            (11, Chunk::CookieAck),
            (14, Chunk::ShutdownComplete),
        ];
        for ty in 0..=255 {
            let known = types.iter().find(|(number, _)| *number == ty);
            let expected = known.map_or(Chunk::Data, |(_, chunk)| *chunk);

            assert_eq!(read(&[&[ty, 0, 0, 4]]), Chunks::First(expected));
            // Neither the length nor what follows matters.
            if !matches!(ty, 10 | 11) {
                assert_eq!(
                    read(&[&[ty, 0, 0, 0], &[6, 0, 0, 4]]),
                    Chunks::First(expected)
                );
            }
        }
    }

    #[test]
    fn abort_behind_a_cookie() {
        for ty in [10, 11] {
            let alone = Chunks::First(Chunk::from_type(ty));
            let abort = &[6, 0, 0, 4][..];

            assert_eq!(read(&[&[ty, 0, 0, 4], abort]), Chunks::AbortAfterCookie);
            // Padded to a multiple of four.
            for len in 5..=8 {
                assert_eq!(
                    read(&[&[ty, 0, 0, len, 9, 9, 9, 9], abort]),
                    Chunks::AbortAfterCookie
                );
            }
            assert_eq!(read(&[&[ty, 0, 0, 8], abort]), alone);
            assert_eq!(read(&[&[ty, 0, 0, 4], &[9, 0, 0, 4]]), alone);
            assert_eq!(read(&[&[ty, 0, 0, 4], &abort[..3]]), alone);
            // Shorter than its own header.
            assert_eq!(read(&[&[ty, 0, 0, 3], abort]), alone);
            assert_eq!(read(&[&[ty, 0, 0xff, 0xff], abort]), alone);
            // Third.
            assert_eq!(read(&[&[ty, 0, 0, 4], &[0, 0, 0, 4], abort]), alone);
        }
    }

    #[test]
    fn no_chunk() {
        for len in 0..16 {
            let bytes = packet(&[&[1, 0, 0, 4]]);

            assert_eq!(Chunks::read(&bytes[..len], 0), Chunks::None);
        }
        assert_eq!(Chunks::None.event(), None);
    }

    #[test]
    fn what_they_mean() {
        assert_eq!(Chunks::AbortAfterCookie.event(), Some(Chunk::Abort));
        assert!(!Chunks::AbortAfterCookie.is_abort());
        assert!(Chunks::First(Chunk::Abort).is_abort());
        assert!(Chunks::First(Chunk::Init).is_init());
        assert!(!Chunks::First(Chunk::InitAck).is_init());
        assert_eq!(size_of::<Chunks>(), 1);
    }
}
