# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Statistics stop and go on: run_estimation, est_cpulist, est_nice.

VS=/proc/sys/net/ipv4/vs

topology

# shown: all that has statistics, now.
shown()
{
	ipvs -Ln --stats --exact
	proc ip_vs_stats
	proc ip_vs_stats_percpu
}

# until_counted CONNECTIONS: C's threads begin with measuring how fast they are.
until_counted()
{
	local tries
	for ((tries = 0; tries < 60; tries++)); do
		if "$IPVSADM" -Ln --stats --exact | grep -Eq "^TCP  192.0.2.1:80 +$1 "; then
			return
		fi
		sleep 0.5
	done
	echo "SCENARIO ERROR $1 connections are not shown"
}

# frozen: whether rates stay as they are for longer than a step.
frozen()
{
	local before after
	before=$("$IPVSADM" -Ln --rate --exact)
	sleep 2.5
	after=$("$IPVSADM" -Ln --rate --exact)
	awk 'NR > 3 { print "  " ($3 > 0 ? "some" : "none"), $2 }' <<<"$after"
	[ "$before" = "$after" ] && echo '  no change' || echo '  another than before'
}

setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:80 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:80 -m
burst c 400 tcp 10.0.0.2:2000 192.0.2.1:80 flags=S seq=1
until_counted 400
sleep 2.5

note 'stopped: what was shown last is shown on, and what comes has nothing to show'
echo 0 >$VS/run_estimation
sleep 0.5
burst c 10 tcp 10.0.0.2:4000 192.0.2.1:80 flags=S seq=1
setup -a -t 192.0.2.1:80 -r 10.1.1.3:80 -m
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.3:53 -m
burst c 7 udp 10.0.0.2:3000 192.0.2.1:53 len=100
burst c 6 tcp 10.0.0.2:5000 192.0.2.1:80 flags=S seq=1
frozen
shown

note 'zero is what is shown then'
ipvs -Z -t 192.0.2.1:80
shown

note 'it goes on, with what was counted meanwhile'
echo 1 >$VS/run_estimation
until_counted 16
sleep 2.5
shown

note 'no CPU to estimate on'
echo >$VS/est_cpulist
sleep 0.5
burst c 5 tcp 10.0.0.2:6000 192.0.2.1:80 flags=S seq=1
sleep 2.5
shown

note 'another CPU, another priority'
echo 10 >$VS/est_nice
echo 0 >$VS/est_cpulist
until_counted 21
sleep 2.5
shown
