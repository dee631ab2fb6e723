// SPDX-License-Identifier: GPL-2.0
//! Events, a line each: as options of ipvsadm, or as JSON. `Documentation/events.rst` says what is in
//! them.

use super::name::Speller;
use super::text::Text;
use super::{json, save};
use crate::client::event::Event;
use crate::model::{ServerEntry, Service, ServiceKey};
use ipvs_core::uapi::event::Kind;
use std::fmt::{Display, Write};

/// How lines look.
pub struct Form<'a> {
    /// As JSON objects.
    pub json: bool,
    /// Whether lines begin with the time.
    pub timestamp: bool,
    /// How addresses are spelt.
    pub speller: Speller<'a>,
}

impl Form<'_> {
    /// An event.
    pub fn event(&self, out: &mut Text, event: &Event) {
        if self.json {
            json::event(out, event);
            return;
        }
        if self.timestamp {
            let _ = write!(out, "[{}] ", Utc(event.time));
        }
        out.push_str(event.kind.map_or("unknown", Kind::name));
        if let (Some(service), None) = (&event.service, &event.server) {
            if event.kind == Some(Kind::ServiceRemoved) {
                save::key_words(out, &self.speller, &service.key);
            } else {
                save::service_words(out, &self.speller, service);
            }
        } else if let Some(key) = &event.key {
            self.place(out, event, key);
        }
        self.numbers(out, event);
        out.push('\n');
    }

    /// The service and server of an event that is not about a service itself.
    fn place(&self, out: &mut Text, event: &Event, key: &ServiceKey) {
        match &event.server {
            Some(entry) => save::server_words(out, &self.speller, key, &entry.server),
            None => save::key_words(out, &self.speller, key),
        }
        let with_load = matches!(
            event.kind,
            Some(Kind::DestOverloaded | Kind::DestRelieved | Kind::DestDrained)
        );
        if let Some(entry) = event.server.filter(|_| with_load) {
            let _ = write!(out, " active {} inactive {}", entry.active, entry.inactive);
        }
    }

    fn numbers(&self, out: &mut Text, event: &Event) {
        if let Some(table) = event.table {
            let _ = write!(out, " {}", table.name());
        }
        if let Some((before, now)) = event.buckets {
            let _ = write!(out, " buckets {before} -> {now}");
        }
        if let Some(reason) = event.reason {
            let _ = write!(out, " {}", reason.name().to_string_lossy());
        }
        if let Some(count) = event.count {
            let _ = write!(out, " packets {count}");
        }
    }

    /// The beginning of a list.
    pub fn state(&self, out: &mut Text, state: &Event) {
        if self.json {
            json::event(out, state);
            return;
        }
        if self.timestamp {
            let _ = write!(out, "[{}] ", Utc(state.time));
        }
        let _ = writeln!(out, "state {}", state.seq);
    }

    /// A service of a list.
    pub fn service(&self, out: &mut Text, service: &Service) {
        if self.json {
            json::listed_service(out, service);
            return;
        }
        out.push_str("service");
        save::service_words(out, &self.speller, service);
        out.push('\n');
    }

    /// A server of a list.
    pub fn server(&self, out: &mut Text, key: &ServiceKey, entry: &ServerEntry) {
        if self.json {
            json::listed_server(out, key, entry);
            return;
        }
        out.push_str("dest");
        save::server_words(out, &self.speller, key, &entry.server);
        out.push('\n');
    }

    /// Events came faster than they were read.
    pub fn overrun(&self, out: &mut Text) {
        self.note(out, "overrun", None);
    }

    /// So many events are missing here.
    pub fn gap(&self, out: &mut Text, missing: u64) {
        self.note(out, "lost", Some(missing));
    }

    /// There are no events any more, until a module is loaded.
    pub fn unloaded(&self, out: &mut Text) {
        self.note(out, "unloaded", None);
    }

    /// There is a module again, whose events begin anew.
    pub fn loaded(&self, out: &mut Text) {
        self.note(out, "loaded", None);
    }

    fn note(&self, out: &mut Text, name: &str, count: Option<u64>) {
        match (self.json, count) {
            (true, _) => json::event_note(out, name, count),
            (false, Some(count)) => {
                let _ = writeln!(out, "{name} {count}");
            }
            (false, None) => {
                let _ = writeln!(out, "{name}");
            }
        }
    }
}

/// A time in nanoseconds since 1970, as RFC 3339 has it.
pub struct Utc(pub u64);

impl Display for Utc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z"
        )
    }
}

/// Year, month and day, so many days after 1 January 1970.
fn date(days: u64) -> (u64, u64, u64) {
    // Counted from 1 March of the year 0: leap days come last in their years then.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (since, year) = (
        (month + 2) % 12 + 1,
        era * 400 + year + u64::from(month >= 10),
    );
    (year, since, day - (153 * month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400_000_000_001, "2000-02-29T00:00:00.000000001Z"),
            (1_709_251_199_500_000_000, "2024-02-29T23:59:59.500000000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
            (1_796_083_199_000_000_000, "2026-11-30T23:59:59.000000000Z"),
        ] {
            assert_eq!(Utc(nanos).to_string(), text);
        }
    }
}
