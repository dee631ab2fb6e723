// SPDX-License-Identifier: GPL-2.0
//! Connections, as the kernel lists and ends them by a filter: `ipvs_core::uapi::conn`.

use super::message::attrs::{Malformed, Table, Writer};
use super::message::{encode, Answer, Request};
use super::{Client, Transport};
use crate::error::{self, Error, Failure};
use crate::model::ServiceKey;
use ipvs_core::uapi::cmd::Command;
use ipvs_core::uapi::conn::{addr_of, attr, flag, CONN};
use std::net::{IpAddr, SocketAddr};

/// Which connections are meant. Of whatever is `None` any value is good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whether they are of IPv6.
    pub ipv6: Option<bool>,
    /// Protocol.
    pub protocol: Option<u16>,
    /// The service that the server is, or was, one of.
    pub service: Option<ServiceKey>,
    /// The client, and how many bits of its address count.
    pub client: Option<(IpAddr, Option<u8>)>,
    /// Its port.
    pub client_port: Option<u16>,
    /// What the client sends to.
    pub addressed: Option<(IpAddr, Option<u16>)>,
    /// Where that goes.
    pub server: Option<(IpAddr, Option<u16>)>,
    /// Name of the state.
    pub state: Option<String>,
    /// At least so many milliseconds without a packet.
    pub idle: Option<u64>,
    /// At least so many milliseconds old.
    pub age: Option<u64>,
    /// Templates, too.
    pub templates: bool,
    /// For those that are to be ended: both ends are told.
    pub reset: bool,
    /// The same: all are meant, if nothing selects.
    pub all: bool,
}

/// A connection, or a template of persistence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Protocol.
    pub protocol: u16,
    /// Where it comes from.
    pub client: SocketAddr,
    /// Where it was addressed to.
    pub addressed: SocketAddr,
    /// Where it goes.
    pub server: SocketAddr,
    /// Name of its state.
    pub state: String,
    /// Forwarding method.
    pub method: u32,
    /// Whether it is a template.
    pub is_template: bool,
    /// Milliseconds since the last packet.
    pub idle: u64,
    /// Milliseconds until it expires.
    pub expires: u64,
    /// Milliseconds since it was made, if that is known.
    pub age: Option<u64>,
    /// Packets and bytes of the client, if they are counted.
    pub from_client: Option<(u64, u64)>,
    /// The same of the server.
    pub from_server: Option<(u64, u64)>,
}

/// How far ending connections has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many were looked at.
    pub looked: u32,
    /// How many were ended.
    pub ended: u32,
    /// Of these, how many have ends that are told.
    pub reset: u32,
    /// Where to go on; `None` at the end.
    pub cookie: Option<u64>,
}

impl<T: Transport> Client<T> {
    /// Hands over the connections that a filter selects, in no particular order.
    pub fn connections(
        &mut self,
        filter: &Filter,
        take: &mut dyn FnMut(Connection),
    ) -> Result<(), Error> {
        let request = Request {
            cmd: Command::GetConn,
            answer: Answer::Objects,
            body: body(filter, None),
        };
        let result = self.send(&request, &mut |bytes| {
            take(connection(bytes)?);
            Ok(())
        });
        result
            .map(|_| ())
            .map_err(|failure| refusal("list", failure))
    }

    /// Ends some of the connections that a filter selects, from `cookie` on.
    pub fn end_connections(
        &mut self,
        filter: &Filter,
        cookie: Option<u64>,
    ) -> Result<Progress, Error> {
        let request = Request {
            cmd: Command::DelConn,
            answer: Answer::Object,
            body: body(filter, cookie),
        };
        let mut told = Progress::default();
        let result = self.send(&request, &mut |bytes| {
            told = progress(bytes)?;
            Ok(())
        });
        result
            .map(|_| told)
            .map_err(|failure| refusal("end", failure))
    }
}

