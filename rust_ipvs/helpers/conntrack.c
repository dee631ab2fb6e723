// SPDX-License-Identifier: GPL-2.0
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

bool rust_ipvs_helper_skb_ct_confirmed(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && nf_ct_is_confirmed(ct);
}

void rust_ipvs_helper_skb_notrack(struct sk_buff *skb)
{
	nf_conntrack_put(skb_nfct(skb));
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
void rust_ipvs_helper_ct_alter_reply(struct sk_buff *skb, bool source, const u8 *addr,
				     unsigned int len, __be16 port)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct nf_conntrack_tuple tuple;
	union nf_inet_addr new = {};
	bool has_port;

	if (!ct || nf_ct_is_confirmed(ct) || nf_ct_is_dying(ct) ||
	    CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL || len > sizeof(new))
		return;
	tuple = ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	memcpy(&new, addr, len);
	has_port = tuple.dst.protonum != IPPROTO_ICMP && tuple.dst.protonum != IPPROTO_ICMPV6;
	if (source) {
		tuple.src.u3 = new;
		if (has_port)
			tuple.src.u.all = port;
	} else {
		tuple.dst.u3 = new;
		if (has_port)
			tuple.dst.u.all = port;
	}
	nf_conntrack_alter_reply(ct, &tuple);
}

void rust_ipvs_helper_ct_kill(struct net *net, u8 proto, const u8 *src, const u8 *dst,
			      unsigned int len, __be16 sport, __be16 dport)
{
	struct nf_conntrack_tuple tuple = {
		.src.l3num = len == sizeof(struct in6_addr) ? NFPROTO_IPV6 : NFPROTO_IPV4,
		.src.u.all = sport,
		.dst.u.all = dport,
		.dst.protonum = proto,
		.dst.dir = IP_CT_DIR_ORIGINAL,
	};
	struct nf_conntrack_tuple_hash *hash;
	struct nf_conn *ct;

	if (len > sizeof(tuple.src.u3))
		return;
	memcpy(&tuple.src.u3, src, len);
	memcpy(&tuple.dst.u3, dst, len);
	hash = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &tuple);
	if (!hash)
		return;
	ct = nf_ct_tuplehash_to_ctrack(hash);
	nf_ct_kill(ct);
	nf_ct_put(ct);
}

bool rust_ipvs_helper_skb_ct_confirm(struct sk_buff *skb)
{
	return nf_conntrack_confirm(skb) == NF_ACCEPT;
}
#else
void rust_ipvs_helper_ct_alter_reply(struct sk_buff *skb, bool source, const u8 *addr,
				     unsigned int len, __be16 port)
{
}

void rust_ipvs_helper_ct_kill(struct net *net, u8 proto, const u8 *src, const u8 *dst,
			      unsigned int len, __be16 sport, __be16 dport)
{
}

bool rust_ipvs_helper_skb_ct_confirm(struct sk_buff *skb)
{
	return true;
}
#endif
