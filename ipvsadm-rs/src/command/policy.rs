// SPDX-License-Identifier: GPL-2.0
//! The value of `--policy`: `tcp=2h,udp=10s,nodest=on`. What is read here is what is shown elsewhere.

use super::time;
use crate::error::Error;
use ipvs_core::policy::{Change, Field, Kind};

const NAMES: [(Field, &str); 10] = [
    (Field::Tcp, "tcp"),
    (Field::Fin, "fin"),
    (Field::Udp, "udp"),
    (Field::SynRecv, "synrecv"),
    (Field::CloseWait, "closewait"),
    (Field::Reuse, "reuse"),
    (Field::Nodest, "nodest"),
    (Field::Quiescent, "quiescent"),
    (Field::SloppyTcp, "sloppy-tcp"),
    (Field::SloppySctp, "sloppy-sctp"),
];
/// What the namespace has is good enough.
const DEFAULT: &str = "default";

/// Reads what is to change: fields with values, or `default` for all of them.
pub fn parse(text: &str) -> Result<Change, Error> {
    if text == DEFAULT {
        return Ok(Change::RESET);
    }
    let mut change = Change::default();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let found = NAMES.iter().find(|(_, known)| *known == name);
        let Some((field, _)) = found else {
            let names = NAMES.map(|(_, name)| name).join(", ");
            return Err(Error::refused(format!(
                "`{name}' in --policy is none of {names}"
            )));
        };
        change.set(
            *field,
            read(*field, value).ok_or_else(|| wrong(*field, part))?,
        );
    }
    Ok(change)
}

fn wrong(field: Field, part: &str) -> Error {
    let expected = match field.kind() {
        Kind::Seconds => "a time from 1s to 24d, such as 90, 90s, 15m or 2h,",
        Kind::Mode => "a number from 0 to 3",
        Kind::Switch => "on, off",
    };
    Error::refused(format!(
        "`{part}' in --policy: {expected} or {DEFAULT} is expected"
    ))
}

fn read(field: Field, text: &str) -> Option<Option<u32>> {
    if text == DEFAULT {
        return Some(None);
    }
    let value = match (field.kind(), text) {
        (Kind::Seconds, text) => time::seconds(text).ok()?,
        (Kind::Mode, text) => digits(text)?,
        (Kind::Switch, "on") => 1,
        (Kind::Switch, "off") => 0,
        (Kind::Switch, _) => return None,
    };
    field.allows(value).then_some(Some(value))
}

fn digits(text: &str) -> Option<u32> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

/// The name of a field.
pub fn name(field: Field) -> &'static str {
    let found = NAMES.iter().find(|(known, _)| *known == field);
    found.map_or("", |(_, name)| name)
}

/// The key of a field in JSON and in files.
pub fn key(field: Field) -> String {
    name(field).replace('-', "_")
}

/// The field that has a key.
pub fn by_key(key: &str) -> Option<Field> {
    Field::ALL
        .into_iter()
        .find(|field| self::key(*field) == key)
}

/// What a service has of its own, as [`parse`] reads it; empty if that is nothing.
pub fn shown(policy: &Change) -> String {
    let own = policy
        .fields()
        .filter_map(|(field, value)| Some((field, value?)));
    let parts = own.map(|(field, value)| format!("{}={}", name(field), value_of(field, value)));
    parts.collect::<Vec<_>>().join(",")
}

fn value_of(field: Field, value: u32) -> String {
    match field.kind() {
        Kind::Seconds => time::shown(value),
        Kind::Mode => value.to_string(),
        Kind::Switch => String::from(if value == 0 { "off" } else { "on" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_shown_as_it_is_read() {
        let text = "tcp=2h,fin=90s,udp=10s,synrecv=1m,closewait=2d,reuse=3,nodest=on,\
                    quiescent=off,sloppy-tcp=on,sloppy-sctp=off";
        assert_eq!(shown(&parse(text).unwrap()), text);
        assert_eq!(shown(&parse("udp=60,tcp=90").unwrap()), "tcp=90s,udp=1m");
        assert_eq!(NAMES.map(|(field, _)| field), Field::ALL);
    }

    #[test]
    fn back_to_the_namespace() {
        let change = parse("tcp=default,nodest=default").unwrap();
        let fields: Vec<_> = change.fields().collect();
        assert_eq!(fields, [(Field::Tcp, None), (Field::Nodest, None)]);
        assert_eq!(shown(&change), "");
        assert_eq!(parse("default").unwrap(), Change::RESET);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("tcp", "`tcp'"),
            ("tcp=", "`tcp='"),
            ("tcp=0", "`tcp=0'"),
            ("tcp=25d", "`tcp=25d'"),
            ("tcp=1x", "`tcp=1x'"),
            ("tcp=-1", "`tcp=-1'"),
            ("udp=4294967295d", "`udp=4294967295d'"),
            ("tcp=1,reuse=4", "`reuse=4'"),
            ("nodest=1", "`nodest=1'"),
            ("tcp=1,,udp=1", "`'"),
            ("fnord=1", "`fnord'"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
