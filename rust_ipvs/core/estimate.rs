// SPDX-License-Identifier: GPL-2.0

//! Rates from counters, computed when somebody asks.
//!
//! A rate is an average that forgets: every two seconds it moves a quarter of the way to what was
//! counted in these two seconds. IPVS always had a thread do that; here the steps since the last
//! question are made up for at once, as if what was counted had been spread evenly over them. For even
//! traffic the result is the same, and nothing runs when nobody asks.

use core::num::NonZeroU64;

/// Length of a step, in milliseconds.
pub const STEP_MS: u64 = 2000;

/// Steps after which what was before no longer matters: 0.75^64 is 1e-8.
const FORGOTTEN: u64 = 64;

/// The time of the last step of an estimator whose clock is stopped: nothing comes after it.
const FROZEN: u64 = u64::MAX;

/// Bits behind the point of the average of connections and packets, per second.
const SCALE_PKTS: u32 = 10;
/// Bits behind the point of the average of bytes, per second.
const SCALE_BYTES: u32 = 5;

/// What is counted. Counters wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections.
    pub conns: u64,
    /// Packets from clients.
    pub in_pkts: u64,
    /// Packets to clients.
    pub out_pkts: u64,
    /// Bytes from clients, with IP headers.
    pub in_bytes: u64,
    /// Bytes to clients, with IP headers.
    pub out_bytes: u64,
}

impl Counters {
    /// Both together.
    #[inline]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            conns: self.conns.wrapping_add(other.conns),
            in_pkts: self.in_pkts.wrapping_add(other.in_pkts),
            out_pkts: self.out_pkts.wrapping_add(other.out_pkts),
            in_bytes: self.in_bytes.wrapping_add(other.in_bytes),
            out_bytes: self.out_bytes.wrapping_add(other.out_bytes),
        }
    }

    /// What was counted since `base`.
    #[inline]
    pub const fn since(&self, base: &Self) -> Self {
        Self {
            conns: self.conns.wrapping_sub(base.conns),
            in_pkts: self.in_pkts.wrapping_sub(base.in_pkts),
            out_pkts: self.out_pkts.wrapping_sub(base.out_pkts),
            in_bytes: self.in_bytes.wrapping_sub(base.in_bytes),
            out_bytes: self.out_bytes.wrapping_sub(base.out_bytes),
        }
    }
}

/// How fast, per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Connections.
    pub cps: u64,
    /// Packets from clients.
    pub in_pps: u64,
    /// Packets to clients.
    pub out_pps: u64,
    /// Bytes from clients.
    pub in_bps: u64,
    /// Bytes to clients.
    pub out_bps: u64,
}

/// The rates of one set of counters.
#[derive(Clone, Copy, Debug)]
pub struct Estimator {
    last_ms: u64,
    conns: Average<SCALE_PKTS>,
    in_pkts: Average<SCALE_PKTS>,
    out_pkts: Average<SCALE_PKTS>,
    in_bytes: Average<SCALE_BYTES>,
    out_bytes: Average<SCALE_BYTES>,
}

impl Estimator {
    /// Starts with rates of 0 at a time in milliseconds and what had been counted until then.
    pub const fn new(now_ms: u64, counters: &Counters) -> Self {
        Self {
            last_ms: now_ms,
            conns: Average::new(counters.conns),
            in_pkts: Average::new(counters.in_pkts),
            out_pkts: Average::new(counters.out_pkts),
            in_bytes: Average::new(counters.in_bytes),
            out_bytes: Average::new(counters.out_bytes),
        }
    }

    /// As [`Estimator::new`], but [frozen](Estimator::freeze).
    pub const fn frozen(counters: &Counters) -> Self {
        Self::new(FROZEN, counters)
    }

    /// Stops the clock: until [`Estimator::thaw`] no step is due.
    pub fn freeze(&mut self, counters: &Counters) {
        self.last_ms = FROZEN;
        self.conns.counted = counters.conns;
        self.in_pkts.counted = counters.in_pkts;
        self.out_pkts.counted = counters.out_pkts;
        self.in_bytes.counted = counters.in_bytes;
        self.out_bytes.counted = counters.out_bytes;
    }

    /// Lets the clock go on at this time. What was counted meanwhile belongs to the next step.
    pub fn thaw(&mut self, now_ms: u64) {
        self.last_ms = now_ms;
    }

