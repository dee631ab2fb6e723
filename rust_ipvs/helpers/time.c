// SPDX-License-Identifier: GPL-2.0
#include <linux/jiffies.h>
#include <linux/sched.h>

void rust_ipvs_helper_cond_resched(void)
{
	cond_resched();
}

u64 rust_ipvs_helper_jiffies64(void)
{
	return get_jiffies_64();
}
