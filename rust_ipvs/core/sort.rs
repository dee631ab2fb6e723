// SPDX-License-Identifier: GPL-2.0

//! Sorting in place, without memory, recursion or panic: a heapsort.

use core::cmp::Ordering;
use core::mem;

/// Sorts items in ascending order. Equal ones may come in any order.
pub fn sort<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, &compare);
    }
    let mut heap = items;
    while let Some(last) = heap.len().checked_sub(1) {
        swap(heap, 0, last);
        heap = heap.get_mut(..last).unwrap_or_default();
        sift_down(heap, 0, &compare);
    }
}

/// Lets what is at `root` of a heap sink to its place.
fn sift_down<T>(heap: &mut [T], mut root: usize, compare: &impl Fn(&T, &T) -> Ordering) {
    loop {
        let left = root.saturating_mul(2).saturating_add(1);
        let right = left.saturating_add(1);
        let is_less = |a: usize, b: usize| match (heap.get(a), heap.get(b)) {
            (Some(a), Some(b)) => compare(a, b) == Ordering::Less,
            _ => false,
        };
        let child = if is_less(left, right) { right } else { left };
        if !is_less(root, child) {
            return;
        }
        swap(heap, root, child);
        root = child;
    }
}

/// Swaps two items, of which `a` is not behind `b`.
fn swap<T>(items: &mut [T], a: usize, b: usize) {
    if let Some((before, after)) = items.split_at_mut_checked(b) {
        if let (Some(a), Some(b)) = (before.get_mut(a), after.first_mut()) {
            mem::swap(a, b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn as_the_standard_library_does() {
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 16
        };
        for len in (0..70).chain([1000, 4096]) {
            for range in [2, 10, 65_536] {
                let mut items: Vec<u32> = (0..len).map(|_| random() % range).collect();
                let mut expected = items.clone();
                expected.sort();
                sort(&mut items, u32::cmp);
                assert_eq!(items, expected);
                // What is in order already, and the other way round.
                sort(&mut items, u32::cmp);
                assert_eq!(items, expected);
                sort(&mut items, |a, b| b.cmp(a));
                expected.reverse();
                assert_eq!(items, expected);
            }
        }
    }
}
