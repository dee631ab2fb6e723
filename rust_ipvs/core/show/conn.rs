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
