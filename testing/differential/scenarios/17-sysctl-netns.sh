# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

ip link set lo up

# inside_first COMMAND...: in the namespace that the system started with.
inside_first()
{
	nsenter --net=/proc/1/ns/net "$@"
}

note 'the first namespace'
step inside_first agent/sysctl list

note 'a new one'
step unshare --net agent/sysctl list

note 'one of another user namespace'
step unshare --user --map-root-user --net agent/sysctl list

note 'others have settings of their own'
echo 3 >/proc/sys/net/ipv4/vs/drop_entry
echo 7 >/proc/sys/net/ipv4/vs/amemthresh
echo '1 2' >/proc/sys/net/ipv4/vs/sync_threshold
step unshare --net sh -c 'cd /proc/sys/net/ipv4/vs && cat drop_entry amemthresh sync_threshold'
step inside_first sh -c 'cd /proc/sys/net/ipv4/vs && cat drop_entry amemthresh sync_threshold'

# guest: what root of a user namespace may write in its own network.
guest()
{
	unshare --user --map-root-user --net agent/sysctl try <<-'END'
		drop_entry 3
		sync_threshold 7 8
		sync_qlen_max 1
		sync_sock_size 1
		run_estimation 0
		est_cpulist 0
		est_nice 1
		conn_lfactor 1
		svc_lfactor 1
		conn_max 1073741825
		conn_max 1073741824
		conn_max 1000
		conn_max 1001
		conn_max -2147483648
		conn_max -1
		conn_max 1073741824
	END
}

note 'a guest'
step guest

note 'others may not write'
step setpriv --reuid 65534 --regid 65534 --clear-groups agent/sysctl list
step setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'echo 1 >/proc/sys/net/ipv4/vs/drop_entry'
# Not in the network of the director, though root and able to do anything in a user namespace.
step unshare --user --map-root-user sh -c 'echo 1 >/proc/sys/net/ipv4/vs/drop_entry'

note 'what a new one gets from the first'
# Other scenarios are under way: this is more than they need.
inside_first sh -c 'echo 5000000 >/proc/sys/net/ipv4/vs/conn_max'
step unshare --net cat /proc/sys/net/ipv4/vs/conn_max
guest_of_limit()
{
	unshare --user --map-root-user --net agent/sysctl try <<-'END'
		conn_max 5000001
		conn_max 4000000
		conn_max 5000000
	END
}
step guest_of_limit
inside_first sh -c 'echo 1073741824 >/proc/sys/net/ipv4/vs/conn_max'
# Not of the one that it is made from.
echo 77 >/proc/sys/net/ipv4/vs/conn_max
step unshare --net cat /proc/sys/net/ipv4/vs/conn_max

note 'a file that outlives its namespace'
step unshare --net agent/sysctl outlive drop_entry
step unshare --net agent/sysctl outlive est_cpulist
