// SPDX-License-Identifier: GPL-2.0
//! Stock's order of listings.
//!
//! Its comparison subtracts unsigned numbers and looks at the sign of the low 32 bits, so that it
//! goes round: 192.168.0.1 comes before 10.0.0.1. No sort of the standard library may be given
//! such a comparison; what comes out depends on the steps of the sort, which are those of glibc's
//! qsort(3): a merge sort that halves.

use crate::client::Listed;
use crate::model::{ServerEntry, ServiceKey};
use std::cmp::Ordering;
use std::net::IpAddr;

/// Sorts services: marks last, then by family, protocol, address and port.
pub fn sort_services(entries: &mut Vec<Listed>) {
    if let Some(order) = order(entries, |listed| service_words(&listed.entry.service.key)) {
        let mut slots: Vec<Option<Listed>> = entries.drain(..).map(Some).collect();
        entries.extend(order.into_iter().filter_map(|index| slots[index].take()));
    }
}

/// Sorts servers by address and port.
pub fn sort_servers(entries: &mut [ServerEntry]) {
    let words = |entry: &ServerEntry| {
        let [a, b, c, d] = address_words(entry.server.addr);
        [a, b, c, d, entry.server.port.into()]
    };
    match direction(entries.iter().map(words)) {
        Some(Ordering::Greater) => return entries.reverse(),
        Some(_) => return,
        None => {}
    }
    if let Some(order) = order(entries, words) {
        let before = entries.to_vec();
        for (entry, index) in entries.iter_mut().zip(order) {
            *entry = before[index];
        }
    }
}

fn service_words(key: &ServiceKey) -> [u32; 8] {
    let family = u32::from(key.is_ipv6());
    match *key {
        ServiceKey::Mark { mark, .. } => [mark, family, 0, 0, 0, 0, 0, 0],
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => {
            let [a, b, c, d] = address_words(addr);
            [0, family, protocol.into(), a, b, c, d, port.into()]
        }
    }
}

fn address_words(addr: IpAddr) -> [u32; 4] {
    match addr {
        IpAddr::V4(addr) => [addr.to_bits(), 0, 0, 0],
        IpAddr::V6(addr) => {
            let bits = addr.to_bits();
            [96, 64, 32, 0].map(|shift| (bits >> shift) as u32)
        }
    }
}

fn difference<const N: usize>(a: &[u32; N], b: &[u32; N]) -> i32 {
    let differences = a.iter().zip(b).map(|(a, b)| a.wrapping_sub(*b) as i32);
    differences
        .into_iter()
        .find(|difference| *difference != 0)
        .unwrap_or(0)
}

/// How entries lie that need no sort, since each comes before the next one, or after it. `None` as well
/// if the comparison may go round: if a word has entries in both halves of the circle.
fn direction<const N: usize>(mut words: impl Iterator<Item = [u32; N]>) -> Option<Ordering> {
    let mut last = words.next()?;
    let (mut some, mut every) = (last, last);
    let mut direction = None;
    for next in words {
        let found = last.cmp(&next);
        if found.is_eq() || *direction.get_or_insert(found) != found {
            return None;
        }
        for (word, (some, every)) in next.iter().zip(some.iter_mut().zip(&mut every)) {
            *some |= word;
            *every &= word;
        }
        last = next;
    }
    let round = some
        .iter()
        .zip(&every)
        .any(|(some, every)| (some ^ every) >> 31 != 0);
    direction.filter(|_| !round)
}

/// Which entry comes first, and so on; `None` if they are in order.
fn order<T, const N: usize>(entries: &[T], words: impl Fn(&T) -> [u32; N]) -> Option<Vec<usize>> {
    let mut keys: Vec<([u32; N], usize)> = entries.iter().map(words).zip(0..).collect();
    let mut spare = keys.clone();
    merge_sort(&mut keys, &mut spare);
    let order: Vec<usize> = keys.iter().map(|(_, index)| *index).collect();
    order
        .iter()
        .zip(0..)
        .any(|(index, place)| *index != place)
        .then_some(order)
}

fn merge_sort<const N: usize>(keys: &mut [([u32; N], usize)], spare: &mut [([u32; N], usize)]) {
    if keys.len() < 2 {
        return;
    }
    let middle = keys.len() / 2;
    let (left_spare, right_spare) = spare.split_at_mut(middle);
    let (left, right) = keys.split_at_mut(middle);
    merge_sort(left, left_spare);
    merge_sort(right, right_spare);
    let (mut a, mut b) = (0, 0);
    for slot in spare.iter_mut() {
        let from_left = match (left.get(a), right.get(b)) {
            (Some(first), Some(second)) => difference(&first.0, &second.0) <= 0,
            (first, _) => first.is_some(),
        };
        if from_left {
            *slot = left[a];
            a += 1;
        } else {
            *slot = right[b];
            b += 1;
        }
    }
    keys.copy_from_slice(spare);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(addresses: &[&str]) -> Vec<String> {
        let order = order(addresses, |text| address_words(text.parse().unwrap()));
        let order = order.unwrap_or_else(|| (0..addresses.len()).collect());
        order
            .into_iter()
            .map(|index| addresses[index].into())
            .collect()
    }

    #[test]
    fn the_circle_of_addresses() {
        assert_eq!(
            sorted(&["10.0.0.1", "192.168.0.1"]),
            ["192.168.0.1", "10.0.0.1"]
        );
        assert_eq!(
            sorted(&["10.0.0.3", "10.0.0.1", "10.0.0.2"]),
            ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
        );
        assert_eq!(
            sorted(&["10.0.0.1", "192.168.0.1", "172.16.0.1"]),
            ["172.16.0.1", "192.168.0.1", "10.0.0.1"]
        );
        assert_eq!(
            sorted(&["2001:db8::2", "2001:db8::1"]),
            ["2001:db8::1", "2001:db8::2"]
        );
    }

    #[test]
    fn what_lies_right_or_the_other_way_round() {
        let found = |words: &[u32]| direction(words.iter().map(|word| [*word, 7]));
        assert_eq!(found(&[1, 2, 9]), Some(Ordering::Less));
        assert_eq!(found(&[9, 2, 1]), Some(Ordering::Greater));
        for words in [&[1, 1][..], &[1, 3, 2], &[], &[5], &[1, 1 << 31]] {
            assert_eq!(found(words), None, "{words:?}");
        }
        // whenever there is a direction, the sort agrees
        let mut seed = 1_u32;
        for _ in 0..20_000 {
            let words: Vec<[u32; 2]> = (0..1 + seed % 4)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    [seed & 0xe000_0000, seed >> 27]
                })
                .collect();
            let sorted = order(&words, |words| *words);
            match direction(words.iter().copied()) {
                Some(Ordering::Less) => assert_eq!(sorted, None),
                Some(_) => assert_eq!(sorted, Some((0..words.len()).rev().collect())),
                None => {}
            }
        }
    }

    #[test]
    fn equal_ones_keep_their_order() {
        let entries: Vec<u32> = (0..50).map(|i| i % 3).collect();
        let mut expected: Vec<usize> = (0..50).collect();
        expected.sort_by_key(|index| (entries[*index], *index));
        assert_eq!(order(&entries, |entry| [*entry]), Some(expected));
        assert_eq!(order(&[1, 1, 2], |entry| [*entry]), None);
    }
}
