// SPDX-License-Identifier: GPL-2.0

//! What the kernel has once for IPv4 and once for IPv6.

use super::{
    namespace::Net,
    netfilter::{HookSkb, Verdict},
    route::{Hop, NextHop, Route4, RouteCache4, RouteRef4},
    route6::{Route6, RouteCache6, RouteRef6},
    skbuff::{OwnedSkBuff, SkBuff, SkBuffMut}, //
};
use crate::sync::rcu::Reader;
use core::net::{Ipv4Addr, Ipv6Addr};
use kernel::prelude::*;

/// Why a packet does not go on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IcmpError {
    /// It has made too many hops; counted as `InHdrErrors`, too.
    Expired,
    /// It is too big for the next link, whose MTU this is.
    TooBig(u32),
    /// Nobody listens at its port.
    NoPort,
}

/// `ICMP_DEST_UNREACH`, `ICMP_PORT_UNREACH`, `ICMP_FRAG_NEEDED`; `ICMP_TIME_EXCEEDED`,
/// `ICMP_EXC_TTL`.
mod icmp4 {
    pub(super) const DEST_UNREACH: u8 = 3;
    pub(super) const PORT_UNREACH: u8 = 3;
    pub(super) const FRAG_NEEDED: u8 = 4;
    pub(super) const TIME_EXCEEDED: u8 = 11;
    pub(super) const TTL: u8 = 0;
}

/// `ICMPV6_DEST_UNREACH`, `ICMPV6_PORT_UNREACH`; `ICMPV6_PKT_TOOBIG`.
mod icmp6 {
    pub(super) const DEST_UNREACH: u8 = 1;
    pub(super) const PORT_UNREACH: u8 = 4;
    pub(super) const TOO_BIG: u8 = 2;
}

/// A borrowed route.
pub trait Route: Copy {
    /// Whether the route leads to this host.
    fn is_local(self) -> bool;

    /// The longest packet that the route carries, in bytes.
    fn mtu(self) -> usize;

    /// Where a packet goes first.
    fn hop(self) -> Hop;

    /// Whether the device that it leads to completes checksums of SCTP.
    fn completes_sctp(self) -> bool;
}

impl Route for RouteRef4<'_> {
    #[inline]
    fn is_local(self) -> bool {
        Self::is_local(self)
    }

    #[inline]
    fn mtu(self) -> usize {
        Self::mtu(self)
    }

    fn hop(self) -> Hop {
        Self::hop(self)
    }

    fn completes_sctp(self) -> bool {
        Self::completes_sctp(self)
    }
}

impl Route for RouteRef6<'_> {
    #[inline]
    fn is_local(self) -> bool {
        Self::is_local(self)
    }

    #[inline]
    fn mtu(self) -> usize {
        Self::mtu(self)
    }

    fn hop(self) -> Hop {
        Self::hop(self)
    }

    fn completes_sctp(self) -> bool {
        Self::completes_sctp(self)
    }
}

