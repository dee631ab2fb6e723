// SPDX-License-Identifier: GPL-2.0
//! Sums of statistics.

use super::{addr, is_ipv6, key, stats, Result};
use crate::client::message::attrs::{Malformed, Table};
use crate::model::totals::{Of, Sums, Totals};
use ipvs_core::uapi::attr::svc;
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::totals::{attr, by, TOTALS};

type Nest<'a> = Table<'a, { attr::COUNT }>;

/// Sums, and what they are of.
pub fn totals(body: &[u8]) -> Result<Totals> {
    let nest = Attrs::new(body).find(|attr| attr.kind == TOTALS);
    let table = Nest::new(nest.ok_or(Malformed)?.data);
    let long = |kind| table.array(kind).map(u64::from_ne_bytes);
    Ok(Totals {
        of: of(&table)?,
        sums: Sums {
            services: table.u32(attr::SERVICES)?,
            dests: table.u32(attr::DESTS)?,
            idle: table.u32(attr::IDLE)?,
            overloaded: table.u32(attr::OVERLOADED)?,
            weight: long(attr::WEIGHT)?,
            active: long(attr::ACTIVE_CONNS)?,
            inactive: long(attr::INACT_CONNS)?,
            persistent: long(attr::PERSIST_CONNS)?,
            stats: stats(table.get(attr::STATS64))?,
        },
    })
}

fn of(table: &Nest<'_>) -> Result<Of> {
    Ok(match table.u32(attr::BY)? {
        by::NAMESPACE => Of::Namespace {
            conns: table.array(attr::CONNS).map(u64::from_ne_bytes)?,
            buckets: table.u32(attr::CONN_TAB_SIZE)?,
        },
        by::SERVICE => {
            let service = Table::<{ svc::COUNT }>::new(table.need(attr::SERVICE)?);
            let ipv6 = is_ipv6(service.u16(svc::AF)?);
            Of::Service {
                key: key(&service, ipv6)?,
                name: table.text(attr::NAME).ok(),
                scheduler: table.text(attr::SCHED_NAME)?,
            }
        }
        by::ADDRESS => {
            let ipv6 = is_ipv6(table.u16(attr::AF)?);
            Of::Address(addr(table.array(attr::ADDR)?, ipv6))
        }
        by::FWMARK => Of::Mark(table.u32(attr::FWMARK)?),
        _ => return Err(Malformed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::attrs::Writer;
    use crate::model::ServiceKey;

    fn message(of: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.nest(TOTALS, |nest| {
            of(nest);
            for kind in attr::SERVICES..=attr::OVERLOADED {
                nest.put_u32(kind, kind.into());
            }
            for kind in attr::WEIGHT..=attr::PERSIST_CONNS {
                nest.put(kind, &u64::from(kind).to_ne_bytes());
            }
        });
        writer.finish()
    }

    #[test]
    fn of_a_service() {
        let bytes = message(|nest| {
            nest.put_u32(attr::BY, by::SERVICE);
            nest.nest(attr::SERVICE, |service| {
                service.put_u16(svc::AF, 10);
                service.put_u32(svc::FWMARK, 7);
            });
            nest.put_str(attr::NAME, "web");
            nest.put_str(attr::SCHED_NAME, "wlc");
        });
        let Totals { of, sums } = totals(&bytes).unwrap();
        let key = ServiceKey::Mark {
            mark: 7,
            ipv6: true,
        };
        let name = Some("web".into());
        let scheduler = "wlc".into();
        assert_eq!(
            of,
            Of::Service {
                key,
                name,
                scheduler
            }
        );
        assert_eq!((sums.services, sums.dests, sums.idle), (8, 9, 10));
        assert_eq!((sums.overloaded, sums.weight, sums.active), (11, 12, 13));
        assert_eq!((sums.inactive, sums.persistent), (14, 15));
    }

    #[test]
    fn of_others() {
        let bytes = message(|nest| {
            nest.put_u32(attr::BY, by::ADDRESS);
            nest.put_u16(attr::AF, 2);
            nest.put(
                attr::ADDR,
                &[10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            );
        });
        let address = "10.0.0.1".parse().unwrap();
        assert_eq!(totals(&bytes).unwrap().of, Of::Address(address));
        let bytes = message(|nest| {
            nest.put_u32(attr::BY, by::FWMARK);
            nest.put_u32(attr::FWMARK, 9);
        });
        assert_eq!(totals(&bytes).unwrap().of, Of::Mark(9));
        let bytes = message(|nest| nest.put_u32(attr::BY, 77));
        assert_eq!(totals(&bytes), Err(Malformed));
    }
}