fn refusal(verb: &str, failure: Failure) -> Error {
    if failure.errno == libc::EOPNOTSUPP {
        return Error::refused(
            "the kernel's ip_vs does not know how to list and end connections; load rust_ipvs",
        );
    }
    if failure.errno == libc::EPERM {
        return Error::Init(failure);
    }
    let reason = error::text(&std::io::Error::from_raw_os_error(failure.errno));
    Error::refused(match failure.detail {
        Some(detail) => format!("cannot {verb} connections: {reason}: {detail}"),
        None => format!("cannot {verb} connections: {reason}"),
    })
}

fn body(filter: &Filter, cookie: Option<u64>) -> Vec<u8> {
    let mut writer = Writer::default();
    if let Some(service) = &filter.service {
        encode::put_service_key(&mut writer, service);
    }
    writer.nest(CONN, |nest| {
        put_filter(nest, filter);
        if let Some(cookie) = cookie {
            nest.put(attr::COOKIE, &cookie.to_ne_bytes());
        }
    });
    writer.finish()
}

fn put_filter(nest: &mut Writer, filter: &Filter) {
    if let Some(ipv6) = filter.ipv6 {
        let family = if ipv6 { libc::AF_INET6 } else { libc::AF_INET };
        nest.put_u16(attr::AF, family as u16);
    }
    if let Some(protocol) = filter.protocol {
        nest.put_u16(attr::PROTOCOL, protocol);
    }
    if let Some((addr, prefix)) = filter.client {
        put_addr(nest, attr::CLIENT, addr);
        if let Some(prefix) = prefix {
            nest.put(attr::CLIENT_PREFIX, &[prefix]);
        }
    }
    if let Some(port) = filter.client_port {
        nest.put(attr::CLIENT_PORT, &port.to_be_bytes());
    }
    for (end, addr_kind, port_kind) in [
        (filter.addressed, attr::VIRTUAL, attr::VIRTUAL_PORT),
        (filter.server, attr::SERVER, attr::SERVER_PORT),
    ] {
        let Some((addr, port)) = end else { continue };
        put_addr(nest, addr_kind, addr);
        if let Some(port) = port {
            nest.put(port_kind, &port.to_be_bytes());
        }
    }
    if let Some(state) = &filter.state {
        nest.put_str(attr::STATE, state);
    }
    for (time, kind) in [(filter.idle, attr::IDLE), (filter.age, attr::AGE)] {
        if let Some(time) = time {
            nest.put(kind, &time.to_ne_bytes());
        }
    }
    let flags = [
        (filter.templates, flag::TEMPLATE),
        (filter.reset, flag::RESET),
        (filter.all, flag::ALL),
    ];
    let flags = flags.iter().filter(|(is, _)| *is);
    nest.put_u32(attr::FLAGS, flags.fold(0, |sum, (_, flag)| sum | flag));
}

fn put_addr(nest: &mut Writer, kind: u16, addr: IpAddr) {
    match addr {
        IpAddr::V4(addr) => nest.put(kind, &addr.octets()),
        IpAddr::V6(addr) => nest.put(kind, &addr.octets()),
    }
}

type Attributes<'a> = Table<'a, { attr::RESET as usize + 1 }>;

/// The nest of an answer.
fn nest(body: &[u8]) -> Result<Attributes<'_>, Malformed> {
    let mut attrs = ipvs_core::uapi::nla::Attrs::new(body);
    let nest = attrs.find(|attr| attr.kind == CONN).ok_or(Malformed)?;
    Ok(Table::new(nest.data))
}

fn connection(body: &[u8]) -> Result<Connection, Malformed> {
    let table = nest(body)?;
    let number = |kind| table.array(kind).map(u64::from_ne_bytes);
    let counts = |packets, bytes| Some((number(packets).ok()?, number(bytes).ok()?));
    Ok(Connection {
        protocol: table.u16(attr::PROTOCOL)?,
        client: endpoint(&table, attr::CLIENT, attr::CLIENT_PORT)?,
        addressed: endpoint(&table, attr::VIRTUAL, attr::VIRTUAL_PORT)?,
        server: endpoint(&table, attr::SERVER, attr::SERVER_PORT)?,
        state: table.text(attr::STATE)?,
        method: table.u32(attr::METHOD)?,
        is_template: table.u32(attr::FLAGS)? & flag::TEMPLATE != 0,
        idle: number(attr::IDLE)?,
        expires: number(attr::EXPIRES)?,
        age: number(attr::AGE).ok(),
        from_client: counts(attr::IN_PKTS, attr::IN_BYTES),
        from_server: counts(attr::OUT_PKTS, attr::OUT_BYTES),
    })
}

