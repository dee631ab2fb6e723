// SPDX-License-Identifier: GPL-2.0
#include <linux/netfilter_ipv4.h>
#include <net/dst.h>
#include <net/route.h>

struct rtable *rust_ipvs_helper_route_output4(struct net *net, __be32 daddr)
{
	struct flowi4 fl4 = { .daddr = daddr };

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

void rust_ipvs_helper_link_failure(struct sk_buff *skb)
{
	if (!skb->dev)
		skb->dev = skb_dst(skb)->dev;
	dst_link_failure(skb);
}
