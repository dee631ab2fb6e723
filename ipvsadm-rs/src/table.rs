// SPDX-License-Identifier: GPL-2.0
//! The table of services with their servers, as a whole: read from the kernel, from a file, compared.
//!
//! `Documentation/apply.rst` describes the file.

pub mod difference;
mod document;
mod write;

use crate::client::transport::{Snapshot, Transport};
use crate::client::Client;
use crate::error::Error;
use crate::model::{protocol, Method, Netmask, Server, Service, ServiceKey, Tunnel, Wanted};
use ipvs_core::policy::{Change, Policy};
use ipvs_core::uapi::svc_flag;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::thread::sleep;
use std::time::Duration;

pub(crate) use document::line;
pub use document::read;
pub use write::write;

/// What orders services: marks last, others by protocol, address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(bool, u16, IpAddr, u16, u32);

impl Place {
    /// That of a service.
    pub fn of(key: &ServiceKey) -> Self {
        match *key {
            ServiceKey::Address {
                protocol,
                addr,
                port,
            } => Self(false, protocol, addr, port, 0),
            ServiceKey::Mark { mark, ipv6 } => {
                Self(true, ipv6.into(), Ipv4Addr::UNSPECIFIED.into(), 0, mark)
            }
        }
    }
}

/// A service with its servers, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The service; its flags are those that can be set.
    pub service: Service,
    /// Its servers.
    pub servers: BTreeMap<(IpAddr, u16), Server>,
}

/// All services, in their order.
pub type Table = BTreeMap<Place, Entry>;

/// The low bits of a server's method, which are all that can be set.
const METHOD: u32 = 7;

/// How often something is begun anew because others have changed the table meanwhile.
const TRIES: usize = 10;

/// How long they are given in between.
const PAUSE: Duration = Duration::from_millis(100);

/// Does something again, after a pause each, until the table has kept still for it; `None` if it never
/// does.
pub fn between_changes<R>(
    mut attempt: impl FnMut() -> Result<Option<R>, Error>,
) -> Result<Option<R>, Error> {
    for number in 0..TRIES {
        if number > 0 {
            sleep(PAUSE);
        }
        if let Some(result) = attempt()? {
            return Ok(Some(result));
        }
    }
    Ok(None)
}

/// Reads the table of the kernel, as it is between changes.
pub fn of_kernel<T: Transport>(client: &mut Client<T>) -> Result<Table, Error> {
    let table = between_changes(|| look(client))?;
    table.ok_or_else(|| Error::refused("Others keep changing the table; try again"))
}

/// Reads the table of the kernel; `None` if it was changed while it was told.
pub fn look<T: Transport>(client: &mut Client<T>) -> Result<Option<Table>, Error> {
    let listing = client.listing(Wanted::NOTHING)?;
    if listing.snapshot == Snapshot::Torn {
        return Ok(None);
    }
    let mut table = Table::new();
    for listed in listing.services {
        let mut service = listed.entry.service;
        let asked;
        let servers = match listed.servers {
            Some(range) => listing.servers.get(range).unwrap_or_default(),
            None => {
                asked = client.servers(&service.key, Wanted::NOTHING)?;
                &asked
            }
        };
        let servers = servers.iter().map(|entry| entry.server);
        service.flags &= !svc_flag::HASHED;
        let entry = Entry::new(service, servers);
        table.insert(Place::of(&entry.service.key), entry);
    }
    Ok(Some(table))
}

impl Entry {
    /// Makes alike what means the same.
    pub fn new(mut service: Service, servers: impl IntoIterator<Item = Server>) -> Self {
        service.slow_start.get_or_insert(0);
        service.name.get_or_insert_default();
        service.policy = Change::from(service.policy.applied(&Policy::default()));
        if service.flags & svc_flag::PERSISTENT == 0 {
            service.timeout = 0;
            service.netmask = Netmask::host(service.key.is_ipv6());
        }
        let servers = servers.into_iter().map(|mut server| {
            server.method &= METHOD;
            if server.method != Method::Tunnel as u32 {
                server.tunnel = Tunnel::default();
            }
            ((server.addr, server.port), server)
        });
        Self {
            service,
            servers: servers.collect(),
        }
    }
}

/// How messages name a service.
pub fn name(key: &ServiceKey) -> String {
    match key {
        ServiceKey::Mark { mark, ipv6: false } => format!("fwmark {mark}"),
        ServiceKey::Mark { mark, ipv6: true } => format!("fwmark {mark} (IPv6)"),
        ServiceKey::Address {
            protocol,
            addr,
            port,
        } => format!("{} {}", protocol_name(*protocol), endpoint(*addr, *port)),
    }
}

/// An address with its port.
pub fn endpoint(addr: IpAddr, port: u16) -> String {
    match addr {
        IpAddr::V4(addr) => format!("{addr}:{port}"),
        IpAddr::V6(addr) => format!("[{addr}]:{port}"),
    }
}

fn protocol_name(number: u16) -> &'static str {
    match number {
        protocol::TCP => "tcp",
        protocol::UDP => "udp",
        protocol::SCTP => "sctp",
        _ => "protocol",
    }
}
