// SPDX-License-Identifier: GPL-2.0

//! Sync daemons in requests.

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use super::attr::daemon::*;
use super::error::SpecError;
use super::name::Name;
use super::nla::{
    Policy,
    Rule,
    Table, //
};
use super::IFNAME_MAXLEN;
use crate::addr::Addr;

/// What a daemon does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaemonRole {
    /// Sends connections.
    Master,
    /// Receives them.
    Backup,
}

impl DaemonRole {
    /// From the attribute `STATE`.
    pub const fn from_state(state: u32) -> Result<Self, SpecError> {
        match state {
            1 => Ok(Self::Master),
            2 => Ok(Self::Backup),
            _ => Err(SpecError::DaemonStateUnknown),
        }
    }
}

/// What a daemon is to be like. 0 and `None` stand for the usual value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonSpec {
    /// Its role, of [`DaemonRole`] or not: that is reported after what is wrong with the rest.
    pub state: u32,
    /// The interface that it sends or receives through.
    pub interface: Name,
    /// Identity of its group; a backup with 0 listens to all.
    pub sync_id: u32,
    /// Longest message, in bytes.
    pub max_len: u16,
    /// The multicast address.
    pub group: Option<Addr>,
    /// The port, in host order.
    pub port: u16,
    /// Time to live of messages.
    pub ttl: u8,
}

pub(super) const POLICY: Policy<COUNT> = [
    None,
    Some((Rule::Min(4), SpecError::DaemonState)),
    Some((Rule::Text(IFNAME_MAXLEN - 1), SpecError::DaemonMcastIfn)),
    Some((Rule::Min(4), SpecError::DaemonSyncId)),
    Some((Rule::Min(2), SpecError::DaemonSyncMaxlen)),
    Some((Rule::Min(4), SpecError::DaemonMcastGroup)),
    Some((Rule::Min(16), SpecError::DaemonMcastGroup6)),
    Some((Rule::Min(2), SpecError::DaemonMcastPort)),
    Some((Rule::Min(1), SpecError::DaemonMcastTtl)),
];

/// Reads the nest `DAEMON` of a daemon to be started.
pub fn parse_daemon(nest: &[u8]) -> Result<DaemonSpec, SpecError> {
    let attrs = Table::read(nest, &POLICY)?;
    let incomplete = SpecError::DaemonIncomplete;

    Ok(DaemonSpec {
        state: attrs.u32(STATE).ok_or(incomplete)?,
        interface: attrs.name(MCAST_IFN).ok_or(incomplete)?,
        sync_id: attrs.u32(SYNC_ID).ok_or(incomplete)?,
        max_len: attrs.u16(SYNC_MAXLEN).unwrap_or(0),
        group: read_group(&attrs)?,
        port: attrs.u16(MCAST_PORT).unwrap_or(0),
        ttl: attrs.u8(MCAST_TTL).unwrap_or(0),
    })
}

/// Reads the state from the nest `DAEMON` of a daemon to be stopped.
pub fn parse_daemon_state(nest: &[u8]) -> Result<u32, SpecError> {
    let attrs = Table::read(nest, &POLICY)?;

    attrs.u32(STATE).ok_or(SpecError::DaemonNoState)
}

/// The multicast address; one of IPv4 makes one of IPv6 be ignored.
fn read_group(attrs: &Table<'_, COUNT>) -> Result<Option<Addr>, SpecError> {
    if let Some(octets) = attrs.array(MCAST_GROUP) {
        let addr = Ipv4Addr::from_bits(u32::from_be_bytes(octets));
        return match addr.is_multicast() {
            true => Ok(Some(Addr::V4(addr))),
            false => Err(SpecError::DaemonGroupNotMulticast),
        };
    }
    let Some(octets) = attrs.array(MCAST_GROUP6) else {
        return Ok(None);
    };
    let addr = Ipv6Addr::from_bits(u128::from_be_bytes(octets));
    match addr.is_multicast() {
        true => Ok(Some(Addr::V6(addr))),
        false => Err(SpecError::DaemonGroup6NotMulticast),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::attr;
    use super::*;
    use std::vec::Vec;

    fn full() -> Vec<Vec<u8>> {
        std::vec![
            attr(STATE, &[1, 0, 0, 0]),
            attr(MCAST_IFN, b"eth0\0"),
            attr(SYNC_ID, &[7, 0, 0, 0]),
        ]
    }

    fn parse(more: &[Vec<u8>]) -> Result<DaemonSpec, SpecError> {
        parse_daemon(&[&full()[..], more].concat().concat())
    }

    #[test]
    fn what_is_needed() {
        let spec = parse(&[]).unwrap();

        assert_eq!(DaemonRole::from_state(spec.state), Ok(DaemonRole::Master));
        assert_eq!(spec.interface.as_c_str(), c"eth0");
        assert_eq!(spec.sync_id, 7);
        assert_eq!(
            (spec.max_len, spec.group, spec.port, spec.ttl),
            (0, None, 0, 0)
        );
        for missing in 0..3 {
            let mut attrs = full();
            attrs.remove(missing);
            assert_eq!(
                parse_daemon(&attrs.concat()),
                Err(SpecError::DaemonIncomplete)
            );
        }
    }

    #[test]
    fn what_may_be() {
        let spec = parse(&[
            attr(SYNC_MAXLEN, &[0xb0, 0x04]),
            attr(MCAST_PORT, &[0x90, 0x1f]),
            attr(MCAST_TTL, &[9]),
        ])
        .unwrap();

        assert_eq!((spec.max_len, spec.port, spec.ttl), (1200, 8080, 9));
    }

    #[test]
    fn groups() {
        let v4 = |octets: &[u8; 4]| attr(MCAST_GROUP, octets);
        let v6 = |first| attr(MCAST_GROUP6, &[&[first][..], &[2; 15]].concat());

        let group = parse(&[v4(&[224, 0, 0, 81])]).unwrap().group;
        assert_eq!(group, Some(Addr::V4(Ipv4Addr::new(224, 0, 0, 81))));
        assert!(matches!(
            parse(&[v6(0xff)]).unwrap().group,
            Some(Addr::V6(_))
        ));
        assert_eq!(parse(&[v6(0xfe)]), Err(SpecError::DaemonGroup6NotMulticast));
        assert_eq!(
            parse(&[v4(&[223, 0, 0, 1]), v6(0xff)]),
            Err(SpecError::DaemonGroupNotMulticast)
        );
        assert!(parse(&[v4(&[239, 0, 0, 1]), v6(0)]).is_ok());
    }

    #[test]
    fn states() {
        assert_eq!(parse_daemon_state(&full().concat()), Ok(1));
        assert_eq!(parse_daemon_state(&[]), Err(SpecError::DaemonNoState));
        assert_eq!(
            parse_daemon_state(&attr(STATE, &[1])),
            Err(SpecError::DaemonState)
        );
        assert_eq!(DaemonRole::from_state(2), Ok(DaemonRole::Backup));
        for state in [0, 3, u32::MAX] {
            assert_eq!(
                DaemonRole::from_state(state),
                Err(SpecError::DaemonStateUnknown)
            );
        }
    }
}
