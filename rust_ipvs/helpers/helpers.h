/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Non-trivial C macros and inline functions, as symbols that Rust can call.
 *
 * Nothing here decides anything: what can be read from a field is read in Rust.
 */
#ifndef RUST_IPVS_HELPERS_H
#define RUST_IPVS_HELPERS_H

#include <linux/compiler_attributes.h>
#include <linux/compiler_types.h>
#include <linux/percpu.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

struct cpumask;
struct dst_entry;
struct genl_family;
struct genl_info;
struct net;
struct netlink_callback;
struct rtable;
struct sk_buff;
struct sock;

/* A packet that goes no further, for the tracepoint. */
struct rust_ipvs_dropped {
	const struct net *net;
	const char *reason;
	/* AF_INET or AF_INET6. */
	u16 family;
	u8 protocol;
	/* In network order, of IPv4 the first four bytes; so is all of the following but the mark. */
	u8 saddr[16];
	u8 daddr[16];
	__be16 sport;
	__be16 dport;
	/* The service, if there is one: its address and port, or its mark. */
	u8 vaddr[16];
	__be16 vport;
	u32 mark;
};

/* conntrack.c */
bool rust_ipvs_helper_skb_ct_confirmed(const struct sk_buff *skb);
void rust_ipvs_helper_skb_notrack(struct sk_buff *skb);
void rust_ipvs_helper_ct_alter_reply(struct sk_buff *skb, bool source, const u8 *addr,
				     unsigned int len, __be16 port);
void rust_ipvs_helper_ct_kill(struct net *net, u8 proto, const u8 *src, const u8 *dst,
			      unsigned int len, __be16 sport, __be16 dport);
unsigned int rust_ipvs_helper_ct_counters(struct net *net, u8 proto, const u8 *src, const u8 *dst,
					  unsigned int len, __be16 sport, __be16 dport,
					  u64 *numbers);
bool rust_ipvs_helper_skb_ct_confirm(struct sk_buff *skb);

/* cpumask.c */
int rust_ipvs_helper_cpulist_parse(const char *text, struct cpumask *dst);
void rust_ipvs_helper_cpumask_and_current(struct cpumask *mask);
void rust_ipvs_helper_housekeeping_kthread(struct cpumask *dst);

/* ipv6.c */
int rust_ipvs_helper_defrag6_enable(struct net *net);
void rust_ipvs_helper_defrag6_put(void);
bool rust_ipvs_helper_has_ipv6(void);
void rust_ipvs_helper_icmp6_expired(struct net *net, struct sk_buff *skb);
void rust_ipvs_helper_icmp6_send(struct net *net, struct sk_buff *skb, u8 type, u8 code, u32 info);
bool rust_ipvs_helper_is_local6(struct net *net, const u8 *daddr);
void rust_ipvs_helper_local_out6(struct net *net, struct sk_buff *skb);
bool rust_ipvs_helper_route_check6(struct dst_entry *dst, u32 cookie);
u32 rust_ipvs_helper_route_cookie6(const struct dst_entry *dst);
bool rust_ipvs_helper_route_is_local6(const struct dst_entry *dst);
int rust_ipvs_helper_route_me_harder6(struct net *net, struct sk_buff *skb);
struct dst_entry *rust_ipvs_helper_route_output6(struct net *net, const u8 *daddr,
						 bool known_nh);
bool rust_ipvs_helper_route_needs_source6(struct net *net);
bool rust_ipvs_helper_skb_fits6(const struct sk_buff *skb, unsigned int mtu);

/* namespace.c */
void *rust_ipvs_helper_net_generic(const struct net *net, unsigned int id);
struct net_device *rust_ipvs_helper_notifier_device(const void *info);
struct net *rust_ipvs_helper_device_net(const struct net_device *dev);

/* netlink.c */
bool rust_ipvs_helper_genl_has_listeners(const struct genl_family *family, struct net *net,
					 unsigned int group);
int rust_ipvs_helper_genl_multicast(const struct genl_family *family, struct net *net,
				    struct sk_buff *skb, unsigned int group);
int rust_ipvs_helper_genlmsg_reply(struct sk_buff *skb, struct genl_info *info);
struct net *rust_ipvs_helper_netlink_net(const struct netlink_callback *cb);
u32 rust_ipvs_helper_netlink_portid(const struct netlink_callback *cb);

/* percpu.c */
void *rust_ipvs_helper_per_cpu_ptr(void __percpu *ptr, unsigned int cpu);
void rust_ipvs_helper_this_cpu_add64(u64 __percpu *ptr, u64 value);

