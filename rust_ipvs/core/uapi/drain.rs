// SPDX-License-Identifier: GPL-2.0

//! What C does not have: draining of a destination.
//!
//! A request `DRAIN` names a service, one of its destinations and, in the nest [`DRAIN`], how it is to
//! drain. A destination that does so is shown with the same nest in its own.

use super::error::SpecError;
use super::nla::{
    Policy,
    Rule,
    Sink,
    Table, //
};

/// Nest [`attr`]. In a request beside the nests of service and destination; in an answer in the nest
/// of the destination.
pub const DRAIN: u16 = 0x1001;

/// In the nest [`DRAIN`].
pub mod attr {
    /// u32: milliseconds until the deadline, from now on. There is none if it is missing.
    pub const DEADLINE: u16 = 1;
    /// u32: what happens at the deadline, [`action`](super::action).
    pub const ACTION: u16 = 2;
    /// Flag: draining ends, and the destination takes connections again.
    pub const CANCEL: u16 = 3;
    /// u32, in answers: how far it is, [`state`](super::state).
    pub const STATE: u16 = 4;
    /// One more than the highest.
    pub const COUNT: usize = 5;
}

/// What happens at the deadline.
pub mod action {
    /// Nothing to the connections: draining goes on.
    pub const KEEP: u32 = 0;
    /// The connections are ended, and both ends of those of TCP are told.
    pub const RESET: u32 = 1;
    /// The connections are ended, and nobody is told.
    pub const FORGET: u32 = 2;
}

/// How far draining is.
pub mod state {
    /// It goes on.
    pub const DRAINING: u32 = 1;
    /// The deadline has passed, and there are connections left.
    pub const OVERDUE: u32 = 2;
}

/// What happens to connections that are left at the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Action {
    /// They stay.
    Keep = action::KEEP,
    /// They end, and both ends of those of TCP are told where that is possible.
    Reset = action::RESET,
    /// They end, and nobody is told.
    Forget = action::FORGET,
}

impl Action {
    /// From its number; `None` for one that does not exist.
    pub const fn from_u32(number: u32) -> Option<Self> {
        Some(match number {
            action::KEEP => Self::Keep,
            action::RESET => Self::Reset,
            action::FORGET => Self::Forget,
            _ => return None,
        })
    }
}

/// How far draining is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// It goes on.
    Draining = state::DRAINING,
    /// The deadline has passed, and there are connections left.
    Overdue = state::OVERDUE,
}

impl State {
    /// From its number; `None` for one that does not exist.
    pub const fn from_u32(number: u32) -> Option<Self> {
        Some(match number {
            state::DRAINING => Self::Draining,
            state::OVERDUE => Self::Overdue,
            _ => return None,
        })
    }
}

/// How a destination is to drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Milliseconds from the request to the deadline, if there is one.
    pub deadline_ms: Option<u32>,
    /// What happens then.
    pub action: Action,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainSpec {
    /// The destination drains from now on, by these terms.
    Begin(Terms),
    /// It takes connections again.
    Cancel,
}

pub(super) const POLICY: Policy<{ attr::COUNT }> = [
    None,
    Some((Rule::Min(4), SpecError::DrainDeadline)),
    Some((Rule::Min(4), SpecError::DrainAction)),
    None,
    None,
];

/// Reads the nest [`DRAIN`] of a request; without it there is no deadline.
pub fn parse_drain(nest: Option<&[u8]>) -> Result<DrainSpec, SpecError> {
    let attrs = Table::read(nest.unwrap_or_default(), &POLICY)?;
    let deadline_ms = attrs.u32(attr::DEADLINE);
    let action = attrs.u32(attr::ACTION);
    if attrs.get(attr::CANCEL).is_some() {
        return match (deadline_ms, action) {
            (None, None) => Ok(DrainSpec::Cancel),
            _ => Err(SpecError::DrainCancel),
        };
    }
    let action = Action::from_u32(action.unwrap_or(action::KEEP));
    Ok(DrainSpec::Begin(Terms {
        deadline_ms,
        action: action.ok_or(SpecError::DrainActionUnknown)?,
    }))
}

/// The draining of a destination, to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainView {
    /// How far it is.
    pub state: State,
    /// What happens at the deadline.
    pub action: Action,
    /// Milliseconds until the deadline, if there is one; 0 if it has passed.
    pub remaining_ms: Option<u32>,
}

/// Writes the nest [`DRAIN`].
pub fn emit_drain<S: Sink>(sink: &mut S, drain: &DrainView) -> Result<(), S::Error> {
    let nest = sink.begin_nest(DRAIN)?;
    sink.put(attr::STATE, &(drain.state as u32).to_ne_bytes())?;
    sink.put(attr::ACTION, &(drain.action as u32).to_ne_bytes())?;
    if let Some(ms) = drain.remaining_ms {
        sink.put(attr::DEADLINE, &ms.to_ne_bytes())?;
    }
    sink.end_nest(nest)
}

/// Reads what [`emit_drain`] has written; `None` for what is not known here.
pub fn read_drain(nest: &[u8]) -> Option<DrainView> {
    let attrs = Table::read(nest, &[None; attr::COUNT]).ok()?;
    Some(DrainView {
        state: State::from_u32(attrs.u32(attr::STATE)?)?,
        action: Action::from_u32(attrs.u32(attr::ACTION)?)?,
        remaining_ms: attrs.u32(attr::DEADLINE),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{
        attr as bytes_of,
        Buffer, //
    };
    use super::*;

    fn begin(deadline_ms: Option<u32>, action: Action) -> Result<DrainSpec, SpecError> {
        Ok(DrainSpec::Begin(Terms {
            deadline_ms,
            action,
        }))
    }

    #[test]
    fn requests() {
        assert_eq!(parse_drain(None), begin(None, Action::Keep));
        assert_eq!(parse_drain(Some(&[])), begin(None, Action::Keep));
        let mut nest = bytes_of(attr::DEADLINE, &60_000u32.to_ne_bytes());
        assert_eq!(parse_drain(Some(&nest)), begin(Some(60_000), Action::Keep));
        nest.extend(bytes_of(attr::ACTION, &action::FORGET.to_ne_bytes()));
        assert_eq!(
            parse_drain(Some(&nest)),
            begin(Some(60_000), Action::Forget)
        );
        nest.extend(bytes_of(attr::CANCEL, &[]));
        assert_eq!(parse_drain(Some(&nest)), Err(SpecError::DrainCancel));
        assert_eq!(
            parse_drain(Some(&bytes_of(attr::CANCEL, &[]))),
            Ok(DrainSpec::Cancel)
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (nest, error) in [
            (bytes_of(attr::DEADLINE, &[1; 3]), SpecError::DrainDeadline),
            (bytes_of(attr::ACTION, &[]), SpecError::DrainAction),
            (
                bytes_of(attr::ACTION, &3u32.to_ne_bytes()),
                SpecError::DrainActionUnknown,
            ),
        ] {
            assert_eq!(parse_drain(Some(&nest)), Err(error));
        }
    }

    #[test]
    fn what_is_shown_is_read() {
        for state in [State::Draining, State::Overdue] {
            for action in [Action::Keep, Action::Reset, Action::Forget] {
                for remaining_ms in [None, Some(0), Some(1500)] {
                    let view = DrainView {
                        state,
                        action,
                        remaining_ms,
                    };
                    let mut buffer = Buffer::default();
                    emit_drain(&mut buffer, &view).unwrap();
                    assert_eq!(read_drain(&buffer.0[4..]), Some(view));
                }
            }
        }
        assert_eq!(read_drain(&[]), None);
    }
}
