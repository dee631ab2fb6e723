# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m

note 'the same port again while it waits: another server'
handshake 10.0.0.2:1000 192.0.2.1:80 s2 10.1.2.2:8080
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=FA seq=101 ack=501
send s2 tcp 10.1.2.2:8080 10.0.0.2:1000 flags=FA seq=501 ack=102
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=102 ack=502
conns
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=9000
snapshot
note 'late packets of the first server'
send s2 tcp 10.1.2.2:8080 10.0.0.2:1000 flags=A seq=501 ack=102

note 'after a reset'
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=R seq=2
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=RA seq=2
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=SA seq=1
snapshot

note 'not while it is established, or waits for the other side'
handshake 10.0.0.2:1002 192.0.2.1:80 s2 10.1.2.2:8080
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=S seq=9000
conns
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=FA seq=101
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=S seq=9000
snapshot

note 'many, so that the same place in the table is met often'
for i in 1 2 3; do
	burst c 50 tcp 10.0.0.2:3000 192.0.2.1:80 flags=S seq=1
	burst c 50 tcp 10.0.0.2:3000 192.0.2.1:80 flags=R seq=2
done
proc ip_vs
stats
