// SPDX-License-Identifier: GPL-2.0
//! What several tools have: a service, a server of it, whether the answer is JSON.

use crate::command::value;
use crate::error::Error;
use crate::model::{protocol, ServiceKey};
use crate::resolve::Names;
use clap::Args;
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};

/// The help of `-r`.
pub const SERVER: &str = "Real server";

/// Whether the answer is JSON.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct Json {
    /// As JSON
    #[arg(short, long)]
    pub json: bool,
}

/// An address and a port in JSON.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Endpoint {
    address: IpAddr,
    port: u16,
}

impl From<SocketAddr> for Endpoint {
    fn from(end: SocketAddr) -> Self {
        Self {
            address: end.ip(),
            port: end.port(),
        }
    }
}

/// A virtual service, by the options that ipvsadm has for it.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct ServiceArgs {
    /// TCP service
    #[arg(short = 't', long, value_name = "ADDRESS[:PORT]")]
    pub tcp_service: Option<String>,
    /// UDP service
    #[arg(short = 'u', long, value_name = "ADDRESS[:PORT]")]
    pub udp_service: Option<String>,
    /// SCTP service
    #[arg(long, value_name = "ADDRESS[:PORT]")]
    pub sctp_service: Option<String>,
    /// Service of a firewall mark
    #[arg(short = 'f', long, value_name = "MARK")]
    pub fwmark_service: Option<String>,
    /// Service of a firewall mark on IPv6 packets
    #[arg(long, value_name = "MARK")]
    pub fwmark6_service: Option<String>,
}

impl ServiceArgs {
    /// Whether a service is named, for tools that do without.
    pub fn is_given(&self) -> bool {
        let named = [
            &self.tcp_service,
            &self.udp_service,
            &self.sctp_service,
            &self.fwmark_service,
            &self.fwmark6_service,
        ];
        named.iter().any(|text| text.is_some())
    }

    /// The service that is meant.
    pub fn key(&self, names: &dyn Names) -> Result<ServiceKey, Error> {
        let marks = [(&self.fwmark_service, false), (&self.fwmark6_service, true)];
        for (text, ipv6) in marks {
            if let Some(text) = text {
                let mark = value::mark(text)?;
                return Ok(ServiceKey::Mark { mark, ipv6 });
            }
        }
        let addresses = [
            (&self.tcp_service, protocol::TCP),
            (&self.udp_service, protocol::UDP),
            (&self.sctp_service, protocol::SCTP),
        ];
        for (text, protocol) in addresses {
            if let Some(text) = text {
                let (addr, port) = endpoint(text, protocol, names)?;
                return Ok(ServiceKey::Address {
                    protocol,
                    addr,
                    port: port.unwrap_or(0),
                });
            }
        }
        Err(Error::refused("no virtual service specified"))
    }

    /// The protocol by which names of ports are looked up.
    pub fn protocol(&self) -> u16 {
        match (&self.udp_service, &self.sctp_service) {
            (Some(_), _) => protocol::UDP,
            (_, Some(_)) => protocol::SCTP,
            _ => protocol::TCP,
        }
    }
}

/// A virtual service, or none.
#[derive(Clone, Debug)]
pub struct MaybeService(pub Option<ServiceArgs>);

impl clap::FromArgMatches for MaybeService {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        match ServiceArgs::group_id() {
            Some(id) if matches.contains_id(id.as_str()) => {
                ServiceArgs::from_arg_matches(matches).map(|args| Self(Some(args)))
            }
            _ => Ok(Self(None)),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for MaybeService {
    fn augment_args(command: clap::Command) -> clap::Command {
        let command = ServiceArgs::augment_args(command);
        match ServiceArgs::group_id() {
            Some(id) => command.mut_group(id, |group| group.required(false)),
            None => command,
        }
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// An address with or without a port, or what is wrong with it.
pub fn endpoint(
    text: &str,
    protocol: u16,
    names: &dyn Names,
) -> Result<(IpAddr, Option<u16>), Error> {
    // ipvsadm wants a port behind brackets.
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    value::endpoint(bare.unwrap_or(text), protocol, names).ok_or_else(|| {
        Error::refused(format!(
            "`{text}' is no address; ADDRESS:PORT or [ADDRESS]:PORT is expected"
        ))
    })
}