fn endpoint(table: &Attributes<'_>, addr: u16, port: u16) -> Result<SocketAddr, Malformed> {
    let addr = addr_of(table.need(addr)?).ok_or(Malformed)?;
    let port = u16::from_be_bytes(table.array(port)?);
    Ok(SocketAddr::new(addr.into(), port))
}

fn progress(body: &[u8]) -> Result<Progress, Malformed> {
    let table = nest(body)?;
    Ok(Progress {
        looked: table.u32(attr::LOOKED)?,
        ended: table.u32(attr::ENDED)?,
        reset: table.u32(attr::RESET)?,
        cookie: table.array(attr::COOKIE).map(u64::from_ne_bytes).ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipvs_core::uapi::conn::ConnFilter;

    #[test]
    fn the_kernel_reads_what_is_sent() {
        let all = Filter::default();
        let (read, cookie) = ConnFilter::read(&body(&all, None)).unwrap();
        assert!(read.must_select().is_err());
        assert_eq!(cookie, 0);

        let filter = Filter {
            ipv6: Some(false),
            protocol: Some(6),
            service: Some(ServiceKey::Address {
                protocol: 6,
                addr: "192.0.2.1".parse().unwrap(),
                port: 80,
            }),
            client: Some(("10.0.0.0".parse().unwrap(), Some(8))),
            client_port: Some(4000),
            addressed: Some(("192.0.2.1".parse().unwrap(), Some(80))),
            server: Some(("fd00::2".parse().unwrap(), None)),
            state: Some("ESTABLISHED".into()),
            idle: Some(5000),
            age: Some(6000),
            templates: true,
            reset: true,
            all: true,
        };
        let (read, cookie) = ConnFilter::read(&body(&filter, Some(77))).unwrap();
        assert_eq!(read.must_select(), Ok(()));
        assert!(read.has_templates() && read.resets());
        assert_eq!(cookie, 77);
    }

    #[test]
    fn old_modules_are_named() {
        let error = refusal("list", libc::EOPNOTSUPP.into());
        assert!(error.to_string().contains("load rust_ipvs"), "{error}");
        let error = refusal("end", libc::EINVAL.into());
        assert!(error.to_string().contains("cannot end connections"));
    }

    #[test]
    fn what_is_not_counted_is_missing() {
        let mut writer = Writer::default();
        writer.nest(CONN, |nest| {
            nest.put_u16(attr::PROTOCOL, 17);
            for (addr, port) in [
                (attr::CLIENT, attr::CLIENT_PORT),
                (attr::VIRTUAL, attr::VIRTUAL_PORT),
                (attr::SERVER, attr::SERVER_PORT),
            ] {
                nest.put(addr, &[10, 0, 0, 1]);
                nest.put(port, &[0, 53]);
            }
            nest.put_str(attr::STATE, "UDP");
            nest.put_u32(attr::METHOD, 0);
            nest.put_u32(attr::FLAGS, 0);
            nest.put(attr::IDLE, &1u64.to_ne_bytes());
            nest.put(attr::EXPIRES, &2u64.to_ne_bytes());
            nest.put(attr::IN_PKTS, &3u64.to_ne_bytes());
            nest.put(attr::IN_BYTES, &4u64.to_ne_bytes());
        });
        let read = connection(writer.bytes()).unwrap();
        assert_eq!(read.client, "10.0.0.1:53".parse().unwrap());
        assert_eq!(read.from_client, Some((3, 4)));
        assert_eq!((read.from_server, read.age), (None, None));
        assert_eq!(connection(&[]), Err(Malformed));
    }
}
