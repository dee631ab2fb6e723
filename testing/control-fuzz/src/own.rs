// SPDX-License-Identifier: GPL-2.0

//! Requests that C does not have, but for those about connections, which are in [`crate::connections`].

use ipvs_core::uapi::apply::{APPLY, COMMAND, EXPECT, GENERATION};
use ipvs_core::uapi::attr::{cmd, dest};
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::explain::{attr as explain, EXPLAIN};
use ipvs_core::uapi::feedback::{attr as feedback, DEST_FEEDBACK, FEEDBACK};
use ipvs_core::uapi::listing::LISTING;
use ipvs_core::uapi::totals::{attr as totals, by, TOTALS};

use crate::attr::{Attr, Data};
use crate::draw::Draw;
use crate::request::{destination, service, which, Identity, Request, Vocabulary, DEST_ADDRS};

/// The most changes in a transaction.
const CHANGES: usize = 8;
/// The most reports in a request.
const REPORTS: usize = 5;

/// One of them.
pub fn valid(draw: &mut Draw, words: &Vocabulary) -> Request {
    let (command, dump) = draw.weighted(&[
        (10, (Command::Apply, false)),
        (5, (Command::Feedback, false)),
        (3, (Command::Explain, false)),
        (2, (Command::Explain, true)),
        (2, (Command::GetReasons, true)),
        (2, (Command::GetTotals, true)),
        (2, (Command::GetService, true)),
    ]);
    let attrs = match command {
        Command::Apply => transaction(draw, words),
        Command::Feedback => reports(draw),
        Command::Explain => vec![packet(draw)],
        Command::GetReasons if draw.percent(50) => vec![key(draw)],
        Command::GetTotals => vec![Attr::nest(
            TOTALS,
            vec![Attr::u32(
                totals::BY,
                draw.pick(&[by::NAMESPACE, by::SERVICE, by::ADDRESS, by::FWMARK]),
            )],
        )],
        Command::GetService => vec![Attr::u32(LISTING, draw.below(8) as u32)],
        _ => vec![],
    };
    Request::new(command, dump, attrs)
}

/// What a service is known by.
fn key(draw: &mut Draw) -> Attr {
    Attr::nest(cmd::SERVICE, Identity::of(which(draw)).attrs())
}

/// Changes of services and their destinations.
fn transaction(draw: &mut Draw, words: &Vocabulary) -> Vec<Attr> {
    let mut attrs = Vec::new();
    for number in 0..draw.below(CHANGES) {
        attrs.push(change(draw, words, number == 0));
    }
    if draw.percent(10) {
        attrs.push(Attr::u32(GENERATION, draw.edge() as u32));
    }
    attrs
}

/// One of them, which says which service it is about if it has to.
fn change(draw: &mut Draw, words: &Vocabulary, is_first: bool) -> Attr {
    let command = draw.weighted(&[
        (6, Command::NewService),
        (3, Command::SetService),
        (2, Command::DelService),
        (8, Command::NewDest),
        (4, Command::SetDest),
        (3, Command::DelDest),
    ]);
    let mut attrs = vec![Attr::u32(COMMAND, command as u32)];
    let is_of_dest = matches!(
        command,
        Command::NewDest | Command::SetDest | Command::DelDest
    );
    if is_first || !is_of_dest || draw.percent(30) {
        let full = matches!(command, Command::NewService | Command::SetService);
        attrs.push(service(draw, words, full));
    }
    if is_of_dest {
        let full = command == Command::NewDest || draw.percent(50);
        let mut nest = destination(draw, full);
        if let (Command::SetDest, Data::Nest(inner)) = (command, &mut nest.data) {
            if draw.percent(20) {
                inner.push(Attr::u32(EXPECT, draw.pick(&[0, 1, 100])));
            }
        }
        attrs.push(nest);
    }
    Attr::nest(APPLY, attrs)
}

