// SPDX-License-Identifier: GPL-2.0

//! What C does not have: how a destination answers when it is asked for connections.
//!
//! In listings that ask for it by [`flag::ANSWERS`](super::listing::flag::ANSWERS) destinations have the
//! nest [`ANSWERS`]. The numbers only grow: `ZERO` leaves them alone.

use super::nla::{
    Sink,
    Table, //
};

/// Nest [`attr`], in that of a destination. Far from the numbers that C may come to need.
pub const ANSWERS: u16 = 0x1004;

/// In the nest [`ANSWERS`].
pub mod attr {
    /// u64: connections that the destination has agreed to.
    pub const HANDSHAKES: u16 = 1;
    /// u64: milliseconds that it has taken for that, together.
    pub const HANDSHAKE_TIME: u16 = 2;
    /// u64: connections over TCP that it has refused or reset.
    pub const RESETS: u16 = 3;
    /// One more than the highest.
    pub const COUNT: usize = 4;
}

/// How a destination has answered since it exists. Only of connections by NAT: by other methods its
/// answers do not come past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// SYN/ACKs (of SCTP: INIT ACKs) that were the first answer to a new connection.
    pub handshakes: u64,
    /// Milliseconds from the first packet of the client until then, in sum. Each is measured in ticks,
    /// so that it is the mean over many that says something.
    pub handshake_ms: u64,
    /// Connections over TCP that a RST of it has ended while they were active: refused or reset.
    pub resets: u64,
}

/// Writes the nest [`ANSWERS`].
pub fn emit_answers<S: Sink>(sink: &mut S, answers: &Answers) -> Result<(), S::Error> {
    let nest = sink.begin_nest(ANSWERS)?;
    sink.put(attr::HANDSHAKES, &answers.handshakes.to_ne_bytes())?;
    sink.put(attr::HANDSHAKE_TIME, &answers.handshake_ms.to_ne_bytes())?;
    sink.put(attr::RESETS, &answers.resets.to_ne_bytes())?;
    sink.end_nest(nest)
}

/// Reads what [`emit_answers`] has written; `None` if something is missing.
pub fn read_answers(nest: &[u8]) -> Option<Answers> {
    let attrs = Table::read(nest, &[None; attr::COUNT]).ok()?;
    Some(Answers {
        handshakes: attrs.u64(attr::HANDSHAKES)?,
        handshake_ms: attrs.u64(attr::HANDSHAKE_TIME)?,
        resets: attrs.u64(attr::RESETS)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{
        attr as bytes_of,
        Buffer, //
    };
    use super::*;

    #[test]
    fn there_and_back() {
        let answers = Answers {
            handshakes: 3,
            handshake_ms: u64::MAX,
            resets: 1 << 40,
        };
        let mut buffer = Buffer::default();
        let Ok(()) = emit_answers(&mut buffer, &answers);

        assert_eq!(buffer.0[2..4], ANSWERS.to_ne_bytes());
        assert_eq!(read_answers(&buffer.0[4..]), Some(answers));
    }

    #[test]
    fn nothing_is_made_up() {
        let mut nest = bytes_of(attr::HANDSHAKES, &[1; 8]);
        nest.extend(bytes_of(attr::RESETS, &[1; 8]));
        assert_eq!(read_answers(&nest), None);
        nest.extend(bytes_of(attr::HANDSHAKE_TIME, &[1; 4]));
        assert_eq!(read_answers(&nest), None);
    }
}