/// A version of IP, by its type of address.
///
/// Packets are of this version wherever one is passed; what is asked for one of the other version
/// does not happen.
pub trait Inet: Copy + Send + Sync + 'static {
    /// A route.
    type Route<'a>: Route;

    /// A remembered route.
    type Cache: Default + Send + Sync;

    /// The packet's own route, if it has one of this version.
    fn route_of(skb: &SkBuff) -> Option<Self::Route<'_>>;

    /// Whether the socket that sends the packet asked for it not to be touched.
    fn is_nodefrag(skb: &SkBuff) -> bool;

    /// The remembered route, if there is one and it still holds in `net`.
    fn cached<'rcu>(
        cache: &Self::Cache,
        net: &Net,
        reader: Reader<'rcu>,
    ) -> Option<Self::Route<'rcu>>;

    /// Looks up where a packet of this host to `daddr` goes, and remembers that. Who remembers it forgets
    /// it when its device goes down, by [`Inet::forget_route`].
    ///
    /// # Context
    ///
    /// Softirq or process context.
    fn find_route<'rcu>(
        daddr: Self,
        next_hop: NextHop,
        cache: &Self::Cache,
        net: &Net,
        reader: Reader<'rcu>,
    ) -> Result<Self::Route<'rcu>>;

    /// Forgets the route.
    fn forget_route(cache: &Self::Cache);

    /// Whether the packet has come from another host.
    fn has_come_in(skb: &SkBuff) -> bool;

    /// Whether the source of a packet may have a say in its route.
    fn routes_by_source(net: &Net) -> bool;

    /// Looks the route of the packet up again, as for one that this host sends.
    fn reroute(skb: SkBuffMut<'_>, net: &Net) -> Result;

    /// Whether the packet, or each segment or fragment that it will be cut into, is at most `mtu`
    /// bytes long.
    fn fits(skb: &SkBuff, mtu: usize) -> bool;

    /// Sends the packet as if it came from this host: through `NF_INET_LOCAL_OUT` and then to `route`,
    /// without a reference to it.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    fn local_out<'rcu>(skb: OwnedSkBuff, net: &Net, route: Self::Route<'rcu>, reader: Reader<'rcu>);

    /// Sends a new packet, complete with its header, to `daddr`, which is what the header says.
    /// Connection tracking does not look at it, and it has `ipvs_property`.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    fn send_new(packet: &[u8], daddr: Self, net: &Net, reader: Reader<'_>) -> Result;

    /// Answers the packet with an ICMP error.
    ///
    /// # Context
    ///
    /// Softirq or process context.
    fn icmp_send(skb: SkBuffMut<'_>, net: &Net, error: IcmpError);

    /// Puts the fragments of a packet together. Gives the whole packet back when this was the last
    /// fragment. Until then the fragment is kept, and the verdict says so.
    ///
    /// With IPv6 another hook does that, before ours: a fragment that comes through is let go.
    fn defrag<'hook>(
        skb: HookSkb<'hook>,
        net: &Net,
        user: u32,
    ) -> Result<HookSkb<'hook>, Verdict<'hook>>;
}

/// A new packet that nobody looks at on its way out.
fn untracked(packet: &[u8], is_ipv6: bool) -> Result<OwnedSkBuff> {
    let mut skb = OwnedSkBuff::new(packet, is_ipv6)?;
    skb.as_mut().set_ipvs_property();
    skb.as_mut().set_untracked();
    Ok(skb)
}

impl Inet for Ipv4Addr {
    type Route<'a> = RouteRef4<'a>;
    type Cache = RouteCache4;

    #[inline]
    fn route_of(skb: &SkBuff) -> Option<RouteRef4<'_>> {
        skb.route4()
    }

    #[inline]
    fn is_nodefrag(skb: &SkBuff) -> bool {
        skb.is_nodefrag()
    }

    #[inline]
    fn cached<'rcu>(
        cache: &RouteCache4,
        net: &Net,
        reader: Reader<'rcu>,
    ) -> Option<RouteRef4<'rcu>> {
        cache.get(net, reader)
    }

    fn find_route<'rcu>(
        daddr: Self,
        next_hop: NextHop,
        cache: &RouteCache4,
        net: &Net,
        reader: Reader<'rcu>,
    ) -> Result<RouteRef4<'rcu>> {
        Ok(cache.set(Route4::output(net, daddr, next_hop)?, reader))
    }

    fn forget_route(cache: &RouteCache4) {
        cache.clear();
    }

    fn has_come_in(skb: &SkBuff) -> bool {
        skb.route4().is_some_and(RouteRef4::is_input)
    }

    #[inline]
    fn routes_by_source(net: &Net) -> bool {
        net.has_policy_routing4()
    }

    #[inline]
    fn reroute(skb: SkBuffMut<'_>, net: &Net) -> Result {
        skb.reroute4(net)
    }

    #[inline]
    fn fits(skb: &SkBuff, mtu: usize) -> bool {
        skb.fits(mtu)
    }

    #[inline]
    fn local_out<'rcu>(skb: OwnedSkBuff, net: &Net, route: RouteRef4<'rcu>, reader: Reader<'rcu>) {
        skb.local_out4(net, route, reader);
    }

    fn send_new(packet: &[u8], daddr: Self, net: &Net, reader: Reader<'_>) -> Result {
        let route = Route4::output(net, daddr, NextHop::Addressed)?;
        // What is given up here is freed after a grace period.
        untracked(packet, false)?.local_out4(net, route.as_ref(), reader);
        Ok(())
    }

    #[cold]
    fn icmp_send(skb: SkBuffMut<'_>, net: &Net, error: IcmpError) {
        match error {
            IcmpError::Expired => {
                net.count_in_hdr_error();
                skb.icmp_send4(icmp4::TIME_EXCEEDED, icmp4::TTL, 0);
            }
            IcmpError::TooBig(mtu) => {
                skb.icmp_send4(icmp4::DEST_UNREACH, icmp4::FRAG_NEEDED, mtu);
            }
            IcmpError::NoPort => skb.icmp_send4(icmp4::DEST_UNREACH, icmp4::PORT_UNREACH, 0),
        }
    }

    fn defrag<'hook>(
        skb: HookSkb<'hook>,
        net: &Net,
        user: u32,
    ) -> Result<HookSkb<'hook>, Verdict<'hook>> {
        skb.defrag4(net, user)
    }
}

