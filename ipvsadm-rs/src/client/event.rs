// SPDX-License-Identifier: GPL-2.0
//! What the kernel tells without being asked: [`ipvs_core::uapi::event`].

use super::frame::{self, Message};
use super::message::attrs::{Malformed, Table};
use super::message::decode;
use super::transport::{undisturbed, ROOM};
use crate::error::Failure;
use crate::model::{ServerEntry, Service, ServiceKey};
use ipvs_core::reason::Reason;
use ipvs_core::uapi::attr::{cmd, svc};
use ipvs_core::uapi::event::{attr, Kind, TableKind, EVENT};
use ipvs_core::uapi::nla::Attrs;
use ipvs_core::uapi::GENL_NAME;
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;
use std::io::ErrorKind;

/// Room for events that have not been read, as far as `net.core.rmem_max` allows. (Each takes about
/// 1.3 KiB.)
const BACKLOG: usize = 4 << 20;

/// The group that generic netlink tells which families come and go, whose number never changes.
const FAMILIES: u32 = libc::GENL_ID_CTRL as u32;

/// A message about something that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is; `None` if this version does not know it.
    pub kind: Option<Kind>,
    /// Number of the message.
    pub seq: u64,
    /// Nanoseconds since 1970.
    pub time: u64,
    /// How many messages the kernel has lost in all.
    pub lost: u64,
    /// Number of the change, if it is one.
    pub change: Option<u32>,
    /// The service that it is about.
    pub key: Option<ServiceKey>,
    /// What that is like, if it is about the service itself.
    pub service: Option<Service>,
    /// The server that it is about.
    pub server: Option<ServerEntry>,
    /// The table that has another size.
    pub table: Option<TableKind>,
    /// How many buckets that had, and has.
    pub buckets: Option<(u32, u32)>,
    /// How many packets went no further.
    pub count: Option<u64>,
    /// Why.
    pub reason: Option<Reason>,
}

impl Event {
    /// The event in a message, if it is one.
    pub fn read(body: &[u8]) -> Option<Result<Self, Malformed>> {
        let nest = Attrs::new(body).find(|attr| attr.kind == EVENT)?.data;
        Some(Self::decode(body, &Table::new(nest)))
    }

    fn decode(body: &[u8], event: &Table<'_, { attr::COUNT }>) -> Result<Self, Malformed> {
        let long = |kind| event.array(kind).map(u64::from_ne_bytes);
        let objects = Table::<3>::new(body);
        let nest = objects.get(cmd::SERVICE);
        let key = nest.map(decode::service_key).transpose()?;
        let is_full = |nest: &[u8]| {
            Table::<{ svc::COUNT }>::new(nest)
                .get(svc::SCHED_NAME)
                .is_some()
        };
        let service = match nest.is_some_and(is_full) {
            true => Some(decode::service(body)?.service),
            false => None,
        };
        let ipv6 = key.is_some_and(|key| key.is_ipv6());
        let server = objects.get(cmd::DEST);
        let server = server.map(|nest| decode::server_in(nest, ipv6, false));
        Ok(Self {
            kind: Kind::from_u32(event.u32(attr::KIND)?),
            seq: long(attr::SEQ)?,
            time: long(attr::TIME)?,
            lost: long(attr::LOST)?,
            change: event.u32(attr::CHANGE).ok(),
            key,
            service,
            server: server.transpose()?,
            table: event.u32(attr::TABLE).ok().and_then(TableKind::from_u32),
            buckets: (event.u32(attr::BUCKETS_BEFORE).ok()).zip(event.u32(attr::BUCKETS).ok()),
            count: long(attr::PACKETS).ok(),
            reason: event.u32(attr::REASON).ok().and_then(reason),
        })
    }
}

/// A reason by its number, if it is one that is known.
fn reason(number: u32) -> Option<Reason> {
    Reason::from_number(number.try_into().ok()?)
}

