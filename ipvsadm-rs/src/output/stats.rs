// SPDX-License-Identifier: GPL-2.0
//! Columns of large numbers.

use super::name::Title;
use super::text::Text;
use std::fmt::Write;

/// Titles of five columns.
pub fn title(out: &mut Text, columns: [&str; 5]) {
    let _ = write!(out, "{:<33}", "Prot LocalAddress:Port");
    for column in columns {
        let _ = write!(out, " {column:>8}");
    }
    out.push_str("\n  -> RemoteAddress:Port\n");
}

/// A service.
pub fn service(out: &mut Text, exact: bool, title: &Title, values: &[u64; 5]) {
    let _ = write!(out, "{:<33}", title.text);
    numbers(out, exact, values);
    out.push('\n');
}

/// Numbers in columns.
pub fn numbers(out: &mut Text, exact: bool, values: &[u64]) {
    for value in values {
        number(out, exact, *value);
    }
}

/// A number in nine places: with a unit where it would not fit, or in more places if `exact`.
fn number(out: &mut Text, exact: bool, value: u64) {
    const UNITS: [(u64, u64, char); 4] = [
        (1_000_000_000, 1_000, 'K'),
        (100_000_000_000, 1_000_000, 'M'),
        (100_000_000_000_000, 1_000_000_000, 'G'),
        (u64::MAX, 1_000_000_000_000, 'T'),
    ];
    if exact || value < 100_000_000 {
        let digits = value.checked_ilog10().unwrap_or(0) as usize + 1;
        let width = 9.max(digits + 1);
        let _ = write!(out, "{value:>width$}");
        return;
    }
    let found = UNITS.into_iter().find(|(limit, _, _)| value < *limit);
    let (_, unit, letter) = found.unwrap_or(UNITS[3]);
    let _ = write!(out, "{:>8}{letter}", value / unit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(exact: bool, value: u64) -> String {
        let mut out = Text::default();
        number(&mut out, exact, value);
        out.to_string()
    }

    #[test]
    fn units_cut_and_do_not_round() {
        for (value, expected) in [
            (0, "        0"),
            (99_999_999, " 99999999"),
            (100_000_000, "  100000K"),
            (999_999_999, "  999999K"),
            (1_000_000_000, "    1000M"),
            (99_999_999_999, "   99999M"),
            (100_000_000_000, "     100G"),
            (99_999_999_999_999, "   99999G"),
            (100_000_000_000_000, "     100T"),
            (u64::MAX, "18446744T"),
        ] {
            assert_eq!(text(false, value), expected);
        }
    }

    #[test]
    fn exact_numbers_grow() {
        for (value, expected) in [
            (0, "        0"),
            (12_345_678, " 12345678"),
            (123_456_789, " 123456789"),
            (u64::MAX, " 18446744073709551615"),
        ] {
            assert_eq!(text(true, value), expected);
        }
    }
}
