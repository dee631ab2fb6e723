/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoint for packets that go no further.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rust_ipvs

#if !defined(RUST_IPVS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RUST_IPVS_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(drop,
	TP_PROTO(const struct rust_ipvs_dropped *packet),

	TP_ARGS(packet),

	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(u8, protocol)
		__array(u8, source, sizeof(struct sockaddr_in6))
		__array(u8, destination, sizeof(struct sockaddr_in6))
		__array(u8, service, sizeof(struct sockaddr_in6))
		__field(u32, mark)
		__string(reason, packet->reason)
	),

	TP_fast_assign(
		__entry->netns = packet->net->ns.inum;
		__entry->protocol = packet->protocol;
		trace_endpoint(__entry->source, packet->family, packet->saddr, packet->sport);
		trace_endpoint(__entry->destination, packet->family, packet->daddr,
			       packet->dport);
		trace_endpoint(__entry->service, packet->family, packet->vaddr, packet->vport);
		__entry->mark = packet->mark;
		__assign_str(reason);
	),

	TP_printk("netns=%u protocol=%u source=%pISpc destination=%pISpc service=%pISpc mark=%u reason=%s",
		  __entry->netns, __entry->protocol, __entry->source, __entry->destination,
		  __entry->service, __entry->mark, __get_str(reason))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
