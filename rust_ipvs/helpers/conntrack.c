// SPDX-License-Identifier: GPL-2.0
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_timestamp.h>
#include <net/netfilter/nf_conntrack_zones.h>

bool rust_ipvs_helper_skb_ct_confirmed(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && nf_ct_is_confirmed(ct);
}

void rust_ipvs_helper_skb_notrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
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

static struct nf_conn *find_entry(struct net *net, u8 proto, const u8 *src, const u8 *dst,
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

	if (len > sizeof(tuple.src.u3))
		return NULL;
	memcpy(&tuple.src.u3, src, len);
	memcpy(&tuple.dst.u3, dst, len);
	hash = nf_conntrack_find_get(net, &nf_ct_zone_dflt, &tuple);
	return hash ? nf_ct_tuplehash_to_ctrack(hash) : NULL;
}

void rust_ipvs_helper_ct_kill(struct net *net, u8 proto, const u8 *src, const u8 *dst,
			      unsigned int len, __be16 sport, __be16 dport)
{
	struct nf_conn *ct = find_entry(net, proto, src, dst, len, sport, dport);

	if (!ct)
		return;
	nf_ct_kill(ct);
	nf_ct_put(ct);
}

unsigned int rust_ipvs_helper_ct_counters(struct net *net, u8 proto, const u8 *src, const u8 *dst,
					  unsigned int len, __be16 sport, __be16 dport,
					  u64 *numbers)
{
	struct nf_conn *ct = find_entry(net, proto, src, dst, len, sport, dport);
	const struct nf_conn_tstamp *tstamp;
	struct nf_conn_acct *acct;
	unsigned int known = 0;

	if (!ct)
		return 0;
	acct = nf_conn_acct_find(ct);
	if (acct) {
		numbers[0] = atomic64_read(&acct->counter[IP_CT_DIR_ORIGINAL].packets);
		numbers[1] = atomic64_read(&acct->counter[IP_CT_DIR_ORIGINAL].bytes);
		numbers[2] = atomic64_read(&acct->counter[IP_CT_DIR_REPLY].packets);
		numbers[3] = atomic64_read(&acct->counter[IP_CT_DIR_REPLY].bytes);
		known |= 1;
	}
	tstamp = nf_conn_tstamp_find(ct);
	if (tstamp && tstamp->start) {
		u64 now = ktime_get_real_ns();

		/* The clock may have been set back. */
		numbers[4] = now > tstamp->start ? now - tstamp->start : 0;
		known |= 2;
	}
	nf_ct_put(ct);
	return known;
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

unsigned int rust_ipvs_helper_ct_counters(struct net *net, u8 proto, const u8 *src, const u8 *dst,
					  unsigned int len, __be16 sport, __be16 dport,
					  u64 *numbers)
{
	return 0;
}

bool rust_ipvs_helper_skb_ct_confirm(struct sk_buff *skb)
{
	return true;
}
#endif
