# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# ICMP errors about packets of connections by NAT.
. ./lib.sh

topology
nat_services
count_passed

handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer

# What the client's side has seen, and what the server's side has.
reply=udp,192.0.2.1:53,10.0.0.2:1000,len=40
request=udp,10.0.0.2:1000,10.1.1.2:5353,len=40
segment=tcp,192.0.2.1:80,10.0.0.2:1000,flags=A,seq=501,ack=101,len=40
asked=tcp,10.0.0.2:1000,10.1.1.2:8080,flags=A,seq=101,ack=501,len=40

note 'from the client and from a router before it'
for type in 'type=3 code=3' 'type=3 code=4 rest=1280' 'type=4' 'type=11' 'type=11 code=1' 'type=5' 'type=12'; do
	send c icmp 10.0.0.2 192.0.2.1 $type "quote=$reply"
done
send c icmp 10.0.0.9 192.0.2.1 type=3 code=4 rest=1280 "quote=$segment"
send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 "quote=$segment" head=28 ttl=9 tos=0xb8

note 'from the server and from a router before it'
for type in 'type=3 code=3' 'type=3 code=4 rest=1280' 'type=4' 'type=11' 'type=11 code=1' 'type=5' 'type=12'; do
	send s1 icmp 10.1.1.2 10.0.0.2 $type "quote=$request"
done
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=4 rest=1280 "quote=$asked"
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=1 "quote=$asked" head=28 ttl=9

note 'to an address that only passes by'
send c icmp 10.0.0.9 10.1.2.2 type=3 code=1 "quote=$reply"
send s1 icmp 10.1.1.9 192.0.2.1 type=3 code=1 "quote=$request"
send s1 icmp 10.1.1.9 10.1.2.2 type=3 code=1 "quote=$request"

note 'the wrong way'
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=1 "quote=$reply"
send c icmp 10.0.0.2 192.0.2.1 type=3 code=1 "quote=$request"

note 'of no connection'
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 quote=udp,192.0.2.1:53,10.0.0.2:1001,len=8
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 quote=udp,192.0.2.1:54,10.0.0.2:1000,len=8
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 quote=tcp,192.0.2.1:53,10.0.0.2:1000,len=8
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=3 quote=udp,10.0.0.2:1000,10.1.1.2:5354,len=8
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=3 quote=udp,10.0.0.2:1000,192.0.2.1:53,len=8

note 'time runs out'
for ttl in 0 1 2; do
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=1 "quote=$reply" ttl=$ttl
	send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=1 "quote=$request" ttl=$ttl
done

note 'options in both headers'
send c icmp 10.0.0.2 192.0.2.1 type=3 code=1 "quote=$reply,ipopt=01010101" ipopt=01010100
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=1 "quote=$request,ipopt=0101010101010101" ipopt=01010100
send c icmp 10.0.0.2 192.0.2.1 type=3 code=1 "quote=$reply,ipopt=01010101" head=32

note 'the server is not there any more'
setup -d -u 192.0.2.1:53 -r 10.1.1.2:5353
send c icmp 10.0.0.2 192.0.2.1 type=3 code=1 "quote=$reply"
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=1 "quote=$request"
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -D -u 192.0.2.1:53
send c icmp 10.0.0.2 192.0.2.1 type=3 code=1 "quote=$reply"
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=1 "quote=$request"
conns
step nft list counters
stats
