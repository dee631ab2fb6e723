// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_conn` and `/proc/net/ip_vs_conn_sync`: connections and templates.

use super::line::Line;
use super::{
    put_addr,
    put_proto, //
};
use crate::addr::Endpoint;

/// The first line of `ip_vs_conn`.
pub const HEADER: &str =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

/// The first line of `ip_vs_conn_sync`.
pub const SYNC_HEADER: &str =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires\n";

/// The line of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Conn<'a> {
    /// Protocol; 0 for a template of a firewall mark.
    pub proto: u8,
    /// The client.
    pub client: Endpoint,
    /// The virtual service. Of a template of a firewall mark the mark is the address.
    pub service: Endpoint,
    /// The real server, possibly of another family.
    pub dest: Endpoint,
    /// Name of its state, from [`crate::proto::state_name`] or
    /// [`crate::proto::template_state_name`].
    pub state: &'a str,
    /// Until it expires, in seconds.
    pub expires: u32,
}

impl Conn<'_> {
    /// The line of `ip_vs_conn`, with its end. `engine` is what comes before that: [`engine`] of a
    /// template that has data of a persistence engine.
    pub fn line<const N: usize>(&self, engine: &[u8]) -> Line<N> {
        let mut line = self.begin();
        line.byte(b' ');
        line.dec_right(self.expires.into(), 7);
        if !engine.is_empty() {
            line.bytes(engine);
        }
        line.byte(b'\n');

        line
    }

    /// The line of `ip_vs_conn_sync`, with its end.
    pub fn sync_line<const N: usize>(&self, is_synced: bool) -> Line<N> {
        let mut line = self.begin();
        line.byte(b' ');
        line.left(if is_synced { "SYNC" } else { "LOCAL" }, 6);
        line.byte(b' ');
        line.dec_right(self.expires.into(), 7);
        line.byte(b'\n');

        line
    }

    /// What is the same in both.
    fn begin<const N: usize>(&self) -> Line<N> {
        let mut line = Line::new();
        put_proto(&mut line, self.proto.into(), 3);
        for end in [self.client, self.service, self.dest] {
            line.byte(b' ');
            put_addr(&mut line, end.addr);
            line.byte(b' ');
            line.hex4(end.port.to_host());
        }
        line.byte(b' ');
        line.left(self.state, 11);

        line
    }
}

/// Room for a line of any addresses without [`engine`].
pub const LONGEST: usize = 176;
/// Room for a line without [`engine`] if all addresses are of IPv4.
pub const LONGEST4: usize = 80;
/// Room for a line with [`engine`].
pub const LONGEST_WITH_ENGINE: usize = 456;

