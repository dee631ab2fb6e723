// SPDX-License-Identifier: GPL-2.0
//! What a scrape shows, asked of the kernel. One that has no sums is asked for everything, and the
//! sums are made here.

use crate::client::reasons::Reasons;
use crate::client::transport::Transport;
use crate::client::{Client, Listing};
use crate::error::Error;
use crate::model::totals::{Of, Sums, Totals};
use crate::model::{Info, ServiceKey, Stats, Timeouts, Wanted};
use ipvs_core::reason::Reason;
use ipvs_core::uapi::totals::by;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Counters of the namespace, where the kernel has them in no message.
const STATS_FILE: &str = "/proc/net/ip_vs_stats";

/// What is wanted besides sums by service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// Each server of each service.
    pub servers: bool,
    /// Sums by the address of servers.
    pub addresses: bool,
}

/// What there was at one time, more or less.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub info: Info,
    pub timeouts: Timeouts,
    pub whole: Sums,
    /// Entries of the connection table, if the kernel tells.
    pub conns: Option<u64>,
    /// Packets of no service that went no further, by reason, if the kernel tells; each reason is there.
    pub reasons: Vec<(u16, u64)>,
    pub services: Vec<ServiceSums>,
    pub addresses: Vec<(IpAddr, Sums)>,
    /// Every service with its servers.
    pub listing: Option<Vec<(Identity, Vec<crate::model::ServerEntry>)>>,
}

/// What a service is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub key: ServiceKey,
    pub name: Option<String>,
}

/// A service.
#[derive(Debug)]
pub struct ServiceSums {
    pub identity: Identity,
    pub scheduler: String,
    pub sums: Sums,
    /// Packets that went no further, by reason; those that there are.
    pub reasons: Vec<(u16, u64)>,
}

impl Snapshot {
    /// Asks.
    pub fn take<T: Transport>(client: &mut Client<T>, scope: Scope) -> Result<Self, Error> {
        let mut snapshot = Self {
            info: client.info()?,
            timeouts: client.timeouts()?,
            ..Self::default()
        };
        let whole = match client.totals(by::NAMESPACE) {
            // C does not know the command. Any other failure is one of a kernel that does.
            Err(Error::Listing(_, failure)) if failure.errno == libc::EOPNOTSUPP => {
                let listing = client.listing(Wanted::TRAFFIC)?;
                snapshot.sum_up(client, listing, scope)?;
                return Ok(snapshot);
            }
            whole => whole?,
        };
        let services = client.totals(by::SERVICE)?;
        let addresses = match scope.addresses {
            true => client.totals(by::ADDRESS)?,
            false => Vec::new(),
        };
        for totals in whole.into_iter().chain(services).chain(addresses) {
            snapshot.add(totals);
        }
        if scope.servers {
            let listing = client.listing(Wanted::TRAFFIC)?;
            snapshot.listing = Some(with_servers(client, listing)?);
        }
        snapshot
            .services
            .sort_by_key(|service| service.identity.key.order());
        for counted in client.reasons(None)? {
            snapshot.add_reasons(counted);
        }
        Ok(snapshot)
    }

    /// Notes why packets went no further. The services are there, and in order.
    fn add_reasons(&mut self, Reasons { service, counts }: Reasons) {
        let Some(key) = service else {
            self.reasons = with_zeros(&counts);
            return;
        };
        let its = |service: &ServiceSums| service.identity.key.order();
        // One that came after the sums has to wait.
        if let Ok(at) = self.services.binary_search_by_key(&key.order(), its) {
            self.services[at].reasons = counts;
        }
    }

    fn add(&mut self, Totals { of, sums }: Totals) {
        match of {
            Of::Namespace { conns, .. } => {
                self.whole = sums;
                self.conns = Some(conns);
            }
            Of::Service {
                key,
                name,
                scheduler,
            } => self.services.push(ServiceSums {
                identity: Identity { key, name },
                scheduler,
                sums,
                reasons: Vec::new(),
            }),
            Of::Address(address) => self.addresses.push((address, sums)),
            // Services of marks are among the services.
            Of::Mark(_) => {}
        }
    }

    /// Makes the sums of a listing.
    fn sum_up<T: Transport>(
        &mut self,
        client: &mut Client<T>,
        listing: Listing,
        scope: Scope,
    ) -> Result<(), Error> {
        let mut services: Vec<_> = listing.services.iter().map(|s| s.entry.clone()).collect();
        // As `with_servers` has them.
        services.sort_by_key(|entry| entry.service.key.order());
        let all = with_servers(client, listing)?;
        let mut addresses = BTreeMap::<IpAddr, Sums>::new();
        for (entry, (identity, servers)) in services.into_iter().zip(&all) {
            let mut sums = Sums {
                services: 1,
                stats: entry.stats,
                ..Sums::default()
            };
            for server in servers {
                sums.add(server);
                self.whole.add(server);
                let of_address = addresses.entry(server.server.addr).or_default();
                of_address.add(server);
                of_address.add_counters(&server.stats);
            }
            self.whole.services += 1;
            self.services.push(ServiceSums {
                identity: identity.clone(),
                scheduler: entry.service.scheduler,
                sums,
                reasons: Vec::new(),
            });
        }
        self.whole.stats.totals = counters_of_namespace()?;
        if scope.addresses {
            self.addresses = addresses.into_iter().collect();
        }
        self.listing = scope.servers.then_some(all);
        Ok(())
    }
}

/// What was counted, and 0 of each other reason that is known: who asks for increases has something to
/// begin with.
fn with_zeros(counts: &[(u16, u64)]) -> Vec<(u16, u64)> {
    let zeros = Reason::ALL.iter().map(|reason| (reason.number().into(), 0));
    let all: BTreeMap<u16, u64> = zeros.chain(counts.iter().copied()).collect();
    all.into_iter().collect()
}

