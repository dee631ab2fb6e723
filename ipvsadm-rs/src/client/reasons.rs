// SPDX-License-Identifier: GPL-2.0
//! Why packets went no further.

use super::message::attrs::{Malformed, Table};
use super::message::{decode, encode, Answer, Request};
use super::transport::Transport;
use super::Client;
use crate::error::Error;
use crate::model::ServiceKey;
use ipvs_core::reason::Reason;
use ipvs_core::uapi::attr::cmd as attr;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::reasons::REASONS;

/// Packets by reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Reasons {
    /// What they were for; `None` if that was no service.
    pub service: Option<ServiceKey>,
    /// Number of the reason and of packets, in the order of the former.
    pub counts: Vec<(u16, u64)>,
}

/// A reason, if this version knows it.
pub fn known(number: u16) -> Option<Reason> {
    Reason::from_number(number)
}

impl<T: Transport> Client<T> {
    /// What was counted of a service, or of all services and what is about none.
    pub fn reasons(&mut self, service: Option<&ServiceKey>) -> Result<Vec<Reasons>, Error> {
        let request = Request {
            body: service.map(encode::service_only).unwrap_or_default(),
            ..encode::plain(Command::GetReasons, Answer::Objects)
        };
        self.list(&request, reasons)
    }
}

fn reasons(body: &[u8]) -> Result<Reasons, Malformed> {
    let service = Table::<4>::new(body).get(attr::SERVICE);
    let nest = Attrs::new(body).find(|attr| attr.kind == REASONS);
    let mut counts = Vec::new();
    for attr in Attrs::new(nest.ok_or(Malformed)?.data) {
        let count = attr.data.first_chunk().ok_or(Malformed)?;
        counts.push((attr.kind, u64::from_ne_bytes(*count)));
    }
    Ok(Reasons {
        service: service.map(decode::service_key).transpose()?,
        counts,
    })
}

#[cfg(test)]
mod tests {
    use super::super::message::attrs::Writer;
    use super::*;

    #[test]
    fn of_a_service_and_of_none() {
        let key = ServiceKey::Address {
            protocol: 6,
            addr: "192.0.2.1".parse().unwrap(),
            port: 80,
        };
        let mut body = Writer::default();
        body.nest(REASONS, |nest| nest.put(36, &7_u64.to_ne_bytes()));
        let none = body.finish();
        let mut one = encode::service_only(&key);
        one.extend(&none);

        let counts = vec![(36, 7)];
        let (service, of_none) = (None, reasons(&none).unwrap());
        assert_eq!(of_none, Reasons { service, counts });
        assert_eq!(reasons(&one).unwrap().service, Some(key));
        assert_eq!(known(36).unwrap().name(), c"no-service");
        assert_eq!(reasons(&[]), Err(Malformed));
    }
}
