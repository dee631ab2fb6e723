// SPDX-License-Identifier: GPL-2.0
//! Options to a command: read from left to right, then checked as a whole.

use super::value::{self, TUNNEL_FLAGS};
use super::{check, Command};
use crate::error::Error;
use crate::model::{
    protocol, Method, Netmask, Server, Service, ServiceKey, Timeouts, Tunnel, TunnelKind,
};
use crate::options::{CommandDef, Id, Item, Line, Slot, Verb};
use crate::output::{Style, View};
use crate::resolve::Names;
use ipvs_core::uapi::svc_flag;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};

/// Lengths that the kernel's structs have room for.
const MAX_SCHEDULER: usize = 15;
const MAX_ENGINE: usize = 16;

/// See [`Command::new`].
pub fn command(program: &str, line: Line, names: &dyn Names) -> Result<Command, Error> {
    let Some((def, _)) = line.command else {
        return Err(Error::NoCommand {
            program: program.to_owned(),
        });
    };
    match def.verb {
        Verb::Help => return Ok(Command::Help),
        Verb::Version => return Ok(Command::Version),
        Verb::Restore | Verb::Save | Verb::StartDaemon | Verb::StopDaemon => {
            return Err(not_yet(def.name, "command"));
        }
        _ => {}
    }
    let mut draft = Draft::new(names);
    for item in line.items {
        draft.take(&item)?;
    }
    if let Some(stop) = line.stop {
        return Err(stop.into());
    }
    draft.finish(def, line.words)
}

fn not_yet(name: &str, what: &str) -> Error {
    Error::refused(format!(
        "The '{name}' {what} is not available in this version of ipvsadm-rs"
    ))
}

/// What the options so far have said.
pub(super) struct Draft<'a> {
    names: &'a dyn Names,
    given: u64,
    pub(super) mark: u32,
    pub(super) protocol: u16,
    pub(super) addr: Option<IpAddr>,
    pub(super) port: u16,
    mark_ipv6: bool,
    scheduler: String,
    engine: Option<String>,
    pub(super) flags: u32,
    timeout: u32,
    netmask: Netmask,
    scheduler_flags: String,
    pub(super) server: Server,
    pub(super) style: Style,
}

