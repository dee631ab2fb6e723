// SPDX-License-Identifier: GPL-2.0
#include <net/genetlink.h>
#include <net/sock.h>

int rust_ipvs_helper_genlmsg_reply(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_reply(skb, info);
}

struct net *rust_ipvs_helper_netlink_net(const struct netlink_callback *cb)
{
	return sock_net(cb->skb->sk);
}

u32 rust_ipvs_helper_netlink_portid(const struct netlink_callback *cb)
{
	return NETLINK_CB(cb->skb).portid;
}

/* Whether somebody listens to a group, in whatever namespace. */
bool rust_ipvs_helper_genl_has_listeners(const struct genl_family *family, struct net *net,
					 unsigned int group)
{
	return genl_has_listeners(family, net, group) > 0;
}

/* The caller may be in an RCU section. */
int rust_ipvs_helper_genl_multicast(const struct genl_family *family, struct net *net,
				    struct sk_buff *skb, unsigned int group)
{
	return genlmsg_multicast_netns(family, net, skb, 0, group, GFP_ATOMIC);
}
