// SPDX-License-Identifier: GPL-2.0
//! What the director itself knows of servers: connections, and how they have answered.

use super::config::Input;
use super::reading::{self, Problem, Reading};
use crate::model::ServerEntry;
use ipvs_core::uapi::answers::Answers;

/// What is counted of a server, of which it matters how much it grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New connections.
    pub conns: u64,
    /// How it answers; `None` if the kernel does not say.
    pub answers: Option<Answers>,
}

impl Counts {
    /// Those of a server.
    pub fn of(entry: &ServerEntry) -> Self {
        Self {
            conns: entry.stats.totals[0],
            answers: entry.answers,
        }
    }

    /// How much they have grown. Whoever begins anew has not.
    pub fn since(&self, before: &Self) -> Self {
        let answers = self.answers.map(|now| {
            let before = before.answers.unwrap_or_default();
            Answers {
                handshakes: now.handshakes.saturating_sub(before.handshakes),
                handshake_ms: now.handshake_ms.saturating_sub(before.handshake_ms),
                resets: now.resets.saturating_sub(before.resets),
            }
        });
        Self {
            conns: self.conns.saturating_sub(before.conns),
            answers,
        }
    }

    /// The mean time of a handshake, of which `full` milliseconds are a load of 1.
    fn handshake(&self, full: f64) -> Result<Reading, Problem> {
        match self.answers.ok_or(UNKNOWN)? {
            Answers { handshakes: 0, .. } => Err("no handshake since the last round".into()),
            answers => {
                reading::load(answers.handshake_ms as f64 / answers.handshakes as f64 / full)
            }
        }
    }

    /// Which part of the new connections was refused or reset.
    fn resets(&self) -> Result<Reading, Problem> {
        let resets = self.answers.ok_or(UNKNOWN)?.resets as f64;
        match self.conns as f64 {
            // Those that are reset may be older.
            conns if conns > 0.0 => reading::load((resets / conns).min(1.0)),
            _ => Err("no connection since the last round".into()),
        }
    }
}

const UNKNOWN: &str = "the kernel does not say how servers answer";

/// What follows from that for the servers of a service.
pub struct Readings {
    active: Vec<Reading>,
    new: Vec<Reading>,
    counted: Vec<Option<Counts>>,
}

impl Readings {
    /// Of servers, by what was counted of each since the last round; `None` if there was none.
    pub fn new(servers: &[ServerEntry], counted: Vec<Option<Counts>>) -> Self {
        let active = |entry: &ServerEntry| f64::from(entry.active) / f64::from(entry.server.weight);
        let active: Vec<_> = servers.iter().map(active).collect();
        let new: Vec<_> = counted
            .iter()
            .map(|counts| counts.map_or(0.0, |counts| counts.conns as f64))
            .collect();
        Self {
            active: reading::compared(&active),
            new: reading::compared(&new),
            counted,
        }
    }

    /// What an input says of a server by its place among the others; `None` if it is an input that has to be
    /// asked.
    pub fn reading(&self, input: &Input, number: usize) -> Option<Result<Reading, Problem>> {
        let counted = self.counted.get(number).copied().flatten();
        let counted = counted.ok_or_else(|| "counted for the first time".to_string());
        let compared = |readings: &[Reading]| {
            let reading = readings.get(number).copied();
            reading.ok_or_else(|| "not counted".to_string())
        };
        Some(match input {
            Input::Connections { .. } => compared(&self.active),
            Input::NewConnections { .. } => counted.and_then(|_| compared(&self.new)),
            Input::Handshake { full, .. } => counted.and_then(|counts| counts.handshake(*full)),
            Input::Resets { .. } => counted.and_then(|counts| counts.resets()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(conns: u64, handshakes: u64, handshake_ms: u64, resets: u64) -> Counts {
        Counts {
            conns,
            answers: Some(Answers {
                handshakes,
                handshake_ms,
                resets,
            }),
        }
    }

    #[test]
    fn only_what_is_new_counts() {
        let before = counts(10, 8, 100, 1);
        let now = counts(14, 12, 300, 3);
        assert_eq!(now.since(&before), counts(4, 4, 200, 2));
        assert_eq!(now.since(&before).handshake(100.0), Ok(Reading::Load(0.5)));
        assert_eq!(now.since(&before).resets(), Ok(Reading::Load(0.5)));
        // Another server at the same address.
        assert_eq!(before.since(&now), counts(0, 0, 0, 0));
    }

    #[test]
    fn nothing_is_said_of_nothing() {
        let silent = counts(3, 0, 0, 0);
        assert!(silent.handshake(100.0).is_err());
        assert_eq!(silent.resets(), Ok(Reading::Load(0.0)));
        assert!(counts(0, 0, 0, 0).resets().is_err());
        assert_eq!(counts(1, 0, 0, 9).resets(), Ok(Reading::Load(1.0)));
        let unknown = Counts {
            conns: 1,
            answers: None,
        };
        assert_eq!(unknown.since(&Counts::default()), unknown);
        assert_eq!(unknown.resets(), Err(UNKNOWN.into()));
        assert_eq!(unknown.handshake(1.0), Err(UNKNOWN.into()));
    }
}
