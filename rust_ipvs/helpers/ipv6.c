// SPDX-License-Identifier: GPL-2.0
#include <linux/icmpv6.h>
#include <linux/if.h>
#include <linux/ipv6.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

bool rust_ipvs_helper_has_ipv6(void)
{
	return ipv6_mod_enabled();
}

int rust_ipvs_helper_defrag6_enable(struct net *net)
{
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	int (*enable)(struct net *net) = symbol_request(nf_defrag_ipv6_enable);
	int err;

	if (!enable)
		return -ENOENT;
	err = enable(net);
	if (err)
		symbol_put(nf_defrag_ipv6_enable);
	return err;
#else
	return 0;
#endif
}

void rust_ipvs_helper_defrag6_put(void)
{
#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
	symbol_put(nf_defrag_ipv6_enable);
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
void rust_ipvs_helper_icmp6_expired(struct net *net, struct sk_buff *skb)
{
	struct inet6_dev *idev = __in6_dev_get_safely(skb->dev);

	/* The error comes from an address of the device that the packet was to leave by. */
	skb->dev = skb_dst(skb)->dev;
	icmpv6_send(skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
	IP6_INC_STATS(net, idev, IPSTATS_MIB_INHDRERRORS);
}

void rust_ipvs_helper_icmp6_send(struct net *net, struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	if (!skb->dev)
		skb->dev = net->loopback_dev;
	icmpv6_send(skb, type, code, info);
}

struct dst_entry *rust_ipvs_helper_route_output6(struct net *net, const u8 *daddr, bool known_nh)
{
	struct flowi6 fl6 = {};
	struct dst_entry *dst;

	memcpy(&fl6.daddr, daddr, sizeof(fl6.daddr));
	if (known_nh)
		fl6.flowi6_flags = FLOWI_FLAG_KNOWN_NH;
	dst = ip6_route_output(net, NULL, &fl6);
	if (!dst->error)
		return dst;
	dst_release(dst);
	return NULL;
}

bool rust_ipvs_helper_is_local6(struct net *net, const u8 *daddr)
{
	struct dst_entry *dst = rust_ipvs_helper_route_output6(net, daddr, false);
	bool is_local = dst && rust_ipvs_helper_route_is_local6(dst);

	dst_release(dst);
	return is_local;
}

void rust_ipvs_helper_local_out6(struct net *net, struct sk_buff *skb)
{
	NF_HOOK(NFPROTO_IPV6, NF_INET_LOCAL_OUT, net, NULL, skb, NULL, skb_dst(skb)->dev,
		dst_output);
}

bool rust_ipvs_helper_route_check6(struct dst_entry *dst, u32 cookie)
{
	return !READ_ONCE(dst->obsolete) || dst->ops->check(dst, cookie);
}

u32 rust_ipvs_helper_route_cookie6(const struct dst_entry *dst)
{
	return rt6_get_cookie(dst_rt6_info(dst));
}

bool rust_ipvs_helper_route_is_local6(const struct dst_entry *dst)
{
	return dst->dev && dst->dev->flags & IFF_LOOPBACK;
}

int rust_ipvs_helper_route_me_harder6(struct net *net, struct sk_buff *skb)
{
	return ip6_route_me_harder(net, skb->sk, skb);
}

bool rust_ipvs_helper_route_needs_source6(struct net *net)
{
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	if (net->ipv6.fib6_has_custom_rules)
		return true;
#endif
	return fib6_routes_require_src(net);
}

bool rust_ipvs_helper_skb_fits6(const struct sk_buff *skb, unsigned int mtu)
{
	unsigned int largest = IP6CB(skb)->frag_max_size;

	if (largest)
		return largest <= mtu;
	return skb->len <= mtu || rust_ipvs_helper_skb_segs_fit(skb, mtu);
}
#else
void rust_ipvs_helper_icmp6_expired(struct net *net, struct sk_buff *skb)
{
}

void rust_ipvs_helper_icmp6_send(struct net *net, struct sk_buff *skb, u8 type, u8 code, u32 info)
{
}

struct dst_entry *rust_ipvs_helper_route_output6(struct net *net, const u8 *daddr, bool known_nh)
{
	return NULL;
}

bool rust_ipvs_helper_is_local6(struct net *net, const u8 *daddr)
{
	return false;
}

void rust_ipvs_helper_local_out6(struct net *net, struct sk_buff *skb)
{
	kfree_skb(skb);
}

bool rust_ipvs_helper_route_check6(struct dst_entry *dst, u32 cookie)
{
	return false;
}

u32 rust_ipvs_helper_route_cookie6(const struct dst_entry *dst)
{
	return 0;
}

bool rust_ipvs_helper_route_is_local6(const struct dst_entry *dst)
{
	return false;
}

int rust_ipvs_helper_route_me_harder6(struct net *net, struct sk_buff *skb)
{
	return -EAFNOSUPPORT;
}

bool rust_ipvs_helper_route_needs_source6(struct net *net)
{
	return false;
}

bool rust_ipvs_helper_skb_fits6(const struct sk_buff *skb, unsigned int mtu)
{
	return false;
}
#endif