impl Inet for Ipv6Addr {
    type Route<'a> = RouteRef6<'a>;
    type Cache = RouteCache6;

    #[inline]
    fn route_of(skb: &SkBuff) -> Option<RouteRef6<'_>> {
        skb.route6()
    }

    #[inline]
    fn is_nodefrag(_skb: &SkBuff) -> bool {
        false
    }

    #[inline]
    fn cached<'rcu>(
        cache: &RouteCache6,
        _net: &Net,
        reader: Reader<'rcu>,
    ) -> Option<RouteRef6<'rcu>> {
        cache.get(reader)
    }

    fn find_route<'rcu>(
        daddr: Self,
        next_hop: NextHop,
        cache: &RouteCache6,
        net: &Net,
        reader: Reader<'rcu>,
    ) -> Result<RouteRef6<'rcu>> {
        let route = cache.set(Route6::output(net, daddr, next_hop)?, reader)?;
        // Such a route is one of its own, which nobody takes from us when its device goes: that
        // would wait for us. If it goes down at this moment, either whoever forgets what leads over
        // it sees the route, or we see that it is down. One to this host does not say which
        // device it keeps.
        if next_hop == NextHop::Known && (route.is_local() || !route.is_up()) {
            cache.clear();
        }
        Ok(route)
    }

    fn forget_route(cache: &RouteCache6) {
        cache.clear();
    }

    fn has_come_in(skb: &SkBuff) -> bool {
        !skb.is_locally_generated()
    }

    #[inline]
    fn routes_by_source(net: &Net) -> bool {
        net.has_policy_routing6()
    }

    #[inline]
    fn reroute(skb: SkBuffMut<'_>, net: &Net) -> Result {
        skb.reroute6(net)
    }

    #[inline]
    fn fits(skb: &SkBuff, mtu: usize) -> bool {
        skb.fits6(mtu)
    }

    #[inline]
    fn local_out<'rcu>(skb: OwnedSkBuff, net: &Net, route: RouteRef6<'rcu>, reader: Reader<'rcu>) {
        skb.local_out6(net, route, reader);
    }

    fn send_new(packet: &[u8], daddr: Self, net: &Net, reader: Reader<'_>) -> Result {
        let route = Route6::output(net, daddr, NextHop::Addressed)?;
        untracked(packet, true)?.local_out6(net, route.as_ref(), reader);
        Ok(())
    }

    #[cold]
    fn icmp_send(skb: SkBuffMut<'_>, net: &Net, error: IcmpError) {
        match error {
            IcmpError::Expired => skb.icmp_expired6(net),
            IcmpError::TooBig(mtu) => skb.icmp_send6(net, icmp6::TOO_BIG, 0, mtu),
            IcmpError::NoPort => {
                skb.icmp_send6(net, icmp6::DEST_UNREACH, icmp6::PORT_UNREACH, 0);
            }
        }
    }

    fn defrag<'hook>(
        skb: HookSkb<'hook>,
        _net: &Net,
        _user: u32,
    ) -> Result<HookSkb<'hook>, Verdict<'hook>> {
        Err(skb.accept())
    }
}
