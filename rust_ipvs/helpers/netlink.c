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
