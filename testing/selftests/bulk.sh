#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Much data: segments of 64 kB (GSO) and without, both directions, UDP.
. ./lib.sh
start

network
load
ipvs -A -t 192.0.2.1:5201 -s rr
ipvs -a -t 192.0.2.1:5201 -r 10.2.0.2:5201 -m
ipvs -A -u 192.0.2.1:5201 -s rr
ipvs -a -u 192.0.2.1:5201 -r 10.2.0.2:5201 -m
in_netns s1 iperf3 -s -p 5201 >/dev/null 2>&1 &
wait_until 15 listens s1 5201

# megabytes ARGUMENT...: what arrived by iperf3 of two, however long that takes.
megabytes()
{
	in_netns c timeout 60 iperf3 -c 192.0.2.1 -n 2M -J "$@" |
		jq '.end | (.sum_received.bytes // (.sum | .bytes * (1 - .lost_percent / 100))) / 1000000 | floor'
}

offload()
{
	in_netns c ethtool -K veth0 tso "$1" gso "$1" gro "$1" tx "$1" >/dev/null
	in_netns s1 ethtool -K veth0 tso "$1" gso "$1" gro "$1" tx "$1" >/dev/null
}

for state in on off; do
	offload $state
	# On the way to the server.
	capture /tmp/packets s1 60 -i veth0 -c 60 -p 'dst port 5201'
	check "TCP, offloads $state" test "$(megabytes)" -ge 1
	check "TCP, the other way, offloads $state" test "$(megabytes -R)" -ge 1
	wait $capture
	max=$(awk '{ if ($NF + 0 > max) max = $NF + 0 } END { print max + 0 }' /tmp/packets)
	if [ $state = on ]; then
		check 'there were packets larger than the link' test "$max" -gt 1460
	else
		check "there were none larger than the link: $max" eval '[ $max -gt 1000 ] && [ $max -le 1460 ]'
	fi
	check "UDP, offloads $state" test "$(megabytes -u -b 10M -l 1200)" -ge 1
done
if modprobe -q sctp; then
	# The first connection, by which both agree on what is to come, is one of TCP.
	ipvs -A --sctp-service 192.0.2.1:5201 -s rr
	ipvs -a --sctp-service 192.0.2.1:5201 -r 10.2.0.2:5201 -m
	offload on
	check 'SCTP' test "$(megabytes --sctp)" -ge 1
fi
check 'many at once' test "$(megabytes -P 8)" -ge 1
check_is 'checksums were right' 0 \
	"$(in_netns s1 nstat -asz TcpInCsumErrors UdpInCsumErrors | awk '/Csum/ { n += $2 } END { print n + 0 }')"
check_is 'in the other direction, too' 0 \
	"$(in_netns c nstat -asz TcpInCsumErrors UdpInCsumErrors | awk '/Csum/ { n += $2 } END { print n + 0 }')"
