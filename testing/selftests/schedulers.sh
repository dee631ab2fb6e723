#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections open and close on all CPUs at the same time, and yet the least
# loaded of many servers is chosen, exactly.
. ./lib.sh
start

SERVERS=64
FLOWS=600

# load_of: how many connections the server with the most has, the one with the fewest, and all.
load_of()
{
	ipvs -Ln | awk '$1 == "->" && $2 ~ /^10/ {
		n = $5 + $6; all += n
		if (!seen++ || n > most) most = n
		if (seen == 1 || n < least) least = n
	} END { print most + 0, least + 0, all + 0 }'
}

# Each connection comes from a port that no other one had.
port=10000

# churn_all COUNT: so many connections of each CPU, at the same time.
churn_all()
{
	local cpu pids=()
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		taskset -c $cpu nsenter --net=/run/netns/c ./flows.py churn 192.0.2.1 7 "$1" $port &
		pids+=($!)
		port=$((port + $1))
	done
	wait "${pids[@]}"
}

# counted COUNT: whether there are so many connections at all servers.
counted()
{
	local most least all
	read -r most least all < <(load_of)
	[ "$all" -eq "$1" ]
}

# level COUNT: opens as many as are missing until all servers have as many as the one with the most;
# there are COUNT. REPLY is how many there are then, or why they are not even.
level()
{
	local most least all
	read -r most least all < <(load_of)
	REPLY=$((most * SERVERS))
	in_netns c ./flows.py churn 192.0.2.1 7 $((REPLY - $1)) $port
	port=$((port + REPLY - $1))
	wait_until 20 counted $REPLY
	read -r most least all < <(load_of)
	[ "$most $least $all" = "$((REPLY / SERVERS)) $((REPLY / SERVERS)) $REPLY" ] ||
		REPLY="from $least to $most, $all of $REPLY"
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
	churn_all $FLOWS
	all=$(($(nproc) * FLOWS))
	check "$scheduler: connections of all CPUs are counted" wait_until 20 counted $all
	read -r most least _ < <(load_of)
	# As many as there are CPUs may choose the same one before it is counted.
	check "$scheduler: no server is far ahead: $most, $least" test $((most - least)) -le $(($(nproc) + 1))
	level $all
	check_is "$scheduler: the next ones fill the gaps" $((most * SERVERS)) "$REPLY"
	all=$((most * SERVERS))

	# They end, at any time, while others begin.
	ipvs --set 0 0 1
	churn_all $FLOWS
	ipvs --set 0 0 300
	churn_all 100
	all=$((all + $(nproc) * 100))
	check "$scheduler: some end while others begin" wait_until 20 counted $all
	read -r most _ _ < <(load_of)
	level $all
	check_is "$scheduler: the next ones fill the gaps, again" $((most * SERVERS)) "$REPLY"
	ipvs -D -u 192.0.2.1:7
	in_netns d sysctl -qw net.ipv4.vs.expire_nodest_conn=1
	ipvs -A -u 192.0.2.1:9 -s rr
	ipvs -a -u 192.0.2.1:9 -r 10.2.0.2:9 -m
	ipvs -d -u 192.0.2.1:9 -r 10.2.0.2:9
	ipvs -D -u 192.0.2.1:9
	check "$scheduler: all end" wait_until 20 none_left
	in_netns d sysctl -qw net.ipv4.vs.expire_nodest_conn=0
done
