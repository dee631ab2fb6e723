# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# IPv4 in tunnels over IPv6, into the kernel's own devices.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
printf '%s\n' 'addr add fd00:1::1/64 dev s1 nodad' 'addr add fd00:2::1/64 dev s2 nodad' \
	'neigh add fd00:1::2 lladdr 02:00:00:00:00:02 dev s1' 'neigh add fd00:2::2 lladdr 02:00:00:00:00:03 dev s2' \
	'route add fd00:9::2/128 via fd00:2::2 mtu 1319' 'route add fd00:9::3/128 via fd00:2::2 mtu 1320' \
	'route add unreachable fd00:8::/64' | ip -6 -batch -
# The server takes packets out, as devices do, and counts them.
modprobe ip6_tunnel
modprobe ip6_gre
modprobe fou6
ip -n s1 link set lo up
ip -n s1 addr add fd00:1::2/64 dev veth0 nodad
ip -n s1 addr add 192.0.2.1/32 dev lo
for device in 'tnl1 type ip6tnl mode any' 'gre1 type ip6gre'; do
	# shellcheck disable=SC2086 # words
	ip -n s1 link add $device local fd00:1::2 remote fd00:1::1
	# Without an address of its own it has nothing to say.
	ip -n s1 link set "${device%% *}" addrgenmode none
	ip -n s1 link set "${device%% *}" up
done
ip netns exec s1 ip fou add port 6080 gue -6
n=2000
for tunnel in '--tun-type ipip' '--tun-type gue --tun-port 6080 --tun-csum' \
	'--tun-type gue --tun-port 6080 --tun-remcsum' '--tun-type gre'; do
	for server in '[fd00:1::2]' '[fd00:9::2]' '[fd00:9::3]' '[fd00:8::2]'; do
		ipvs -A -u 192.0.2.1:$n -s rr
		# shellcheck disable=SC2086 # words
		ipvs -a -u 192.0.2.1:$n -r "$server:$n" -i $tunnel
		note "$server $tunnel"
		send c udp 10.0.0.2:1000 192.0.2.1:$n data=x tos=0xbb
		send c udp 10.0.0.2:1000 192.0.2.1:$n len=1252 df
		send c udp 10.0.0.2:1000 192.0.2.1:$n len=1253 df
		send c udp 10.0.0.2:1000 192.0.2.1:$n data=x ttl=1
		ipvs -D -u 192.0.2.1:$n
		n=$((n + 1))
	done
done
for device in tnl1 gre1; do
	ip -n s1 -s -j link show dev $device | sed -E 's/.*"rx":\{"bytes":([0-9]+),"packets":([0-9]+),"errors":([0-9]+).*/\1 bytes, \2 packets, \3 errors/'
done
