// SPDX-License-Identifier: GPL-2.0

//! What C does not have: how many packets went no further, and why.
//!
//! A dump of `GET_REASONS` has a message for the namespace, with what is not about a service, and one
//! for each service, which has the nest `SERVICE` with its key. If the request names a service it is
//! that one alone. A service without any is left out unless it was asked for.

use super::attr::cmd;
use super::nla::Sink;
use super::service::{
    emit_key,
    ServiceKey, //
};
use crate::reason::Reason;

/// Nest of counters: the type of each is the number of a [`Reason`], its data is a u64. Those that are
/// zero are missing.
pub const REASONS: u16 = 0x1006;

/// Writes what was counted about a service, or about none.
pub fn emit_reasons<S: Sink>(
    sink: &mut S,
    service: Option<&ServiceKey>,
    count: impl Fn(Reason) -> u64,
) -> Result<(), S::Error> {
    if let Some(key) = service {
        let nest = sink.begin_nest(cmd::SERVICE)?;
        emit_key(sink, key)?;
        sink.end_nest(nest)?;
    }
    let nest = sink.begin_nest(REASONS)?;
    for reason in Reason::ALL {
        let count = count(*reason);
        if count != 0 {
            sink.put(reason.number().into(), &count.to_ne_bytes())?;
        }
    }
    sink.end_nest(nest)
}

#[cfg(test)]
mod tests {
    use super::super::service::ServiceId;
    use super::super::tests::{
        attr,
        Buffer, //
    };
    use super::*;
    use crate::addr::Family;

    #[test]
    fn what_is_not_zero() {
        let count = |reason| match reason {
            Reason::Quiescent => 3,
            Reason::Truncated => 1 << 32,
            _ => 0,
        };
        let mut counters = attr(2, &[3, 0, 0, 0, 0, 0, 0, 0]);
        counters.extend(attr(32, &[0, 0, 0, 0, 1, 0, 0, 0]));
        let mut out = Buffer::default();
        emit_reasons(&mut out, None, count).unwrap();
        assert_eq!(out.0, attr(REASONS, &counters));

        let key = ServiceKey {
            family: Family::V4,
            id: ServiceId::Fwmark(7),
        };
        let mut out = Buffer::default();
        emit_reasons(&mut out, Some(&key), |_| 0).unwrap();
        let mut service = attr(1, &[2, 0]);
        service.extend(attr(5, &[7, 0, 0, 0]));
        let mut expected = attr(1, &service);
        expected.extend(attr(REASONS, &[]));
        assert_eq!(out.0, expected);
    }
}
