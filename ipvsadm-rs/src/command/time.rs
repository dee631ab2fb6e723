// SPDX-License-Identifier: GPL-2.0
//! Times as they are written in options, and as they are shown: `90`, `90s`, `1.5m`, `500ms`, `2h`, `1d`.

/// How times are spelt, for helps and errors.
pub const SYNTAX: &str = "90, 90s, 1.5m, 2h, 1d or 500ms";

/// Units and how many milliseconds they have, the longest first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Milliseconds of a time; without a unit it is seconds. What is finer than a millisecond is refused.
pub fn millis(text: &str) -> Result<u64, String> {
    let wrong = || format!("a time is expected: {SYNTAX}");
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let number = text.trim_end_matches(|c| !is_number(c));
    let unit = text.strip_prefix(number).unwrap_or_default();
    let factor = match unit {
        "" => Some(1000),
        _ => UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, n)| *n),
    };
    let factor = factor.ok_or_else(wrong)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(wrong());
    }
    let part = part(fraction, factor).ok_or("a time is exact to a millisecond")?;
    let millis = whole
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(factor));
    millis
        .and_then(|millis| millis.checked_add(part))
        .ok_or_else(|| "this is too long".into())
}

/// So many parts of `factor` as the digits behind the point say, if that is a whole number.
fn part(digits: &str, factor: u64) -> Option<u64> {
    let digits = digits.trim_end_matches('0');
    let one = 10_u64.checked_pow(digits.len().try_into().ok()?)?;
    let count = match digits {
        "" => 0,
        digits => digits.parse::<u64>().ok()?,
    };
    let parts = count.checked_mul(factor)?;
    (parts % one == 0).then_some(parts / one)
}

/// As [`millis`], where 32 bits have to do.
pub fn millis_u32(text: &str) -> Result<u32, String> {
    u32::try_from(millis(text)?).map_err(|_| "the longest time is 49 days".into())
}

/// Whole seconds.
pub fn seconds(text: &str) -> Result<u32, String> {
    let millis = millis(text)?;
    match u32::try_from(millis / 1000) {
        Ok(seconds) if millis % 1000 == 0 => Ok(seconds),
        Ok(_) => Err("whole seconds are expected".into()),
        Err(_) => Err("this is too long".into()),
    }
}

/// Seconds by the longest unit of which they are a whole number, as [`seconds`] reads them.
pub fn shown(seconds: u32) -> String {
    let millis = u64::from(seconds) * 1000;
    let fits = |(_, factor): &&(&str, u64)| millis % factor == 0;
    let (name, factor) = UNITS.iter().find(fits).unwrap_or(&("ms", 1));
    format!("{}{name}", millis / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("0", 0),
            ("5", 5000),
            ("5s", 5000),
            ("200ms", 200),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("1.5m", 90_000),
            ("0.5", 500),
            ("0.10s", 100),
            ("4.35", 4350),
            ("1.000000000000000000000", 1000),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "s",
            "m",
            "ms",
            ".",
            ".5",
            "5.",
            "1.2.3",
            "-1",
            "+1",
            "5w",
            "5 s",
            "1e3",
            "inf",
            "s5",
            "0.0001",
            "0.5ms",
            "999999999999999999d",
            "99999999999999999999",
            "1m30s",
            "\u{661}",
        ] {
            assert!(millis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_fewer_bits() {
        assert_eq!(millis_u32("49d"), Ok(4_233_600_000));
        assert!(millis_u32("50d").is_err());
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("2000ms"), Ok(2));
        assert!(seconds("1.5").is_err());
        assert!(seconds("60000d").is_err());
    }

    #[test]
    fn what_is_shown_is_read_alike() {
        for (number, text) in [
            (0, "0d"),
            (1, "1s"),
            (90, "90s"),
            (7200, "2h"),
            (172_800, "2d"),
        ] {
            assert_eq!(shown(number), text);
            assert_eq!(seconds(text), Ok(number));
        }
    }
}
