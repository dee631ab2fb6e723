// SPDX-License-Identifier: GPL-2.0

//! What C does not have: the [policy](crate::policy) of a service, as a nest in the nest of the
//! service. C passes over it.
//!
//! A request changes those fields that it has. One without data is the namespace's again. A dump
//! has the fields that the service has of its own, and no nest if these are none.

use super::error::SpecError;
use super::nla::{
    Attrs,
    Rule,
    Sink, //
};
use crate::policy::{
    Change,
    Field,
    Policy, //
};

/// The nest. Far from the numbers that C may come to need.
pub const POLICY: u16 = 0x1001;

/// In the nest [`POLICY`]. All are u32, or empty.
pub mod field {
    /// Lifetime of established TCP connections, in seconds.
    pub const TCP: u16 = 1;
    /// Lifetime of TCP connections after a FIN, in seconds.
    pub const FIN: u16 = 2;
    /// Lifetime of UDP connections, in seconds.
    pub const UDP: u16 = 3;
    /// Lifetime of TCP connections that were asked for and not answered, in seconds.
    pub const SYN_RECV: u16 = 4;
    /// Lifetime of TCP connections of which the client has finished and the server has not.
    pub const CLOSE_WAIT: u16 = 5;
    /// As `conn_reuse_mode`, 0 to 3.
    pub const REUSE: u16 = 6;
    /// As `expire_nodest_conn`, 0 or 1.
    pub const NODEST: u16 = 7;
    /// As `expire_quiescent_template`, 0 or 1.
    pub const QUIESCENT: u16 = 8;
    /// As `sloppy_tcp`, 0 or 1.
    pub const SLOPPY_TCP: u16 = 9;
    /// As `sloppy_sctp`, 0 or 1.
    pub const SLOPPY_SCTP: u16 = 10;
}

/// Each field with its number, and what a wrong value is.
const FIELDS: [(u16, Field, SpecError); 10] = [
    (field::TCP, Field::Tcp, SpecError::PolicyTcp),
    (field::FIN, Field::Fin, SpecError::PolicyFin),
    (field::UDP, Field::Udp, SpecError::PolicyUdp),
    (field::SYN_RECV, Field::SynRecv, SpecError::PolicySynRecv),
    (
        field::CLOSE_WAIT,
        Field::CloseWait,
        SpecError::PolicyCloseWait,
    ),
    (field::REUSE, Field::Reuse, SpecError::PolicyReuse),
    (field::NODEST, Field::Nodest, SpecError::PolicyNodest),
    (
        field::QUIESCENT,
        Field::Quiescent,
        SpecError::PolicyQuiescent,
    ),
    (
        field::SLOPPY_TCP,
        Field::SloppyTcp,
        SpecError::PolicySloppyTcp,
    ),
    (
        field::SLOPPY_SCTP,
        Field::SloppySctp,
        SpecError::PolicySloppySctp,
    ),
];

/// The number of a field.
pub fn number(field: Field) -> u16 {
    let found = FIELDS.iter().find(|(_, known, _)| *known == field);
    found.map_or(0, |(number, ..)| *number)
}

/// Reads [`POLICY`] in the nest of a service; of several the last, as of several fields of a kind.
/// Fields that nobody knows yet are passed over.
pub fn read_policy(service: &[u8]) -> Result<Change, SpecError> {
    let mut change = Change::default();
    let nests = Attrs::new(service).filter(|attr| attr.kind == POLICY);
    let Some(nest) = nests.last() else {
        return Ok(change);
    };
    if !Rule::Nest.allows(nest.data) {
        return Err(SpecError::ServicePolicy);
    }
    for attr in Attrs::new(nest.data) {
        let found = FIELDS.iter().find(|(number, ..)| *number == attr.kind);
        if let Some((_, field, error)) = found {
            change.set(*field, read_value(*field, attr.data).ok_or(*error)?);
        }
    }
    Ok(change)
}

/// The value of a field; `None` if it may not have that.
fn read_value(field: Field, data: &[u8]) -> Option<Option<u32>> {
    if data.is_empty() {
        return Some(None);
    }
    let value = u32::from_ne_bytes(*data.first_chunk()?);
    field.allows(value).then_some(Some(value))
}

/// Writes [`POLICY`], unless there is nothing to be told.
pub fn emit_policy<S: Sink>(sink: &mut S, policy: &Policy) -> Result<(), S::Error> {
    if policy.is_empty() {
        return Ok(());
    }
    let nest = sink.begin_nest(POLICY)?;
    for (field, value) in policy.own() {
        sink.put(number(field), &value.to_ne_bytes())?;
    }
    sink.end_nest(nest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{
        attr,
        Buffer, //
    };
    use super::*;
    use std::vec::Vec;

    fn read(fields: &[(u16, &[u8])]) -> Result<Change, SpecError> {
        let nest: Vec<u8> = fields
            .iter()
            .flat_map(|(kind, data)| attr(*kind, data))
            .collect();
        read_policy(&attr(POLICY, &nest))
    }

    #[test]
    fn what_is_not_said_stays() {
        assert_eq!(read_policy(&[]), Ok(Change::default()));
        assert_eq!(read(&[]), Ok(Change::default()));
        assert_eq!(read(&[(99, &[1])]), Ok(Change::default()));
    }

    #[test]
    fn values_and_resets() {
        let found = read(&[
            (field::TCP, &60_u32.to_ne_bytes()),
            (field::NODEST, &1_u32.to_ne_bytes()),
            (field::UDP, &[]),
        ]);
        let found: Vec<_> = found.as_ref().unwrap().fields().collect();
        let expected = [
            (Field::Tcp, Some(60)),
            (Field::Udp, None),
            (Field::Nodest, Some(1)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        for (number, field, error) in FIELDS {
            assert_eq!(super::number(field), number);
            assert_eq!(read(&[(number, &u32::MAX.to_ne_bytes())]), Err(error));
            assert_eq!(read(&[(number, &[1, 0, 0])]), Err(error));
            assert!(read(&[(number, &1_u32.to_ne_bytes())]).is_ok());
        }
        assert_eq!(
            read_policy(&attr(POLICY, &[1, 2])),
            Err(SpecError::ServicePolicy)
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let mut nothing = Buffer::default();
        emit_policy(&mut nothing, &Policy::default()).unwrap();
        assert!(nothing.0.is_empty());

        let mut policy = Policy::default();
        for field in Field::ALL {
            policy.set(field, Some(1));
        }
        policy.set(Field::Nodest, Some(0));
        policy.set(Field::SloppyTcp, None);
        let mut shown = Buffer::default();
        emit_policy(&mut shown, &policy).unwrap();
        let change = read_policy(&shown.0).unwrap();
        assert_eq!(change.applied(&Policy::default()), policy);
    }
}
