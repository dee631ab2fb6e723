// SPDX-License-Identifier: GPL-2.0
#include <linux/if.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/route.h>

bool rust_ipvs_helper_has_ipv6(void)
{
	return ipv6_mod_enabled();
}

#if IS_ENABLED(CONFIG_IPV6)
bool rust_ipvs_helper_is_local6(struct net *net, const u8 *daddr)
{
	struct flowi6 fl6 = {};
	struct dst_entry *dst;
	bool is_local;

	memcpy(&fl6.daddr, daddr, sizeof(fl6.daddr));
	dst = ip6_route_output(net, NULL, &fl6);
	is_local = !dst->error && dst->dev && dst->dev->flags & IFF_LOOPBACK;
	dst_release(dst);
	return is_local;
}
#else
bool rust_ipvs_helper_is_local6(struct net *net, const u8 *daddr)
{
	return false;
}
#endif

struct rtable *rust_ipvs_helper_route_output4(struct net *net, __be32 daddr, bool known_nh)
{
	struct flowi4 fl4 = {
		.daddr = daddr,
		.flowi4_flags = known_nh ? FLOWI_FLAG_KNOWN_NH : 0,
	};

	return ip_route_output_key(net, &fl4);
}

int rust_ipvs_helper_route_me_harder4(struct net *net, struct sk_buff *skb)
{
	return ip_route_me_harder(net, skb->sk, skb, RTN_LOCAL);
}

unsigned int rust_ipvs_helper_route_mtu4(const struct rtable *rt)
{
	return dst_mtu(&rt->dst);
}

bool rust_ipvs_helper_route_completes_sctp4(const struct rtable *rt)
{
	return dst_dev(&rt->dst)->features & NETIF_F_SCTP_CRC;
}

void rust_ipvs_helper_link_failure(struct sk_buff *skb)
{
	if (!skb->dev)
		skb->dev = skb_dst(skb)->dev;
	dst_link_failure(skb);
}
