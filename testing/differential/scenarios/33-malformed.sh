# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
nat_services
count_passed

note 'too short'
for size in 0 1 2 3 4 7 8 12 13 16 18 19; do
	send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 cut=$size
done
for size in 0 1 3 4 7; do
	send c udp 10.0.0.2:1000 192.0.2.1:53 data=x cut=$size
done
conns
step nft list counters

note 'the same for a connection that exists'
handshake 10.0.0.2:2000 192.0.2.1:80 s1 10.1.1.2:8080
send c udp 10.0.0.2:2000 192.0.2.1:53 data=x
for size in 0 2 3 4 7 8 13 14 18 19; do
	send c tcp 10.0.0.2:2000 192.0.2.1:80 flags=A seq=101 ack=501 cut=$size
	send s1 tcp 10.1.1.2:8080 10.0.0.2:2000 flags=A seq=501 ack=101 cut=$size
done
for size in 0 3 4 7; do
	send c udp 10.0.0.2:2000 192.0.2.1:53 data=x cut=$size
	send s1 udp 10.1.1.2:5353 10.0.0.2:2000 data=x cut=$size
done
conns
step nft list counters

note 'lengths of headers that lie'
for doff in 0 4 6 15; do
	send c tcp 10.0.0.2:10$doff 192.0.2.1:80 flags=S seq=1 doff=$doff
	send c tcp 10.0.0.2:2000 192.0.2.1:80 flags=A seq=101 ack=501 doff=$doff
	send s1 tcp 10.1.1.2:8080 10.0.0.2:2000 flags=A seq=501 ack=101 doff=$doff
done
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 ihl=4
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 ihl=15
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 iplen=19
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 iplen=30
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 iplen=200
send c tcp 10.0.0.2:2000 192.0.2.1:80 flags=A seq=101 ack=501 iplen=40 len=6
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 version=5
conns
step nft list counters

note 'flags that no one sends'
n=3000
for flags in '' F P U E C A R SA SF SR SFRPAUEC RA FA; do
	n=$((n + 1))
	send c tcp 10.0.0.2:$n 192.0.2.1:80 "flags=$flags" seq=1
	send s1 tcp 10.1.1.2:8080 10.0.0.2:$n "flags=$flags" seq=1
done
conns
step nft list counters

note 'protocols without ports'
send c 0 10.0.0.2 192.0.2.1 len=20
send c 47 10.0.0.2 192.0.2.1 len=20
send c 255 10.0.0.2 192.0.2.1 len=20
send c icmp 10.0.0.2 192.0.2.1 type=8 len=8
send c icmp 10.0.0.2 192.0.2.1 type=8 sum=bad
send c icmp 10.0.0.2 192.0.2.1 cut=3
send s1 icmp 10.1.1.2 10.0.0.2 type=8 len=8

note 'addresses that no one has'
send c tcp 0.0.0.0:1000 192.0.2.1:80 flags=S seq=1
send c tcp 255.255.255.255:1000 192.0.2.1:80 flags=S seq=1
send c tcp 127.0.0.1:1000 192.0.2.1:80 flags=S seq=1
send c tcp 192.0.2.1:1000 192.0.2.1:80 flags=S seq=1
send c tcp 10.1.1.2:1000 192.0.2.1:80 flags=S seq=1
conns
step nft list counters
stats
