# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m

note 'both ways'
send c udp 10.0.0.2:1024 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 data=answer
snapshot

note 'no checksum'
send c udp 10.0.0.2:1024 192.0.2.1:53 data=question sum=0
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 data=answer sum=0
send c udp 10.0.0.2:1025 192.0.2.1:53 sum=0
send c udp 10.0.0.2:1025 192.0.2.1:53 sum=0 len=33

note 'no data, odd data, much data'
send c udp 10.0.0.2:1024 192.0.2.1:53
send c udp 10.0.0.2:1024 192.0.2.1:53 len=1
send c udp 10.0.0.2:1024 192.0.2.1:53 len=1472
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=1471

note 'wrong checksums'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=4 sum=bad
send c udp 10.0.0.2:1024 192.0.2.1:53 len=4 sum=0xffff
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=4 sum=bad

note 'a checksum that becomes zero is written as ffff'
for hex in 5e8f 5e90 5e91 d7cb 4ae0; do
	send c udp 10.0.0.2:1024 192.0.2.1:53 hex=$hex
done
for word in 0000 1234 ffff; do
	send c udp 10.0.0.2:1024 192.0.2.1:53 hex=$word sum=0x0001
done

note 'lengths that lie'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=8 ulen=4
send c udp 10.0.0.2:1024 192.0.2.1:53 len=8 ulen=0
send c udp 10.0.0.2:1024 192.0.2.1:53 len=8 ulen=1000
send c udp 10.0.0.2:1024 192.0.2.1:53 len=8 ulen=12 sum=0
send c udp 10.0.0.2:1026 192.0.2.1:53 len=8 ulen=1000 sum=0

note 'ports at the edge'
send c udp 10.0.0.2:20 192.0.2.1:53 data=x
send c udp 10.0.0.2:53 192.0.2.1:53 data=x
send c udp 10.0.0.2:1024 192.0.2.1:0 data=x
send c udp 10.0.0.2:1024 192.0.2.2:53 data=x
conns
stats
