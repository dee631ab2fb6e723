// SPDX-License-Identifier: GPL-2.0

use super::*;
use crate::wire::sctp::Chunks;

/// Section 6.7 of the description of IPVS's behaviour, word for word: next state for each state, of
/// packets from the client, from the server, and from the client if the server is not heard.
const SPEC: &str = "\
|d|8 1 2 3 4 5 6 7 8 9 A B C D|8 1 2 3 4 5 6 7 8 9 A B C D|8 1 2 3 4 8 6 7 8 9 A B C D|
|INIT|1 2 2 3 4 5 6 7 8 9 A B 2 2|5 5 5 5 5 5 5 5 8 5 5 5 5 5|1 2 2 2 2 2 6 7 8 9 A B 2 2|
|INIT-ACK|5 5 5 3 4 6 6 7 8 9 A B C D|3 3 3 3 4 5 6 7 8 9 A B C D|7 7 7 7 7 7 6 7 8 9 A B C D|
|COOKIE-ECHO|4 2 2 4 4 5 6 7 8 9 A B C D|7 7 7 7 7 7 7 7 8 9 A B C D|8 8 8 8 8 8 6 7 8 9 A B C D|
|COOKIE-ACK|8 1 2 3 4 5 6 8 8 9 A B C D|8 8 8 8 8 8 8 8 8 9 A B C D|8 1 2 8 8 5 8 8 8 9 A B C D|
|SHUTDOWN|A 1 2 3 4 5 6 7 A 9 A B C D|9 9 9 9 9 9 9 9 9 9 A B C D|A 1 2 3 4 5 6 7 A 9 A B C D|
|SHUT-ACK|D 2 2 3 4 5 6 7 8 D A D C D|B B B B B 5 6 7 8 B B B C D|D 2 2 3 4 5 6 7 D D A D C D|
|SHUT-COMPL|D D D 3 4 5 6 7 8 9 A D C D|D 1 2 3 4 5 6 7 8 9 A B C D|D D D D D 5 6 7 8 9 D D C D|
|ERROR|D 1 2 3 4 5 6 D 8 9 A B C D|D D D D D 5 6 7 8 9 A B C D|D 1 2 3 4 5 6 7 8 9 A B C D|
|ABORT|D D D D D C D D D D D D D D|D C D D D D D D D D D D D D|D D D D D C D D D D D D D D|
";

fn event(name: &str) -> Chunk {
    match name {
        "d" => Chunk::Data,
        "INIT" => Chunk::Init,
        "INIT-ACK" => Chunk::InitAck,
        "COOKIE-ECHO" => Chunk::CookieEcho,
        "COOKIE-ACK" => Chunk::CookieAck,
        "SHUTDOWN" => Chunk::Shutdown,
        "SHUT-ACK" => Chunk::ShutdownAck,
        "SHUT-COMPL" => Chunk::ShutdownComplete,
        "ERROR" => Chunk::Error,
        "ABORT" => Chunk::Abort,
        _ => panic!("{name}"),
    }
}

#[test]
fn tables_are_those_of_the_description() {
    let mut compared = 0;
    for line in SPEC.lines() {
        let mut cells = line.trim_matches('|').split('|');
        let event = event(cells.next().unwrap());
        for path in [Path::In, Path::Out, Path::InOnly] {
            for (state, to) in (0..).zip(cells.next().unwrap().split(' ')) {
                let state = State::from_u8(state).unwrap();
                let to = State::from_u8(u8::from_str_radix(to, 16).unwrap()).unwrap();

                assert_eq!(next(path, event, state), to, "{path:?} {event:?} {state:?}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 10 * 3 * STATES);
}

#[test]
fn life_of_an_association_through_nat() {
    let mut state = State::None;
    for (path, ty, expected) in [
        (Path::In, 1, State::Init1),
        (Path::In, 1, State::Init),
        (Path::Out, 2, State::CookieSent),
        (Path::In, 10, State::CookieReplied),
        (Path::Out, 11, State::Established),
        (Path::In, 0, State::Established),
        (Path::Out, 3, State::Established),
        (Path::In, 7, State::ShutdownReceived),
        (Path::Out, 8, State::ShutdownAckSent),
        (Path::In, 14, State::Closed),
    ] {
        state = next(path, Chunk::from_type(ty), state);
        assert_eq!(state, expected);
    }
}

#[test]
fn seen_from_one_side() {
    let mut state = State::None;
    for (ty, expected) in [
        (1, State::Init1),
        (10, State::Established),
        (3, State::Established),
        (7, State::ShutdownReceived),
        (14, State::Closed),
        (1, State::Init),
    ] {
        state = next(Path::InOnly, Chunk::from_type(ty), state);
        assert_eq!(state, expected);
    }
}

#[test]
fn refused_with_a_cookie() {
    let aborted = Chunks::AbortAfterCookie.event().unwrap();

    assert_eq!(next(Path::In, aborted, State::CookieSent), State::Closed);
    assert_eq!(next(Path::Out, aborted, State::Init1), State::Rejected);
}

#[test]
fn numbers_names_lifetimes_and_activity() {
    let expected = [
        ("NONE", 2),
        ("INIT1", 4),
        ("INIT", 61),
        ("C-SENT", 61),
        ("C-REPLIED", 61),
        ("C-WAIT", 61),
        ("COOKIE", 61),
        ("C-ECHOED", 61),
        ("ESTABLISHED", 900),
        ("S-SENT", 61),
        ("S-RECEIVED", 61),
        ("S-ACK-SENT", 61),
        ("REJECTED", 4),
        ("CLOSED", 61),
    ];
    for (number, (name, timeout)) in (0..).zip(expected) {
        let state = State::from_u8(number).unwrap();

        assert_eq!(state as u8, number);
        assert_eq!((state.name(), state.timeout()), (name, timeout));
        assert_eq!(state.is_active(), number == 8);
    }
    assert_eq!(State::from_u8(14), None);
}
