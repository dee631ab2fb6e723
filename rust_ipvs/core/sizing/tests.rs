// SPDX-License-Identifier: GPL-2.0

use super::*;

const BOUNDS: Bounds = Bounds { min: 8, max: 12 };

/// The size that a table gets that items are put into one by one.
fn grown(bounds: Bounds, items: usize, load_factor: i32) -> u32 {
    let mut bits = bounds.min();
    for n in 1..=items {
        if n > bounds.full(bits, load_factor) {
            bits = bounds.size(n, bits, load_factor, load_factor);
        }
    }
    bits
}

#[test]
fn connections_of_the_first_namespace() {
    for (items, bits) in [
        (0, 8),
        (16, 8),
        (17, 9),
        (32, 9),
        (33, 10),
        (256, 12),
        (9999, 12),
    ] {
        assert_eq!(grown(BOUNDS, items, -4), bits, "{items}");
    }
}

#[test]
fn connections_of_others() {
    for (items, bits) in [
        (64, 8),
        (65, 9),
        (128, 9),
        (129, 10),
        (1024, 12),
        (1025, 12),
    ] {
        assert_eq!(grown(BOUNDS, items, -2), bits, "{items}");
    }
}

#[test]
fn services() {
    for (items, bits) in [(2, 4), (3, 5), (4, 5), (5, 6), (1000, 13)] {
        assert_eq!(grown(SERVICES, items, -3), bits, "{items}");
    }
}

#[test]
fn more_items_than_buckets() {
    assert_eq!(BOUNDS.full(8, 3), 2048);
    assert_eq!(grown(BOUNDS, 2048, 3), 8);
    assert_eq!(grown(BOUNDS, 2049, 3), 9);
    assert_eq!(Bounds { min: 4, max: 27 }.full(26, 8), 1 << 30);
}

#[test]
fn no_room_at_all() {
    assert_eq!(SERVICES.full(4, -8), 0);
    assert_eq!(SERVICES.size(1, 4, -8, -8), 8);
}

#[test]
fn full_size_is_never_full() {
    assert_eq!(BOUNDS.full(12, -8), usize::MAX);
}

#[test]
fn shrinks_by_a_large_step_only() {
    let bounds = CONNS;
    // 2^12 buckets, ideal 2^9: within a sixteenth.
    assert_eq!(bounds.size(32, 12, -4, -4), 12);
    // Ideal 2^8: twice that is kept.
    assert_eq!(bounds.size(16, 12, -4, -4), 9);
    assert_eq!(bounds.size(0, 12, -4, -4), 8);
    assert_eq!(bounds.size(0, 8, -4, -4), 8);
}

#[test]
fn other_load_factor_is_followed_exactly() {
    assert_eq!(CONNS.size(100, 11, -4, 0), 8);
    assert_eq!(CONNS.size(1000, 8, 0, -4), 14);
    assert_eq!(CONNS.size(1000, 14, -4, -3), 13);
    assert_eq!(CONNS.size(1000, 14, -4, 8), 8);
    assert_eq!(CONNS.size(1, 8, 0, 8), 8);
}

/// The rule in numbers of buckets, as the administrator's guide to C states it.
#[test]
fn as_in_numbers() {
    for (min, max) in [(8u32, 12u32), (4, 20), (8, 27)] {
        let bounds = Bounds { min, max };
        for bits in min..=max {
            for before in -8..=8 {
                for factor in -8..=8i32 {
                    for items in [
                        0,
                        1,
                        2,
                        3,
                        7,
                        8,
                        9,
                        15,
                        16,
                        17,
                        100,
                        4096,
                        4097,
                        1 << 20,
                        1 << 26,
                    ] {
                        let size = 1i64 << bits;
                        let (low, high) = (1i64 << min, 1i64 << max);
                        let n = (items.max(1) as u64).next_power_of_two() as i64;
                        let n = if factor < 0 {
                            n << -factor
                        } else {
                            n >> factor
                        }
                        .min(high);
                        let wanted = if factor != before || n > size {
                            n
                        } else if n > size / 16 {
                            size
                        } else {
                            2 * n
                        };
                        let wanted = wanted.clamp(low, high);
                        assert_eq!(
                            1i64 << bounds.size(items, bits, before, factor),
                            wanted,
                            "{items} {bits} {before} {factor}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn ceiling_of_connections() {
    // A machine of 1 GiB, one of 64 GiB, and one of 16 MiB.
    for (memory, max, unasked) in [
        (30, 21, 16),
        (36, 27, 22),
        (48, 27, 22),
        (24, 15, 10),
        (9, 8, 8),
    ] {
        assert_eq!(Bounds::of_conns(None, memory).max(), unasked);
        assert_eq!(Bounds::of_conns(Some(99), memory).max(), max);
        assert_eq!(Bounds::of_conns(Some(-1), memory).max(), 8);
        assert_eq!(Bounds::of_conns(Some(12), memory).max(), 12.min(max));
    }
}
