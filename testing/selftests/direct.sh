#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Direct routing and tunnels, to hosts that answer the client by another way: nginx and curl, and
# much data, in segments of 64 kB (GSO), into the kernel's own devices.
. ./lib.sh
start

for module in ipip fou ip_gre ip6_tunnel sit; do
	modprobe $module || skip_all "there is no $module"
done
network
load

links_to_client
for name in s1 s2; do
	i=${name#s}
	ip -n $name addr add "fd00:$i::2/64" dev veth0 nodad
	ip -n d addr add "fd00:$i::1/64" dev $name nodad
done
web_server s1
web_server s2
in_netns s1 iperf3 -s -B 192.0.2.1 -p 5201 >/dev/null 2>&1 &
wait_until 15 listens s1 5201

# device TYPE NAME ARGUMENT...: where s1 takes packets out of others.
device()
{
	ip -n s1 link add "$2" type "$1" "${@:3}" && ip -n s1 link set "$2" up
}

# megabytes: what arrived by iperf3 of two, however long that takes.
megabytes()
{
	in_netns c timeout 20 iperf3 -c 192.0.2.1 -n 2M -J | jq '.end.sum_received.bytes / 1000000 | floor'
}

# in_large_segments: megabytes, and that there were packets on the link that are larger than it.
in_large_segments()
{
	capture /tmp/packets s1 30 -i veth0 -c 1 -p 'greater 2000'
	[ "$(megabytes)" -ge 1 ] && wait $capture
}

# come_by DEVICE: packets that s1 has got.
come_by()
{
	ip -n s1 -s -j link show dev "$1" | jq '.[0].stats64.rx.packets'
}

# try NAME DEVICE SERVER OPTION...: services of the web and of iperf3, by one server.
try()
{
	local name=$1 device=$2 server=$3 before
	shift 3
	ipvs -C
	ipvs -A -t 192.0.2.1:8080 -s rr
	ipvs -a -t 192.0.2.1:8080 -r "$server" "$@"
	ipvs -A -t 192.0.2.1:5201 -s rr
	ipvs -a -t 192.0.2.1:5201 -r "$server" "$@"
	before=$(come_by "$device")
	check_is "$name: nginx" s1 "$(in_netns c curl -s -m 20 http://192.0.2.1:8080/)"
	check "$name: it came as it was to come" test "$(come_by "$device")" -gt "$before"
	# Segments of 64 kB with a remote checksum arrive damaged, with C ip_vs as well: the kernel cuts them so.
	# A sender that learns only now how much fits may send no more, see pmtu.sh.
	[[ $* == *remcsum* ]] || check "$name: TCP" wait_until 1 in_large_segments
}

network_tunnels()
{
	device ipip ipip1 local 10.2.0.2 &&
		device gre gre1 local 10.2.0.2 remote 10.2.0.1 icsum &&
		device ip6tnl tnl1 mode any local fd00:1::2 remote fd00:1::1 &&
		in_netns s1 ip fou add port 6080 gue
}
check 'devices of the server' network_tunnels

try 'direct routing' veth0 10.2.0.2 -g
try IPIP ipip1 10.2.0.2 -i
try 'GUE with checksum' ipip1 10.2.0.2 -i --tun-type gue --tun-port 6080 --tun-csum
try 'GUE with remote checksum' ipip1 10.2.0.2 -i --tun-type gue --tun-port 6080 --tun-remcsum
try GRE gre1 10.2.0.2 -i --tun-type gre --tun-csum
try 'IPv4 in IPv6' tnl1 '[fd00:1::2]:8080' -i

ipvs -C
ipvs -A -t 192.0.2.1:8080 -s rr
ipvs -a -t 192.0.2.1:8080 -r 10.2.0.2 -i
ipvs -a -t 192.0.2.1:8080 -r 10.3.0.2 -g
check_is 'a tunnel and a direct way take turns' '5 s1 5 s2' \
	"$(in_netns c curl -s -m 20 -H 'Connection: close' 'http://192.0.2.1:8080/?[1-10]' | sort | uniq -c | xargs)"

# The same for a service of IPv6.
ip -n c addr add fd00:10::2/64 dev veth0 nodad
ip -n c addr add fd00:91::1/64 dev to-s1 nodad
ip -n c route add fd00:ff::1/128 via fd00:10::1
printf '%s\n' 'addr add fd00:10::1/64 dev c nodad' 'addr add fd00:ff::1/128 dev lo' | ip -n d -batch -
printf '%s\n' 'addr add fd00:91::2/64 dev to-c nodad' 'addr add fd00:ff::1/128 dev lo' \
	'route add fd00:10::2/128 via fd00:91::1' | ip -n s1 -batch -
check 'a device for IPv6 in IPv4' device sit sit1 local 10.2.0.2 remote 10.2.0.1
in_netns s1 socat TCP6-LISTEN:8081,fork,reuseaddr EXEC:cat 2>/dev/null &
wait_until 10 listens s1 8081

# try6 NAME DEVICE SERVER OPTION...
try6()
{
	local name=$1 device=$2 server=$3 before
	shift 3
	ipvs -C
	ipvs -A -t '[fd00:ff::1]:8081' -s rr
	ipvs -a -t '[fd00:ff::1]:8081' -r "$server" "$@"
	before=$(come_by "$device")
	check_is "$name: TCP" "$name" "$(in_netns c socat -t 5 - 'TCP6:[fd00:ff::1]:8081' <<<"$name")"
	check "$name: it came as it was to come" test "$(come_by "$device")" -gt "$before"
}

try6 'direct routing of IPv6' veth0 '[fd00:1::2]:8081' -g
try6 'IPv6 in IPv4' sit1 10.2.0.2:8081 -i
try6 'IPv6 in IPv6' tnl1 '[fd00:1::2]:8081' -i

check_is 'checksums were right' 0 \
	"$(in_netns s1 nstat -asz TcpInCsumErrors UdpInCsumErrors | awk '/Csum/ { n += $2 } END { print n + 0 }')"