/// Every service with its servers, which are asked for if they did not come with it.
fn with_servers<T: Transport>(
    client: &mut Client<T>,
    listing: Listing,
) -> Result<Vec<(Identity, Vec<crate::model::ServerEntry>)>, Error> {
    let mut all = Vec::with_capacity(listing.services.len());
    for listed in listing.services {
        let service = listed.entry.service;
        let servers = match listed.servers {
            Some(range) => listing.servers.get(range).unwrap_or_default().to_vec(),
            None => client.servers(&service.key, Wanted::TRAFFIC)?,
        };
        let identity = Identity {
            key: service.key,
            name: service.name,
        };
        all.push((identity, servers));
    }
    all.sort_by_key(|(identity, _)| identity.key.order());
    Ok(all)
}

fn counters_of_namespace() -> Result<[u64; 5], Error> {
    let text = std::fs::read_to_string(STATS_FILE)
        .map_err(|error| Error::File(format!("cannot read {STATS_FILE}: {error}").into()))?;
    parse_stats(&text)
        .ok_or_else(|| Error::File(format!("{STATS_FILE} is not what it should be").into()))
}

/// The third line of the file: five numbers.
fn parse_stats(text: &str) -> Option<[u64; 5]> {
    let mut numbers = text.lines().nth(2)?.split_whitespace();
    let mut totals = Stats::default().totals;
    for total in &mut totals {
        *total = u64::from_str_radix(numbers.next()?, 16).ok()?;
    }
    Some(totals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::frame::Head;
    use crate::client::message::attrs::Writer;
    use crate::client::transport::{OnReply, Snapshot as Told};
    use crate::error::Failure;
    use ipvs_core::uapi::cmd::Command;
    use std::cell::Cell;
    use std::rc::Rc;

    /// A kernel that refuses sums with this errno, and counts how often it is asked for everything.
    struct Refusing {
        errno: i32,
        listings: Rc<Cell<u32>>,
    }

    impl Transport for Refusing {
        fn exchange(
            &mut self,
            head: Head,
            _: &[u8],
            on_reply: OnReply<'_>,
        ) -> Result<Told, Failure> {
            let cmd = head.cmd;
            if cmd == Command::GetTotals as u8 {
                return Err(self.errno.into());
            }
            if cmd == Command::GetService as u8 {
                self.listings.set(self.listings.get() + 1);
                return Ok(Told::Whole);
            }
            let mut answer = Writer::default();
            if head.family == libc::GENL_ID_CTRL as u16 {
                answer.put_u16(libc::CTRL_ATTR_FAMILY_ID as u16, 30);
            } else {
                // Version and size, or timeouts, of which none has to be there.
                answer.put_u32(1, 0x10201);
                answer.put_u32(2, 4096);
            }
            on_reply(&answer.finish()).map_err(|_| libc::EINVAL)?;
            Ok(Told::Whole)
        }
    }

    #[test]
    fn only_who_does_not_know_sums_is_asked_for_everything() {
        for (errno, expected) in [
            (libc::EOPNOTSUPP, 1),
            (libc::ENOMEM, 0),
            (libc::EPERM, 0),
            (libc::ENOENT, 0),
        ] {
            let listings = Rc::new(Cell::new(0));
            let kernel = Refusing {
                errno,
                listings: listings.clone(),
            };
            let mut client = Client::new(kernel, || false).unwrap();
            let result = Snapshot::take(&mut client, Scope::default());
            assert_eq!(listings.get(), expected, "{errno}");
            // The host may have no counters of C.
            assert!(result.is_err() || errno == libc::EOPNOTSUPP, "{errno}");
        }
    }

    fn service(mark: u32) -> ServiceSums {
        ServiceSums {
            identity: Identity {
                key: ServiceKey::Mark { mark, ipv6: false },
                name: None,
            },
            scheduler: "rr".into(),
            sums: Sums::default(),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn reasons_come_to_their_services() {
        let mut snapshot = Snapshot {
            services: vec![service(1), service(2), service(4)],
            ..Snapshot::default()
        };
        let counts = vec![(2, 7)];
        for mark in [2, 3] {
            snapshot.add_reasons(Reasons {
                service: Some(ServiceKey::Mark { mark, ipv6: false }),
                counts: counts.clone(),
            });
        }
        let reasons = snapshot.services.iter().map(|service| &service.reasons[..]);
        assert_eq!(reasons.collect::<Vec<_>>(), [&[][..], &counts, &[]]);
        assert_eq!(snapshot.reasons, []);
    }

    #[test]
    fn of_no_service_each_reason_is_there() {
        let mut snapshot = Snapshot::default();
        snapshot.add_reasons(Reasons {
            service: None,
            counts: vec![(32, 5), (999, 1)],
        });
        assert_eq!(snapshot.reasons.len(), Reason::COUNT + 1);
        for expected in [(1, 0), (32, 5), (999, 1)] {
            assert!(snapshot.reasons.contains(&expected), "{expected:?}");
        }
    }

    #[test]
    fn counters_are_hexadecimal() {
        let text = "   Total Incoming Outgoing         Incoming         Outgoing\n   Conns  \
                    Packets  Packets            Bytes            Bytes\n      1F        2       \
                    3            10000                5\n\n Conns/s\n";
        assert_eq!(parse_stats(text), Some([31, 2, 3, 65536, 5]));
        assert_eq!(parse_stats("a\nb\n1 2 3 4"), None);
        assert_eq!(parse_stats(""), None);
    }
}
