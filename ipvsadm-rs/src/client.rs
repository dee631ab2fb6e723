// SPDX-License-Identifier: GPL-2.0
//! Verbs on the kernel's tables, over any [`Transport`].

pub mod bulk;
pub mod conns;
pub mod event;
pub mod explain;
pub mod frame;
pub mod message;
pub mod module;
pub mod reasons;
pub mod transport;

use crate::error::{Error, Failure};
use crate::model::totals::Totals;
use crate::model::{Daemon, Info, ServerEntry, ServiceEntry, ServiceKey, Timeouts, Wanted};
use event::Event;
use frame::Head;
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::{self, cmd::Command};
use message::attrs::{Malformed, Table};
use message::{decode, encode, Answer, Batch, Request};
use std::ffi::CStr;
use std::ops::Range;
use transport::{OnReply, Snapshot, Transport};

/// The family that knows the numbers of the others.
const CONTROLLER: Head = Head {
    family: libc::GENL_ID_CTRL as u16,
    cmd: 3,
    version: 1,
    answer: Answer::Object,
};
const ATTR_FAMILY_ID: u16 = 1;
const ATTR_FAMILY_NAME: u16 = 2;
const ATTR_GROUPS: u16 = 7;
const ATTR_GROUP_NAME: u16 = 1;
const ATTR_GROUP_ID: u16 = 2;

/// How often a list is asked for, if it changes each time while it is told.
const TRIES: usize = 3;

/// Services with their servers, as far as the kernel has told them together.
#[derive(Default)]
pub struct Listing {
    /// In the kernel's order.
    pub services: Vec<Listed>,
    /// Those of all services.
    pub servers: Vec<ServerEntry>,
    /// Whether they were all there at one time.
    pub snapshot: Snapshot,
}