impl<'a> Draft<'a> {
    fn new(names: &'a dyn Names) -> Self {
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
            scheduler_flags: String::new(),
            server: Server {
                addr: Ipv4Addr::UNSPECIFIED.into(),
                port: 0,
                method: Method::Route as u32,
                weight: 1,
                tunnel: Tunnel::default(),
                u_threshold: 0,
                l_threshold: 0,
            },
            style: Style::default(),
        }
    }

    /// Whether an option of this slot was given.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.given & (1 << slot as u32) != 0
    }

    fn take(&mut self, item: &Item) -> Result<(), Error> {
        if let Some(slot) = item.def.slot {
            if self.has(slot) {
                let name = slot.def().name;
                return Err(Error::refused(format!(
                    "multiple '{name}' options specified"
                )));
            }
            self.given |= 1 << slot as u32;
        }
        let text = item.value.as_ref().map(|value| value.to_string_lossy());
        self.set(item.def.id, text.as_deref())
    }

    fn set(&mut self, id: Id, given: Option<&str>) -> Result<(), Error> {
        let text = given.unwrap_or_default();
        match id {
            Id::Tcp => self.service(text, protocol::TCP)?,
            Id::Udp => self.service(text, protocol::UDP)?,
            Id::Sctp => self.service(text, protocol::SCTP)?,
            Id::Fwmark => self.fwmark(text)?,
            Id::Ipv6 => self.ipv6()?,
            Id::Scheduler => self.scheduler = cut(text, MAX_SCHEDULER),
            Id::Pe => self.engine = Some(cut(text, MAX_ENGINE)).filter(|name| !name.is_empty()),
            Id::Persistent => {
                self.flags |= svc_flag::PERSISTENT;
                self.timeout = match given {
                    Some(text) => value::timeout(text, 1)?,
                    None => value::DEFAULT_TIMEOUT,
                };
            }
            Id::Netmask => self.netmask(text)?,
            Id::Ops => self.flags |= svc_flag::ONEPACKET,
            Id::SchedFlags => text.clone_into(&mut self.scheduler_flags),
            Id::SyncId => {
                value::quantity::<u8>(text, 0, 255, "syncid")?;
            }
            Id::SyncMaxlen => {
                value::quantity::<u16>(text, 1, 65_507, "sync-maxlen")?;
            }
            Id::McastPort => {
                value::quantity::<u16>(text, 1, 65_535, "mcast-port")?;
            }
            Id::McastTtl => {
                value::quantity::<u8>(text, 1, 255, "mcast-ttl")?;
            }
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
            Id::TunType => server.tunnel.kind = tunnel_kind(text)? as u8,
            Id::TunPort => {
                server.tunnel.port = value::quantity(text, 1, 65_535, "tunnel port")?;
            }
            Id::TunNocsum => server.tunnel.flags |= TUNNEL_FLAGS[0],
            Id::TunCsum => server.tunnel.flags |= TUNNEL_FLAGS[1],
            Id::TunRemcsum => server.tunnel.flags |= TUNNEL_FLAGS[2],
            _ => self.set_style(id),
        }
        Ok(())
    }

    fn set_style(&mut self, id: Id) {
        match id {
            Id::Numeric => self.style.numeric = true,
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

    fn key(&self) -> Option<ServiceKey> {
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

    fn into_service(self, key: ServiceKey) -> Service {
        let scheduler = if self.scheduler.is_empty() {
            String::from("wlc")
        } else {
            self.scheduler
        };
        Service {
            key,
            scheduler,
            engine: self.engine,
            flags: self.flags,
            timeout: self.timeout,
            netmask: self.netmask,
        }
    }

    fn finish(mut self, def: &CommandDef, words: Vec<OsString>) -> Result<Command, Error> {
        let mut words = words.into_iter();
        let timeouts = if def.verb == Verb::Set {
            timeouts(&mut words)?
        } else {
            Timeouts::default()
        };
        if let Some(word) = words.next() {
            return Err(Error::refused(format!(
                "unexpected argument {}",
                word.to_string_lossy()
            )));
        }
        if !self.scheduler_flags.is_empty() {
            self.flags |= value::scheduler_flags(&self.scheduler_flags, &self.scheduler)?;
        }
        check::slots(def, &self)?;
        match def.verb {
            Verb::Flush => Ok(Command::Flush),
            Verb::Set => Ok(Command::SetTimeouts(timeouts)),
            Verb::Zero => Ok(Command::Zero(
                self.key().filter(|key| !check::is_nothing(key)),
            )),
            Verb::List => self.into_list(),
            verb => self.into_change(verb, def),
        }
    }

    fn into_change(mut self, verb: Verb, def: &CommandDef) -> Result<Command, Error> {
        let Some(key) = self.key() else {
            return Err(check::missing(Slot::Service, def));
        };
        match verb {
            Verb::AddService | Verb::EditService => check::service(&self)?,
            Verb::AddServer | Verb::EditServer => check::server(&mut self)?,
            _ => {}
        }
        let server = self.server;
        Ok(match verb {
            Verb::AddService => Command::AddService(self.into_service(key)),
            Verb::EditService => Command::EditService(self.into_service(key)),
            Verb::AddServer => Command::AddServer(key, server),
            Verb::EditServer => Command::EditServer(key, server),
            Verb::DeleteServer => Command::DeleteServer(key, server),
            _ => Command::DeleteService(key),
        })
    }

    fn into_list(mut self) -> Result<Command, Error> {
        check::list(&self)?;
        self.style.view = View::of(|slot| self.has(slot));
        self.style.engines = self.has(Slot::PersistentConn);
        if self.has(Slot::Connection) {
            return Ok(Command::ListConnections(self.style));
        }
        if self.has(Slot::Timeout) {
            return Ok(Command::ListTimeouts);
        }
        if self.has(Slot::Daemon) {
            return Err(not_yet("daemon", "option"));
        }
        Ok(Command::List(self.key(), self.style))
    }
}

fn timeouts(words: &mut dyn Iterator<Item = OsString>) -> Result<Timeouts, Error> {
    let mut next = || words.next().map(|word| word.to_string_lossy().into_owned());
    let (Some(tcp), Some(tcp_fin), Some(udp)) = (next(), next(), next()) else {
        return Err(Error::refused("--set option requires 3 timeout values"));
    };
    Ok(Timeouts {
        tcp: value::timeout(&tcp, 0)?,
        tcp_fin: value::timeout(&tcp_fin, 0)?,
        udp: value::timeout(&udp, 0)?,
    })
}

fn tunnel_kind(text: &str) -> Result<TunnelKind, Error> {
    match text {
        "ipip" => Ok(TunnelKind::Ipip),
        "gue" => Ok(TunnelKind::Gue),
        "gre" => Ok(TunnelKind::Gre),
        _ => Err(Error::refused("illegal tunnel type specified")),
    }
}

/// The first `max` bytes, less a broken character.
fn cut(text: &str, max: usize) -> String {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
