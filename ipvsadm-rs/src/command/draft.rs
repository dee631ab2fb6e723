// SPDX-License-Identifier: GPL-2.0
//! What the options of a line have said so far. The order matters: values are judged as they come.

use super::policy;
use super::value::{self, TUNNEL_FLAGS};
use crate::error::Error;
use crate::model::{protocol, Daemon, Method, Netmask, Server, Service, ServiceKey};
use crate::options::{Id, OptionDef, Slot};
use crate::output::Style;
use crate::resolve::Names;
use ipvs_core::policy::Change;
use ipvs_core::uapi::svc_flag;
use std::mem::take;
use std::net::IpAddr;

/// Lengths that the kernel's structs have room for.
const MAX_SCHEDULER: usize = 15;
const MAX_ENGINE: usize = 16;
const MAX_INTERFACE: usize = 15;

/// What the options so far have said.
pub(super) struct Draft<'a> {
    names: &'a dyn Names,
    /// Slots by their bits.
    pub(super) given: u64,
    pub(super) mark: u32,
    pub(super) protocol: u16,
    pub(super) addr: Option<IpAddr>,
    pub(super) port: u16,
    mark_ipv6: bool,
    pub(super) scheduler: String,
    engine: Option<String>,
    pub(super) flags: u32,
    timeout: u32,
    netmask: Netmask,
    slow_start: Option<u32>,
    pub(super) policy: Change,
    name: Option<String>,
    pub(super) scheduler_flags: String,
    pub(super) server: Server,
    pub(super) daemon: Daemon,
    pub(super) style: Style,
}

impl<'a> Draft<'a> {
    pub(super) fn new(names: &'a dyn Names) -> Self {
        Self {
            names,
            given: 0,
            mark: 0,
            protocol: 0,
            addr: None,
            port: 0,
            mark_ipv6: false,
            scheduler: String::new(),
            engine: None,
            flags: 0,
            timeout: 0,
            netmask: Netmask::host(false),
            slow_start: None,
            policy: Change::default(),
            name: None,
            scheduler_flags: String::new(),
            server: Server::default(),
            daemon: Daemon::default(),
            style: Style::default(),
        }
    }

