// SPDX-License-Identifier: GPL-2.0
//! What a look at a server that drains says, for people and as JSON.

use crate::model::{ServerEntry, ServiceKey};
use crate::tool::reasons::service_json;
use crate::tool::target::Endpoint;
use ipvs_core::uapi::drain::{Action, DrainView, State};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// The name of an action, as on the command line.
pub fn action_name(action: Action) -> &'static str {
    match action {
        Action::Keep => "keep",
        Action::Reset => "reset",
        Action::Forget => "forget",
    }
}

/// The name of a state.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Draining => "draining",
        State::Overdue => "overdue",
    }
}

/// Draining, and the connections that are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    drain: DrainView,
    active: u32,
    inactive: u32,
}

impl Left {
    /// If the server drains.
    pub fn of(entry: &ServerEntry) -> Option<Self> {
        Some(Self {
            drain: entry.drain?,
            active: entry.active,
            inactive: entry.inactive,
        })
    }

    /// How many connections.
    pub fn count(&self) -> u32 {
        self.active.saturating_add(self.inactive)
    }

    /// How far it is.
    pub fn text(&self) -> String {
        let count = self.count();
        let mut text = format!("{count} connections left, {} of them active", self.active);
        let then = action_name(self.drain.action);
        match (self.drain.state, self.drain.remaining_ms) {
            (State::Draining, Some(ms)) => {
                let _ = write!(text, "; in {} s: {then}", ms.div_ceil(1000));
            }
            (State::Draining, None) => {}
            (State::Overdue, _) => {
                let _ = write!(text, "; the deadline has passed: {then}");
            }
        }
        text
    }
}

/// What has become of a server.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// It is not there any more.
    Removed,
    /// Somebody has it take connections again, or has added it anew.
    Cancelled,
    /// The deadline has passed, and these connections are kept.
    Kept(Left),
    /// It goes on.
    Draining(Left),
}

impl Look {
    /// What the servers of its service say.
    pub fn at(servers: &[ServerEntry], server: SocketAddr) -> Self {
        let is_it = |entry: &&ServerEntry| {
            (entry.server.addr, entry.server.port) == (server.ip(), server.port())
        };
        let Some(entry) = servers.iter().find(is_it) else {
            return Self::Removed;
        };
        match Left::of(entry) {
            None => Self::Cancelled,
            Some(left)
                if left.drain.state == State::Overdue && left.drain.action == Action::Keep =>
            {
                Self::Kept(left)
            }
            Some(left) => Self::Draining(left),
        }
    }

    fn outcome(&self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Cancelled => "cancelled",
            Self::Kept(_) => "kept",
            Self::Draining(_) => "draining",
        }
    }

    /// The connections that are left, if it drains.
    fn left(&self) -> Option<&Left> {
        match self {
            Self::Removed | Self::Cancelled => None,
            Self::Kept(left) | Self::Draining(left) => Some(left),
        }
    }

    /// As a JSON document.
    pub fn json(&self, key: &ServiceKey, server: SocketAddr) -> String {
        let document = Outcome {
            version: 1,
            service: service_json(key),
            row: Row::new(server, self.left()),
            outcome: self.outcome(),
        };
        // Neither maps with other keys than texts nor anything else that could fail.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Outcome {
    version: u32,
    service: Value,
    #[serde(flatten)]
    row: Row,
    outcome: &'static str,
}

/// A server and how far it is. What does not apply is left out.
#[derive(Serialize)]
struct Row {
    server: Endpoint,
    #[serde(flatten)]
    draining: Option<Draining>,
}

#[derive(Serialize)]
struct Draining {
    state: &'static str,
    then: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_ms: Option<u32>,
    active_connections: u32,
    inactive_connections: u32,
}