/// What a listener hears next.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event(Box<Event>),
    /// There was no room for what came next: events, and that the module comes or goes.
    Overrun,
    /// The module whose family has this number has gone, and its events with it.
    Unloaded(u16),
    /// A module is there; what it tells is heard after [`Listener::add`].
    Loaded(u16),
}

/// A socket that has joined the group of events.
pub struct Listener {
    socket: NlSocket,
    buffer: Vec<u8>,
    /// Whether something was lost after what is still to be read.
    has_lost: bool,
}

impl Listener {
    /// Joins the group of this number.
    pub fn join(group: u32) -> Result<Self, Failure> {
        let socket = NlSocket::connect(NlFamily::Generic, None, Groups::empty())?;
        // If it may not be that large, it is what may be.
        let _ = socket.set_recv_buffer_size(BACKLOG);
        socket.add_mcast_membership(Groups::new_groups(&[group, FAMILIES]))?;
        Ok(Self {
            socket,
            buffer: vec![0; ROOM],
            has_lost: false,
        })
    }

    /// Joins the group of a module that has been loaded; once more is as good as once.
    pub fn add(&mut self, group: u32) -> Result<(), Failure> {
        self.socket
            .add_mcast_membership(Groups::new_groups(&[group]))?;
        Ok(())
    }

    /// Waits for what comes next. The kernel tells at once that something is lost, and goes on to lose
    /// until everything before it is read; from [`Heard::Overrun`] on nothing is lost.
    pub fn hear(&mut self) -> Result<Heard, Failure> {
        loop {
            let how = match self.has_lost {
                true => Msg::DONTWAIT,
                false => Msg::empty(),
            };
            let received = undisturbed(|| self.socket.recv(&mut self.buffer, how));
            let (length, _) = match received {
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    self.has_lost = true;
                    continue;
                }
                Err(error) if self.has_lost && error.kind() == ErrorKind::WouldBlock => {
                    self.has_lost = false;
                    return Ok(Heard::Overrun);
                }
                received => received?,
            };
            let bytes = self.buffer.get(..length).unwrap_or_default();
            if let Some(heard) = of_family(bytes) {
                return Ok(heard);
            }
            // The kernel puts one message into each datagram.
            if let Some(Message::Data(body)) = frame::all(bytes).map(|part| part.message).next() {
                if let Some(event) = Event::read(body) {
                    let event = event.map_err(|Malformed| libc::EINVAL)?;
                    return Ok(Heard::Event(Box::new(event)));
                }
            }
        }
    }
}

