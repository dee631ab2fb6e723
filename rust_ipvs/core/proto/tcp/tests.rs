// SPDX-License-Identifier: GPL-2.0

use super::*;

/// Section 6.6 of the description of IPVS's behaviour, word for word: next state for each state,
/// first normal, then `secure_tcp`.
const SPEC: &str = "\
|IN SYN|3 1 1 3 3 3 3 3 3 3 3|3 1 1 3 3 3 3 3 3 3 A|
|IN FIN|6 7 2 5 5 5 6 7 8 9 5|6 7 2 5 5 5 6 7 8 9 A|
|IN ACK|1 1 2 1 4 5 6 7 6 9 1|1 1 2 3 4 5 6 7 6 9 A|
|IN RST|6 6 6 3 6 6 6 6 8 9 3|6 6 6 3 6 6 6 6 8 9 6|
|OUT SYN|2 1 2 3 2 2 2 2 2 9 3|2 1 2 A 2 2 2 2 2 9 A|
|OUT FIN|5 4 2 5 4 5 6 5 8 9 5|5 4 2 5 4 5 6 5 8 9 5|
|OUT ACK|1 1 2 1 4 5 6 7 8 1 1|1 1 2 1 4 5 6 7 8 1 1|
|OUT RST|6 6 2 6 6 5 6 6 6 6 6|6 6 2 6 6 5 6 6 6 6 6|
|INONLY SYN|3 1 1 3 3 3 3 3 3 3 3|A 1 1 3 A A A A A A A|
|INONLY FIN|6 4 2 5 4 5 6 7 8 9 5|6 4 2 5 4 5 6 7 8 9 5|
|INONLY ACK|1 1 2 1 4 5 6 7 6 9 1|1 1 2 1 4 5 6 7 6 9 1|
|INONLY RST|6 6 6 3 6 6 6 6 8 9 6|6 6 6 3 6 6 6 6 8 9 6|
";

fn path(name: &str) -> Path {
    match name {
        "IN" => Path::In,
        "OUT" => Path::Out,
        "INONLY" => Path::InOnly,
        _ => panic!("{name}"),
    }
}

fn flags(name: &str) -> Flags {
    match name {
        "SYN" => Flags::SYN,
        "FIN" => Flags::FIN,
        "ACK" => Flags::ACK,
        "RST" => Flags::RST,
        _ => panic!("{name}"),
    }
}

#[test]
fn tables_are_those_of_the_description() {
    let mut compared = 0;
    for line in SPEC.lines() {
        let mut cells = line.trim_matches('|').split('|');
        let (where_, what) = cells.next().unwrap().split_once(' ').unwrap();
        for table in [Table::Normal, Table::Secure] {
            for (state, to) in (0..).zip(cells.next().unwrap().split(' ')) {
                let state = State::from_u8(state).unwrap();
                let to = State::from_u8(u8::from_str_radix(to, 16).unwrap()).unwrap();

                let got = next(table, path(where_), flags(what), state);
                assert_eq!(got, to, "{table:?} {where_} {what} {state:?}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 12 * 2 * 11);
}

#[test]
fn rst_over_syn_over_fin_over_ack() {
    for bits in 0..=255 {
        let expected = if bits & 4 != 0 {
            Some(Event::Rst)
        } else if bits & 2 != 0 {
            Some(Event::Syn)
        } else if bits & 1 != 0 {
            Some(Event::Fin)
        } else if bits & 16 != 0 {
            Some(Event::Ack)
        } else {
            None
        };

        assert_eq!(Event::from_flags(Flags(bits)), expected);
    }
}

#[test]
fn no_flag_closes() {
    for path in [Path::In, Path::Out, Path::InOnly] {
        for table in [Table::Normal, Table::Secure] {
            // PSH and URG say nothing.
            assert_eq!(
                next(table, path, Flags(0x28), State::Established),
                State::Close
            );
        }
    }
}

#[test]
fn life_of_a_connection_through_nat() {
    let mut state = State::None;
    for (path, flags, expected) in [
        (Path::In, 0x02, State::SynRecv),
        (Path::Out, 0x12, State::SynRecv),
        (Path::In, 0x10, State::Established),
        (Path::In, 0x18, State::Established),
        (Path::In, 0x11, State::CloseWait),
        (Path::Out, 0x11, State::TimeWait),
        (Path::In, 0x10, State::TimeWait),
        (Path::In, 0x02, State::SynRecv),
    ] {
        state = next(Table::Normal, path, Flags(flags), state);
        assert_eq!(state, expected);
    }
}

#[test]
fn numbers_names_and_activity() {
    let names = [
        "NONE",
        "ESTABLISHED",
        "SYN_SENT",
        "SYN_RECV",
        "FIN_WAIT",
        "TIME_WAIT",
        "CLOSE",
        "CLOSE_WAIT",
        "LAST_ACK",
        "LISTEN",
        "SYNACK",
    ];
    for (number, name) in (0..).zip(names) {
        let state = State::from_u8(number).unwrap();

        assert_eq!(state as u8, number);
        assert_eq!(state.name(), name);
        assert_eq!(state.is_active(), [1, 2, 3, 10].contains(&number));
        assert_eq!(state.is_open(), [1, 4, 7, 8].contains(&number));
    }
    assert_eq!(State::from_u8(11), None);
}
