// SPDX-License-Identifier: GPL-2.0
#include <linux/percpu.h>

void *rust_ipvs_helper_per_cpu_ptr(void __percpu *ptr, unsigned int cpu)
{
	return per_cpu_ptr((char __percpu *)ptr, cpu);
}

#ifdef CONFIG_UML
/*
 * There this_cpu_add() turns interrupts off and on, which is a system call of the host for each.
 * Nobody counts in interrupts.
 */
void rust_ipvs_helper_this_cpu_add64(u64 __percpu *ptr, u64 value)
{
	local_bh_disable();
	*raw_cpu_ptr(ptr) += value;
	local_bh_enable();
}
#else
void rust_ipvs_helper_this_cpu_add64(u64 __percpu *ptr, u64 value)
{
	this_cpu_add(*ptr, value);
}
#endif
