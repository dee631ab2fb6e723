// SPDX-License-Identifier: GPL-2.0

//! Locality-based least connections: as the last packet to the same address; if that is too much for
//! the server, as `wlc`.

use super::{
    locality::is_overloaded,
    Server, //
};

/// Whether the server that is remembered is to be chosen again. `available` says whether the service
/// still has it. Above its thresholds it is chosen all the same.
#[inline]
pub fn keeps<S: Server>(
    server: &impl Server,
    available: bool,
    list: impl Iterator<Item = S>,
) -> bool {
    available && server.weight() > 0 && !is_overloaded(server, list)
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::*;

    #[test]
    fn kept() {
        let mut server = Load {
            weight: 1,
            active: 1,
            total: 1,
            overloaded: true,
        };
        let idle = Load {
            active: 0,
            ..server
        };

        assert!(keeps(&server, true, [idle].into_iter()));
        assert!(!keeps(&server, false, [idle].into_iter()));
        server.active = 2;
        assert!(!keeps(&server, true, [idle].into_iter()));
        assert!(keeps(&server, true, [server].into_iter()));
        server.weight = 0;
        assert!(!keeps(&server, true, [server].into_iter()));
    }
}
