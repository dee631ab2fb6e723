// SPDX-License-Identifier: GPL-2.0

//! Two at random, by weight, and of these the one with the lower overhead per weight (Mitzenmacher,
//! "The Power of Two Choices in Randomized Load Balancing", 2001).
//!
//! Sums and products have 32 bits and wrap, as those of C do.

use super::Server;

/// One more than the sum of the weights of those that take connections: both random numbers are to
/// be below it. `None` if there are none.
pub fn ceiling<S: Server>(list: impl Iterator<Item = S>) -> Option<u32> {
    let mut sum = None;
    for weight in list.filter_map(|server| usable_weight(&server)) {
        sum = Some(sum.unwrap_or(0_i32).wrapping_add(weight));
    }
    sum.map(|sum| sum.wrapping_add(1) as u32)
}

/// A number below `ceiling` made of a random one.
#[inline]
pub const fn below(ceiling: u32, random: u64) -> u32 {
    // Of the product of the upper half the upper half.
    let high = random.wrapping_shr(32).wrapping_mul(ceiling as u64);
    high.wrapping_shr(32) as u32
}

fn usable_weight(server: &impl Server) -> Option<i32> {
    let weight = server.weight();
    (weight > 0 && !server.is_overloaded()).then_some(weight)
}

struct Choice<T> {
    item: T,
    weight: i32,
    overhead: i32,
}

/// Picks the better of two, each of which is the first at which the sum of weights has reached a
/// random number.
pub fn pick<T: Copy, S: Server>(list: impl Iterator<Item = (T, S)>, random: [u32; 2]) -> Option<T> {
    let mut left = random.map(|number| number as i32);
    let mut choices: [Option<Choice<T>>; 2] = [None, None];
    let mut last = None;
    for (item, server) in list {
        let Some(weight) = usable_weight(&server) else {
            continue;
        };
        last = Some(item);
        for (left, choice) in left.iter_mut().zip(&mut choices) {
            *left = left.wrapping_sub(weight);
            if *left <= 0 && choice.is_none() {
                *choice = Some(Choice {
                    item,
                    weight,
                    overhead: overhead(&server),
                });
            }
        }
        if choices.iter().all(Option::is_some) {
            break;
        }
    }
    match choices {
        [Some(one), Some(two)] => {
            let is_better =
                two.weight.wrapping_mul(one.overhead) > one.weight.wrapping_mul(two.overhead);
            Some(if is_better { two.item } else { one.item })
        }
        [Some(one), None] => Some(one.item),
        [None, Some(two)] => Some(two.item),
        // Weights have changed since they were summed up.
        [None, None] => last,
    }
}

fn overhead(server: &impl Server) -> i32 {
    let active = server.active().wrapping_shl(8);
    active.wrapping_add(server.total()) as i32
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    fn load(weight: i32, total: u32) -> Load {
        Load::new(weight, 0, total)
    }

    fn pick(list: &[Load], random: [u32; 2]) -> Option<usize> {
        super::pick(list.iter().copied().enumerate(), random)
    }

    #[test]
    fn by_weight() {
        let list = [load(2, 0), load(0, 0), load(3, 0)];

        assert_eq!(ceiling(list.iter().copied()), Some(6));
        // 0 to 2 are the first, 3 to 5 the last.
        for (number, expected) in [(0, 0), (2, 0), (3, 2), (5, 2)] {
            assert_eq!(pick(&list, [number, number]), Some(expected));
        }
    }

    #[test]
    fn the_second_must_be_better() {
        let list = [load(1, 5), load(2, 10), load(2, 9)];

        assert_eq!(pick(&list, [1, 2]), Some(0));
        assert_eq!(pick(&list, [2, 1]), Some(1));
        assert_eq!(pick(&list, [1, 5]), Some(2));
        assert_eq!(pick(&list, [5, 1]), Some(2));
    }

    #[test]
    fn nothing_to_pick() {
        let mut list = [load(0, 0), load(4, 0)];
        list[1].overloaded = true;

        assert_eq!(ceiling(list.iter().copied()), None);
        assert_eq!(pick(&list, [0, 0]), None);
    }

    #[test]
    fn random_numbers_are_in_range() {
        for ceiling in [1, 2, 3, 1000, u32::MAX] {
            assert_eq!(below(ceiling, 0), 0);
            assert_eq!(below(ceiling, u64::MAX), ceiling - 1);
        }
        assert_eq!(below(10, 1 << 63), 5);
    }
}
