# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# SCTP, AH and ESP over IPv6.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Those of SCTP and UDP.
TIMEOUTS='4 61 300 900'

C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'
ESP=50

topology6
setup -A --sctp-service "$V:80" -s rr
setup -a --sctp-service "$V:80" -r "$S:8080" -m
setup -A --sctp-service "$V:81" -s rr
setup -a --sctp-service "$V:81" -r "$S:81" -m
setup -A --sctp-service "$V:82" -s rr
setup -a --sctp-service "$V:82" -r "$S:82" -g
setup -A -u "$V:500" -s rr
setup -a -u "$V:500" -r "$S:500" -m

note 'an association'
send c sctp "$C:1000" "$V:80" chunks=init:20
send s1 sctp "$S:8080" "$C:1000" chunks=init-ack:40
send c sctp "$C:1000" "$V:80" chunks=cookie-echo:24
send s1 sctp "$S:8080" "$C:1000" chunks=cookie-ack
send c sctp "$C:1000" "$V:80" chunks=data:119,sack:16 tc=0xb8
send s1 sctp "$S:8080" "$C:1000" chunks=data:1000 sum=bad
send c sctp "$C:1000" "$V:80" chunks=data:20 ext=dst
send c sctp "$C:1000" "$V:80" chunks=data:20 ext=ah
send c sctp "$C:1000" "$V:80" chunks=data:900 fragments=400
send c sctp "$C:1000" "$V:80" chunks=data:20 hops=1
conns
send c sctp "$C:1000" "$V:80" chunks=shutdown:8
send s1 sctp "$S:8080" "$C:1000" chunks=shutdown-ack
send c sctp "$C:1000" "$V:80" chunks=shutdown-complete
conns

note 'cut off, and no INIT'
for cut in 3 4 11 12 15; do
	send c sctp "$C:1000" "$V:80" chunks=data:20 cut=$cut
	send c sctp "$C:1001" "$V:80" chunks=init:20 cut=$cut
done
send c sctp "$C:1001" "$V:80" chunks=data:20
send c sctp "$C:1001" "$V:80" chunks=abort

note 'at the same port, and by direct routing'
send c sctp "$C:1002" "$V:81" chunks=init:20
send c sctp "$C:1002" "$V:81" chunks=init:20 sum=bad
send s1 sctp "$S:81" "$C:1002" chunks=init-ack:20 sum=bad
send c sctp "$C:1003" "$V:82" chunks=init:20
send c sctp "$C:1003" "$V:82" chunks=cookie-echo:20
conns

note 'IPsec'
send c $ESP "$C" "$V" len=40
send c udp "$C:500" "$V:500" data=keys
send c $ESP "$C" "$V" len=40
send s1 $ESP "$S" "$C" len=40
send c $ESP "$C" "$V" len=40 ext=dst
send c $ESP "$C" "$V" len=40 ext=ah
send s1 $ESP "$S" "$C" len=900 fragments=400
send c 59 "$C" "$V" ext=ah
conns
stats
