// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>

int rust_ipvs_helper_cpulist_parse(const char *text, struct cpumask *dst)
{
	return cpulist_parse(text, dst);
}

void rust_ipvs_helper_cpumask_and_current(struct cpumask *mask)
{
	cpumask_and(mask, mask, &current->cpus_mask);
}

void rust_ipvs_helper_housekeeping_kthread(struct cpumask *dst)
{
	rcu_read_lock();
	cpumask_copy(dst, housekeeping_cpumask(HK_TYPE_KTHREAD));
	rcu_read_unlock();
}
