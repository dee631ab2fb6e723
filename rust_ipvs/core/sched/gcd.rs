// SPDX-License-Identifier: GPL-2.0

//! The greatest common divisor.

/// Of two numbers, of which 0 is divided by all.
pub const fn gcd(mut a: u32, mut b: u32) -> u32 {
    if a == 0 || b == 0 {
        return a | b;
    }
    // By halving and subtraction (Stein), so that nothing is divided by what could be zero.
    let shift = (a | b).trailing_zeros();
    a = a.wrapping_shr(a.trailing_zeros());
    while b != 0 {
        b = b.wrapping_shr(b.trailing_zeros());
        if a > b {
            (a, b) = (b, a);
        }
        b = b.wrapping_sub(a);
    }
    a.wrapping_shl(shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_euclid() {
        fn euclid(a: u32, b: u32) -> u32 {
            if b == 0 {
                a
            } else {
                euclid(b, a % b)
            }
        }
        let some = [
            0,
            1,
            2,
            3,
            4,
            6,
            9,
            12,
            35,
            49,
            64,
            1 << 30,
            999_999,
            (1 << 31) - 1,
        ];
        for a in some {
            for b in some {
                assert_eq!(gcd(a, b), euclid(a, b), "{a} {b}");
            }
        }
    }
}
