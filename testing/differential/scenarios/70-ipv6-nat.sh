# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Network address translation of TCP and UDP over IPv6.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'

topology6
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r "$S:8080" -m
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r "$S:5353" -m

note 'TCP'
send c tcp "$C:1024" "$V:80" flags=S seq=100
send s1 tcp "$S:8080" "$C:1024" flags=SA seq=500 ack=101
send c tcp "$C:1024" "$V:80" flags=A seq=101 ack=501
conns
send c tcp "$C:1024" "$V:80" flags=PA seq=101 ack=501 data=request tc=0xb8
send s1 tcp "$S:8080" "$C:1024" flags=PA seq=501 ack=108 len=33
send c tcp "$C:1024" "$V:80" flags=FA seq=108 ack=534
send s1 tcp "$S:8080" "$C:1024" flags=FA seq=534 ack=109
conns

note 'UDP'
send c udp "$C:1024" "$V:53" data=question
send s1 udp "$S:5353" "$C:1024" data=answer
send c udp "$C:1024" "$V:53" len=33 sum=bad
send c udp "$C:1024" "$V:53" len=33 sum=0
send s1 udp "$S:5353" "$C:1024" len=7 sum=0
for hex in 0000 1234 ffff; do
	send c udp "$C:1024" "$V:53" hex=$hex sum=0x0001
done
send c udp "$C:20" "$V:53" data=x
send c udp "$C:1024" '[2001:db8::2]:53' data=x
conns
stats

note 'hops and sizes'
send c udp "$C:1025" "$V:53" data=x hops=1
send c udp "$C:1025" "$V:53" data=x hops=2
ip link set s1 mtu 1280
send c udp "$C:1025" "$V:53" len=1232
send c udp "$C:1025" "$V:53" len=1233
ip link set s1 mtu 1500
send c udp "$C:1025" "$V:53" len=1233

note 'no server'
setup -d -u "$V:53" -r "$S:5353"
send c udp "$C:1024" "$V:53" data=x
send c udp "$C:1026" "$V:53" data=x
send s1 udp "$S:5353" "$C:1024" data=answer
conns
