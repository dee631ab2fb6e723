// SPDX-License-Identifier: GPL-2.0

//! Timeouts and general information, which are attributes of the message itself.

use super::attr::{
    cmd,
    info, //
};
use super::error::SpecError;
use super::nla::Sink;
use super::VERSION_CODE;
use crate::proto::Timeouts;

/// Timeouts to be set, in seconds; 0 keeps one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConfigSpec {
    /// Of established TCP connections.
    pub tcp: u32,
    /// Of TCP connections after a FIN.
    pub tcp_fin: u32,
    /// Of UDP connections.
    pub udp: u32,
}

impl ConfigSpec {
    /// Checks that each can be counted in ticks, of which a second has `hz`.
    pub fn validate(&self, hz: u32) -> Result<(), SpecError> {
        let limit = (i32::MAX as u32).checked_div(hz).unwrap_or(0);

        if self.tcp > limit {
            return Err(SpecError::ConfigTcp);
        }
        if self.tcp_fin > limit {
            return Err(SpecError::ConfigTcpFin);
        }
        if self.udp > limit {
            return Err(SpecError::ConfigUdp);
        }
        Ok(())
    }

    /// Sets them.
    pub fn apply(&self, timeouts: &mut Timeouts) {
        timeouts.set(self.tcp, self.tcp_fin, self.udp);
    }
}

/// Writes the timeouts.
pub fn emit_config<S: Sink>(sink: &mut S, timeouts: &Timeouts) -> Result<(), S::Error> {
    let (tcp, tcp_fin, udp) = timeouts.config();

    sink.put(cmd::TIMEOUT_TCP, &tcp.to_ne_bytes())?;
    sink.put(cmd::TIMEOUT_TCP_FIN, &tcp_fin.to_ne_bytes())?;
    sink.put(cmd::TIMEOUT_UDP, &udp.to_ne_bytes())
}

/// Writes the version and the number of buckets of the connection table.
pub fn emit_info<S: Sink>(sink: &mut S, conn_tab_size: u32) -> Result<(), S::Error> {
    sink.put(info::VERSION, &VERSION_CODE.to_ne_bytes())?;
    sink.put(info::CONN_TAB_SIZE, &conn_tab_size.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_what_an_int_of_ticks_holds() {
        let spec = |tcp, tcp_fin, udp| ConfigSpec { tcp, tcp_fin, udp };

        assert_eq!(spec(2_147_483, 2_147_483, 2_147_483).validate(1000), Ok(()));
        assert_eq!(
            spec(2_147_484, 0, 0).validate(1000),
            Err(SpecError::ConfigTcp)
        );
        assert_eq!(
            spec(0, 2_147_484, 0).validate(1000),
            Err(SpecError::ConfigTcpFin)
        );
        assert_eq!(
            spec(0, 0, u32::MAX).validate(1000),
            Err(SpecError::ConfigUdp)
        );
        assert_eq!(spec(0, 0, 2_147_484).validate(250), Ok(()));
        assert_eq!(spec(0, 0, 0).validate(0), Ok(()));
    }

    #[test]
    fn apply_keeps_what_is_0() {
        let mut timeouts = Timeouts::default();
        let spec = ConfigSpec {
            tcp: 60,
            tcp_fin: 0,
            udp: 10,
        };

        spec.apply(&mut timeouts);
        assert_eq!(timeouts.config(), (60, 120, 10));
    }
}
