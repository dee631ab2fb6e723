// SPDX-License-Identifier: GPL-2.0

//! What a request says, read before anything is done.

use super::super::{
    check_family,
    Result, //
};
use ipvs_core::uapi::{
    apply::read_expect,
    attr::cmd as attr,
    config::ConfigSpec,
    daemon::{
        parse_daemon,
        parse_daemon_state,
        DaemonSpec, //
    },
    dest::{
        parse_dest,
        DestKey,
        DestSpec, //
    },
    drain::{
        parse_drain,
        DrainSpec,
        DRAIN, //
    },
    error::SpecError,
    service::{
        parse_service,
        ServiceKey,
        ServiceSpec, //
    },
};
use linux_ext::net::genetlink::Info;

/// A service and what it is to be like.
pub(super) fn service(info: &Info<'_>) -> Result<(ServiceKey, ServiceSpec)> {
    // Whether there is such a family comes before what is missing of the rest.
    let key = service_key(info)?;
    match parse_service(service_nest(info)?, true)? {
        (_, Some(spec)) => Ok((key, spec)),
        (_, None) => Err(SpecError::ServiceIncomplete.into()),
    }
}

/// A service.
pub(super) fn service_key(info: &Info<'_>) -> Result<ServiceKey> {
    let (key, _) = parse_service(service_nest(info)?, false)?;
    check_family(key.family)?;
    Ok(key)
}

/// Whether a service is mentioned at all.
pub(super) fn has_service(info: &Info<'_>) -> bool {
    info.attr(attr::SERVICE).is_some()
}

/// A destination of `service` and what it is to be like.
pub(super) fn dest(info: &Info<'_>, service: &ServiceKey) -> Result<(DestKey, DestSpec)> {
    match parse_dest(dest_nest(info)?, service.family, true)? {
        (key, Some(spec)) => {
            check_family(key.addr.family())?;
            Ok((key, spec))
        }
        (_, None) => Err(SpecError::DestIncomplete.into()),
    }
}

/// The weight that a destination must have before it is changed, if that is said.
pub(super) fn expected(info: &Info<'_>) -> Result<Option<u32>> {
    Ok(read_expect(dest_nest(info)?)?)
}

/// A destination of `service`.
pub(super) fn dest_key(info: &Info<'_>, service: &ServiceKey) -> Result<DestKey> {
    let (key, _) = parse_dest(dest_nest(info)?, service.family, false)?;
    check_family(key.addr.family())?;
    Ok(key)
}

/// How a destination is to drain.
pub(super) fn drain(info: &Info<'_>) -> Result<DrainSpec> {
    Ok(parse_drain(info.attr(DRAIN))?)
}

/// A sync daemon and what it is to be like.
pub(super) fn daemon(info: &Info<'_>) -> Result<DaemonSpec> {
    Ok(parse_daemon(daemon_nest(info)?)?)
}

/// The state of a sync daemon.
pub(super) fn daemon_state(info: &Info<'_>) -> Result<u32> {
    Ok(parse_daemon_state(daemon_nest(info)?)?)
}

/// Lifetimes; what is missing stays.
pub(super) fn config(info: &Info<'_>) -> ConfigSpec {
    ConfigSpec {
        tcp: number(info, attr::TIMEOUT_TCP),
        tcp_fin: number(info, attr::TIMEOUT_TCP_FIN),
        udp: number(info, attr::TIMEOUT_UDP),
    }
}

fn service_nest<'a>(info: &'a Info<'_>) -> Result<&'a [u8]> {
    Ok(info.attr(attr::SERVICE).ok_or(SpecError::ServiceMissing)?)
}

fn dest_nest<'a>(info: &'a Info<'_>) -> Result<&'a [u8]> {
    Ok(info.attr(attr::DEST).ok_or(SpecError::DestMissing)?)
}

fn daemon_nest<'a>(info: &'a Info<'_>) -> Result<&'a [u8]> {
    Ok(info.attr(attr::DAEMON).ok_or(SpecError::DaemonMissing)?)
}

/// A number of 32 bits, 0 if it is missing.
fn number(info: &Info<'_>, kind: u16) -> u32 {
    let bytes = info.attr(kind).and_then(|data| data.first_chunk());
    bytes.copied().map_or(0, u32::from_ne_bytes)
}
