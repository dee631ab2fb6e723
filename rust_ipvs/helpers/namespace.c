// SPDX-License-Identifier: GPL-2.0
#include <linux/netdevice.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

void *rust_ipvs_helper_net_generic(const struct net *net, unsigned int id)
{
	return net_generic(net, id);
}

struct net_device *rust_ipvs_helper_notifier_device(const void *info)
{
	return netdev_notifier_info_to_dev(info);
}

struct net *rust_ipvs_helper_device_net(const struct net_device *dev)
{
	return dev_net(dev);
}
