// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_status`: how full the tables are.

use super::line::Line;

/// How many buckets have so many entries; the last number is for that many or more.
pub const LENGTHS: usize = 8;

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// What its lines begin with: `Conn` or `Service`.
    pub name: &'a str,
    /// Entries in it.
    pub entries: u32,
    /// Binary logarithm of the number of buckets; `None` if there is no table.
    pub bits: Option<u32>,
    /// Binary logarithm of how many entries there may be for each bucket before it grows.
    pub lfactor: i32,
    /// How many buckets have so many links, of which an entry may have two; not shown without an
    /// entry.
    pub lengths: Option<[u32; LENGTHS]>,
}

impl Table<'_> {
    /// Its lines.
    pub fn lines(&self) -> Line<640> {
        let mut line = Line::new();
        line.text(self.name);
        line.text("s:\t");
        line.dec(self.entries.into());
        line.byte(b'\n');
        self.begin(&mut line, "");
        let bits = self.bits.unwrap_or(0);
        line.dec(self.bits.map_or(0, |bits| 1u64.wrapping_shl(bits)));
        line.text(" (");
        line.dec(bits.into());
        line.text(" bits, lfactor ");
        line.dec_left(self.lfactor.into(), 0);
        line.text(")\n");
        let Some([empty, used @ ..]) = self.lengths.as_ref().filter(|_| self.entries != 0) else {
            return line;
        };
        let in_use = used.iter().fold(0, |sum: u32, n| sum.wrapping_add(*n));
        self.begin(&mut line, " empty");
        put_share(&mut line, *empty, in_use.wrapping_add(*empty));
        for (length, count) in (1u64..).zip(used) {
            if *count != 0 {
                self.begin(&mut line, " len-");
                line.dec(length);
                line.text(":\t");
                put_share(&mut line, *count, in_use);
            }
        }

        line
    }

    /// The beginning of a line about buckets.
    fn begin<const N: usize>(&self, line: &mut Line<N>, what: &str) {
        line.text(self.name);
        line.text(" buckets");
        line.text(what);
        if what != " len-" {
            line.text(":\t");
        }
    }
}

/// A number, and how many hundredths of `all` that is.
fn put_share<const N: usize>(line: &mut Line<N>, number: u32, all: u32) {
    let hundredfold = u64::from(number).wrapping_mul(100);
    let share = hundredfold.checked_div(all.into()).unwrap_or(0);
    line.dec(number.into());
    line.text(" (");
    line.dec(share);
    line.text("%)\n");
}

/// Threads that compute rates.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    /// How many there are.
    pub running: u32,
    /// How many there may be.
    pub max: u32,
    /// How many sets of counters each looks at in one go.
    pub chain: u32,
}

impl Threads {
    /// Goes that a thread makes before it sleeps.
    const CHAINS: u64 = 48;
    /// Times that it does so before it begins anew.
    const TICKS: u64 = 50;

    /// Their lines.
    pub fn lines(&self) -> Line<128> {
        let mut line = Line::new();
        line.text("Stats thread slots:\t");
        line.dec(self.running.into());
        line.text(" (max ");
        line.dec(self.max.into());
        line.text(")\nStats chain max len:\t");
        line.dec(self.chain.into());
        line.text("\nStats thread ests:\t");
        let sets = u64::from(self.chain)
            .wrapping_mul(Self::CHAINS)
            .wrapping_mul(Self::TICKS);
        line.dec(sets);
        line.byte(b'\n');

        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn text<const N: usize>(line: &Line<N>) -> String {
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn lines_of_the_description() {
        let conns = Table {
            name: "Conn",
            entries: 5,
            bits: Some(8),
            lfactor: -4,
            lengths: Some([251, 5, 0, 0, 0, 0, 0, 0]),
        };
        assert_eq!(
            text(&conns.lines()),
            "Conns:\t5\n\
             Conn buckets:\t256 (8 bits, lfactor -4)\n\
             Conn buckets empty:\t251 (98%)\n\
             Conn buckets len-1:\t5 (100%)\n"
        );
        let services = Table {
            name: "Service",
            entries: 9,
            bits: Some(4),
            lfactor: -3,
            lengths: Some([13, 1, 0, 0, 0, 0, 0, 2]),
        };
        assert_eq!(
            text(&services.lines()),
            "Services:\t9\n\
             Service buckets:\t16 (4 bits, lfactor -3)\n\
             Service buckets empty:\t13 (81%)\n\
             Service buckets len-1:\t1 (33%)\n\
             Service buckets len-7:\t2 (66%)\n"
        );
    }

    #[test]
    fn no_table_and_an_empty_one() {
        let mut table = Table {
            name: "Conn",
            entries: 0,
            bits: None,
            lfactor: 0,
            lengths: None,
        };
        assert_eq!(
            text(&table.lines()),
            "Conns:\t0\nConn buckets:\t0 (0 bits, lfactor 0)\n"
        );
        table.bits = Some(10);
        table.lfactor = -4;
        table.lengths = Some([1024, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            text(&table.lines()),
            "Conns:\t0\nConn buckets:\t1024 (10 bits, lfactor -4)\n"
        );
    }

    #[test]
    fn threads() {
        let threads = Threads {
            running: 1,
            max: 64,
            chain: 8,
        };
        assert_eq!(
            text(&threads.lines()),
            "Stats thread slots:\t1 (max 64)\n\
             Stats chain max len:\t8\n\
             Stats thread ests:\t19200\n"
        );
    }

    #[test]
    fn the_longest_fits() {
        let table = Table {
            name: "Service",
            entries: u32::MAX,
            bits: Some(31),
            lfactor: -20,
            lengths: Some([1 << 28; LENGTHS]),
        };
        assert!(text(&table.lines()).ends_with("len-7:\t268435456 (14%)\n"));
    }
}
