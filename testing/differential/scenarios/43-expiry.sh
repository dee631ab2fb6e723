# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
ipvs --set 5 3 4
TIMEOUTS='5 60'

send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
handshake 10.0.0.2:1001 192.0.2.1:80 s1 10.1.1.2:8080
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=FA seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1001 flags=A seq=501 ack=102
conns

# There is no telling in which of two seconds a timer ends; show who is left.
left()
{
	awk 'NR > 1 { print "  " $1, $2, $3, $8 | "sort" }' /proc/net/ip_vs_conn
}

note 'a packet in the middle keeps one'
sleep 2
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
sleep 3
left
proc ip_vs
note 'a reply does as well'
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
sleep 2.5
left
note 'all are gone'
sleep 4
conns
proc ip_vs
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=501 ack=101
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer

note 'without its server as well'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
ipvs -d -u 192.0.2.1:53 -r 10.1.1.2:5353
conns
sleep 5.5
conns
note 'and without any service'
handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
ipvs -C
conns
sleep 6.5
conns
