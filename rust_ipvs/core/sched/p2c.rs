// SPDX-License-Identifier: GPL-2.0

//! Power of two choices: of two servers, drawn at random by weight, the one that will have less to do
//! for its weight (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
//!
//! It takes the same time with any number of servers, changes nothing that other CPUs read, and many
//! directors that do not know of each other's connections do not choose the same server. That is what
//! `twos` is for, too; but `twos` looks at all servers, and counts a server without connections as
//! equal to any other, whatever its weight.

use super::{
    slow::{
        Starting,
        ONE, //
    },
    Server, //
};

/// How often a server is drawn until one takes connections.
const TRIES: usize = 8;

/// How much an active connection costs, as [`Server::overhead`] counts.
const ACTIVE: u64 = 257;

/// Whether a server takes what was drawn for it: a number, to be compared with its weight, and 16
/// random bits.
#[inline]
fn takes<S: Server>(server: &Starting<S>, number: u32, bits: u16) -> bool {
    let fraction = u64::from(bits)
        .wrapping_mul(u64::from(ONE))
        .wrapping_shr(16);
    let number = u64::from(number).wrapping_mul(u64::from(ONE));
    number.wrapping_add(fraction) < server.share()
}

/// Whether `second` will have less to do than `first`. Both take connections.
#[inline]
fn is_better<S: Server>(second: &Starting<S>, first: &Starting<S>) -> bool {
    // The connection that is to come will be like those that are there. UDP has no active ones.
    let is_active = second.active() | first.active() != 0 || second.total() | first.total() == 0;
    let more = if is_active { ACTIVE } else { 1 };
    let cost = |server: &Starting<S>| u128::from(server.overhead().wrapping_add(more));
    // Costs divided by shares, without a division: below 2^34 times below 2^45.
    cost(second).wrapping_mul(u128::from(first.share()))
        < cost(first).wrapping_mul(u128::from(second.share()))
}

/// Picks a server. `draw` draws one by weight, with a number that its weight has to be above and 16
/// random bits; `None` if there is nobody with a weight.
#[inline]
pub fn pick<T: Copy + PartialEq, S: Server>(
    mut draw: impl FnMut() -> Option<(T, Starting<S>, u32, u16)>,
) -> Option<T> {
    let mut first: Option<(T, Starting<S>)> = None;
    for _ in 0..TRIES {
        let (item, server, number, bits) = draw()?;
        if !takes(&server, number, bits) {
            continue;
        }
        match &first {
            None => first = Some((item, server)),
            Some((other, _)) if *other == item => (),
            Some((_, other)) if is_better(&server, other) => return Some(item),
            Some((other, _)) => return Some(*other),
        }
    }
    first.map(|(item, _)| item)
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    fn load(weight: i32, active: u32, inactive: u32) -> Load {
        Load::new(weight, active, inactive)
    }

    /// Draws these one after the other, again and again.
    fn pick_of(drawn: &[(Load, u32)]) -> Option<usize> {
        let mut drawn = drawn.iter().enumerate().cycle();
        pick(|| {
            let (index, &(load, number)) = drawn.next()?;
            Some((index, Starting::new(load, ONE), number, 0))
        })
    }

    #[test]
    fn the_less_loaded() {
        let pick = |first, second| pick_of(&[(first, 0), (second, 0)]);

        assert_eq!(pick(load(1, 5, 0), load(1, 4, 0)), Some(1));
        assert_eq!(pick(load(1, 4, 0), load(1, 5, 0)), Some(0));
        assert_eq!(pick(load(1, 4, 0), load(1, 4, 0)), Some(0));
        // By weight, the one that is to come included.
        assert_eq!(pick(load(1, 1, 0), load(10, 5, 0)), Some(1));
        assert_eq!(pick(load(1, 0, 0), load(10, 5, 0)), Some(1));
        assert_eq!(pick(load(1, 0, 0), load(10, 20, 0)), Some(0));
        assert_eq!(pick(load(1, 0, 0), load(2, 0, 0)), Some(1));
        assert_eq!(pick(load(1 << 29, 3, 0), load(1 << 30, 6, 0)), Some(1));
        assert_eq!(pick(load(1 << 30, 6, 0), load(1 << 29, 3, 0)), Some(0));
        assert_eq!(pick(load(i32::MAX, 3, 0), load(i32::MAX, 2, 0)), Some(1));
        // Connections of UDP, which are never active.
        assert_eq!(pick(load(1, 0, 3), load(10, 0, 25)), Some(1));
        assert_eq!(pick(load(1, 0, 2), load(10, 0, 35)), Some(0));
    }

    #[test]
    fn what_is_not_taken_is_drawn_again() {
        assert_eq!(pick_of(&[(load(1, 9, 0), 1), (load(1, 4, 0), 0)]), Some(1));
        assert_eq!(pick_of(&[(load(5, 9, 0), 4)]), Some(0));
        assert_eq!(pick_of(&[(load(5, 9, 0), 5)]), None);
        let overloaded = Load {
            overloaded: true,
            ..load(1, 0, 0)
        };
        assert_eq!(pick_of(&[(overloaded, 0), (load(1, 9, 0), 0)]), Some(1));
        assert_eq!(pick_of(&[(load(0, 0, 0), 0)]), None);
        assert_eq!(pick_of(&[]), None);
    }

    #[test]
    fn one_that_starts_takes_a_tenth_of_what_is_drawn() {
        let server = Starting::new(load(1, 0, 0), 100);
        let taken = (0..=u16::MAX)
            .filter(|&bits| takes(&server, 0, bits))
            .count();

        assert!(taken.abs_diff(6554) <= 66, "{taken}");
    }
}
