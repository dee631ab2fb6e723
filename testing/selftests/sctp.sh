#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Associations of SCTP between real hosts: data both ways, their checksums
# computed by hosts and left to devices, their states, their end.
. ./lib.sh
start

modprobe sctp 2>/dev/null || skip_all 'this kernel has no SCTP'
network
load
# The same port and another one: the checksum has to change for one of them only.
ipvs -A --sctp-service 192.0.2.1:80 -s rr
ipvs -a --sctp-service 192.0.2.1:80 -r 10.2.0.2:8080 -m
ipvs -A --sctp-service 192.0.2.1:81 -s rr
ipvs -a --sctp-service 192.0.2.1:81 -r 10.3.0.2:81 -m

# sctp NAMESPACE WORD...
sctp()
{
	in_netns "$1" python3 associate.py "${@:2}"
}

# listens_sctp NAMESPACE [COUNT]: whether there are so many servers.
listens_sctp()
{
	[ "$(in_netns "$1" tail -n +2 /proc/net/sctp/eps | wc -l)" -ge "${2-1}" ]
}

sctp s1 serve 10.2.0.2 8080 &
sctp s2 serve 10.3.0.2 81 &
check 'servers' eval 'wait_until 15 listens_sctp s1 && wait_until 15 listens_sctp s2'

# state PORT: that of the only connection to a port of the service.
state()
{
	in_netns d awk -v port="$(printf %04X "$1")" '$1 == "SCTP" && $5 == port { print $8 }' /proc/net/ip_vs_conn
}

state_is()
{
	[ "$(state "$1")" = "$2" ]
}

# errors: packets that any host has found a wrong checksum in.
errors()
{
	local name sum=0
	for name in c d s1 s2; do
		((sum += $(in_netns $name awk '/^SctpChecksumErrors/ { print $2 }' /proc/net/sctp/snmp)))
	done
	echo $sum
}

rm -f /tmp/stop
sctp c hold 192.0.2.1 80 /tmp/stop >/tmp/held &
holder=$!
check 'an answer' wait_until 20 grep -qx word /tmp/held
check 'is established' wait_until 5 state_is 80 ESTABLISHED
check 'counts as active' eval 'ipvs -Ln | grep -qE "10.2.0.2:8080 +Masq +1 +1 +0"'
touch /tmp/stop
wait $holder
check 'is closed' wait_until 10 state_is 80 CLOSED
check 'counts no more as active' eval 'ipvs -Ln | grep -qE "10.2.0.2:8080 +Masq +1 +0 +1"'

# Hosts leave it to devices to cut large ones.
capture /tmp/large d 120 -i c -c 1 'ip proto 132 and greater 3000'
for port in 80 81; do
	check_is "data, port $port" 'the same' "$(sctp c echo 192.0.2.1 $port 200000)"
done
check 'in aggregates' wait_until 5 grep -q . /tmp/large
kill "$capture" 2>/dev/null
for port in 80 81; do
	check_is "an abort, port $port" word "$(sctp c abort 192.0.2.1 $port)"
done

for name in c s1 s2; do
	in_netns $name ethtool -K veth0 tx-checksum-sctp off >/dev/null
done
for port in 80 81; do
	check_is "hosts compute checksums, port $port" 'the same' "$(sctp c echo 192.0.2.1 $port 200000)"
done

# Hosts leave them to devices again, and the director's devices compute none.
for name in c s1 s2; do
	in_netns $name ethtool -K veth0 tx-checksum-sctp on >/dev/null
	in_netns d ethtool -K $name tx-checksum-sctp off >/dev/null
done
for port in 80 81; do
	check_is "the director computes checksums, port $port" 'the same' "$(sctp c echo 192.0.2.1 $port 200000)"
done

# On the director itself: a client, and a server with either port.
ipvs -A --sctp-service 192.0.2.1:82 -s rr
ipvs -a --sctp-service 192.0.2.1:82 -r 10.1.0.1:8082 -m
ipvs -A --sctp-service 192.0.2.1:8082 -s rr
ipvs -a --sctp-service 192.0.2.1:8082 -r 10.1.0.1:8082 -m
sctp d serve 10.1.0.1 8082 &
wait_until 15 listens_sctp d
check_is 'a client on the director' 'the same' "$(sctp d echo 192.0.2.1 80 20000)"
for port in 82 8082; do
	check_is "a server on the director, port $port" 'the same' "$(sctp c echo 192.0.2.1 $port 100000)"
	check_is 'and a client' 'the same' "$(sctp d echo 192.0.2.1 $port 20000)"
done

# IPv6. Addresses need no check whether somebody else has them.
n=0
for name in c s1 s2; do
	n=$((n + 1))
	ip -n d addr add fd00:$n::1/64 dev $name nodad
	ip -n $name addr add fd00:$n::2/64 dev veth0 nodad
	ip -n $name route add default via fd00:$n::1
done
ip -n d addr add fd00:f::1/128 dev lo nodad
in_netns d sysctl -qw net.ipv6.conf.all.forwarding=1
ipvs -A --sctp-service '[fd00:f::1]:80' -s rr
ipvs -a --sctp-service '[fd00:f::1]:80' -r '[fd00:2::2]:8080' -m
ipvs -A --sctp-service '[fd00:f::1]:81' -s rr
ipvs -a --sctp-service '[fd00:f::1]:81' -r '[fd00:3::2]:81' -m
sctp s1 serve fd00:2::2 8080 &
sctp s2 serve fd00:3::2 81 &
wait_until 15 listens_sctp s1 2
wait_until 15 listens_sctp s2 2
for port in 80 81; do
	check_is "IPv6: data, port $port" 'the same' "$(sctp c echo fd00:f::1 $port 200000)"
done
for name in c s1 s2; do
	in_netns $name ethtool -K veth0 tx-checksum-sctp off >/dev/null
done
for port in 80 81; do
	check_is "IPv6: hosts compute checksums, port $port" 'the same' "$(sctp c echo fd00:f::1 $port 50000)"
done
check_is 'no wrong checksum' 0 "$(errors)"