/// Name and data of a persistence engine, as they stand in a line.
pub fn engine(name: &[u8], data: &[u8]) -> Line<276> {
    let mut line = Line::new();
    line.byte(b' ');
    line.bytes(name);
    line.byte(b' ');
    line.bytes(data);

    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Addr;
    use crate::byteorder::Be16;
    use core::net::Ipv4Addr;
    use std::string::String;

    fn text<const N: usize>(line: &Line<N>) -> String {
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    fn end(addr: impl Into<Addr>, port: u16) -> Endpoint {
        Endpoint::new(addr.into(), Be16::from_host(port))
    }

    fn conn(state: &str) -> Conn<'_> {
        Conn {
            proto: 6,
            client: end(Ipv4Addr::new(10, 0, 0, 2), 50000),
            service: end(Ipv4Addr::new(192, 0, 2, 1), 8080),
            dest: end(Ipv4Addr::new(172, 16, 0, 2), 8080),
            state,
            expires: 897,
        }
    }

    #[test]
    fn lines_of_the_description() {
        assert_eq!(
            text(&conn("ESTABLISHED").line::<LONGEST4>(&[])),
            "TCP 0A000002 C350 C0000201 1F90 AC100002 1F90 ESTABLISHED     897\n"
        );
        let sip = Conn {
            proto: 17,
            client: end(Ipv4Addr::new(10, 0, 0, 2), 0),
            service: end(Ipv4Addr::new(192, 0, 2, 1), 5060),
            dest: end(Ipv4Addr::new(172, 16, 0, 2), 5060),
            expires: 297,
            ..conn("ASSURED")
        };
        assert_eq!(
            text(&sip.line::<LONGEST_WITH_ENGINE>(
                engine(b"sip", b"abc123@10.0.0.2").as_bytes()
            )),
            "UDP 0A000002 0000 C0000201 13C4 AC100002 13C4 ASSURED         297 sip abc123@10.0.0.2\n"
        );
        let mark = Conn {
            proto: 0,
            client: end(Ipv4Addr::new(10, 0, 0, 2), 0),
            service: end(Ipv4Addr::from_bits(7), 0),
            dest: end(Ipv4Addr::new(172, 16, 0, 2), 0),
            expires: 358,
            ..conn("NONE")
        };
        assert_eq!(
            text(&mark.line::<LONGEST>(&[])),
            "IP  0A000002 0000 00000007 0000 AC100002 0000 NONE            358\n"
        );
    }

    #[test]
    fn columns_stand_below_the_header() {
        let line = text(&conn("NONE").line::<LONGEST4>(&[]));
        let column = |text: &str, name: &str| text.find(name).unwrap();

        assert_eq!(column(HEADER, "State"), column(&line, "NONE"));
        assert_eq!(column(HEADER, "Expires") + 7, line.len() - 1);
    }

    #[test]
    fn families_may_differ() {
        let address = "fd00::1".parse::<core::net::Ipv6Addr>().unwrap();
        let line = Conn {
            dest: end(address, 80),
            ..conn("SYN_RECV")
        };

        assert_eq!(
            text(&line.line::<LONGEST>(&[])),
            "TCP 0A000002 C350 C0000201 1F90 fd00:0000:0000:0000:0000:0000:0000:0001 0050 \
             SYN_RECV        897\n"
        );
    }

    #[test]
    fn origins() {
        assert_eq!(
            text(&conn("ESTABLISHED").sync_line::<LONGEST4>(true)),
            "TCP 0A000002 C350 C0000201 1F90 AC100002 1F90 ESTABLISHED SYNC       897\n"
        );
        assert_eq!(
            text(&conn("NONE").sync_line::<LONGEST4>(false)),
            "TCP 0A000002 C350 C0000201 1F90 AC100002 1F90 NONE        LOCAL      897\n"
        );
    }

    #[test]
    fn the_longest_fits() {
        let address = core::net::Ipv6Addr::from_bits(u128::MAX);
        let longest = Conn {
            proto: 255,
            client: end(address, 65535),
            service: end(address, 65535),
            dest: end(address, 65535),
            expires: u32::MAX,
            ..conn("ESTABLISHED")
        };
        let longest4 = Conn {
            client: end(Ipv4Addr::BROADCAST, 1),
            service: end(Ipv4Addr::BROADCAST, 1),
            dest: end(Ipv4Addr::BROADCAST, 1),
            ..longest
        };
        let engine = engine(&[b'e'; 16], &[b'd'; 255]);

        assert_eq!(engine.as_bytes().len(), 273);
        for (text, end) in [
            (text(&longest.line::<LONGEST>(&[])), "4294967295\n"),
            (text(&longest.sync_line::<LONGEST>(false)), "4294967295\n"),
            (text(&longest4.line::<LONGEST4>(&[])), "4294967295\n"),
            (text(&longest4.sync_line::<LONGEST4>(false)), "4294967295\n"),
            (
                text(&longest.line::<LONGEST_WITH_ENGINE>(engine.as_bytes())),
                "ddd\n",
            ),
        ] {
            assert!(text.ends_with(end), "{text}");
        }
    }
}
