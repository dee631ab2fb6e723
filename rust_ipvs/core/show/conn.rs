// SPDX-License-Identifier: GPL-2.0

//! `/proc/net/ip_vs_conn`: connections and templates.

use core::fmt;

use super::{
    ProcAddr,
    ProtoName, //
};
use crate::addr::Endpoint;

/// The first line.
pub const HEADER: &str =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

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
    /// Name and data of the persistence engine.
    pub engine: Option<(&'a str, &'a str)>,
}

impl fmt::Display for Conn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<3}", ProtoName(u16::from(self.proto)))?;
        for end in [self.client, self.service, self.dest] {
            write!(f, " {} {:04X}", ProcAddr(end.addr), end.port.to_host())?;
        }
        write!(f, " {:<11} {:7}", self.state, self.expires)?;
        if let Some((name, data)) = self.engine {
            write!(f, " {name} {data}")?;
        }

        f.write_str("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Addr;
    use crate::byteorder::Be16;
    use core::net::Ipv4Addr;
    use std::string::{
        String,
        ToString, //
    };

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
            engine: None,
        }
    }

    #[test]
    fn lines_of_the_description() {
        assert_eq!(
            conn("ESTABLISHED").to_string(),
            "TCP 0A000002 C350 C0000201 1F90 AC100002 1F90 ESTABLISHED     897\n"
        );
        let sip = Conn {
            proto: 17,
            client: end(Ipv4Addr::new(10, 0, 0, 2), 0),
            service: end(Ipv4Addr::new(192, 0, 2, 1), 5060),
            dest: end(Ipv4Addr::new(172, 16, 0, 2), 5060),
            expires: 297,
            engine: Some(("sip", "abc123@10.0.0.2")),
            ..conn("ASSURED")
        };
        assert_eq!(
            sip.to_string(),
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
            mark.to_string(),
            "IP  0A000002 0000 00000007 0000 AC100002 0000 NONE            358\n"
        );
    }

    #[test]
    fn columns_stand_below_the_header() {
        let line = conn("NONE").to_string();
        let column = |text: &str, name: &str| text.find(name).unwrap();

        assert_eq!(column(HEADER, "State"), column(&line, "NONE"));
        assert_eq!(column(HEADER, "Expires") + 7, line.len() - 1);
    }

    #[test]
    fn families_may_differ() {
        let address = "fd00::1".parse::<core::net::Ipv6Addr>().unwrap();
        let line: String = Conn {
            dest: end(address, 80),
            ..conn("SYN_RECV")
        }
        .to_string();

        assert_eq!(
            line,
            "TCP 0A000002 C350 C0000201 1F90 fd00:0000:0000:0000:0000:0000:0000:0001 0050 \
             SYN_RECV        897\n"
        );
    }
}
