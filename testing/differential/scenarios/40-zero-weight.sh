# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -t 192.0.2.1:80 -s wlc
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080

note 'new ones are turned away, old ones go on'
ipvs -e -u 192.0.2.1:53 -r 10.1.1.2:5353 -m -w 0
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 0
send c udp 10.0.0.2:1000 192.0.2.1:53 data=more
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
send c udp 10.0.0.2:1001 192.0.2.1:53 len=600
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=100
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=R seq=1
snapshot

note 'no server at all'
ipvs -d -u 192.0.2.1:53 -r 10.1.1.2:5353
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
send c udp 10.0.0.2:1002 192.0.2.1:53 data=question
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1003 192.0.2.1:80 flags=A seq=1
send c udp 10.0.0.2:1002 192.0.2.1:53 len=100 fragments=56
note 'no service'
ipvs -C
send c udp 10.0.0.2:1002 192.0.2.1:53 data=question
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=S seq=1
snapshot
