// SPDX-License-Identifier: GPL-2.0
#include <net/sock.h>

struct net *rust_ipvs_helper_sock_net(const struct sock *sk)
{
	return sock_net(sk);
}

bool rust_ipvs_helper_sock_holds_net(const struct sock *sk)
{
	return sk->sk_net_refcnt;
}
