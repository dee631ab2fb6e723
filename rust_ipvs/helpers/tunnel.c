// SPDX-License-Identifier: GPL-2.0
#include <linux/if.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/gre.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/udp.h>
#include <net/xfrm.h>

struct rtable *rust_ipvs_helper_tunnel_route4(struct net *net, __be32 daddr, __be32 *saddr)
{
	struct flowi4 fl4 = { .daddr = daddr };
	struct rtable *rt = ip_route_output_key(net, &fl4);

	/* Once more with the source, on which the route may depend. */
	if (!IS_ERR(rt) && fl4.saddr) {
		ip_rt_put(rt);
		flowi4_update_output(&fl4, 0, daddr, fl4.saddr);
		rt = ip_route_output_key(net, &fl4);
	}
	*saddr = fl4.saddr;
	return rt;
}

bool rust_ipvs_helper_tunnel_check(struct dst_entry *dst, u32 cookie)
{
	return !READ_ONCE(dst->obsolete) || dst->ops->check(dst, cookie);
}

bool rust_ipvs_helper_tunnel_is_local6(const struct dst_entry *dst)
{
	return dst->dev && dst->dev->flags & IFF_LOOPBACK;
}

unsigned int rust_ipvs_helper_tunnel_mtu(const struct dst_entry *dst)
{
	return dst_mtu(dst);
}

int rust_ipvs_helper_tunnel_begin(struct sk_buff *skb, unsigned int room, int gso_type, u8 ipproto)
{
	int err = skb_cow_head(skb, LL_RESERVED_SPACE(skb_dst(skb)->dev) + room);

	if (!err)
		err = iptunnel_handle_offloads(skb, gso_type);
	if (err)
		return err;
	skb->transport_header = skb->network_header;
	skb_set_inner_ipproto(skb, ipproto);
	skb_set_inner_mac_header(skb, skb_inner_network_offset(skb));
	return 0;
}

__be16 rust_ipvs_helper_udp_flow_src_port(struct net *net, struct sk_buff *skb)
{
	return udp_flow_src_port(net, skb, 0, 0, false);
}

int rust_ipvs_helper_skb_checksum_start(const struct sk_buff *skb)
{
	return skb_checksum_start_offset(skb);
}

u16 rust_ipvs_helper_skb_checksum_offset(const struct sk_buff *skb)
{
	return skb->csum_offset;
}

void *rust_ipvs_helper_push_network(struct sk_buff *skb, unsigned int len)
{
	void *header = skb_push(skb, len);

	skb_reset_network_header(skb);
	return header;
}

void *rust_ipvs_helper_push_transport(struct sk_buff *skb, unsigned int len)
{
	void *header = skb_push(skb, len);

	skb_reset_transport_header(skb);
	return header;
}

void rust_ipvs_helper_gre_pushed(struct sk_buff *skb, __be16 proto, bool csum)
{
	struct gre_base_hdr *greh = (struct gre_base_hdr *)skb->data;

	skb_set_inner_protocol(skb, proto);
	if (!csum || skb_shinfo(skb)->gso_type & (SKB_GSO_GRE | SKB_GSO_GRE_CSUM))
		return;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		*(__sum16 *)&greh[1] = csum_fold(lco_csum(skb));
		return;
	}
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = sizeof(*greh);
}

void rust_ipvs_helper_local_update_pmtu(struct sk_buff *skb, unsigned int mtu)
{
	struct dst_entry *dst = skb_dst(skb);

	if (!skb->dev && skb->sk && sk_fullsock(skb->sk))
		dst->ops->update_pmtu(dst, skb->sk, NULL, mtu, true);
}

/* What the IP layer knows of a packet of another family means nothing to this one. */
static void tunnel_clear_cb(struct sk_buff *skb, bool same_family)
{
	if (same_family)
		memset(&IPCB(skb)->opt, 0, sizeof(IPCB(skb)->opt));
	else
		memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
}

void rust_ipvs_helper_tunnel_out4(struct net *net, struct sk_buff *skb, bool same_family)
{
	tunnel_clear_cb(skb, same_family);
	ip_select_ident(net, skb, NULL);
	/* The IP layer would send an error of its own, to the wrong address. */
	skb->ignore_df = 1;
	nf_reset_ct(skb);
	ip_local_out(net, skb->sk, skb);
}

#if IS_ENABLED(CONFIG_IPV6)
struct dst_entry *rust_ipvs_helper_tunnel_route6(struct net *net, const u8 *daddr, u8 *saddr,
						 u32 *cookie)
{
	struct flowi6 fl6 = {};
	struct dst_entry *dst;

	memcpy(&fl6.daddr, daddr, sizeof(fl6.daddr));
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error || (ipv6_addr_any(&fl6.saddr) &&
			   ipv6_dev_get_saddr(net, ip6_dst_idev(dst)->dev, &fl6.daddr, 0,
					      &fl6.saddr) < 0)) {
		dst_release(dst);
		return NULL;
	}
	dst = xfrm_lookup(net, dst, flowi6_to_flowi(&fl6), NULL, 0);
	if (IS_ERR(dst))
		return NULL;
	memcpy(saddr, &fl6.saddr, sizeof(fl6.saddr));
	*cookie = rt6_get_cookie(dst_rt6_info(dst));
	return dst;
}

void rust_ipvs_helper_tunnel_out6(struct net *net, struct sk_buff *skb, bool same_family)
{
	tunnel_clear_cb(skb, same_family);
	skb->ignore_df = 1;
	nf_reset_ct(skb);
	ip6_local_out(net, skb->sk, skb);
}
#else
struct dst_entry *rust_ipvs_helper_tunnel_route6(struct net *net, const u8 *daddr, u8 *saddr,
						 u32 *cookie)
{
	return NULL;
}

void rust_ipvs_helper_tunnel_out6(struct net *net, struct sk_buff *skb, bool same_family)
{
	kfree_skb(skb);
}
#endif
