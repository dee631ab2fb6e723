# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology

# totals: of the namespace, of the services, of the servers.
totals()
{
	stats
	proc ip_vs_stats
	proc ip_vs_stats_percpu
	sockopt get SERVICE proto=6 addr=192.0.2.1 port=80 length=104
	sockopt get DESTS proto=6 addr=192.0.2.1 port=80 room=2x24 length=216
}

note 'no service has ever been'
proc ip_vs_stats
proc ip_vs_stats_percpu

note 'two services'
setup -A -t 192.0.2.1:80 -s rr
setup -A -u 192.0.2.1:53 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:80 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:80 -m
setup -a -u 192.0.2.1:53 -r 10.1.1.3:53 -m
burst c 40 tcp 10.0.0.2:2000 192.0.2.1:80 flags=S seq=1
burst c 7 udp 10.0.0.2:3000 192.0.2.1:53 len=100
send s1 tcp 10.1.1.2:80 10.0.0.2:2001 flags=SA seq=5 ack=2
totals

note 'zero of one service leaves the rest'
ipvs -Z -t 192.0.2.1:80
totals
burst c 3 tcp 10.0.0.3:2000 192.0.2.1:80 flags=S seq=1
totals

note 'what is removed has counted'
setup -d -t 192.0.2.1:80 -r 10.1.2.2:80
totals
burst c 3 tcp 10.0.0.3:3000 192.0.2.1:80 flags=S seq=1
setup -a -t 192.0.2.1:80 -r 10.1.2.2:80 -m
totals
setup -D -u 192.0.2.1:53
totals

note 'zero of all leaves what CPUs have counted'
ipvs -Z
totals
burst c 2 tcp 10.0.0.3:4000 192.0.2.1:80 flags=S seq=1
totals
setup -C
sleep 2.6
proc ip_vs_stats
proc ip_vs_stats_percpu

note 'each namespace has its own'
ip netns add e
step ip netns exec e cat /proc/net/ip_vs_stats
