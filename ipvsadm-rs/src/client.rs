// SPDX-License-Identifier: GPL-2.0
//! Verbs on the kernel's tables, over any [`Transport`].

pub mod frame;
pub mod message;
pub mod module;
pub mod transport;

use crate::error::{Error, Failure};
use crate::model::{Info, Server, ServerEntry, Service, ServiceEntry, ServiceKey, Timeouts};
use frame::Head;
use ipvs_core::uapi::{self, cmd::Command};
use message::attrs::{Malformed, Table};
use message::{decode, encode, Answer, Request};
use transport::{OnReply, Transport};

/// The family that knows the numbers of the others.
const CONTROLLER: Head = Head {
    family: libc::GENL_ID_CTRL as u16,
    cmd: 3,
    version: 1,
    answer: Answer::Object,
};
const ATTR_FAMILY_ID: u16 = 1;
const ATTR_FAMILY_NAME: u16 = 2;

/// A connection to IPVS.
pub struct Client<T> {
    transport: T,
    family: u16,
}

impl<T: Transport> Client<T> {
    /// Looks IPVS up; where it is missing, `load` may bring it.
    pub fn new(mut transport: T, load: impl FnOnce() -> bool) -> Result<Self, Error> {
        let family = match lookup(&mut transport) {
            Err(_) if load() => lookup(&mut transport),
            result => result,
        };
        match family {
            Ok(family) => Ok(Self { transport, family }),
            Err(_) => Err(Error::Init(module::missing())),
        }
    }

    /// Version and size. Fails as stock does at its start.
    pub fn info(&mut self) -> Result<Info, Error> {
        let mut info = None;
        let result = self.send(
            &encode::plain(Command::GetInfo, Answer::Object),
            &mut |bytes| {
                info = Some(decode::info(bytes)?);
                Ok(())
            },
        );
        result.map_err(Error::Init)?;
        info.ok_or(Error::Init(libc::EINVAL.into()))
    }

    /// Adds a service.
    pub fn add_service(&mut self, service: &Service) -> Result<(), Error> {
        self.change(&encode::service(Command::NewService, service))
    }

    /// Replaces the settings of a service.
    pub fn edit_service(&mut self, service: &Service) -> Result<(), Error> {
        self.change(&encode::service(Command::SetService, service))
    }

    /// Removes a service.
    pub fn delete_service(&mut self, key: &ServiceKey) -> Result<(), Error> {
        self.change(&encode::service_key(Command::DelService, key))
    }

    /// Removes all services.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.change(&encode::plain(Command::Flush, Answer::Ack))
    }

    /// Adds a server.
    pub fn add_server(&mut self, key: &ServiceKey, server: &Server) -> Result<(), Error> {
        self.change(&encode::server(Command::NewDest, key, server))
    }

    /// Replaces the settings of a server.
    pub fn edit_server(&mut self, key: &ServiceKey, server: &Server) -> Result<(), Error> {
        self.change(&encode::server(Command::SetDest, key, server))
    }

    /// Removes a server.
    pub fn delete_server(&mut self, key: &ServiceKey, server: &Server) -> Result<(), Error> {
        self.change(&encode::server(Command::DelDest, key, server))
    }

    /// Counts from zero again, for one service or for all.
    pub fn zero(&mut self, key: Option<&ServiceKey>) -> Result<(), Error> {
        self.change(&match key {
            Some(key) => encode::service_key(Command::Zero, key),
            None => encode::plain(Command::Zero, Answer::Ack),
        })
    }

    /// Sets timeouts of connections.
    pub fn set_timeouts(&mut self, timeouts: &Timeouts) -> Result<(), Error> {
        self.change(&encode::set_timeouts(timeouts))
    }

    /// Timeouts of connections.
    pub fn timeouts(&mut self) -> Result<Timeouts, Error> {
        self.list(
            &encode::plain(Command::GetConfig, Answer::Object),
            decode::timeouts,
        )?
        .pop()
        .ok_or(Error::Silent)
    }

    /// One service.
    pub fn service(&mut self, key: &ServiceKey) -> Result<ServiceEntry, Error> {
        let mut found = self.list(&encode::get_service(key), decode::service)?;
        found
            .pop()
            .ok_or(Error::Listing(Command::GetService, libc::EINVAL.into()))
    }

    /// All services, in the kernel's order.
    pub fn services(&mut self) -> Result<Vec<ServiceEntry>, Error> {
        self.list(&encode::dump_services(), decode::service)
    }

    /// All servers of a service, in the kernel's order.
    pub fn servers(&mut self, key: &ServiceKey) -> Result<Vec<ServerEntry>, Error> {
        let ipv6 = key.is_ipv6();
        self.list(&encode::dump_servers(key), |bytes| {
            decode::server(bytes, ipv6)
        })
    }

    fn change(&mut self, request: &Request) -> Result<(), Error> {
        self.send(request, &mut |_| Ok(()))
            .map_err(|failure| refusal(request.cmd, failure, Error::Change))
    }

    fn list<R>(
        &mut self,
        request: &Request,
        decode: impl Fn(&[u8]) -> Result<R, Malformed>,
    ) -> Result<Vec<R>, Error> {
        let mut found = Vec::new();
        let result = self.send(request, &mut |bytes| {
            found.push(decode(bytes)?);
            Ok(())
        });
        match result {
            Ok(()) => Ok(found),
            Err(failure) => Err(refusal(request.cmd, failure, Error::Listing)),
        }
    }

    fn send(&mut self, request: &Request, on_reply: OnReply<'_>) -> Result<(), Failure> {
        let Request {
            cmd,
            answer,
            ref body,
        } = *request;
        let head = Head {
            family: self.family,
            cmd: cmd as u8,
            version: uapi::GENL_VERSION,
            answer,
        };
        self.transport.exchange(head, body, on_reply)
    }
}

/// Stock asks for the version before anything else, so that the missing right is found there.
fn refusal(cmd: Command, failure: Failure, other: fn(Command, Failure) -> Error) -> Error {
    if failure.errno == libc::EPERM {
        return Error::Init(failure);
    }
    other(cmd, failure)
}

/// The number of the family.
fn lookup(transport: &mut dyn Transport) -> Result<u16, Failure> {
    let mut writer = message::attrs::Writer::default();
    writer.put(ATTR_FAMILY_NAME, uapi::GENL_NAME.to_bytes_with_nul());
    let mut family = Err(Failure::from(libc::EINVAL));
    transport.exchange(CONTROLLER, &writer.finish(), &mut |bytes| {
        family = Ok(Table::<3>::new(bytes).u16(ATTR_FAMILY_ID)?);
        Ok(())
    })?;
    family
}
