# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
stats

note 'a server is removed: its connections are silent'
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
ipvs -d -u 192.0.2.1:53 -r 10.1.1.2:5353
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=501 ack=101
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=101 ack=501
snapshot
stats

note 'it is back, and so are they and its numbers'
ipvs -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 3
snapshot
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=501 ack=101
stats

note 'the service is removed'
ipvs -D -t 192.0.2.1:80
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=501 ack=101
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=1
snapshot
note 'and comes back, with its server: connections go on, numbers do not'
ipvs -A -t 192.0.2.1:80 -s wlc
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
snapshot
stats

note 'the server is removed before its service'
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
ipvs -D -t 192.0.2.1:80
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
snapshot
stats

note 'flush, the hooks are gone'
ipvs -C
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=501 ack=101
snapshot
note 'another service brings them back'
ipvs -A -t 192.0.2.2:99 -s rr
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=501 ack=101
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
snapshot
