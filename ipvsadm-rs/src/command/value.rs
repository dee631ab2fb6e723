// SPDX-License-Identifier: GPL-2.0
//! Values of options: numbers, addresses with ports, masks, flags.

use crate::error::Error;
use crate::model::TunnelKind;
use crate::resolve::{inet_aton, number, plain_endpoint, Names};
use ipvs_core::uapi::service_name::ServiceName;
use ipvs_core::uapi::{svc_flag, tun_flag};
use std::net::{IpAddr, Ipv4Addr};

/// The longest time: 31 days.
const MAX_TIMEOUT: i64 = 31 * 86_400;
/// Persistence without a time.
pub const DEFAULT_TIMEOUT: u32 = 360;

/// A number within limits.
pub fn ranged(text: &str, min: i64, max: i64) -> Option<i64> {
    number(text).filter(|n| (min..=max).contains(n))
}

/// A number within limits of a type, or a refusal by the name of what it is.
pub fn quantity<T: TryFrom<i64>>(text: &str, min: i64, max: i64, what: &str) -> Result<T, Error> {
    let value = ranged(text, min, max).and_then(|n| T::try_from(n).ok());
    value.ok_or_else(|| Error::refused(format!("illegal {what} specified")))
}

/// Seconds.
pub fn timeout(text: &str, min: i64) -> Result<u32, Error> {
    let value = ranged(text, min, MAX_TIMEOUT).and_then(|n| u32::try_from(n).ok());
    value.ok_or_else(|| Error::refused(format!("invalid timeout value `{text}' specified")))
}

/// What a service is called.
pub fn name(text: &str) -> Result<String, Error> {
    match ServiceName::new(text.as_bytes()) {
        Some(_) => Ok(text.to_owned()),
        None => Err(Error::refused(format!(
            "invalid name `{text}' specified: a word of up to 63 letters, digits or -_.:/@+ is expected"
        ))),
    }
}

/// A firewall mark.
pub fn mark(text: &str) -> Result<u32, Error> {
    let value = ranged(text, 1, u32::MAX.into()).and_then(|n| u32::try_from(n).ok());
    value.ok_or_else(|| Error::refused(format!("invalid fwmark value `{text}' specified")))
}

/// An address or the name of a host.
fn host(text: &str, names: &dyn Names) -> Option<Ipv4Addr> {
    inet_aton(text).or_else(|| names.host(text))
}

/// An IPv4 mask.
pub fn mask(text: &str, names: &dyn Names) -> Result<Ipv4Addr, Error> {
    host(text, names)
        .ok_or_else(|| Error::refused("illegal virtual server persistent mask specified"))
}

/// The length of an IPv6 prefix, as atoi(3) reads it: up to the first character that is no digit.
pub fn prefix(text: &str) -> Result<u32, Error> {
    let start = text.trim_start();
    let end = start
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *i == 0 && *c == '+'));
    let digits = &start[..end.map_or(start.len(), |(i, _)| i)];
    ranged(digits, 1, 128)
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| Error::refused("illegal ipv6 netmask specified"))
}

/// `host[:port]` or `[host]:port`; the port is of `protocol`.
pub fn endpoint(text: &str, protocol: u16, names: &dyn Names) -> Option<(IpAddr, Option<u16>)> {
    match plain_endpoint(text) {
        Some((addr, port)) => Some((addr.into(), port)),
        None => any_endpoint(text, protocol, names),
    }
}

fn any_endpoint(text: &str, protocol: u16, names: &dyn Names) -> Option<(IpAddr, Option<u16>)> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (host_text, outer) = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            (inside, Some(after.strip_prefix(':')?))
        }
        None => (text, None),
    };
    // an IPv6 address has two colons at least
    let colons = host_text.bytes().filter(|b| *b == b':').take(2).count();
    let ipv6 = (colons == 2).then(|| host_text.parse().ok()).flatten();
    let (addr, port) = match ipv6 {
        Some(addr) => (IpAddr::V6(addr), outer),
        // what follows the bracket is not looked at: stock loses that port, too
        None => match host_text.rsplit_once(':') {
            Some((name, port)) => (host(name, names)?.into(), Some(port)),
            None => (host(host_text, names)?.into(), None),
        },
    };
    let port = match port {
        Some(text) => Some(port_number(text, protocol, names)?),
        None => None,
    };
    Some((addr, port))
}

fn port_number(text: &str, protocol: u16, names: &dyn Names) -> Option<u16> {
    let number = ranged(text, 0, 65_535).and_then(|n| u16::try_from(n).ok());
    number.or_else(|| names.port(text, protocol))
}

