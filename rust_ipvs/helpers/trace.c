// SPDX-License-Identifier: GPL-2.0
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>

/* An address and a port, as %pISpc prints them. */
static void trace_endpoint(void *to, u16 family, const u8 *addr, __be16 port)
{
	struct sockaddr_in6 *v6 = to;
	struct sockaddr_in *v4 = to;

	memset(v6, 0, sizeof(*v6));
	v6->sin6_family = family;
	v6->sin6_port = port;
	if (family == AF_INET6)
		memcpy(&v6->sin6_addr, addr, sizeof(v6->sin6_addr));
	else
		memcpy(&v4->sin_addr, addr, sizeof(v4->sin_addr));
}

#define CREATE_TRACE_POINTS
#include "trace.h"

bool rust_ipvs_helper_traces_drops(void)
{
	return trace_drop_enabled();
}

void rust_ipvs_helper_trace_drop(const struct rust_ipvs_dropped *packet)
{
	trace_drop(packet);
}
