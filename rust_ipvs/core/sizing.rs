// SPDX-License-Identifier: GPL-2.0

//! How large a hash table is to be.
//!
//! Sizes are binary logarithms of the number of buckets. The *load factor* is the binary logarithm
//! of how many items there may be for each bucket; with -4 there may be one for 16.

/// Between which sizes a table may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    min: u32,
    max: u32,
}

/// The smallest and the largest size of a table of connections that can be configured.
pub const CONNS: Bounds = Bounds { min: 8, max: 27 };

/// The sizes of a table of services.
pub const SERVICES: Bounds = Bounds { min: 4, max: 20 };

/// The sizes of a table of destinations.
pub const DESTS: Bounds = Bounds { min: 4, max: 22 };

/// By so much an array of buckets of the largest size that can be configured is too large for a
/// table that nobody has configured.
const UNASKED: u32 = 5;

/// Binary logarithm of the bytes of memory per bucket that C allows at most: half of the memory for
/// connections of 512 bytes, two buckets for each.
const BYTES_PER_BUCKET: u32 = 9;

impl Bounds {
    /// The bounds of a table of connections.
    ///
    /// `configured` is what the administrator wants to be the largest size, if he has said so, and
    /// `memory` the binary logarithm of the bytes of memory of the machine, rounded up. If he has
    /// not, an array of that size takes half a thousandth of the memory.
    pub fn of_conns(configured: Option<i32>, memory: u32) -> Self {
        let Self { min, max } = CONNS;
        let max = between(min, memory.saturating_sub(BYTES_PER_BUCKET), max);
        let bits = match configured {
            Some(bits) => u32::try_from(bits).unwrap_or(0),
            None => max.saturating_sub(UNASKED),
        };
        Self {
            min,
            max: between(min, bits, max),
        }
    }

    /// The smallest size.
    pub const fn min(self) -> u32 {
        self.min
    }

    /// The largest size.
    pub const fn max(self) -> u32 {
        self.max
    }

    /// The number of items beyond which a table of this size is to grow.
    pub fn full(self, bits: u32, load_factor: i32) -> usize {
        if bits >= self.max {
            return usize::MAX;
        }
        // By i64 nothing overflows: both are small.
        let bits = i64::from(bits).saturating_add(i64::from(load_factor));
        match u32::try_from(bits) {
            Ok(bits) => 1usize.checked_shl(bits.min(30)).unwrap_or(usize::MAX),
            Err(_) => 0,
        }
    }

    /// The size that a table with so many items and the size `bits` is to have.
    ///
    /// With another load factor than before, it is computed anew. With the same one the table
    /// shrinks only when it is far too large, and then not as far as it could.
    pub fn size(self, items: usize, bits: u32, before: i32, load_factor: i32) -> u32 {
        let Self { min, max } = self;
        let rounded = items
            .max(1)
            .checked_next_power_of_two()
            .map_or(usize::BITS, usize::trailing_zeros);
        let ideal = i64::from(rounded).saturating_sub(i64::from(load_factor));
        // Below zero if a fraction of a bucket would do.
        let Ok(ideal) = u32::try_from(ideal) else {
            return min;
        };
        let ideal = ideal.min(max);
        if load_factor != before || ideal > bits {
            return between(min, ideal, max);
        }
        if ideal > bits.saturating_sub(4) {
            return bits;
        }
        between(min, ideal.saturating_add(1), max)
    }
}

/// `clamp()` for those who cannot prove that `min` is not above `max`.
fn between(min: u32, value: u32, max: u32) -> u32 {
    value.min(max).max(min)
}

#[cfg(test)]
mod tests;
