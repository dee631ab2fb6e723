// SPDX-License-Identifier: GPL-2.0

//! What there is once for IPv4 and once for IPv6.
//!
//! The packet path and the connections are generic over the type of address.

use super::{
    conn::table::ConnTable,
    conn::Conns,
    service::dest::Dest, //
};
use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};
use ipvs_core::ip::Ip;
use kernel::sync::Arc;
use linux_ext::net::{
    inet::Inet,
    netfilter::Version, //
};

/// A version of IP, by its type of address.
pub(crate) trait Family: Ip + Inet {
    /// How netfilter calls it.
    const VERSION: Version;

    /// The table of its connections, if there is one.
    fn table(conns: &Conns) -> Option<&Arc<ConnTable<Self>>>;

    /// The route to a destination.
    fn route_cache(dest: &Dest) -> &Self::Cache;
}

impl Family for Ipv4Addr {
    const VERSION: Version = Version::V4;

    #[inline]
    fn table(conns: &Conns) -> Option<&Arc<ConnTable<Self>>> {
        Some(conns.v4())
    }

    #[inline]
    fn route_cache(dest: &Dest) -> &Self::Cache {
        &dest.route4
    }
}

impl Family for Ipv6Addr {
    const VERSION: Version = Version::V6;

    #[inline]
    fn table(conns: &Conns) -> Option<&Arc<ConnTable<Self>>> {
        conns.v6()
    }

    #[inline]
    fn route_cache(dest: &Dest) -> &Self::Cache {
        &dest.route6
    }
}
