// SPDX-License-Identifier: GPL-2.0
#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/string.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/route.h>

struct rtable *rust_ipvs_helper_route_output4(struct net *net, __be32 daddr, bool known_nh)
{
	struct flowi4 fl4 = {
		.daddr = daddr,
		.flowi4_flags = known_nh ? FLOWI_FLAG_KNOWN_NH : 0,
	};

	return ip_route_output_key(net, &fl4);
}

void rust_ipvs_helper_route_hop(const struct dst_entry *dst, u8 *device, u8 *gateway, u16 *family)
{
	strscpy(device, dst_dev(dst)->name, IFNAMSIZ);
	if (dst->ops->family == AF_INET) {
		const struct rtable *rt = dst_rtable(dst);

		*family = rt->rt_gw_family;
		if (rt->rt_gw_family == AF_INET)
			memcpy(gateway, &rt->rt_gw4, sizeof(rt->rt_gw4));
		else if (rt->rt_gw_family == AF_INET6)
			memcpy(gateway, &rt->rt_gw6, sizeof(rt->rt_gw6));
	} else {
		const struct rt6_info *rt = dst_rt6_info(dst);

		if (rt->rt6i_flags & RTF_GATEWAY) {
			*family = AF_INET6;
			memcpy(gateway, &rt->rt6i_gateway, sizeof(rt->rt6i_gateway));
		}
	}
}

int rust_ipvs_helper_route_me_harder4(struct net *net, struct sk_buff *skb)
{
	return ip_route_me_harder(net, skb->sk, skb, RTN_LOCAL);
}

unsigned int rust_ipvs_helper_route_mtu(const struct dst_entry *dst)
{
	return dst_mtu(dst);
}

bool rust_ipvs_helper_route_completes_sctp(const struct dst_entry *dst)
{
	return dst_dev(dst)->features & NETIF_F_SCTP_CRC;
}

bool rust_ipvs_helper_route_is_up(const struct dst_entry *dst)
{
	return netif_running(dst_dev(dst));
}

void rust_ipvs_helper_link_failure(struct sk_buff *skb)
{
	if (!skb->dev)
		skb->dev = skb_dst(skb)->dev;
	dst_link_failure(skb);
}
