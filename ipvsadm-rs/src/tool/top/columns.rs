// SPDX-License-Identifier: GPL-2.0
//! Columns of the table: which ones there is room for, and what is in them.

use super::state::{endpoint, Row, State};
use crate::model::{Method, Stats};

/// A column behind that of names.
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// How wide it is.
    pub width: usize,
    /// How wide the screen must be for it.
    from: usize,
    cell: fn(&Row<'_>) -> String,
}

const fn column(
    title: &'static str,
    width: usize,
    from: usize,
    cell: fn(&Row<'_>) -> String,
) -> Column {
    Column {
        title,
        width,
        from,
        cell,
    }
}

/// The width of the column of states.
const STATE: usize = 8;

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("Weight", 6, 60, weight),
    column("Active", 6, 0, |row| short(conns(row).0)),
    column("Inact", 6, 90, |row| short(conns(row).1)),
    column("Templ", 6, 130, |row| short(conns(row).2)),
    column("Conn/s", 6, 0, |row| short(stats(row).rates[0])),
    column("InPkt/s", 7, 110, |row| short(stats(row).rates[1])),
    column("OutPkt/s", 8, 110, |row| short(stats(row).rates[2])),
    column("InB/s", 6, 60, |row| short(stats(row).rates[3])),
    column("OutB/s", 6, 60, |row| short(stats(row).rates[4])),
    column("Conns", 7, 150, |row| short(stats(row).totals[0])),
    column("InBytes", 7, 150, |row| short(stats(row).totals[3])),
    column("OutBytes", 8, 150, |row| short(stats(row).totals[4])),
    column("State", STATE, 50, state),
];

/// Those that a screen of this width has room for.
pub fn fitting(width: usize) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| column.from <= width)
}

/// How much of the width they leave for names.
pub fn room_for_names(width: usize) -> usize {
    let taken: usize = fitting(width).map(|column| column.width + 1).sum();
    width.saturating_sub(taken)
}

/// A row: its name to the left, the rest to the right.
pub fn line(row: &Row<'_>, width: usize) -> String {
    let cells = fitting(width).map(|column| (column.width, (column.cell)(row)));
    lay_out(&name(row), cells, width)
}

/// The titles.
pub fn titles(width: usize) -> String {
    let cells = fitting(width).map(|column| (column.width, column.title.to_owned()));
    lay_out("Service / server", cells, width)
}

fn lay_out(name: &str, cells: impl Iterator<Item = (usize, String)>, width: usize) -> String {
    let room = room_for_names(width);
    let mut line = clipped(name, room);
    for (width, cell) in cells {
        line.push_str(&format!(" {cell:>width$}"));
    }
    line
}

/// As wide as there is room; a mark stands where something is missing.
fn clipped(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return format!("{text:<room$}");
    }
    let mut clipped: String = text.chars().take(room.saturating_sub(1)).collect();
    clipped.push('>');
    clipped
}

fn name(row: &Row<'_>) -> String {
    match row {
        Row::Service(service, true) => format!("+ {}", service.title),
        Row::Service(service, false) => service.title.clone(),
        Row::Server(_, entry) => {
            let method = match entry.server.method & 7 {
                m if m == Method::Masquerade as u32 => "nat",
                m if m == Method::Local as u32 => "local",
                m if m == Method::Tunnel as u32 => "tun",
                m if m == Method::Route as u32 => "route",
                _ => "?",
            };
            format!("  {} {method}", endpoint(entry))
        }
    }
}

fn stats<'a>(row: &Row<'a>) -> &'a Stats {
    match row {
        Row::Service(service, _) => &service.entry.stats,
        Row::Server(_, entry) => &entry.stats,
    }
}

/// Active, inactive and templates.
fn conns(row: &Row<'_>) -> (u64, u64, u64) {
    match row {
        Row::Service(service, _) => (service.active, service.inactive, service.persistent),
        Row::Server(_, entry) => (
            entry.active.into(),
            entry.inactive.into(),
            entry.persistent.into(),
        ),
    }
}

fn weight(row: &Row<'_>) -> String {
    match row {
        Row::Service(service, _) => short(service.weight),
        Row::Server(_, entry) => short(entry.server.weight.unsigned_abs().into()),
    }
}

fn state(row: &Row<'_>) -> String {
    match row {
        Row::Service(service, _) => counts(service.states),
        Row::Server(_, entry) => State::of(entry).map_or("", State::name).into(),
    }
}

/// How many servers are in each state, by letters if they are in several.
fn counts(states: [usize; 3]) -> String {
    let counted = State::ALL.into_iter().zip(states);
    let seen: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
    if let [(state, count)] = seen[..] {
        return format!("{count} {}", state.name());
    }
    let letters = seen
        .iter()
        .map(|(state, count)| format!("{count}{}", &state.name()[..1]));
    let letters = letters.collect::<Vec<_>>().join(" ");
    clipped(&letters, STATE).trim_end().into()
}

/// A number in at most five characters.
pub fn short(number: u64) -> String {
    if number < 100_000 {
        return number.to_string();
    }
    let mut value = number as f64;
    for unit in ["k", "M", "G", "T", "P"] {
        value /= 1000.0;
        if value < 99.95 {
            return format!("{value:.1}{unit}");
        }
        if value < 999.5 {
            return format!("{value:.0}{unit}");
        }
    }
    format!("{:.0}E", value / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in [
            (0, "0"),
            (99_999, "99999"),
            (100_000, "100k"),
            (999_499, "999k"),
            (999_500, "1.0M"),
            (12_345_678, "12.3M"),
            (5_000_000_000, "5.0G"),
            (u64::MAX, "18E"),
        ] {
            assert_eq!(short(number), text);
        }
    }

    #[test]
    fn states_are_counted() {
        for (states, text) in [
            ([0, 0, 0], ""),
            ([2, 0, 0], "2 drain"),
            ([0, 12, 0], "12 full"),
            ([0, 0, 3], "3 idle"),
            ([0, 1, 3], "1f 3i"),
            ([2, 1, 3], "2d 1f 3i"),
            ([12, 1, 3], "12d 1f >"),
        ] {
            assert_eq!(counts(states), text);
        }
    }

    #[test]
    fn lines_are_as_wide_as_the_screen() {
        for width in 20..260 {
            assert_eq!(titles(width).len(), width, "{width}");
        }
        assert!(titles(200).contains("OutBytes"));
        assert!(room_for_names(80) >= 30);
    }

    #[test]
    fn what_does_not_fit_is_marked() {
        assert_eq!(clipped("abc", 5), "abc  ");
        assert_eq!(clipped("abcdef", 5), "abcd>");
    }
}