/// What generic netlink tells of the family, if it is that.
fn of_family(bytes: &[u8]) -> Option<Heard> {
    let kind = bytes.get(4..6)?.try_into().ok()?;
    if i32::from(u16::from_ne_bytes(kind)) != libc::GENL_ID_CTRL {
        return None;
    }
    let attrs = Table::<{ libc::CTRL_ATTR_FAMILY_NAME as usize + 1 }>::new(bytes.get(20..)?);
    let name = attrs.get(libc::CTRL_ATTR_FAMILY_NAME as u16)?;
    if name != GENL_NAME.to_bytes_with_nul() {
        return None;
    }
    let number = attrs.u16(libc::CTRL_ATTR_FAMILY_ID as u16).ok()?;
    match i32::from(*bytes.get(16)?) {
        libc::CTRL_CMD_NEWFAMILY => Some(Heard::Loaded(number)),
        libc::CTRL_CMD_DELFAMILY => Some(Heard::Unloaded(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Head;
    use super::super::message::attrs::Writer;
    use super::super::message::encode;
    use super::super::message::Answer;
    use super::*;
    use crate::model::Server;

    fn key() -> ServiceKey {
        ServiceKey::Address {
            protocol: 6,
            addr: [10, 0, 0, 1].into(),
            port: 80,
        }
    }

    fn head(writer: &mut Writer, kind: u32) {
        writer.nest(EVENT, |nest| {
            nest.put_u32(attr::KIND, kind);
            nest.put(attr::SEQ, &7_u64.to_ne_bytes());
            nest.put(attr::TIME, &1_500_000_000_u64.to_ne_bytes());
            nest.put(attr::LOST, &2_u64.to_ne_bytes());
            nest.put_u32(attr::CHANGE, 5);
        });
    }

    #[test]
    fn a_message_without_an_event_is_none() {
        let mut writer = Writer::default();
        encode::put_service_key(&mut writer, &key());
        assert_eq!(Event::read(writer.bytes()), None);
    }

    #[test]
    fn the_family_comes_and_goes() {
        let message = |family, cmd: i32, name: &[u8]| {
            let mut body = Writer::default();
            body.put_u16(libc::CTRL_ATTR_FAMILY_ID as u16, 30);
            body.put(libc::CTRL_ATTR_FAMILY_NAME as u16, name);
            let mut bytes = Vec::new();
            let head = Head {
                family,
                cmd: cmd as u8,
                version: 2,
                answer: Answer::Refusal,
            };
            frame::put(&mut bytes, head, 0, body.bytes());
            of_family(&bytes)
        };
        let control = libc::GENL_ID_CTRL as u16;
        let (new, del) = (libc::CTRL_CMD_NEWFAMILY, libc::CTRL_CMD_DELFAMILY);
        assert_eq!(message(control, new, b"IPVS\0"), Some(Heard::Loaded(30)));
        assert_eq!(message(control, del, b"IPVS\0"), Some(Heard::Unloaded(30)));
        assert_eq!(
            message(control, libc::CTRL_CMD_NEWMCAST_GRP, b"IPVS\0"),
            None
        );
        assert_eq!(message(control, del, b"nl80211\0"), None);
        assert_eq!(message(control + 1, del, b"IPVS\0"), None);
        assert_eq!(of_family(b"IPVS"), None);
    }

    #[test]
    fn what_is_missing_is_malformed() {
        let mut writer = Writer::default();
        writer.nest(EVENT, |nest| nest.put_u32(attr::KIND, 1));
        assert_eq!(Event::read(writer.bytes()), Some(Err(Malformed)));
    }

    #[test]
    fn a_destination() {
        let mut writer = Writer::default();
        head(&mut writer, Kind::DestRemoved as u32);
        writer.nest(cmd::SERVICE, |nest| {
            nest.put_u16(svc::AF, 2);
            nest.put_u16(svc::PROTOCOL, 6);
            nest.put(
                svc::ADDR,
                &[10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            );
            nest.put(svc::PORT, &80_u16.to_be_bytes());
        });
        let mut server = Writer::default();
        let other = Server {
            addr: [10, 1, 0, 1].into(),
            port: 8080,
            ..Server::default()
        };
        encode::put_server(&mut server, &key(), &other);
        let nest = Table::<3>::new(server.bytes()).get(cmd::DEST).unwrap();
        writer.nest(cmd::DEST, |dest| {
            for attr in Attrs::new(nest) {
                dest.put(attr.kind, attr.data);
            }
            for kind in 7..=9 {
                dest.put_u32(kind, 3);
            }
        });
        let event = Event::read(writer.bytes()).unwrap().unwrap();
        assert_eq!(event.kind, Some(Kind::DestRemoved));
        assert_eq!((event.seq, event.lost, event.change), (7, 2, Some(5)));
        assert_eq!(event.key, Some(key()));
        assert_eq!(event.service, None);
        assert_eq!(event.server.unwrap().server, other);
        assert_eq!(event.buckets, None);
    }

    #[test]
    fn kinds_of_later_versions_are_unknown() {
        let mut writer = Writer::default();
        head(&mut writer, 999);
        let event = Event::read(writer.bytes()).unwrap().unwrap();
        assert_eq!((event.kind, event.key), (None, None));
    }
}
