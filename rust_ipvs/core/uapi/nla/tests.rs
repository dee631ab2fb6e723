// SPDX-License-Identifier: GPL-2.0

use super::super::tests::attr;
use super::*;
use std::vec::Vec;

fn kinds(bytes: &[u8]) -> Vec<(u16, &[u8])> {
    Attrs::new(bytes)
        .map(|attr| (attr.kind, attr.data))
        .collect()
}

#[test]
fn walk() {
    let bytes = [
        5, 0, 1, 0, 0xaa, 0, 0, 0, 4, 0, 2, 0, 8, 0, 3, 0, 1, 2, 3, 4,
    ];

    assert_eq!(
        kinds(&bytes),
        [(1, &[0xaa][..]), (2, &[]), (3, &[1, 2, 3, 4])]
    );
}

#[test]
fn flags_of_a_type_are_no_part_of_it() {
    // NLA_F_NESTED and NLA_F_NET_BYTEORDER.
    assert_eq!(
        kinds(&[4, 0, 1, 0x80, 4, 0, 2, 0xc0]),
        [(1, &[][..]), (2, &[])]
    );
}

#[test]
fn the_last_one_needs_no_padding() {
    assert_eq!(kinds(&[5, 0, 1, 0, 0xaa]), [(1, &[0xaa][..])]);
    assert_eq!(kinds(&[7, 0, 1, 0, 1, 2, 3, 0]), [(1, &[1, 2, 3][..])]);
}

#[test]
fn ends_where_no_attribute_can_begin() {
    let good = attr(1, &[9; 4]);
    let junk: [&[u8]; 7] = [
        &[],
        &[8],
        &[8, 0, 2],
        // Lengths 0 and 3, less than a header.
        &[0, 0, 2, 0, 0, 0, 0, 0],
        &[3, 0, 2, 0, 0, 0, 0, 0],
        // Beyond the end, by one and by far.
        &[9, 0, 2, 0, 1, 2, 3, 4],
        &[0xff, 0xff, 2, 0, 1, 2, 3, 4],
    ];
    for tail in junk {
        let bytes = [&good[..], tail].concat();
        let mut attrs = Attrs::new(&bytes);

        assert_eq!(attrs.next().map(|attr| attr.kind), Some(1));
        assert_eq!(attrs.next(), None);
        assert_eq!(attrs.next(), None);
    }
}

const POLICY: Policy<4> = [
    None,
    Some((Rule::Min(4), SpecError::ServiceAf)),
    Some((Rule::Text(4), SpecError::ServiceSchedName)),
    None,
];

fn read(bytes: &[u8]) -> Result<Table<'_, 4>, SpecError> {
    Table::read(bytes, &POLICY)
}

#[test]
fn unknown_types_are_ignored() {
    let bytes = [
        attr(0, &[1]),
        attr(4, &[2]),
        attr(0x3fff, &[]),
        attr(3, &[7]),
    ]
    .concat();
    let table = read(&bytes).ok().unwrap();

    assert_eq!(table.get(3), Some(&[7][..]));
    for kind in [0, 1, 2, 4, 0x3fff] {
        assert_eq!(table.get(kind), None);
    }
}

#[test]
fn of_several_the_last_counts_but_all_are_checked() {
    let [one, two, short] = [
        attr(1, &[1, 0, 0, 0]),
        attr(1, &[2, 0, 0, 0]),
        attr(1, &[3]),
    ];

    let bytes = [&one[..], &two].concat();
    assert_eq!(read(&bytes).ok().unwrap().u32(1), Some(2));
    for bytes in [[&short[..], &two], [&one, &short]] {
        assert_eq!(read(&bytes.concat()).err(), Some(SpecError::ServiceAf));
    }
}

#[test]
fn longer_numbers_are_cut() {
    let bytes = attr(1, &[1, 2, 3, 4, 5, 6]);
    let table = read(&bytes).ok().unwrap();

    assert_eq!(table.u8(1), Some(1));
    assert_eq!(table.u16(1), Some(0x0201));
    assert_eq!(table.be16(1), Some(Be16::from_host(0x0102)));
    assert_eq!(table.u32(1), Some(0x0403_0201));
    assert_eq!(table.i32(1), Some(0x0403_0201));
    assert_eq!(table.padded(1), Some([1, 2, 3, 4, 5, 6, 0, 0]));
    assert_eq!(table.padded(1), Some([1, 2]));
}

#[test]
fn strings() {
    for (text, good) in [
        (&b"abcd\0"[..], true),
        (b"\0", true),
        (b"ab\0x", true),
        (b"abc\0\0", true),
        // No NUL, none in time, too long even behind the NUL.
        (b"abcd", false),
        (b"", false),
        (b"abcde\0", false),
        (b"ab\0xy", false),
        (b"ab\0xy\0", false),
    ] {
        assert_eq!(read(&attr(2, text)).is_ok(), good, "{text:?}");
    }
}

#[test]
fn nests_are_empty_or_have_room_for_a_header() {
    for (len, good) in [(0, true), (1, false), (3, false), (4, true), (9, true)] {
        assert_eq!(Rule::Nest.allows(&[0; 9][..len]), good);
    }
}

#[test]
fn the_attribute_to_blame() {
    let policy: Policy<3> = [
        None,
        Some((Rule::Min(2), SpecError::ServiceAf)),
        Some((Rule::Max(4), SpecError::ServiceAddr)),
    ];
    let good = [attr(2, &[1]), attr(1, &[1, 2]), attr(1, &[3, 4])].concat();
    assert_eq!(find(&good, 2, &policy), Some(0));
    assert_eq!(find(&good, 1, &policy), Some(16));
    assert_eq!(find(&good, 0, &policy), None);
    assert_eq!(find(&good, 9, &policy), None);
    let bad = [attr(1, &[1]), attr(1, &[1, 2]), attr(9, &[])].concat();
    assert_eq!(find(&bad, 1, &policy), Some(0));
    assert_eq!(find(&bad, 9, &policy), Some(16));
    // Without the padding of the last one.
    assert_eq!(find(&attr(1, &[1, 2])[..6], 1, &policy), Some(0));
    assert_eq!(find(&[], 1, &policy), None);
}