/* rcu.c */
void rust_ipvs_helper_synchronize_rcu_tasks(void);

/* route.c */
void rust_ipvs_helper_route_hop(const struct dst_entry *dst, u8 *device, u8 *gateway, u16 *family);
struct rtable *rust_ipvs_helper_route_output4(struct net *net, __be32 daddr, bool known_nh);
int rust_ipvs_helper_route_me_harder4(struct net *net, struct sk_buff *skb);
unsigned int rust_ipvs_helper_route_mtu(const struct dst_entry *dst);
bool rust_ipvs_helper_route_completes_sctp(const struct dst_entry *dst);
bool rust_ipvs_helper_route_is_up(const struct dst_entry *dst);
void rust_ipvs_helper_link_failure(struct sk_buff *skb);

/* sctp.c */
__le32 rust_ipvs_helper_sctp_checksum(const struct sk_buff *skb, unsigned int offset);

/* skbuff.c */
int rust_ipvs_helper_defrag4(struct net *net, struct sk_buff *skb, u32 user);
void rust_ipvs_helper_icmp_send(struct sk_buff *skb, int type, int code, __be32 info);
void rust_ipvs_helper_in_hdr_error(struct net *net);
void rust_ipvs_helper_local_out4(struct net *net, struct sk_buff *skb);
u16 rust_ipvs_helper_dst_family(const struct dst_entry *dst);
bool rust_ipvs_helper_is_nodefrag(struct sk_buff *skb);
void rust_ipvs_helper_skb_clear_tstamp(struct sk_buff *skb);
bool rust_ipvs_helper_skb_is_gso(const struct sk_buff *skb);
bool rust_ipvs_helper_skb_is_local(const struct sk_buff *skb);
void rust_ipvs_helper_skb_orphan(struct sk_buff *skb);
struct sk_buff *rust_ipvs_helper_skb_of(const void *packet, unsigned int len, bool ipv6);
bool rust_ipvs_helper_skb_segs_fit(const struct sk_buff *skb, unsigned int mtu);
bool rust_ipvs_helper_skb_strip4(struct sk_buff *skb, unsigned int len, unsigned int header_len);

/* sock.c */
struct net *rust_ipvs_helper_sock_net(const struct sock *sk);
bool rust_ipvs_helper_sock_holds_net(const struct sock *sk);

/* spinlock.c */
void rust_ipvs_helper_spin_lock_bh(spinlock_t *lock);
int rust_ipvs_helper_spin_trylock_bh(spinlock_t *lock);
void rust_ipvs_helper_spin_unlock_bh(spinlock_t *lock);

/* time.c */
void rust_ipvs_helper_cond_resched(void);
u64 rust_ipvs_helper_jiffies64(void);

/* trace.c */
bool rust_ipvs_helper_traces_drops(void);
void rust_ipvs_helper_trace_drop(const struct rust_ipvs_dropped *packet);

/* tunnel.c */
void rust_ipvs_helper_gre_pushed(struct sk_buff *skb, __be16 proto, bool csum);
void rust_ipvs_helper_local_update_pmtu(struct sk_buff *skb, unsigned int mtu);
void *rust_ipvs_helper_push_network(struct sk_buff *skb, unsigned int len);
void *rust_ipvs_helper_push_transport(struct sk_buff *skb, unsigned int len);
u16 rust_ipvs_helper_skb_checksum_offset(const struct sk_buff *skb);
int rust_ipvs_helper_skb_checksum_start(const struct sk_buff *skb);
int rust_ipvs_helper_tunnel_begin(struct sk_buff *skb, unsigned int room, int gso_type, u8 ipproto);
bool rust_ipvs_helper_tunnel_check(struct dst_entry *dst, u32 cookie);
bool rust_ipvs_helper_tunnel_is_local6(const struct dst_entry *dst);
unsigned int rust_ipvs_helper_tunnel_mtu(const struct dst_entry *dst);
void rust_ipvs_helper_tunnel_out4(struct net *net, struct sk_buff *skb, bool same_family);
void rust_ipvs_helper_tunnel_out6(struct net *net, struct sk_buff *skb, bool same_family);
struct rtable *rust_ipvs_helper_tunnel_route4(struct net *net, __be32 daddr, __be32 *saddr);
struct dst_entry *rust_ipvs_helper_tunnel_route6(struct net *net, const u8 *daddr, u8 *saddr,
						 u32 *cookie);
__be16 rust_ipvs_helper_udp_flow_src_port(struct net *net, struct sk_buff *skb);

#endif
