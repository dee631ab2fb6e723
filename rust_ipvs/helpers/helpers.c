// SPDX-License-Identifier: GPL-2.0
/* One file per subsystem, sorted alphabetically. */
#include "helpers.h"

#include "conntrack.c"
#include "cpumask.c"
#include "ipv6.c"
#include "namespace.c"
#include "netlink.c"
#include "percpu.c"
#include "rcu.c"
#include "route.c"
#include "sctp.c"
#include "skbuff.c"
#include "sock.c"
#include "spinlock.c"
#include "time.c"
#include "trace.c"
#include "tunnel.c"