impl Row {
    fn new(server: SocketAddr, left: Option<&Left>) -> Self {
        Self {
            server: server.into(),
            draining: left.map(|left| Draining {
                state: state_name(left.drain.state),
                then: action_name(left.drain.action),
                remaining_ms: left.drain.remaining_ms,
                active_connections: left.active,
                inactive_connections: left.inactive,
            }),
        }
    }
}

#[derive(Serialize)]
struct List {
    version: u32,
    service: Value,
    draining: Vec<Row>,
}

/// Servers that drain as a JSON document.
pub fn list_json(key: &ServiceKey, servers: &[(SocketAddr, Left)]) -> String {
    let rows = servers.iter();
    let document = List {
        version: 1,
        service: service_json(key),
        draining: rows
            .map(|(server, left)| Row::new(*server, Some(left)))
            .collect(),
    };
    serde_json::to_string(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Server;
    use serde_json::json;

    const VIEW: DrainView = DrainView {
        state: State::Draining,
        action: Action::Keep,
        remaining_ms: Some(1500),
    };
    const OVERDUE: DrainView = DrainView {
        state: State::Overdue,
        remaining_ms: Some(0),
        ..VIEW
    };

    fn address() -> SocketAddr {
        "10.0.0.2:80".parse().unwrap()
    }

    fn look(drain: Option<DrainView>) -> Look {
        let entry = ServerEntry {
            server: Server {
                addr: address().ip(),
                port: 80,
                ..Server::default()
            },
            active: 2,
            inactive: 1,
            persistent: 0,
            drain,
            feedback: 1000,
            answers: None,
            stats: Default::default(),
        };
        Look::at(&[entry], address())
    }

    fn left(drain: DrainView) -> Left {
        Left {
            drain,
            active: 2,
            inactive: 1,
        }
    }

    #[test]
    fn what_has_become_of_it() {
        let ending = DrainView {
            action: Action::Reset,
            ..OVERDUE
        };
        assert_eq!(Look::at(&[], address()), Look::Removed);
        assert_eq!(look(None), Look::Cancelled);
        assert_eq!(look(Some(VIEW)), Look::Draining(left(VIEW)));
        assert_eq!(look(Some(OVERDUE)), Look::Kept(left(OVERDUE)));
        assert_eq!(look(Some(ending)), Look::Draining(left(ending)));
    }

    #[test]
    fn as_text() {
        assert_eq!(
            left(VIEW).text(),
            "3 connections left, 2 of them active; in 2 s: keep"
        );
        assert_eq!(
            left(OVERDUE).text(),
            "3 connections left, 2 of them active; the deadline has passed: keep"
        );
    }

    #[test]
    fn as_json() {
        let key = ServiceKey::Mark {
            mark: 7,
            ipv6: false,
        };
        let document =
            |look: Look| -> Value { serde_json::from_str(&look.json(&key, address())).unwrap() };
        let service = json!({ "family": "inet", "fwmark": 7 });
        let server = json!({ "address": "10.0.0.2", "port": 80 });
        assert_eq!(
            document(Look::Removed),
            json!({ "version": 1, "service": service, "server": server, "outcome": "removed" })
        );
        let row = |state: &str, ms: u32| {
            json!({ "server": server, "state": state, "then": "keep", "remaining_ms": ms,
                    "active_connections": 2, "inactive_connections": 1 })
        };
        let with = |mut row: Value, outcome: &str| {
            row["version"] = 1.into();
            row["service"] = service.clone();
            row["outcome"] = outcome.into();
            row
        };
        assert_eq!(
            document(look(Some(VIEW))),
            with(row("draining", 1500), "draining")
        );
        assert_eq!(
            document(look(Some(OVERDUE))),
            with(row("overdue", 0), "kept")
        );
        assert_eq!(document(look(None))["outcome"], "cancelled");
        let list: Value =
            serde_json::from_str(&list_json(&key, &[(address(), left(VIEW))])).unwrap();
        assert_eq!(list["draining"], json!([row("draining", 1500)]));
    }
}