/// A comma-separated list of scheduler flags. Empty parts count for nothing.
pub fn scheduler_flags(text: &str, scheduler: &str) -> Result<u32, Error> {
    let scheduler = if scheduler.is_empty() {
        "wlc"
    } else {
        scheduler
    };
    let mut flags = 0;
    let mut parts = text.split(',').filter(|part| !part.is_empty()).peekable();
    if parts.peek().is_none() {
        return Err(Error::refused(format!("invalid scheduler flag `{text}'")));
    }
    for part in parts {
        let (bit, only) = match part {
            "flag-1" => (svc_flag::SCHED1, None),
            "flag-2" => (svc_flag::SCHED2, None),
            "flag-3" => (svc_flag::SCHED3, None),
            "sh-fallback" => (svc_flag::SCHED1, Some("sh")),
            "sh-port" => (svc_flag::SCHED2, Some("sh")),
            "mh-fallback" => (svc_flag::SCHED1, Some("mh")),
            "mh-port" => (svc_flag::SCHED2, Some("mh")),
            _ => return Err(Error::refused(format!("invalid scheduler flag `{part}'"))),
        };
        if only.is_some_and(|only| only != scheduler) {
            return Err(Error::refused(format!(
                "incompatible scheduler flag `{part}'"
            )));
        }
        flags |= bit;
    }
    Ok(flags)
}

/// A multicast group: IPv6 if there is a colon.
pub fn group(text: &str) -> Result<IpAddr, Error> {
    let (kind, addr) = if text.contains(':') {
        ("IPv6", text.parse().ok().map(IpAddr::V6))
    } else {
        ("IPv4", text.parse().ok().map(IpAddr::V4))
    };
    addr.filter(|addr| addr.is_multicast())
        .ok_or_else(|| Error::refused(format!("invalid {kind} mcast-group `{text}'")))
}

/// The bits of an option about the checksum of a tunnel.
pub const TUNNEL_FLAGS: [u16; 3] = [0, tun_flag::CSUM, tun_flag::REMCSUM];

/// A type of tunnel.
pub fn tunnel_kind(text: &str) -> Result<TunnelKind, Error> {
    match text {
        "ipip" => Ok(TunnelKind::Ipip),
        "gue" => Ok(TunnelKind::Gue),
        "gre" => Ok(TunnelKind::Gre),
        _ => Err(Error::refused("illegal tunnel type specified")),
    }
}

/// The first `max` bytes, less a broken character.
pub fn cut(text: &str, max: usize) -> String {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoNames;

    impl Names for NoNames {
        fn host(&self, _: &str) -> Option<Ipv4Addr> {
            None
        }
        fn port(&self, _: &str, _: u16) -> Option<u16> {
            None
        }
        fn host_name(&self, _: IpAddr) -> Option<String> {
            None
        }
        fn service_name(&self, _: u16, _: u16) -> Option<String> {
            None
        }
    }

    /// Whether it took the short way.
    fn same_on_both_ways(text: &str) -> bool {
        let plain = plain_endpoint(text);
        if let Some((addr, port)) = plain {
            let any = any_endpoint(text, 6, &NoNames);
            assert_eq!(any, Some((IpAddr::V4(addr), port)), "{text:?}");
        }
        plain.is_some()
    }

    #[test]
    fn the_short_way_leads_to_the_same() {
        for text in [
            "10.1.2.3",
            "0.0.0.0:0",
            "255.255.255.255:65535",
            "1.2.3.4:000080",
        ] {
            assert!(same_on_both_ways(text), "{text}");
        }
        for text in [
            "",
            "1",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.00",
            "256.1.1.1",
            "1.2.3.4:",
            "1.2.3.4:65536",
            "1.2.3.4: 80",
            "1.2.3.4:+80",
            "1.2.3.4:http",
            " 1.2.3.4",
            "::1",
        ] {
            assert!(!same_on_both_ways(text), "{text}");
        }
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below
        };
        let mut taken = 0;
        for _ in 0..200_000 {
            let mut text = format!(
                "{}.{}.{}.{}:{}",
                random(300),
                random(20),
                random(260),
                random(256),
                random(70_000)
            )
            .into_bytes();
            for _ in 0..random(3) {
                let at = random(text.len());
                match random(3) {
                    0 => text[at] = b"0123456789.:+ x"[random(15)],
                    1 => text.insert(at, b"0123456789.:+ x"[random(15)]),
                    _ => drop(text.remove(at)),
                }
            }
            taken += usize::from(same_on_both_ways(std::str::from_utf8(&text).unwrap()));
        }
        assert!(taken > 50_000, "{taken}");
    }
}
