/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Headers that kernel::bindings does not cover. Sorted alphabetically.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/proc_fs.h>
#include <linux/sctp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/route.h>
#include <net/udp.h>

#include "../helpers/helpers.h"