    /// Whether the clock is stopped.
    #[inline]
    pub const fn is_frozen(&self) -> bool {
        self.last_ms == FROZEN
    }

    /// What had been counted at the last step, or when the clock was stopped.
    pub const fn counted(&self) -> Counters {
        Counters {
            conns: self.conns.counted,
            in_pkts: self.in_pkts.counted,
            out_pkts: self.out_pkts.counted,
            in_bytes: self.in_bytes.counted,
            out_bytes: self.out_bytes.counted,
        }
    }

    /// Makes the steps that are due. Time must not go backwards; if it does, nothing happens.
    #[inline]
    pub fn update(&mut self, now_ms: u64, counters: &Counters) {
        let elapsed = now_ms.saturating_sub(self.last_ms);
        if elapsed >= STEP_MS {
            self.step(elapsed, counters);
        }
    }

    /// Makes the steps that are due after so many milliseconds.
    fn step(&mut self, elapsed: u64, counters: &Counters) {
        let steps = elapsed / STEP_MS;
        let span = Span { elapsed, steps };
        self.last_ms = self.last_ms.wrapping_add(span.whole());
        self.conns.advance(span, counters.conns);
        self.in_pkts.advance(span, counters.in_pkts);
        self.out_pkts.advance(span, counters.out_pkts);
        self.in_bytes.advance(span, counters.in_bytes);
        self.out_bytes.advance(span, counters.out_bytes);
    }

    /// The rates after the last step.
    #[inline]
    pub const fn rates(&self) -> Rates {
        Rates {
            cps: self.conns.rate(),
            in_pps: self.in_pkts.rate(),
            out_pps: self.out_pkts.rate(),
            in_bps: self.in_bytes.rate(),
            out_bps: self.out_bytes.rate(),
        }
    }

    /// Forgets the rates, not when the next step is due.
    pub fn zero(&mut self) {
        self.conns.value = 0;
        self.in_pkts.value = 0;
        self.out_pkts.value = 0;
        self.in_bytes.value = 0;
        self.out_bytes.value = 0;
    }
}

/// Time since the last step, of which so many whole steps can be made.
#[derive(Clone, Copy)]
struct Span {
    elapsed: u64,
    steps: u64,
}

impl Span {
    /// The time of the whole steps, at most `elapsed`.
    const fn whole(self) -> u64 {
        self.steps.wrapping_mul(STEP_MS)
    }

    /// What of `count`, spread evenly over the time, belongs to the whole steps.
    fn share(self, count: u64) -> u64 {
        // Digits that a product of 64 bits has no room for matter only after 49 days.
        let shift = 32u32.saturating_sub(self.elapsed.leading_zeros());
        let whole = self.whole() >> shift;
        let Some(elapsed) = NonZeroU64::new(self.elapsed >> shift) else {
            return count;
        };
        let (per_ms, rest) = (count / elapsed, count % elapsed);

        per_ms
            .wrapping_mul(whole)
            .wrapping_add(rest.wrapping_mul(whole) / elapsed)
    }
}

/// One rate, with `SCALE` bits behind the point.
#[derive(Clone, Copy, Debug)]
struct Average<const SCALE: u32> {
    /// The counter as of the last step.
    counted: u64,
    value: u64,
}

impl<const SCALE: u32> Average<SCALE> {
    const fn new(counted: u64) -> Self {
        Self { counted, value: 0 }
    }

    #[inline]
    fn advance(&mut self, span: Span, counter: u64) {
        if counter != self.counted || self.value != 0 {
            self.advance_by(span, counter);
        }
    }

    fn advance_by(&mut self, span: Span, counter: u64) {
        let share = span.share(counter.wrapping_sub(self.counted));
        self.counted = self.counted.wrapping_add(share);
        // Half, as a step is two seconds.
        let scaled = share.wrapping_shl(SCALE.wrapping_sub(1));
        let sample = scaled.checked_div(span.steps).unwrap_or(0);
        for _ in 0..span.steps.min(FORGOTTEN) {
            // An arithmetic shift, which rounds down also on the way down.
            let quarter = sample.wrapping_sub(self.value) as i64 >> 2;
            self.value = self.value.wrapping_add_signed(quarter);
        }
    }

    #[inline]
    const fn rate(&self) -> u64 {
        let almost_half = (1u64 << (SCALE.wrapping_sub(1))).wrapping_sub(1);

        self.value.wrapping_add(almost_half) >> SCALE
    }
}

#[cfg(test)]
mod tests;
