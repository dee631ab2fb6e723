#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A client and a server behind links of which neither knows that they are small: both find out by
# errors that routers send, which the director translates. Those who trace the way find it.
. ./lib.sh
start

# The routers r and q are before the client c and before the server s1.
NAMESPACES='c r d q s1'

# link NAMESPACE NAME ADDRESS NAMESPACE NAME ADDRESS
link()
{
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
	printf '%s\n' "addr add $3/24 dev $2" "link set $2 up" | ip -n "$1" -batch -
	printf '%s\n' "addr add $6/24 dev $5" "link set $5 up" | ip -n "$4" -batch -
}

path()
{
	local name
	destroy_network
	for name in $NAMESPACES; do
		ip netns add "$name"
		ip -n "$name" link set lo up
		in_netns "$name" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
	done
	link c veth0 10.1.0.2 r clients 10.1.0.1
	link r servers 10.2.0.2 d clients 10.2.0.1
	link d servers 10.3.0.1 q clients 10.3.0.2
	link q servers 10.4.0.1 s1 veth0 10.4.0.2
	ip -n c route add default via 10.1.0.1
	ip -n r route add default via 10.2.0.1
	ip -n d route add 10.1.0.0/24 via 10.2.0.2
	ip -n d route add 10.4.0.0/24 via 10.3.0.2
	ip -n q route add default via 10.3.0.1
	ip -n s1 route add default via 10.4.0.1
	ip -n d addr add 192.0.2.1/32 dev lo
	# Each is small on one side only: those beyond believe in 1500 bytes.
	ip -n r link set clients mtu 1300
	ip -n q link set servers mtu 1200
}

# mtu NAMESPACE ADDRESS: what it has found out.
mtu()
{
	ip -n "$1" route get "$2" | grep -o 'mtu [0-9]*'
}

path
web_server s1
load
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.4.0.2:8080 -m
ipvs -A -t 192.0.2.1:9000 -s rr
ipvs -a -t 192.0.2.1:9000 -r 10.4.0.2:9001 -m
ipvs -A -u 192.0.2.1:9000 -s rr
ipvs -a -u 192.0.2.1:9000 -r 10.4.0.2:9001 -m

# A sender of Linux 7.3 that learns of a smaller link sometimes sends no more at all, whoever the
# routers are. The next one knows already.
download()
{
	in_netns c curl -s -m 15 http://192.0.2.1/large | cmp -s - /tmp/www-s1/large
}
check '2 MB to the client arrive whole' wait_until 2 download
check_is 'the server has found out' 'mtu 1300' "$(mtu s1 10.1.0.2)"

upload()
{
	in_netns s1 timeout 20 socat -u TCP4-LISTEN:9001,reuseaddr CREATE:/tmp/upload &
	wait_until 10 listens s1 9001
	in_netns c timeout 15 socat -u OPEN:/tmp/www-s1/large TCP4:192.0.2.1:9000
	wait $!
	cmp -s /tmp/upload /tmp/www-s1/large
}
check '2 MB to the server arrive whole' wait_until 2 upload
check_is 'the client has found out' 'mtu 1200' "$(mtu c 192.0.2.1)"

check 'a ping of the service' in_netns c ping -c 1 -W 5 192.0.2.1
# Who asks which way it is sees the routers, and the service in place of what is behind it.
way=$(in_netns c python3 trace.py 192.0.2.1 9000)
check_is 'the way to the service' '10.1.0.1 192.0.2.1 192.0.2.1 192.0.2.1' "$way"
