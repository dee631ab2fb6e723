// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_stats` and `/proc/net/ip_vs_stats_percpu`. Numbers are hexadecimal.

use super::line::Line;
use crate::estimate::{
    Counters,
    Rates, //
};
use crate::uapi::stats::Stats;

/// The whole of `ip_vs_stats`.
pub fn totals(stats: &Stats) -> Line<512> {
    let mut line = Line::new();
    line.text(concat!(
        "   Total Incoming Outgoing         Incoming         Outgoing\n",
        "   Conns  Packets  Packets            Bytes            Bytes\n",
    ));
    put_row(&mut line, of_counters(&stats.counters));
    line.text("\n Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n");
    put_row(&mut line, of_rates(&stats.rates));

    line
}

/// The first two lines of `ip_vs_stats_percpu`.
pub const PERCPU_HEADER: &str = concat!(
    "       Total Incoming Outgoing         Incoming         Outgoing\n",
    "CPU    Conns  Packets  Packets            Bytes            Bytes\n",
);

/// The line of CPU number `id`, with all that it has ever counted.
pub fn cpu(id: u32, counters: &Counters) -> Line<128> {
    let mut line = Line::new();
    line.hex_right(id.into(), 3);
    line.byte(b' ');
    put_row(&mut line, of_counters(counters));

    line
}

/// The end of `ip_vs_stats_percpu`.
pub fn percpu_totals(stats: &Stats) -> Line<320> {
    let mut line = Line::new();
    line.text("  ~ ");
    put_row(&mut line, of_counters(&stats.counters));
    line.text("\n     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n    ");
    put_row(&mut line, of_rates(&stats.rates));

    line
}

const fn of_counters(counters: &Counters) -> [u64; 5] {
    [
        counters.conns,
        counters.in_pkts,
        counters.out_pkts,
        counters.in_bytes,
        counters.out_bytes,
    ]
}

const fn of_rates(rates: &Rates) -> [u64; 5] {
    [
        rates.cps,
        rates.in_pps,
        rates.out_pps,
        rates.in_bps,
        rates.out_bps,
    ]
}

/// Five numbers, aligned, and the end of the line.
fn put_row<const N: usize>(line: &mut Line<N>, [a, b, c, d, e]: [u64; 5]) {
    line.hex_right(a, 8);
    for (number, width) in [(b, 8), (c, 8), (d, 16), (e, 16)] {
        line.byte(b' ');
        line.hex_right(number, width);
    }
    line.byte(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn text<const N: usize>(line: &Line<N>) -> String {
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

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

        assert_eq!(text(&totals(&stats())), expected.join("\n"));
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
        let file = [
            PERCPU_HEADER,
            &text(&cpu(0, &stats().counters)),
            &text(&percpu_totals(&stats())),
        ];

        assert_eq!(file.concat(), expected.join("\n"));
    }

    #[test]
    fn the_longest_fit() {
        let most = Counters {
            conns: u64::MAX,
            in_pkts: u64::MAX,
            out_pkts: u64::MAX,
            in_bytes: u64::MAX,
            out_bytes: u64::MAX,
        };
        let stats = Stats {
            counters: most,
            rates: Rates {
                cps: u64::MAX,
                in_pps: u64::MAX,
                out_pps: u64::MAX,
                in_bps: u64::MAX,
                out_bps: u64::MAX,
            },
        };
        let whole = [
            text(&totals(&stats)),
            text(&cpu(u32::MAX, &most)),
            text(&percpu_totals(&stats)),
        ];
        assert!(whole.iter().all(|text| text.ends_with("FFFFFFFF\n")));
    }
}
