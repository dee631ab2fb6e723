// SPDX-License-Identifier: GPL-2.0
#include <linux/skbuff.h>
#include <net/sctp/checksum.h>

__le32 rust_ipvs_helper_sctp_checksum(const struct sk_buff *skb, unsigned int offset)
{
	return sctp_compute_cksum(skb, offset);
}
