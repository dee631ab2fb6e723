#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Namespaces have nothing in common, and may go at any time.
. ./lib.sh
start

network
echo_server s1 10.2.0.2 7777
load
# Another director, with the same address and another server.
NAMESPACES="$NAMESPACES d2"
ip netns add d2
printf '%s\n' 'link set lo up' 'addr add 192.0.2.1/32 dev lo' 'addr add 10.2.0.2/32 dev lo' | ip -n d2 -batch -

ipvs -A -u 192.0.2.1:7 -s rr
ipvs -a -u 192.0.2.1:7 -r 10.2.0.2:7777 -m
check_is 'the other one has no service' 0 "$(in_netns d2 ipvsadm -Ln | grep -c ^UDP)"
check 'but may have its own' in_netns d2 ipvsadm -A -u 192.0.2.1:7 -s wlc
check 'with a server of its own' in_netns d2 ipvsadm -a -u 192.0.2.1:7 -r 10.2.0.2:7778 -m
check_is 'the first has not changed' 10.2.0.2:7777 "$(ipvs -Ln | awk '$1 == "->" && $2 != "RemoteAddress:Port" { print $2 }')"
in_netns c bash -c 'echo x >/dev/udp/192.0.2.1/7'
check_is 'a connection in the first' 1 "$(connections)"
check_is 'is none in the other' 0 "$(in_netns d2 tail -n +2 /proc/net/ip_vs_conn | wc -l)"
ipvs --set 0 0 77
check_is 'timeouts are apart' 'Timeout (tcp tcpfin udp): 900 120 300' "$(in_netns d2 ipvsadm -L --timeout)"
check 'flush the other' in_netns d2 ipvsadm -C
check_is 'the first is still there' 1 "$(ipvs -Ln | grep -c ^UDP)"
in_netns d2 ipvsadm -A -u 192.0.2.1:7 -s rr

# Namespaces that go with all they have, while packets come.
in_netns c bash -c 'while :; do echo x >/dev/udp/192.0.2.1/7; done' 2>/dev/null &
check 'packets come' wait_until 20 more_connections_than 20
check 'the other goes' ip netns del d2
check 'the first as well' ip netns del d
check 'the module is free' wait_until 20 rmmod rust_ipvs

for i in 1 2 3 4 5; do
	load
	ip netns add d2
	in_netns d2 ipvsadm -A -u 192.0.2.1:7 -s rr
	ip netns del d2
	wait_until 20 rmmod rust_ipvs
	result $? "loaded and gone with a namespace, $i"
done
