#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections open and close on all CPUs at the same time, and yet the least
# loaded of many servers is chosen, exactly.
. ./lib.sh
start

SERVERS=64
FLOWS=2000

# load_of: how many connections the server with the most has, the one with the fewest, and all.
load_of()
{
	ipvs -Ln | awk '$1 == "->" && $2 ~ /^10/ {
		n = $5 + $6; all += n
		if (!seen++ || n > most) most = n
		if (seen == 1 || n < least) least = n
	} END { print most + 0, least + 0, all + 0 }'
}

# churn CPU COUNT: so many connections, opened by that CPU.
churn()
{
	taskset -c "$1" nsenter --net=/run/netns/c ./flows.py churn 192.0.2.1 7 "$2"
}

# churn_all COUNT: on all CPUs at the same time.
churn_all()
{
	local cpu pids=()
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		churn $cpu "$1" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# level: opens as many as are missing until all servers have as many as the one with the most.
level()
{
	local most least all
	read -r most least all < <(load_of)
	churn 0 $((most * SERVERS - all))
	read -r most least all < <(load_of)
	echo $((most - least))
}

none_left()
{
	[ "$(connections)" -eq 0 ]
}

network
load
for scheduler in lc wlc; do
	ipvs -A -u 192.0.2.1:7 -s $scheduler
	for ((i = 0; i < SERVERS; i++)); do
		echo "-a -u 192.0.2.1:7 -r 10.2.0.2:$((7000 + i)) -m -w 1"
	done | ipvs -R
	check "$scheduler: connections of all CPUs" churn_all $FLOWS
	read -r most least all < <(load_of)
	check_is "$scheduler: all are counted" $(($(nproc) * FLOWS)) "$all"
	# As many as there are CPUs may choose the same one before it is counted.
	check "$scheduler: no server is far ahead: $most, $least" test $((most - least)) -le $(($(nproc) + 1))
	check_is "$scheduler: the next ones fill the gaps" 0 "$(level)"

	# They end, at any time, while others begin.
	ipvs --set 0 0 1
	check "$scheduler: some end while others begin" churn_all $FLOWS
	ipvs --set 0 0 300
	churn_all 200
	check_is "$scheduler: the next ones fill the gaps, again" 0 "$(level)"
	ipvs --set 0 0 1
	churn 0 1
	ipvs -D -u 192.0.2.1:7
	in_netns d sysctl -qw net.ipv4.vs.expire_nodest_conn=1
	ipvs -A -u 192.0.2.1:9 -s rr
	ipvs -a -u 192.0.2.1:9 -r 10.2.0.2:9 -m
	ipvs -d -u 192.0.2.1:9 -r 10.2.0.2:9
	ipvs -D -u 192.0.2.1:9
	check "$scheduler: all end" wait_until 20 none_left
	in_netns d sysctl -qw net.ipv4.vs.expire_nodest_conn=0
	ipvs --set 0 0 300
done
