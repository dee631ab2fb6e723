#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nginx and curl by each forwarding method, with IPv6; with IPv4 by those that direct.sh leaves out.
. ./lib.sh
start

for module in fou fou6 ip_gre ip6_gre ip6_tunnel sit; do
	modprobe $module || skip_all "there is no $module"
done
VIP=fd00:ff::1
network
load

# Answers of the server by another way: a link of its own to the client.
in_netns c ip link add to-s1 type veth peer name to-c netns s1
in_netns d sysctl -qw net.ipv6.conf.all.forwarding=1
printf '%s\n' 'addr add fd00:10::2/64 dev veth0 nodad' 'addr add fd00:91::1/64 dev to-s1 nodad' \
	'link set to-s1 up' 'route add default via fd00:10::1' | ip -n c -batch -
printf '%s\n' 'addr add fd00:10::1/64 dev c nodad' 'addr add fd00:1::1/64 dev s1 nodad' \
	"addr add $VIP/128 dev lo" | ip -n d -batch -
printf '%s\n' 'addr add fd00:1::2/64 dev veth0 nodad' 'addr add fd00:91::2/64 dev to-c nodad' \
	'link set to-c up' "addr add $VIP/128 dev lo nodad" 'route add fd00:10::2/128 via fd00:91::1' \
	'link add sit1 type sit local 10.2.0.2 remote 10.2.0.1' 'link set sit1 up' \
	'link add gre1 type gre local 10.2.0.2 remote 10.2.0.1 icsum' 'link set gre1 up' \
	'link add tnl1 type ip6tnl mode any local fd00:1::2 remote fd00:1::1' 'link set tnl1 up' \
	'link add gre6 type ip6gre local fd00:1::2 remote fd00:1::1' 'link set gre6 up' |
	ip -n s1 -batch -
in_netns s1 sh -c 'ip fou add port 6080 gue && ip fou add port 6081 gue -6'
in_netns s1 sysctl -qw net.ipv4.conf.all.rp_filter=0
web_server s1
web_server d

come_by()
{
	ip -n "$1" -s -j link show dev "$2" | jq '.[0].stats64.rx.packets'
}

# served NAME ADDRESS SAYS: a small file, and a large one as it is.
served()
{
	check_is "$1" "$3" "$(in_netns c curl -s -m 20 "http://$2:8080/")"
	check_is "$1: 2 MB" "$(cksum <"/tmp/www-$3/large")" "$(in_netns c curl -s -m 20 "http://$2:8080/large" | cksum)"
}

# try6 NAME NAMESPACE DEVICE SERVER OPTION...: it has to come by the device.
try6()
{
	local name=$1 netns=$2 device=$3 server=$4 before
	shift 4
	ipvs -C
	ipvs -A -t "[$VIP]:8080" -s rr
	ipvs -a -t "[$VIP]:8080" -r "$server" "$@"
	before=$(come_by "$netns" "$device")
	served "$name" "[$VIP]" "$netns"
	check "$name: it came as it was to come" test "$(come_by "$netns" "$device")" -gt "$before"
}

gue()	{ echo "-i --tun-type gue --tun-port $1 $2"; }

try6 'direct routing' s1 veth0 "[fd00:1::2]:8080" -g
try6 'IPv6 in IPv6' s1 tnl1 "[fd00:1::2]:8080" -i
try6 'IPv6 in IPv4' s1 sit1 10.2.0.2:8080 -i
# shellcheck disable=SC2046 # words
{
	try6 'IPv6 in GUE over IPv4' s1 sit1 10.2.0.2:8080 $(gue 6080 --tun-csum)
	try6 'IPv6 in GUE over IPv6' s1 tnl1 "[fd00:1::2]:8080" $(gue 6081 --tun-csum)
}
try6 'IPv6 in GRE over IPv4' s1 gre1 10.2.0.2:8080 -i --tun-type gre --tun-csum
try6 'IPv6 in GRE over IPv6' s1 gre6 "[fd00:1::2]:8080" -i --tun-type gre

# The director itself.
try6 'the director' d c "[fd00:10::1]:8080" -m
ip -n s1 addr del $VIP/128 dev lo
ip -n s1 route del fd00:10::2/128
ip -n s1 -6 route replace default via fd00:1::1
try6 'address translation' s1 veth0 "[fd00:1::2]:8080" -m

# Without a server packets of a mark go on to where they were going.
in_netns d nft -f - <<-END
	table ip6 t {
		chain a { type filter hook prerouting priority -150; ip6 daddr fd00:1::2 tcp dport 8080 meta mark set 7; }
	}
END
ip -n d -6 rule add fwmark 7 lookup 77
ip -n d -6 route add local ::/0 dev lo table 77
ipvs -C
ipvs -A -f 7 -6 -s rr
in_netns d sysctl -qw net.ipv4.vs.cache_bypass=1
served 'bypass' '[fd00:1::2]' s1
check_is 'bypass: there are two connections' 2 "$(ipvs -Lnc | awk '$5 == "[fd00:1::2]:8080"' | wc -l)"
in_netns d nft delete table ip6 t

# IPv4.
for server in 10.1.0.1 10.2.0.2; do
	ipvs -C
	ipvs -A -t 192.0.2.1:8080 -s rr
	ipvs -a -t 192.0.2.1:8080 -r $server:8080 -m
	case $server in
	10.1.0.1)	served 'IPv4: the director' 192.0.2.1 d ;;
	*)		served 'IPv4: address translation' 192.0.2.1 s1 ;;
	esac
done
check_is 'checksums were right' 0 \
	"$(in_netns s1 nstat -asz TcpInCsumErrors UdpInCsumErrors Udp6InCsumErrors | awk '/Csum/ { n += $2 } END { print n + 0 }')"
