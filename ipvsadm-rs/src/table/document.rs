// SPDX-License-Identifier: GPL-2.0
//! The file: TOML to a table. The names are those of the JSON listing.

use super::{name, Entry, Place, Table};
use crate::command::policy;
use crate::command::value::{self, scheduler_flags, DEFAULT_TIMEOUT};
use crate::error::Error;
use crate::model::{protocol, Method, Netmask, Server, Service, ServiceKey, Tunnel, TunnelKind};
use ipvs_core::policy::{Change, Field, Kind};
use ipvs_core::uapi::{svc_flag, tun_flag};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    service: Vec<Spanned<ServiceText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceText {
    tcp: Option<Endpoint>,
    udp: Option<Endpoint>,
    sctp: Option<Endpoint>,
    fwmark: Option<u32>,
    #[serde(default)]
    ipv6: bool,
    #[serde(default = "default_scheduler")]
    scheduler: String,
    #[serde(default)]
    scheduler_flags: Vec<String>,
    #[serde(default)]
    one_packet: bool,
    persistence: Option<PersistenceText>,
    engine: Option<String>,
    #[serde(default)]
    slow_start: u32,
    #[serde(default)]
    name: String,
    #[serde(default)]
    policy: BTreeMap<String, Setting>,
    #[serde(default)]
    server: Vec<Spanned<ServerText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersistenceText {
    #[serde(default = "default_timeout")]
    timeout: u32,
    netmask: Option<Ipv4Addr>,
    prefix_length: Option<u32>,
}

/// What a service has of its own of a setting.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Setting {
    Switch(bool),
    Number(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerText {
    address: Endpoint,
    #[serde(default)]
    method: MethodText,
    #[serde(default = "default_weight")]
    weight: u32,
    #[serde(default)]
    upper_threshold: u32,
    #[serde(default)]
    lower_threshold: u32,
    tunnel: Option<TunnelText>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MethodText {
    Masquerading,
    Local,
    Tunnel,
    #[default]
    Route,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TunnelText {
    #[serde(rename = "type", default)]
    kind: KindText,
    #[serde(default)]
    port: u16,
    #[serde(default)]
    checksum: ChecksumText,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindText {
    #[default]
    Ipip,
    Gue,
    Gre,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ChecksumText {
    #[default]
    None,
    Full,
    Remote,
}

/// `address:port`, `[address]:port`, or an address without port.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Endpoint(IpAddr, Option<u16>);

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Ok(whole) = text.parse::<std::net::SocketAddr>() {
            return Ok(Self(whole.ip(), Some(whole.port())));
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        match bare.unwrap_or(&text).parse() {
            Ok(addr) => Ok(Self(addr, None)),
            Err(_) => Err(format!(
                "`{text}' is no address: 192.0.2.1:80 or [2001:db8::1]:80 is expected"
            )),
        }
    }
}

fn default_scheduler() -> String {
    "wlc".into()
}

fn default_timeout() -> u32 {
    DEFAULT_TIMEOUT
}

fn default_weight() -> u32 {
    1
}

/// Reads a file, of which `file` is the name. Errors tell the line and the value.
pub fn read(file: &str, text: &str) -> Result<Table, Error> {
    let document: Document = toml::from_str(text)
        .map_err(|error| Error::refused(format!("{file}: {}", error.to_string().trim_end())))?;
    let mut table = Table::new();
    for service in document.service {
        let start = service.span().start;
        let refusal = |at, words: &str| refusal(file, line(text, at), words);
        let entry = entry(service.into_inner())
            .map_err(|(at, words)| refusal(at.unwrap_or(start), &words))?;
        let key = entry.service.key;
        if table.insert(Place::of(&key), entry).is_some() {
            return Err(refusal(start, &format!("{} is there twice", name(&key))));
        }
    }
    Ok(table)
}

fn refusal(file: &str, line: usize, words: &str) -> Error {
    Error::refused(format!("{file}: line {line}: {words}"))
}

/// The line that a byte is in. It is counted anew, so ask for errors alone.
pub(crate) fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// The byte where it is, if that is not the beginning of the service, and what is wrong.
type Wrong = (Option<usize>, String);

fn entry(text: ServiceText) -> Result<Entry, Wrong> {
    let key = key(&text).map_err(|words| (None, words.to_owned()))?;
    let ipv6 = key.is_ipv6();
    let mut flags = 0;
    if !text.scheduler_flags.is_empty() {
        flags |= scheduler_flags(&text.scheduler_flags.join(","), &text.scheduler)
            .map_err(|error| (None, error.to_string().trim_end().to_owned()))?;
    }
    if text.one_packet {
        flags |= svc_flag::ONEPACKET;
    }
    let mut timeout = 0;
    let mut netmask = Netmask::host(ipv6);
    if let Some(persistence) = &text.persistence {
        flags |= svc_flag::PERSISTENT;
        timeout = persistence.timeout;
        netmask = mask(persistence, ipv6).map_err(|words| (None, words.to_owned()))?;
    }
    let service = Service {
        key,
        scheduler: text.scheduler,
        engine: text.engine.filter(|name| !name.is_empty()),
        flags,
        timeout,
        netmask,
        slow_start: Some(text.slow_start),
        name: Some(checked_name(&text.name).map_err(|words| (None, words))?),
        policy: policy(&text.policy).map_err(|words| (None, words))?,
    };
    let mut entry = Entry::new(service, []);
    for server in text.server {
        let start = server.span().start;
        let wrong = |words| (Some(start), words);
        let server = self::server(server.into_inner(), &key).map_err(wrong)?;
        let place = (server.addr, server.port);
        if entry.servers.insert(place, server).is_some() {
            let server = super::endpoint(server.addr, server.port);
            return Err(wrong(format!("{} has server {server} twice", name(&key))));
        }
    }
    Ok(entry)
}

fn checked_name(text: &str) -> Result<String, String> {
    value::name(text).map_err(|error| error.to_string().trim_end().to_owned())
}

fn policy(settings: &BTreeMap<String, Setting>) -> Result<Change, String> {
    let mut change = Change::default();
    for (key, setting) in settings {
        let field = policy::by_key(key).ok_or_else(|| {
            let keys = Field::ALL.map(policy::key).join(", ");
            format!("policy has {key}, which is none of {keys}")
        })?;
        let value = match (field.kind(), *setting) {
            (Kind::Switch, Setting::Switch(is_on)) => Some(is_on.into()),
            (Kind::Seconds | Kind::Mode, Setting::Number(number)) => Some(number),
            _ => None,
        };
        let value = value.filter(|value| field.allows(*value));
        change.set(field, Some(value.ok_or_else(|| wrong(field, key))?));
    }
    Ok(change)
}

fn wrong(field: Field, key: &str) -> String {
    let expected = match field.kind() {
        Kind::Seconds => "seconds, 1 to 2147483",
        Kind::Mode => "a number, 0 to 3",
        Kind::Switch => "true or false",
    };
    format!("{key} of policy has to be {expected}")
}

fn key(text: &ServiceText) -> Result<ServiceKey, &'static str> {
    let addresses = [
        (text.tcp, protocol::TCP),
        (text.udp, protocol::UDP),
        (text.sctp, protocol::SCTP),
    ];
    let mut keys = addresses.iter().filter_map(|(endpoint, protocol)| {
        let Endpoint(addr, port) = (*endpoint)?;
        Some(ServiceKey::Address {
            protocol: *protocol,
            addr,
            port: port.unwrap_or(0),
        })
    });
    match (keys.next(), keys.next(), text.fwmark) {
        (Some(_), None, None) if text.ipv6 => Err("ipv6 is for services of a fwmark"),
        (Some(key), None, None) => Ok(key),
        (None, None, Some(0)) => Err("fwmark = 0 is no mark; it is 1 to 4294967295"),
        (None, None, Some(mark)) => Ok(ServiceKey::Mark {
            mark,
            ipv6: text.ipv6,
        }),
        _ => Err("a service needs one of tcp, udp, sctp and fwmark"),
    }
}

fn mask(text: &PersistenceText, ipv6: bool) -> Result<Netmask, &'static str> {
    match (text.netmask, text.prefix_length) {
        (None, None) => Ok(Netmask::host(ipv6)),
        (Some(mask), None) if !ipv6 => Ok(Netmask::Mask(mask)),
        (None, Some(prefix @ 1..=128)) if ipv6 => Ok(Netmask::Prefix(prefix)),
        _ if ipv6 => Err("persistence over IPv6 takes prefix_length, 1 to 128"),
        _ => Err("persistence over IPv4 takes netmask"),
    }
}

fn server(text: ServerText, key: &ServiceKey) -> Result<Server, String> {
    let Endpoint(addr, port) = text.address;
    let port = port.unwrap_or(match key {
        ServiceKey::Address { port, .. } => *port,
        ServiceKey::Mark { .. } => 0,
    });
    let weight = i32::try_from(text.weight)
        .map_err(|_| format!("weight = {} is above 2147483647", text.weight))?;
    let method = match text.method {
        MethodText::Masquerading => Method::Masquerade,
        MethodText::Local => Method::Local,
        MethodText::Tunnel => Method::Tunnel,
        MethodText::Route => Method::Route,
    };
    if text.tunnel.is_some() && method != Method::Tunnel {
        return Err("tunnel is for servers with method = \"tunnel\"".into());
    }
    Ok(Server {
        addr,
        port,
        method: method as u32,
        weight,
        tunnel: text
            .tunnel
            .map_or_else(|| Ok(Tunnel::default()), |text| tunnel(&text))?,
        u_threshold: text.upper_threshold,
        l_threshold: text.lower_threshold,
    })
}

fn tunnel(text: &TunnelText) -> Result<Tunnel, String> {
    let (kind, is_gue) = match text.kind {
        KindText::Ipip => (TunnelKind::Ipip, false),
        KindText::Gue => (TunnelKind::Gue, true),
        KindText::Gre => (TunnelKind::Gre, false),
    };
    if is_gue == (text.port == 0) {
        return Err("a tunnel of type \"gue\", and no other, has a port".into());
    }
    Ok(Tunnel {
        kind: kind as u8,
        port: text.port,
        flags: match text.checksum {
            ChecksumText::None => 0,
            ChecksumText::Full => tun_flag::CSUM,
            ChecksumText::Remote => tun_flag::REMCSUM,
        },
    })
}