/// A service in a [`Listing`].
pub struct Listed {
    /// What it is.
    pub entry: ServiceEntry,
    /// Where its servers are; `None` if they have to be asked for.
    pub servers: Option<Range<usize>>,
}

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

    /// Looks IPVS up without having it loaded, neither by us nor by the kernel, which does that if it is
    /// asked for the name of a family that is not there.
    pub fn find(mut transport: T) -> Result<Option<Self>, Error> {
        let family = find(&mut transport)?;
        Ok(family.map(|family| Self { transport, family }))
    }

    /// Does so again, after [`Error::is_gone`].
    pub fn find_again(&mut self) -> Result<(), Error> {
        let family = find(&mut self.transport)?;
        self.family = family.ok_or_else(|| Error::Init(module::missing()))?;
        Ok(())
    }

    /// The number of the family, which a module that is loaded again does not get once more.
    pub fn family(&self) -> u16 {
        self.family
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
        let _ = result.map_err(Error::Init)?;
        info.ok_or(Error::Init(libc::EINVAL.into()))
    }

    /// Makes changes in their order. Each that is refused is handed over by its index; the others
    /// are made. An error is one of the way to the kernel.
    pub fn changes(
        &mut self,
        batch: &Batch,
        on_failure: &mut dyn FnMut(usize, Error),
    ) -> Result<(), Error> {
        let cmd = |index| batch.cmd(index).unwrap_or(Command::Flush);
        let requests: Vec<(Head, &[u8])> = batch
            .iter()
            .map(|(cmd, body)| (self.head(cmd, Answer::Ack), body))
            .collect();
        let result = self.transport.batch(&requests, &mut |index, failure| {
            on_failure(index, refusal(cmd(index), failure, Error::Change));
        });
        result.map_err(|failure| refusal(cmd(0), failure, Error::Change))
    }

    /// The same where the first refusal is all that counts.
    pub fn change(&mut self, batch: &Batch) -> Result<(), Error> {
        let mut first = None;
        let sent = self.changes(batch, &mut |_, error| {
            first.get_or_insert(error);
        });
        first.map_or(sent, Err)
    }

    /// Makes all changes or none, and none if the table is not that of `generation`. Returns the
    /// generation that it is then, or 0 if the kernel had no memory to tell; without changes the one
    /// that it is.
    pub fn apply(&mut self, batch: &Batch, generation: Option<u32>) -> Result<u32, Failure> {
        let mut now = None;
        self.send(&encode::apply(batch, generation), &mut |bytes| {
            now = Some(decode::generation(bytes)?);
            Ok(())
        })?;
        Ok(now.unwrap_or_default())
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

    /// All services, and their servers if the kernel tells them together, in its order; with their
    /// traffic and answers if they are wanted. If somebody changes them meanwhile they are asked for again, a few
    /// times; what is told then is the last answer.
    pub fn listing(&mut self, wanted: Wanted) -> Result<Listing, Error> {
        let mut listing = Listing::default();
        let request = encode::dump_all(wanted);
        for _ in 0..TRIES {
            listing.clear();
            let result = self.send(&request, &mut |bytes| listing.take(bytes, wanted.traffic));
            match result {
                Ok(snapshot) => listing.snapshot = snapshot,
                Err(failure) => return Err(refusal(request.cmd, failure, Error::Listing)),
            }
            if listing.snapshot == Snapshot::Whole {
                break;
            }
        }
        Ok(listing)
    }

    /// All services and their servers, and the number of the last event that they are not older than.
    pub fn state(&mut self) -> Result<(Event, Listing), Error> {
        let request = encode::dump_state();
        let (mut state, mut listing) = (None, Listing::default());
        let result = self.send(&request, &mut |bytes| match Event::read(bytes) {
            Some(event) => {
                state = Some(event?);
                Ok(())
            }
            None => listing.take(bytes, false),
        });
        let _ = result.map_err(|failure| refusal(request.cmd, failure, Error::Listing))?;
        let state = state.ok_or(Error::Listing(request.cmd, libc::EOPNOTSUPP.into()))?;
        Ok((state, listing))
    }

    /// The number of a group that listens; `None` if IPVS does not have it.
    pub fn group(&mut self, name: &CStr) -> Result<Option<u32>, Error> {
        let mut found = None;
        let mut writer = message::attrs::Writer::default();
        writer.put_u16(ATTR_FAMILY_ID, self.family);
        let result = self
            .transport
            .exchange(CONTROLLER, &writer.finish(), &mut |bytes| {
                found = group_in(bytes, name);
                Ok(())
            });
        let _ = result.map_err(Error::Init)?;
        Ok(found)
    }

    /// All servers of a service, in the kernel's order, with their traffic and answers if they are wanted.
    pub fn servers(&mut self, key: &ServiceKey, wanted: Wanted) -> Result<Vec<ServerEntry>, Error> {
        let ipv6 = key.is_ipv6();
        self.list(&encode::dump_servers(key, wanted), |bytes| {
            decode::server(bytes, ipv6, wanted.traffic)
        })
    }

    /// Sums of statistics by one of `uapi::totals::by`. C does not know them.
    pub fn totals(&mut self, by: u32) -> Result<Vec<Totals>, Error> {
        self.list(&encode::dump_totals(by), decode::totals::totals)
    }

    /// The sync daemons.
    pub fn daemons(&mut self) -> Result<Vec<Daemon>, Error> {
        self.list(
            &encode::plain(Command::GetDaemon, Answer::Objects),
            decode::daemon,
        )
    }

    fn list<R>(
        &mut self,
        request: &Request,
        decode: impl Fn(&[u8]) -> Result<R, Malformed>,
    ) -> Result<Vec<R>, Error> {
        let mut found = Vec::new();
        for _ in 0..TRIES {
            found.clear();
            let result = self.send(request, &mut |bytes| {
                found.push(decode(bytes)?);
                Ok(())
            });
            match result {
                Ok(Snapshot::Whole) => break,
                Ok(Snapshot::Torn) => {}
                Err(failure) => return Err(refusal(request.cmd, failure, Error::Listing)),
            }
        }
        Ok(found)
    }

    fn send(&mut self, request: &Request, on_reply: OnReply<'_>) -> Result<Snapshot, Failure> {
        let head = self.head(request.cmd, request.answer);
        self.transport.exchange(head, &request.body, on_reply)
    }

    fn head(&self, cmd: Command, answer: Answer) -> Head {
        Head {
            family: self.family,
            cmd: cmd as u8,
            version: uapi::GENL_VERSION,
            answer,
        }
    }
}

impl Listing {
    fn clear(&mut self) {
        self.services.clear();
        self.servers.clear();
    }

