// SPDX-License-Identifier: GPL-2.0

use super::super::attr::{
    dest,
    svc, //
};
use super::super::tests::attr;
use super::*;
use std::vec::Vec;

fn service(port: u8) -> Vec<u8> {
    let key = [
        attr(svc::AF, &[2, 0]),
        attr(svc::PROTOCOL, &[6, 0]),
        attr(svc::ADDR, &[192, 0, 2, 1]),
        attr(svc::PORT, &[0, port]),
    ];
    attr(SERVICE, &key.concat())
}

fn server(last: u8, more: &[Vec<u8>]) -> Vec<u8> {
    let key = [
        attr(dest::ADDR, &[10, 0, 0, last]),
        attr(dest::PORT, &[0, 80]),
    ];
    attr(DEST, &[key.concat(), more.concat()].concat())
}

fn change(command: Command, parts: &[Vec<u8>]) -> Vec<u8> {
    let command = attr(COMMAND, &u32::from(command as u8).to_ne_bytes());
    [command, parts.concat()].concat()
}

#[test]
fn a_destination_is_of_the_service_before() {
    let first = change(Command::DelService, &[service(80)]);
    let first = Change::parse(0, &first, None).unwrap();
    assert_eq!(first.dest, None);
    let second = change(Command::DelDest, &[server(1, &[])]);
    let second = Change::parse(1, &second, Some(first.service)).unwrap();
    assert_eq!(second.service, first.service);
    assert!(second.dest.is_some());
    assert!(!second.is_of_same(&first));
    assert_eq!(first.by_object(&second), Ordering::Less);
    assert_eq!(first.by_index(&second), Ordering::Less);
    let alone = change(Command::DelDest, &[server(1, &[])]);
    assert_eq!(
        Change::parse(0, &alone, None).unwrap_err(),
        SpecError::ServiceMissing
    );
    let none = change(Command::DelService, &[]);
    assert_eq!(
        Change::parse(0, &none, Some(first.service)).unwrap_err(),
        SpecError::ServiceMissing
    );
}

#[test]
fn commands_that_are_no_changes() {
    let parse = |bytes: &[u8]| Change::parse(0, bytes, None).map(|_| ());
    assert_eq!(parse(&[]), Err(SpecError::ApplyNoCommand));
    assert_eq!(parse(&attr(COMMAND, &[1, 0])), Err(SpecError::ApplyCommand));
    for number in [0, 4, 12, 17, 69, 256 + 1] {
        let command = attr(COMMAND, &u32::to_ne_bytes(number));
        assert_eq!(parse(&command), Err(SpecError::ApplyUnknown));
    }
    let add = change(Command::NewDest, &[service(80)]);
    assert_eq!(parse(&add), Err(SpecError::DestMissing));
    let bad = attr(SERVICE, &[1, 0]);
    let bad = change(Command::DelService, &[bad]);
    assert_eq!(parse(&bad), Err(SpecError::ApplyService));
}

#[test]
fn what_is_not_said_stays() {
    let parts = [
        attr(dest::WEIGHT, &[7, 0, 0, 0]),
        attr(EXPECT, &[3, 0, 0, 0]),
    ];
    let nest = change(Command::SetDest, &[service(80), server(1, &parts)]);
    let change = Change::parse(0, &nest, None).unwrap();
    let patch = change.dest_patch().unwrap();
    let old = DestSpec {
        method: 2,
        weight: 3,
        u_threshold: 9,
        l_threshold: 8,
        tun_type: 1,
        tun_port: crate::byteorder::Be16::from_host(6080),
        tun_flags: 1,
    };
    assert_eq!(patch.expect, Some(3));
    assert_eq!(patch.over(&old), DestSpec { weight: 7, ..old });
    assert_eq!(change.dest_spec(), Err(SpecError::DestIncomplete));
}

#[test]
fn numbers_of_requests() {
    assert_eq!(read_generation(&[]), Ok(None));
    assert_eq!(
        read_generation(&attr(GENERATION, &[5, 0, 0, 0])),
        Ok(Some(5))
    );
    assert_eq!(
        read_generation(&attr(GENERATION, &[5, 0])),
        Err(SpecError::ApplyGeneration)
    );
    assert_eq!(read_expect(&attr(EXPECT, &[])), Err(SpecError::DestExpect));
}

#[test]
fn where_an_error_is() {
    let weight = attr(dest::WEIGHT, &[0, 0]);
    let nests = [
        change(Command::DelService, &[service(80)]),
        change(Command::SetDest, &[service(81), server(1, &[weight])]),
    ];
    let mut request = attr(GENERATION, &[1, 0, 0, 0]);
    let start0 = request.len();
    request.extend(attr(APPLY, &nests[0]));
    let start1 = request.len();
    request.extend(attr(APPLY, &nests[1]));
    assert_eq!(changes(&request).collect::<Vec<_>>(), nests);

    let at = |index, place| blamed(&request, index, place);
    assert_eq!(at(0, Place::Of(APPLY)), Some(start0));
    assert_eq!(at(0, Place::Missing(DEST)), Some(start0));
    assert_eq!(at(0, Place::Of(DEST)), Some(start0));
    assert_eq!(at(0, Place::In(APPLY, COMMAND)), Some(start0 + 4));
    assert_eq!(at(0, Place::Of(SERVICE)), Some(start0 + 4 + 8));
    let place = at(1, Place::In(DEST, dest::WEIGHT)).unwrap();
    assert_eq!(request[place..place + 4], [6, 0, 4, 0]);
    assert!(place > start1);
    assert_eq!(at(2, Place::Of(APPLY)), None);
}