/// How loaded servers of a service are, or an end to that.
fn reports(draw: &mut Draw) -> Vec<Attr> {
    if draw.percent(20) {
        let off = Attr::nest(FEEDBACK, vec![Attr::new(feedback::OFF, &[])]);
        return match draw.percent(70) {
            true => vec![key(draw), off],
            false => vec![off],
        };
    }
    let mut nest = vec![Attr::u32(
        feedback::LIFETIME,
        draw.pick(&[1, 100, 5_000, 86_400_000]),
    )];
    for _ in 0..1 + draw.below(REPORTS) {
        nest.push(Attr::nest(
            feedback::REPORT,
            vec![
                Attr::new(dest::ADDR, &draw.pick(&DEST_ADDRS)),
                Attr::be16(dest::PORT, draw.pick(&[80, 80, 8080, 0])),
                // Of the servers of services of both versions of IP.
                Attr::u16(dest::ADDR_FAMILY, libc::AF_INET as u16),
                Attr::u32(DEST_FEEDBACK, draw.edge() as u32),
            ],
        ));
    }
    vec![key(draw), Attr::nest(FEEDBACK, nest)]
}

/// A packet to a service.
fn packet(draw: &mut Draw) -> Attr {
    let to = Identity::of(which(draw));
    let (family, len) = match to.six {
        true => (libc::AF_INET6, 16),
        false => (libc::AF_INET, 4),
    };
    let mut client = [0; 16];
    client[..4].copy_from_slice(&draw.pick(&DEST_ADDRS));
    let mut attrs = vec![
        Attr::u16(explain::AF, family as u16),
        Attr::u16(explain::PROTOCOL, to.proto),
        Attr::new(explain::CLIENT, &client[..len]),
        Attr::be16(explain::CLIENT_PORT, draw.pick(&[20, 500, 4000, 40_000])),
        Attr::new(explain::ADDR, &to.addr[..len]),
        Attr::be16(explain::PORT, draw.pick(&[to.port, to.port, 21, 40_000])),
    ];
    if to.mark != 0 || draw.percent(20) {
        attrs.push(Attr::u32(explain::MARK, to.mark));
    }
    Attr::nest(EXPLAIN, attrs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::EVERYTHING;
    use ipvs_core::addr::Family;
    use ipvs_core::uapi::apply::{changes, read_generation, Change};
    use ipvs_core::uapi::explain::query_of_dump;
    use ipvs_core::uapi::feedback::parse_feedback;
    use ipvs_core::uapi::nla::Attrs;
    use ipvs_core::uapi::totals::by_of_dump;
    use std::collections::BTreeMap;

    fn are_changes(body: &[u8]) {
        let mut before = None;
        for (index, nest) in (0..).zip(changes(body)) {
            let change = Change::parse(index, nest, before).unwrap();
            match change.command {
                Command::NewService | Command::SetService => drop(change.service_spec().unwrap()),
                Command::NewDest => drop(change.dest_spec()),
                Command::SetDest => drop(change.dest_patch().unwrap()),
                _ => {}
            }
            before = Some(change.service);
        }
        read_generation(body).unwrap();
    }

    #[test]
    fn all_can_be_read() {
        let mut draw = Draw::new(1, 0);
        let mut commands = BTreeMap::<u8, usize>::new();
        for _ in 0..5_000 {
            let request = valid(&mut draw, &EVERYTHING);
            let body = &request.body;
            *commands.entry(request.command).or_default() += 1;
            match Command::from_u8(request.command).unwrap() {
                Command::Apply => are_changes(body),
                Command::Feedback => {
                    let nest = Attrs::new(body).find(|attr| attr.kind == FEEDBACK);
                    parse_feedback(nest.unwrap().data, Family::V4).unwrap();
                }
                Command::Explain => drop(query_of_dump(body).unwrap()),
                Command::GetTotals => assert!(by_of_dump(body).unwrap() <= by::FWMARK),
                _ => {}
            }
        }
        assert_eq!(commands.len(), 6);
        assert!(commands.values().all(|count| *count > 100), "{commands:?}");
    }
}
