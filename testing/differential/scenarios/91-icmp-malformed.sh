# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# ICMP errors that are wrong, cut short, or in pieces.
. ./lib.sh

topology
nat_services
count_passed

handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question

reply=udp,192.0.2.1:53,10.0.0.2:1000,len=40
request=udp,10.0.0.2:1000,10.1.1.2:5353,len=40

# both OPTION...: from the client and from the server, each about a packet of the other.
both()
{
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 "quote=$reply" "$@"
	send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=3 "quote=$request" "$@"
}

# quoting OPTION...: the same, for options of what is quoted.
quoting()
{
	local words
	printf -v words ",%s" "$@"
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 "quote=$reply$words"
	send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=3 "quote=$request$words"
}

note 'wrong checksums'
both sum=bad
both sum=0
both sum=0xffff
both ipsum=bad
quoting sum=bad
quoting sum=0
quoting ipsum=bad
step nft list counters

note 'cut short'
for cut in 0 4 7 8 9 27 28 29 31 32 33 35 36; do
	both cut=$cut
done
step nft list counters

note 'the same, and longer than it says'
both iplen=28
both iplen=56
both iplen=60

note 'what is quoted is no packet'
quoting version=5
quoting version=0
quoting ihl=4
quoting ihl=6
quoting ihl=15
quoting iplen=0
quoting iplen=7
quoting iplen=19
quoting iplen=65535
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 len=64
step nft list counters

note 'what is quoted is a fragment'
quoting mf
quoting at=8
quoting mf at=1480
quoting df

note 'of other protocols'
for proto in 0 1 47 4 255; do
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=2 "quote=$proto,192.0.2.1,10.0.0.2,len=40"
	send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=2 "quote=$proto,10.0.0.2,10.1.1.2,len=40"
done
step nft list counters

note 'in pieces'
both fragments=16
both fragments=32
both fragments=8
both fragments=40 order=1,0
both fragments=40 order=0
both fragments=40 order=1
both fragments=40 sum=bad
note 'no errors, in pieces'
send c icmp 10.0.0.2 192.0.2.1 type=8 len=64 fragments=40
send c icmp 10.0.0.2 10.1.1.2 type=8 len=64 fragments=40
send c icmp 10.0.0.2 10.1.1.2 type=8 len=64 fragments=40 order=1
send s1 icmp 10.1.1.2 10.0.0.2 type=0 len=64 fragments=40 order=1,0
step nft list counters

note 'long quotes'
reply=udp,192.0.2.1:53,10.0.0.2:1000,len=1400
request=udp,10.0.0.2:1000,10.1.1.2:5353,len=1400
both
both df
both head=548
both fragments=1000
step nft list counters
conns
stats
