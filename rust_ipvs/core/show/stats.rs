// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_stats` and `/proc/net/ip_vs_stats_percpu`. Numbers are hexadecimal.

use core::fmt;

use crate::estimate::{
    Counters,
    Rates, //
};
use crate::uapi::stats::Stats;

/// The whole of `ip_vs_stats`.
#[derive(Clone, Copy, Debug)]
pub struct Totals(pub Stats);

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(concat!(
            "   Total Incoming Outgoing         Incoming         Outgoing\n",
            "   Conns  Packets  Packets            Bytes            Bytes\n",
        ))?;
        write!(f, "{}\n\n", Row::from(&self.0.counters))?;
        f.write_str(" Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n")?;
        writeln!(f, "{}", Row::from(&self.0.rates))
    }
}

/// The first two lines of `ip_vs_stats_percpu`.
pub const PERCPU_HEADER: &str = concat!(
    "       Total Incoming Outgoing         Incoming         Outgoing\n",
    "CPU    Conns  Packets  Packets            Bytes            Bytes\n",
);

/// The line of a CPU.
#[derive(Clone, Copy, Debug)]
pub struct Cpu {
    /// Its number.
    pub id: u32,
    /// What it counted, ever.
    pub counters: Counters,
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:3X} {}", self.id, Row::from(&self.counters))
    }
}

/// The end of `ip_vs_stats_percpu`.
#[derive(Clone, Copy, Debug)]
pub struct PercpuTotals(pub Stats);

impl fmt::Display for PercpuTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  ~ {}\n\n", Row::from(&self.0.counters))?;
        f.write_str("     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n")?;
        writeln!(f, "    {}", Row::from(&self.0.rates))
    }
}

/// Five numbers, aligned.
struct Row([u64; 5]);

impl From<&Counters> for Row {
    fn from(counters: &Counters) -> Self {
        Self([
            counters.conns,
            counters.in_pkts,
            counters.out_pkts,
            counters.in_bytes,
            counters.out_bytes,
        ])
    }
}

impl From<&Rates> for Row {
    fn from(rates: &Rates) -> Self {
        Self([
            rates.cps,
            rates.in_pps,
            rates.out_pps,
            rates.in_bps,
            rates.out_bps,
        ])
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e] = self.0;

        write!(f, "{a:8X} {b:8X} {c:8X} {d:16X} {e:16X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn stats() -> Stats {
        Stats {
            counters: Counters {
                conns: 0x12,
                in_pkts: 0x345,
                out_pkts: 0x233,
                in_bytes: 0x1f000,
                out_bytes: 0x9a4210,
            },
            rates: Rates {
                cps: 1,
                in_pps: 4,
                out_pps: 3,
                in_bps: 0x100,
                out_bps: 0x4a,
            },
        }
    }

    #[test]
    fn totals_of_the_description() {
        let expected = [
            "   Total Incoming Outgoing         Incoming         Outgoing",
            "   Conns  Packets  Packets            Bytes            Bytes",
            "      12      345      233            1F000           9A4210",
            "",
            " Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s",
            "       1        4        3              100               4A",
            "",
        ];

        assert_eq!(Totals(stats()).to_string(), expected.join("\n"));
    }

    #[test]
    fn cpus_of_the_description() {
        let expected = [
            "       Total Incoming Outgoing         Incoming         Outgoing",
            "CPU    Conns  Packets  Packets            Bytes            Bytes",
            "  0       12      345      233            1F000           9A4210",
            "  ~       12      345      233            1F000           9A4210",
            "",
            "     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s",
            "           1        4        3              100               4A",
            "",
        ];
        let cpu = Cpu {
            id: 0,
            counters: stats().counters,
        };
        let file = std::format!("{PERCPU_HEADER}{cpu}{}", PercpuTotals(stats()));

        assert_eq!(file, expected.join("\n"));
    }
}
