#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Routes to servers are remembered, and given up when their device goes: nothing waits for them.
. ./lib.sh
start

VIP=fd00:ff::1
network
load

# ipv6 NAME: a link of IPv6 to c, s1 or s2, as there is one of IPv4.
ipv6()
{
	local i
	case $1 in
	c)	i=10 ;;
	*)	i=${1#s} ;;
	esac
	ip -n d addr add "fd00:$i::1/64" dev "$1" nodad
	ip -n "$1" addr add "fd00:$i::2/64" dev veth0 nodad
	ip -n "$1" route add default via "fd00:$i::1"
}

in_netns d sysctl -qw net.ipv6.conf.all.forwarding=1
for name in c s1 s2; do
	ipv6 $name
done
ip -n d addr add $VIP/128 dev lo
for name in s1 s2; do
	in_netns $name nft -f - <<-END
		table inet here {
			counter arrived { }
			chain a { type filter hook prerouting priority -300; udp dport 9 counter name arrived; }
			chain b { type filter hook prerouting priority -300; meta l4proto { 4, 41 } counter name arrived; }
		}
	END
done

# packets NUMBER: from the client, each with a line of its own; the first ones may wait for neighbours.
packets()
{
	seq "$1" | in_netns c socat -u -b 8 - "UDP6-SENDTO:[$VIP]:9"
	seq "$1" | in_netns c socat -u -b 8 - UDP4-SENDTO:192.0.2.1:9
}

# arrived NAME
arrived()
{
	in_netns "$1" nft -j list counter inet here arrived | jq '.nftables[1].counter.packets'
}

# arrive NAME: that packets do.
arrive()
{
	local before
	before=$(arrived "$1")
	packets 1
	[ "$(arrived "$1")" -ge $((before + 2)) ]
}

# nothing_arrives NAME
nothing_arrives()
{
	local before
	before=$(arrived "$1")
	packets 1
	[ "$(arrived "$1")" -eq "$before" ]
}

# lookups ADDRESS: those in tables of IPv6 while packets come; how many have been for packets of the
# director to this address.
lookups()
{
	local events=/sys/kernel/tracing/events/fib6/fib6_table_lookup trace=/sys/kernel/tracing/trace
	echo >$trace
	echo 1 >$events/enable
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		in_netns c socat -u - "UDP6-SENDTO:[$VIP]:9" <<<x
	done
	echo 0 >$events/enable
	grep -c -e "iif 1 .*-> $1/" $trace
}

# services SERVER4 SERVER6 METHOD
services()
{
	ipvs -C
	ipvs -A -u 192.0.2.1:9 -s rr
	ipvs -a -u 192.0.2.1:9 -r "$1" "$3"
	ipvs -A -u "[$VIP]:9" -s rr
	ipvs -a -u "[$VIP]:9" -r "[$2]:9" "$3"
}

for method in -g -i; do
	services 10.2.0.2 fd00:1::2 $method
	check "$method: packets arrive" wait_until 10 arrive s1
	check "$method: ten packets need no ten lookups" test "$(lookups fd00:1::2)" -le 2
	in_netns d ip link set s1 down
	check "$method: not without the device" nothing_arrives s1
	ip -n d link set s1 up
	ip -n d addr add fd00:1::1/64 dev s1 nodad
	check "$method: with it" wait_until 10 arrive s1
done

# Device and address come back under another number.
for method in -g -i; do
	services 10.3.0.2 fd00:2::2 $method
	wait_until 10 arrive s2
	check "$method: the device goes at once" timeout 8 ip -n d link del s2
	ip -n d link add s2 type veth peer name veth0 netns s2
	printf '%s\n' 'addr add 10.3.0.1/24 dev s2' 'link set s2 up' | ip -n d -batch -
	printf '%s\n' 'addr add 10.3.0.2/24 dev veth0' 'link set veth0 up' 'route add default via 10.3.0.1' |
		ip -n s2 -batch -
	ipv6 s2
	check "$method: a new one takes its place" wait_until 10 arrive s2
done

# Devices of tunnels go with their namespace, and early.
modprobe sit
ip -n d link add sit1 type sit local 10.2.0.1 remote 10.2.0.2
printf '%s\n' 'addr add fd00:77::1/64 dev sit1 nodad' 'link set sit1 up' | ip -n d -batch -
services 10.2.0.2 fd00:77::2 -g
check 'packets by a tunnel device' wait_until 10 arrive s1
ip netns del d
check 'the namespace goes with its devices' wait_until 10 sh -c '! ip -n s1 link show veth0'
check 'the module goes' timeout 20 rmmod rust_ipvs