    /// Whether an option of this slot was given.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.given & slot.bit() != 0
    }

    pub(super) fn take(&mut self, def: &OptionDef, value: Option<&str>) -> Result<(), Error> {
        if let Some(slot) = def.slot {
            if self.has(slot) {
                let name = slot.def().name;
                return Err(Error::refused(format!(
                    "multiple '{name}' options specified"
                )));
            }
            self.given |= slot.bit();
        }
        self.set(def.id, value)
    }

    fn set(&mut self, id: Id, given: Option<&str>) -> Result<(), Error> {
        let text = given.unwrap_or_default();
        match id {
            Id::Tcp => self.service(text, protocol::TCP)?,
            Id::Udp => self.service(text, protocol::UDP)?,
            Id::Sctp => self.service(text, protocol::SCTP)?,
            Id::Fwmark => self.fwmark(text)?,
            Id::Ipv6 => self.ipv6()?,
            Id::Scheduler => self.scheduler = value::cut(text, MAX_SCHEDULER),
            Id::Pe => {
                self.engine = Some(value::cut(text, MAX_ENGINE)).filter(|name| !name.is_empty())
            }
            Id::Persistent => {
                self.flags |= svc_flag::PERSISTENT;
                self.timeout = match given {
                    Some(text) => value::timeout(text, 1)?,
                    None => value::DEFAULT_TIMEOUT,
                };
            }
            Id::Netmask => self.netmask(text)?,
            Id::Name => self.name = Some(value::name(text)?),
            Id::SlowStart => self.slow_start = Some(value::timeout(text, 0)?),
            Id::Policy => match given {
                Some(text) => self.policy = policy::parse(text)?,
                None => self.style.policies = true,
            },
            Id::Ops => self.flags |= svc_flag::ONEPACKET,
            Id::SchedFlags => text.clone_into(&mut self.scheduler_flags),
            _ => self.set_server(id, text)?,
        }
        Ok(())
    }

    fn set_server(&mut self, id: Id, text: &str) -> Result<(), Error> {
        const INT_MAX: i64 = i32::MAX as i64;
        let server = &mut self.server;
        match id {
            Id::Server => self.server_address(text)?,
            Id::Route => server.method = Method::Route as u32,
            Id::Tunnel => server.method = Method::Tunnel as u32,
            Id::Masquerade => server.method = Method::Masquerade as u32,
            Id::Weight => server.weight = value::quantity(text, 0, INT_MAX, "weight")?,
            Id::UThreshold => {
                server.u_threshold = value::quantity(text, 0, INT_MAX, "u_threshold")?;
            }
            Id::LThreshold => {
                server.l_threshold = value::quantity(text, 0, INT_MAX, "l_threshold")?;
            }
            Id::TunType => server.tunnel.kind = value::tunnel_kind(text)? as u8,
            Id::TunPort => {
                server.tunnel.port = value::quantity(text, 1, 65_535, "tunnel port")?;
            }
            Id::TunNocsum => server.tunnel.flags |= TUNNEL_FLAGS[0],
            Id::TunCsum => server.tunnel.flags |= TUNNEL_FLAGS[1],
            Id::TunRemcsum => server.tunnel.flags |= TUNNEL_FLAGS[2],
            _ => self.set_daemon(id, text)?,
        }
        Ok(())
    }

    fn set_daemon(&mut self, id: Id, text: &str) -> Result<(), Error> {
        let daemon = &mut self.daemon;
        match id {
            Id::McastInterface => daemon.interface = value::cut(text, MAX_INTERFACE),
            Id::SyncId => daemon.sync_id = value::quantity(text, 0, 255, "syncid")?,
            Id::SyncMaxlen => {
                daemon.max_len = value::quantity(text, 1, 65_507, "sync-maxlen")?;
            }
            Id::McastGroup => daemon.group = Some(value::group(text)?),
            Id::McastPort => daemon.port = value::quantity(text, 1, 65_535, "mcast-port")?,
            Id::McastTtl => daemon.ttl = value::quantity(text, 1, 255, "mcast-ttl")?,
            _ => self.set_style(id),
        }
        Ok(())
    }

    fn set_style(&mut self, id: Id) {
        match id {
            Id::Numeric => self.style.numeric = true,
            Id::Json => self.style.json = true,
            Id::Exact => self.style.exact = true,
            Id::NoSort => self.style.sorted = false,
            _ => {}
        }
    }

    fn service(&mut self, text: &str, protocol: u16) -> Result<(), Error> {
        self.protocol = protocol;
        let (addr, port) = value::endpoint(text, protocol, self.names)
            .ok_or_else(|| Error::refused("illegal virtual server address[:port] specified"))?;
        self.addr = Some(addr);
        self.port = port.unwrap_or(0);
        if addr.is_ipv6() {
            self.netmask = Netmask::host(true);
        }
        Ok(())
    }

    fn fwmark(&mut self, text: &str) -> Result<(), Error> {
        self.protocol = protocol::TCP;
        self.mark = value::mark(text)?;
        Ok(())
    }

    fn ipv6(&mut self) -> Result<(), Error> {
        if self.mark == 0 {
            return Err(Error::refused("-6 must follow -f\n"));
        }
        self.mark_ipv6 = true;
        self.netmask = Netmask::host(true);
        Ok(())
    }

    fn netmask(&mut self, text: &str) -> Result<(), Error> {
        self.netmask = if self.is_ipv6() {
            Netmask::Prefix(value::prefix(text)?)
        } else {
            Netmask::Mask(value::mask(text, self.names)?)
        };
        Ok(())
    }

    /// A server without a port has that of the service, if the service was named before it.
    fn server_address(&mut self, text: &str) -> Result<(), Error> {
        let (addr, port) = value::endpoint(text, self.protocol, self.names)
            .ok_or_else(|| Error::refused("illegal real server address[:port] specified"))?;
        self.server.addr = addr;
        self.server.port = port.unwrap_or(self.port);
        Ok(())
    }

    pub(super) fn is_ipv6(&self) -> bool {
        self.mark_ipv6 || self.addr.is_some_and(|addr| addr.is_ipv6())
    }

    pub(super) fn key(&self) -> Option<ServiceKey> {
        if self.mark != 0 {
            return Some(ServiceKey::Mark {
                mark: self.mark,
                ipv6: self.mark_ipv6,
            });
        }
        self.addr.map(|addr| ServiceKey::Address {
            protocol: self.protocol,
            addr,
            port: self.port,
        })
    }

    /// The service that the options say; they are given away.
    pub(super) fn service_of(&mut self, key: ServiceKey) -> Service {
        let scheduler = if self.scheduler.is_empty() {
            String::from("wlc")
        } else {
            take(&mut self.scheduler)
        };
        Service {
            key,
            scheduler,
            engine: self.engine.take(),
            flags: self.flags,
            timeout: self.timeout,
            netmask: self.netmask,
            slow_start: self.slow_start,
            policy: self.policy,
            name: self.name.take(),
        }
    }
}
