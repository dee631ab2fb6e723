// SPDX-License-Identifier: GPL-2.0
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/sock.h>

int rust_ipvs_helper_defrag4(struct net *net, struct sk_buff *skb, u32 user)
{
	int err;

	local_bh_disable();
	err = ip_defrag(net, skb, user);
	local_bh_enable();
	if (!err)
		ip_send_check(ip_hdr(skb));
	return err;
}

void rust_ipvs_helper_icmp_send(struct sk_buff *skb, int type, int code, __be32 info)
{
	icmp_send(skb, type, code, info);
}

void rust_ipvs_helper_in_hdr_error(struct net *net)
{
	IP_INC_STATS(net, IPSTATS_MIB_INHDRERRORS);
}

void rust_ipvs_helper_local_out4(struct net *net, struct sk_buff *skb)
{
	NF_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, net, NULL, skb, NULL, skb_dst(skb)->dev,
		dst_output);
}

u16 rust_ipvs_helper_dst_family(const struct dst_entry *dst)
{
	return dst->ops->family;
}

bool rust_ipvs_helper_is_nodefrag(struct sk_buff *skb)
{
	struct sock *sk = skb_to_full_sk(skb);

	return sk && sk->sk_family == PF_INET && inet_test_bit(NODEFRAG, sk);
}

void rust_ipvs_helper_skb_clear_tstamp(struct sk_buff *skb)
{
	skb_clear_tstamp(skb);
}

bool rust_ipvs_helper_skb_is_gso(const struct sk_buff *skb)
{
	return skb_is_gso(skb);
}

bool rust_ipvs_helper_skb_is_local(const struct sk_buff *skb)
{
	return !skb->dev || skb->dev->flags & IFF_LOOPBACK;
}

void rust_ipvs_helper_skb_orphan(struct sk_buff *skb)
{
	skb_orphan(skb);
}

struct sk_buff *rust_ipvs_helper_skb_of(const void *packet, unsigned int len, bool ipv6)
{
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + len, GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_put_data(skb, packet, len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
	skb->protocol = ipv6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	return skb;
}

bool rust_ipvs_helper_skb_segs_fit(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu);
}

bool rust_ipvs_helper_skb_strip4(struct sk_buff *skb, unsigned int len, unsigned int header_len)
{
	if (!pskb_pull(skb, len))
		return false;
	skb_reset_network_header(skb);
	memset(&IPCB(skb)->opt, 0, sizeof(IPCB(skb)->opt));
	if (!pskb_may_pull(skb, header_len))
		return false;
	skb_set_transport_header(skb, header_len);
	return true;
}
