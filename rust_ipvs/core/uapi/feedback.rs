// SPDX-License-Identifier: GPL-2.0

//! What C does not have: reports of how much destinations of a service can take.
//!
//! A request has a service, and the nest [`FEEDBACK`]: a lifetime and any number of reports. With
//! [`attr::OFF`] in its place all weights of the service count again as they were configured, or
//! those of all services if there is none in the request.

use super::dest::{
    parse_dest,
    DestKey, //
};
use super::error::SpecError;
use super::nla::{
    Attrs,
    Policy,
    Rule,
    Table, //
};
use crate::addr::Family;

/// The nest [`attr`] of a request. Far from the numbers that C may come to need.
pub const FEEDBACK: u16 = 0x1007;

/// u32, in the nest of a destination: what its weight counts, in thousandths. In a report what it is
/// to be; shown where it is not 1,000.
pub const DEST_FEEDBACK: u16 = 0x1002;

/// In the nest [`FEEDBACK`].
pub mod attr {
    /// u32: how long the reports hold, in milliseconds.
    pub const LIFETIME: u16 = 1;
    /// Nothing: an end to all reports.
    pub const OFF: u16 = 2;
    /// Nest: ADDR, PORT and ADDR_FAMILY as in that of a destination, and
    /// [`DEST_FEEDBACK`](super::DEST_FEEDBACK). There may be several.
    pub const REPORT: u16 = 3;
    /// One more than the highest.
    pub const COUNT: usize = 4;
}

/// The longest that a report may hold, in milliseconds: a day.
pub const LIFETIME_MAX: u32 = 86_400_000;

pub(super) const POLICY: Policy<{ attr::COUNT }> = [
    None,
    Some((Rule::Min(4), SpecError::FeedbackLifetime)),
    None,
    Some((Rule::Nest, SpecError::FeedbackReport)),
];

/// What is asked for.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// Weights are to count as configured.
    Off,
    /// These reports are to count.
    Reports(Reports<'a>),
}

/// A report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of which destination.
    pub dest: DestKey,
    /// What its weight is to count, in thousandths; not yet within any bounds.
    pub factor: u32,
    /// For how many milliseconds.
    pub lifetime: u32,
}

/// The reports in a request, each of which can be read.
#[derive(Clone, Debug)]
pub struct Reports<'a> {
    attrs: Attrs<'a>,
    family: Family,
    lifetime: u32,
}

impl Reports<'_> {
    fn read(&self, nest: &[u8]) -> Result<Report, SpecError> {
        let (dest, _) = parse_dest(nest, self.family, false)?;
        let factor = Attrs::new(nest)
            .filter(|attr| attr.kind == DEST_FEEDBACK)
            .last()
            .and_then(|attr| attr.data.first_chunk().copied())
            .ok_or(SpecError::FeedbackReport)?;
        Ok(Report {
            dest,
            factor: u32::from_ne_bytes(factor),
            lifetime: self.lifetime,
        })
    }
}

impl Iterator for Reports<'_> {
    type Item = Report;

    fn next(&mut self) -> Option<Report> {
        loop {
            let attr = self.attrs.next()?;
            if attr.kind == attr::REPORT {
                return self.read(attr.data).ok();
            }
        }
    }
}

/// Reads the nest [`FEEDBACK`] about destinations of a service of `family`.
pub fn parse_feedback(nest: &[u8], family: Family) -> Result<Request<'_>, SpecError> {
    let table = Table::read(nest, &POLICY)?;
    if table.get(attr::OFF).is_some() {
        return Ok(Request::Off);
    }
    if table.get(attr::REPORT).is_none() {
        return Err(SpecError::FeedbackIncomplete);
    }
    let lifetime = table.u32(attr::LIFETIME);
    let lifetime = lifetime.ok_or(SpecError::FeedbackIncomplete)?;
    if lifetime == 0 || lifetime > LIFETIME_MAX {
        return Err(SpecError::FeedbackLifetime);
    }
    let reports = Reports {
        attrs: Attrs::new(nest),
        family,
        lifetime,
    };
    for attr in Attrs::new(nest).filter(|attr| attr.kind == attr::REPORT) {
        reports.read(attr.data).map_err(|error| match error {
            SpecError::DestFamily => error,
            _ => SpecError::FeedbackReport,
        })?;
    }
    Ok(Request::Reports(reports))
}

#[cfg(test)]
mod tests {
    use super::super::attr::dest;
    use super::super::tests::attr as bytes;
    use super::*;
    use std::vec::Vec;

    fn report(last: u8, factor: &[u8]) -> Vec<u8> {
        let mut nest = bytes(dest::ADDR, &[10, 0, 0, last]);
        nest.extend(bytes(dest::PORT, &[0, 80]));
        nest.extend(bytes(DEST_FEEDBACK, factor));
        bytes(attr::REPORT, &nest)
    }

    fn lifetime(ms: u32) -> Vec<u8> {
        bytes(attr::LIFETIME, &ms.to_ne_bytes())
    }

    fn error(nest: &[u8]) -> Option<SpecError> {
        parse_feedback(nest, Family::V4).err()
    }

    #[test]
    fn several_reports() {
        let mut nest = report(1, &700_u32.to_ne_bytes());
        nest.extend(lifetime(5000));
        nest.extend(report(2, &u32::MAX.to_ne_bytes()));
        let Ok(Request::Reports(reports)) = parse_feedback(&nest, Family::V4) else {
            panic!("no reports");
        };
        let reports: Vec<_> = reports.collect();

        assert_eq!(reports.len(), 2);
        assert_eq!((reports[0].factor, reports[0].lifetime), (700, 5000));
        assert_eq!(reports[1].factor, u32::MAX);
        assert_ne!(reports[0].dest, reports[1].dest);
    }

    #[test]
    fn off() {
        let mut nest = bytes(attr::OFF, &[]);
        nest.extend(report(1, &[1, 0, 0, 0]));
        assert!(matches!(
            parse_feedback(&nest, Family::V4),
            Ok(Request::Off)
        ));
    }

    #[test]
    fn what_cannot_be_read() {
        let one = report(1, &[1, 0, 0, 0]);
        let with = |lifetime: Vec<u8>| [lifetime, one.clone()].concat();

        assert_eq!(error(&with(lifetime(1))), None);
        assert_eq!(error(&with(lifetime(LIFETIME_MAX))), None);
        for wrong in [
            lifetime(0),
            lifetime(LIFETIME_MAX + 1),
            bytes(attr::LIFETIME, &[1, 0]),
        ] {
            assert_eq!(error(&with(wrong)), Some(SpecError::FeedbackLifetime));
        }
        for incomplete in [&[][..], &one, &lifetime(5)] {
            assert_eq!(error(incomplete), Some(SpecError::FeedbackIncomplete));
        }
        // All of them are read before anything is done.
        for wrong in [
            report(1, &[1, 0, 0]),
            bytes(attr::REPORT, &[]),
            bytes(attr::REPORT, &[1]),
        ] {
            let nest = [lifetime(5), one.clone(), wrong].concat();
            assert_eq!(error(&nest), Some(SpecError::FeedbackReport));
        }
    }
}
