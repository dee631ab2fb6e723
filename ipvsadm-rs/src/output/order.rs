// SPDX-License-Identifier: GPL-2.0
//! Stock's order of listings.
//!
//! Its comparison subtracts unsigned numbers and looks at the sign of the low 32 bits, so that it
//! goes round: 192.168.0.1 comes before 10.0.0.1. No sort of the standard library may be given
//! such a comparison; what comes out depends on the steps of the sort, which are those of glibc's
//! qsort(3): a merge sort that halves.

use crate::model::{ServerEntry, ServiceEntry, ServiceKey};
use std::net::IpAddr;

/// Sorts services: marks last, then by family, protocol, address and port.
pub fn sort_services(entries: &mut Vec<ServiceEntry>) {
    sort(entries, |a, b| {
        first_difference(service_words(a), service_words(b))
    });
}

/// Sorts servers by address and port.
pub fn sort_servers(entries: &mut Vec<ServerEntry>) {
    sort(entries, |a, b| {
        let words = |entry: &ServerEntry| {
            let [a, b, c, d] = address_words(entry.server.addr);
            [a, b, c, d, entry.server.port.into()]
        };
        first_difference(words(a), words(b))
    });
}

fn service_words(entry: &ServiceEntry) -> [u32; 8] {
    let family = u32::from(entry.service.key.is_ipv6());
    match entry.service.key {
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

fn first_difference<const N: usize>(a: [u32; N], b: [u32; N]) -> i32 {
    let differences = a.into_iter().zip(b).map(|(a, b)| a.wrapping_sub(b) as i32);
    differences
        .into_iter()
        .find(|difference| *difference != 0)
        .unwrap_or(0)
}

fn sort<T>(entries: &mut Vec<T>, compare: impl Fn(&T, &T) -> i32) {
    let order = merge_sort((0..entries.len()).collect(), &|a, b| {
        compare(&entries[a], &entries[b])
    });
    let mut slots: Vec<Option<T>> = entries.drain(..).map(Some).collect();
    entries.extend(order.into_iter().filter_map(|index| slots[index].take()));
}

fn merge_sort(mut indices: Vec<usize>, compare: &dyn Fn(usize, usize) -> i32) -> Vec<usize> {
    if indices.len() < 2 {
        return indices;
    }
    let right = indices.split_off(indices.len() / 2);
    let mut left = merge_sort(indices, compare).into_iter().peekable();
    let mut right = merge_sort(right, compare).into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if compare(*a, *b) <= 0 {
            left.next()
        } else {
            right.next()
        };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(addresses: &[&str]) -> Vec<String> {
        let words = |text: &str| address_words(text.parse().unwrap());
        let mut entries: Vec<String> = addresses.iter().map(|&text| text.into()).collect();
        sort(&mut entries, |a, b| first_difference(words(a), words(b)));
        entries
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
    fn equal_ones_keep_their_order() {
        let mut entries: Vec<(u32, u32)> = (0..50).map(|i| (i % 3, i)).collect();
        let mut expected = entries.clone();
        expected.sort();
        sort(&mut entries, |a, b| first_difference([a.0], [b.0]));
        assert_eq!(entries, expected);
    }
}
