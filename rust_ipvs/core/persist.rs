// SPDX-License-Identifier: GPL-2.0

//! Persistence: which connections go to one server together, and at which port.
//!
//! Connections are tied together by a *template*. Its key has the form of a tuple: the network of
//! the clients, no port of theirs, and what they ask for.

use crate::byteorder::Be16;
use crate::flow::Flow;
use crate::ip::Ip;
use crate::uapi::service::ServiceId;
use crate::wire::proto;

/// The port that FTP is controlled at.
const FTP: Be16 = Be16::from_host(21);

/// What of a persistent service decides which of its connections belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    /// 0 if it is about any port, or about a firewall mark.
    port: Be16,
    /// 0 if it is not about a mark.
    mark: u32,
    /// See [`Ip::network`].
    netmask: u32,
}

impl Persistence {
    /// That of the service `id`; `netmask` is as [`Ip::network`] has it.
    pub fn new(id: &ServiceId, netmask: u32) -> Self {
        let (port, mark) = match *id {
            ServiceId::Fwmark(mark) => (Be16::ZERO, mark),
            ServiceId::Address { port, .. } => (port, 0),
        };
        Self {
            port,
            mark,
            netmask,
        }
    }

    /// Whether a packet to `port` is for the one port of the service, and not for any that it also
    /// takes. Packets to port 0 are for the port of a service that has none.
    fn is_about(&self, port: Be16) -> bool {
        port == self.port
    }

    /// The key of the template for a connection with these packets of the client.
    ///
    /// Connections of FTP belong together whatever their port, so those of data with that of
    /// control, and so do those to a service at any port. Those of a mark belong together whatever
    /// their address and protocol: the key has the mark in their place.
    pub fn key<A: Ip>(&self, flow: &Flow<A>) -> Flow<A> {
        let one_port = self.is_about(flow.dport);
        let (proto, dst) = match one_port || self.mark == 0 {
            true => (flow.proto, flow.dst),
            false => (proto::IP, A::from_mark(self.mark)),
        };
        let dport = match one_port && self.port != FTP {
            true => flow.dport,
            false => Be16::ZERO,
        };
        Flow {
            src: flow.src.network(self.netmask),
            dst,
            sport: Be16::ZERO,
            dport,
            proto,
        }
    }

    /// The port of the server that a template shows, which a connection with these packets makes;
    /// `server` is the port of the destination. 0 if it may be any.
    pub fn template_port<A: Ip>(&self, flow: &Flow<A>, server: Be16) -> Be16 {
        match self.is_about(flow.dport) && self.port != FTP {
            true => server,
            false => Be16::ZERO,
        }
    }

    /// The port that the server is asked at; `server` is that of the destination, which counts only
    /// for packets to the port of the service.
    pub fn server_port<A: Ip>(&self, flow: &Flow<A>, server: Be16) -> Be16 {
        match self.is_about(flow.dport) && server != Be16::ZERO {
            true => server,
            false => flow.dport,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Addr;
    use crate::flow::{
        Flow4,
        Flow6, //
    };
    use core::net::{
        Ipv4Addr,
        Ipv6Addr, //
    };

    /// A mask of `len` bits as control sends it.
    fn mask(len: u32) -> u32 {
        u32::from_ne_bytes(u32::MAX.checked_shl(32 - len).unwrap_or(0).to_be_bytes())
    }

    fn port(port: u16) -> Be16 {
        Be16::from_host(port)
    }

    fn to(dport: u16) -> Flow4 {
        Flow {
            src: Ipv4Addr::new(10, 1, 2, 3),
            dst: Ipv4Addr::new(192, 0, 2, 1),
            sport: port(50000),
            dport: port(dport),
            proto: proto::TCP,
        }
    }

    fn at(service: u16, len: u32) -> Persistence {
        let id = ServiceId::Address {
            proto: proto::TCP.into(),
            addr: Addr::V4(Ipv4Addr::new(192, 0, 2, 1)),
            port: port(service),
        };
        Persistence::new(&id, mask(len))
    }

    #[test]
    fn a_port_by_itself() {
        let key = at(80, 32).key(&to(80));

        assert_eq!(
            key,
            Flow {
                sport: Be16::ZERO,
                ..to(80)
            }
        );
        assert_eq!(at(80, 32).template_port(&to(80), port(8080)), port(8080));
        assert_eq!(at(80, 32).server_port(&to(80), port(8080)), port(8080));
        assert_eq!(at(80, 32).server_port(&to(80), Be16::ZERO), port(80));
    }

    #[test]
    fn clients_of_a_network() {
        for (len, src) in [
            (32, [10, 1, 2, 3]),
            (24, [10, 1, 2, 0]),
            (20, [10, 1, 0, 0]),
            (1, [0, 0, 0, 0]),
        ] {
            assert_eq!(at(80, len).key(&to(80)).src, Ipv4Addr::from(src));
        }
    }

    #[test]
    fn ftp_has_one_template_for_all_ports() {
        let service = at(21, 32);
        let key = service.key(&to(21));

        assert_eq!(key.dport, Be16::ZERO);
        assert_eq!(key, service.key(&to(40000)));
        assert_eq!(service.template_port(&to(21), port(2121)), Be16::ZERO);
        // The data connection goes to the port that the server has named.
        assert_eq!(service.server_port(&to(21), port(2121)), port(2121));
        assert_eq!(service.server_port(&to(40000), port(2121)), port(40000));
    }

    #[test]
    fn any_port() {
        let service = at(0, 32);

        assert_eq!(service.key(&to(80)), service.key(&to(443)));
        assert_eq!(service.key(&to(80)).dst, to(80).dst);
        assert_eq!(service.template_port(&to(80), port(8080)), Be16::ZERO);
        assert_eq!(service.server_port(&to(80), port(8080)), port(80));
        assert_eq!(service.server_port(&to(0), port(8080)), port(8080));
    }

    #[test]
    fn a_mark_goes_across_addresses_and_protocols() {
        let service = Persistence::new(&ServiceId::Fwmark(7), mask(32));
        let key = service.key(&to(80));
        let other = Flow {
            dst: Ipv4Addr::new(192, 0, 2, 2),
            proto: proto::UDP,
            ..to(53)
        };

        assert_eq!(key, service.key(&other));
        assert_eq!(key.proto, proto::IP);
        assert_eq!(key.dst, Ipv4Addr::new(0, 0, 0, 7));
        assert_eq!(key.dport, Be16::ZERO);
        assert_eq!(service.template_port(&to(80), port(8080)), Be16::ZERO);
        assert_eq!(service.server_port(&to(80), port(8080)), port(80));
    }

    #[test]
    fn prefixes_of_ipv6() {
        let flow = Flow6 {
            src: "fd00:1:2:3:4:5:6:7".parse().unwrap(),
            dst: "fd00::1".parse().unwrap(),
            sport: port(50000),
            dport: port(80),
            proto: proto::TCP,
        };
        for (len, src) in [
            (128, "fd00:1:2:3:4:5:6:7"),
            (64, "fd00:1:2:3::"),
            (63, "fd00:1:2:2::"),
            (1, "8000::"),
        ] {
            let service = Persistence::new(&ServiceId::Fwmark(0x102), len);
            let key = service.key(&flow);

            assert_eq!(key.src, src.parse::<Ipv6Addr>().unwrap());
            assert_eq!(key.dst, "0:102::".parse::<Ipv6Addr>().unwrap());
        }
    }
}
