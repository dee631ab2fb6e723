// SPDX-License-Identifier: GPL-2.0
//! Events as lines of JSON, one of each kind, against `tests/golden/events.jsonl`.
//!
//! `GOLDEN=write cargo test --test events` writes that file anew.
#![allow(missing_docs)]

mod common;

use common::FewNames;
use ipvs_core::reason::Reason;
use ipvs_core::uapi::drain::{Action, DrainView, State};
use ipvs_core::uapi::event::{Kind, TableKind};
use ipvsadm::client::event::Event;
use ipvsadm::model::{
    Method, Netmask, Server, ServerEntry, Service, ServiceKey, Stats, Tunnel, TunnelKind,
};
use ipvsadm::output::event::Form;
use ipvsadm::output::name::Speller;
use ipvsadm::output::text::Text;
use serde_json::Value;

const EVERY_POLICY: &str = "tcp=2h,fin=30,udp=10,synrecv=5,closewait=20,reuse=3,nodest=on,\
                            quiescent=off,sloppy-tcp=on,sloppy-sctp=off";

fn key() -> ServiceKey {
    ServiceKey::Address {
        protocol: 6,
        addr: "192.0.2.1".parse().unwrap(),
        port: 80,
    }
}

fn service(key: ServiceKey) -> Service {
    Service {
        key,
        scheduler: "mh".into(),
        engine: Some("sip".into()),
        flags: 0x1f,
        timeout: 360,
        netmask: match key.is_ipv6() {
            true => Netmask::Prefix(64),
            false => Netmask::Mask([255, 255, 0, 0].into()),
        },
        slow_start: Some(30),
        policy: ipvsadm::command::policy::parse(EVERY_POLICY).unwrap(),
        name: Some("shop".into()),
    }
}

fn server(method: Method, kind: TunnelKind) -> ServerEntry {
    ServerEntry {
        server: Server {
            addr: "10.1.0.2".parse().unwrap(),
            port: 8080,
            method: method as u32,
            weight: 3,
            tunnel: Tunnel {
                kind: kind as u8,
                port: 6080,
                flags: match kind {
                    TunnelKind::Ipip => 0,
                    TunnelKind::Gue => 1,
                    TunnelKind::Gre => 2,
                },
            },
            u_threshold: 100,
            l_threshold: 50,
        },
        active: 97,
        inactive: 3,
        persistent: 1,
        drain: None,
        feedback: 1000,
        answers: Some(ipvs_core::uapi::answers::Answers {
            handshakes: 12,
            handshake_ms: 96,
            resets: 3,
        }),
        stats: Stats::default(),
    }
}

fn drains(state: State, action: Action, remaining_ms: Option<u32>) -> ServerEntry {
    ServerEntry {
        drain: Some(DrainView {
            state,
            action,
            remaining_ms,
        }),
        feedback: 500,
        ..server(Method::Masquerade, TunnelKind::Ipip)
    }
}

/// Events as they come one after the other.
struct Events {
    seq: u64,
    out: Text,
}

impl Events {
    fn form<'a>(&self) -> Form<'a> {
        Form {
            json: true,
            timestamp: false,
            speller: Speller::new(true, &FewNames),
        }
    }

    fn next(&mut self, kind: Option<Kind>) -> Event {
        self.seq += 1;
        let is_change = kind.is_some_and(|kind| (kind as u32) <= Kind::DestRemoved as u32);
        Event {
            kind,
            seq: self.seq,
            time: 1_796_083_199_000_000_000 + self.seq,
            lost: 2,
            change: is_change.then_some(self.seq as u32),
            key: None,
            service: None,
            server: None,
            table: None,
            buckets: None,
            count: None,
            reason: None,
        }
    }

    fn tell(&mut self, event: &Event) {
        self.form().event(&mut self.out, event);
    }

    fn of_service(&mut self, kind: Kind, key: ServiceKey) {
        let event = Event {
            key: Some(key),
            service: Some(service(key)),
            ..self.next(Some(kind))
        };
        self.tell(&event);
    }

    fn of_server(&mut self, kind: Kind, server: ServerEntry) {
        let event = Event {
            key: Some(key()),
            server: Some(server),
            ..self.next(Some(kind))
        };
        self.tell(&event);
    }

    /// What a list begins with, and what is no event of the kernel.
    fn others(&mut self) {
        let state = self.next(Some(Kind::State));
        let form = self.form();
        form.state(&mut self.out, &state);
        form.service(&mut self.out, &service(key()));
        let entry = server(Method::Local, TunnelKind::Ipip);
        form.server(&mut self.out, &key(), &entry);
        form.overrun(&mut self.out);
        form.gap(&mut self.out, 3);
        form.unloaded(&mut self.out);
        form.loaded(&mut self.out);
    }

    fn services(&mut self) {
        let mark = ServiceKey::Mark {
            mark: 7,
            ipv6: true,
        };
        self.of_service(Kind::ServiceAdded, key());
        self.of_service(Kind::ServiceChanged, mark);
        self.of_service(Kind::ServiceRemoved, mark);
        let flushed = self.next(Some(Kind::Flushed));
        self.tell(&flushed);
    }

    fn servers(&mut self) {
        let tunnel = |kind| server(Method::Tunnel, kind);
        self.of_server(Kind::DestAdded, tunnel(TunnelKind::Gue));
        self.of_server(Kind::DestAdded, tunnel(TunnelKind::Gre));
        self.of_server(Kind::DestAdded, tunnel(TunnelKind::Ipip));
        let mut unknown = tunnel(TunnelKind::Gue);
        unknown.server.tunnel.flags = 0;
        self.of_server(Kind::DestAdded, unknown);
        unknown.server.tunnel.kind = 77;
        self.of_server(Kind::DestAdded, unknown);
        unknown.server.method = 6;
        self.of_server(Kind::DestAdded, unknown);
        let begun = drains(State::Draining, Action::Keep, Some(1500));
        self.of_server(Kind::DestChanged, begun);
        let begun = drains(State::Draining, Action::Reset, None);
        self.of_server(Kind::DestChanged, begun);
        let ended = drains(State::Overdue, Action::Forget, Some(0));
        self.of_server(Kind::DestDrained, ended);
        let gone = server(Method::Masquerade, TunnelKind::Ipip);
        self.of_server(Kind::DestRemoved, gone);
        let full = server(Method::Route, TunnelKind::Ipip);
        self.of_server(Kind::DestOverloaded, full);
        self.of_server(Kind::DestRelieved, full);
    }

    fn numbers(&mut self) {
        for table in TableKind::ALL {
            let event = Event {
                table: Some(*table),
                buckets: Some((256, 1024)),
                ..self.next(Some(Kind::TableResized))
            };
            self.tell(&event);
        }
        for reason in [Some(Reason::ALL[0]), None] {
            let event = Event {
                reason,
                count: Some(12),
                ..self.next(Some(Kind::PacketsDropped))
            };
            self.tell(&event);
        }
        let later = self.next(None);
        self.tell(&later);
    }
}

#[test]
fn every_kind_is_a_line() {
    let mut events = Events {
        seq: 0,
        out: Text::default(),
    };
    events.others();
    events.services();
    events.servers();
    events.numbers();
    let text = events.out.to_string();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let kinds: Vec<Value> = lines.map(|line: Value| line["event"].clone()).collect();
    for kind in Kind::ALL {
        assert!(kinds.contains(&kind.name().into()), "{kind:?}");
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/events.jsonl");
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(golden, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(golden).unwrap());
}