    fn take(&mut self, bytes: &[u8], traffic: bool) -> Result<(), Malformed> {
        match decode::listed(bytes)? {
            decode::Listed::Service(entry, together) => {
                let here = self.servers.len();
                let servers = together.then_some(here..here);
                self.services.push(Listed { entry, servers });
            }
            decode::Listed::Server(nest) => {
                let last = self.services.last_mut();
                let ipv6 = last
                    .as_ref()
                    .is_some_and(|last| last.entry.service.key.is_ipv6());
                self.servers.push(decode::server_in(nest, ipv6, traffic)?);
                if let Some(range) = last.and_then(|last| last.servers.as_mut()) {
                    range.end = self.servers.len();
                }
            }
        }
        Ok(())
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
    let mut family = Err(Failure::from(libc::EINVAL));
    let mut writer = message::attrs::Writer::default();
    writer.put(ATTR_FAMILY_NAME, uapi::GENL_NAME.to_bytes_with_nul());
    let _ = transport.exchange(CONTROLLER, &writer.finish(), &mut |bytes| {
        family = Ok(Table::<3>::new(bytes).u16(ATTR_FAMILY_ID)?);
        Ok(())
    })?;
    family
}

/// The number of the family, from the list of all.
fn find(transport: &mut dyn Transport) -> Result<Option<u16>, Error> {
    let mut family = None;
    let everything = Head {
        answer: Answer::Objects,
        ..CONTROLLER
    };
    let result = transport.exchange(everything, &[], &mut |bytes| {
        let table = Table::<3>::new(bytes);
        if table.get(ATTR_FAMILY_NAME) == Some(uapi::GENL_NAME.to_bytes_with_nul()) {
            family = Some(table.u16(ATTR_FAMILY_ID)?);
        }
        Ok(())
    });
    let _ = result.map_err(Error::Init)?;
    Ok(family)
}

/// The number of a group in what is known of a family.
fn group_in(bytes: &[u8], name: &CStr) -> Option<u32> {
    let groups = Table::<8>::new(bytes).get(ATTR_GROUPS)?;
    Attrs::new(groups).find_map(|group| {
        let group = Table::<3>::new(group.data);
        let is_it = group.get(ATTR_GROUP_NAME)? == name.to_bytes_with_nul();
        group.u32(ATTR_GROUP_ID).ok().filter(|_| is_it)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(number: u16, name: &CStr) -> Vec<u8> {
        let mut writer = message::attrs::Writer::default();
        writer.put_u16(ATTR_FAMILY_ID, number);
        writer.put(ATTR_FAMILY_NAME, name.to_bytes_with_nul());
        writer.finish()
    }

    /// A kernel with these families.
    struct Families(&'static [(&'static CStr, u16)]);

    impl Transport for Families {
        fn exchange(
            &mut self,
            head: Head,
            body: &[u8],
            on_reply: OnReply<'_>,
        ) -> Result<Snapshot, Failure> {
            if head.family != CONTROLLER.family {
                let is_there = self.0.iter().any(|(_, number)| *number == head.family);
                return is_there
                    .then_some(Snapshot::Whole)
                    .ok_or(libc::ENOENT.into());
            }
            // Asked for the name, it would load a module.
            assert!(body.is_empty() && head.answer == Answer::Objects);
            for (name, number) in self.0 {
                on_reply(&about(*number, name)).map_err(|Malformed| libc::EINVAL)?;
            }
            Ok(Snapshot::Whole)
        }
    }

    #[test]
    fn what_is_there_is_found() {
        let family = |families| {
            let found = Client::find(Families(families)).unwrap();
            found.map(|client| client.family())
        };
        assert_eq!(
            family(&[(c"nlctrl", 16), (c"IPVS", 31), (c"x", 32)]),
            Some(31)
        );
        assert_eq!(family(&[(c"nlctrl", 16), (c"IPVS2", 31)]), None);
    }

    #[test]
    fn a_module_that_was_loaded_anew_is_found_again() {
        let mut client = Client::find(Families(&[(c"IPVS", 30)])).unwrap().unwrap();
        let mut is_gone = |families, found: bool| {
            client.transport.0 = families;
            let error = client.listing(Wanted::NOTHING).map(drop).err();
            assert_eq!(client.find_again().is_ok(), found);
            error.map(|error| error.is_gone())
        };
        assert_eq!(is_gone(&[(c"IPVS", 30)], true), None);
        assert_eq!(is_gone(&[(c"nlctrl", 16)], false), Some(true));
        assert_eq!(is_gone(&[(c"IPVS", 31)], true), Some(true));
        assert_eq!(is_gone(&[(c"IPVS", 31)], true), None);
    }

    #[test]
    fn groups_have_names() {
        let mut writer = message::attrs::Writer::default();
        writer.put_u16(ATTR_FAMILY_ID, 30);
        writer.nest(ATTR_GROUPS, |groups| {
            for (index, name) in ["others", "events"].into_iter().enumerate() {
                groups.nest(index as u16 + 1, |group| {
                    group.put_u32(ATTR_GROUP_ID, 40 + index as u32);
                    group.put_str(ATTR_GROUP_NAME, name);
                });
            }
        });
        let bytes = writer.finish();
        assert_eq!(group_in(&bytes, c"events"), Some(41));
        assert_eq!(group_in(&bytes, c"others"), Some(40));
        assert_eq!(group_in(&bytes, c"event"), None);
        assert_eq!(group_in(&[], c"events"), None);
    }
}
