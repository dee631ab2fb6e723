# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

note 'in order, in reverse, a reply'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104 order=1,0
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=200 fragments=104
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=200 fragments=64 order=3,1,0,2
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=8

note 'a new connection by fragments'
send c udp 10.0.0.2:1025 192.0.2.1:53 len=64 fragments=40
send c tcp 10.0.0.2:1025 192.0.2.1:80 flags=S seq=1 len=64 fragments=40
send c tcp 10.0.0.2:1026 192.0.2.1:80 flags=S seq=1 fragments=8 order=2,1,0
conns

note 'without checksum'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104 sum=0

note 'larger than the link'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=2800 fragments=1480
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=2800 fragments=1480 order=1,0

note 'may not be fragmented, and is'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104 df
send c udp 10.0.0.2:1024 192.0.2.1:53 len=2800 fragments=1480 df

note 'one is missing'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104 order=0
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104 order=1
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=200 fragments=104 order=1

note 'one comes twice'
send c udp 10.0.0.2:1024 192.0.2.1:53 len=200 fragments=104 order=0,0,1
send s1 udp 10.1.1.2:5353 10.0.0.2:1024 len=200 fragments=104 order=1,1,0

note 'the last is empty, the first is too small for ports'
send c udp 10.0.0.2:1024 192.0.2.1:53 mf id=5000 cut=4
send c 17 10.0.0.2 192.0.2.1 at=8 id=5000 len=20

note 'of other protocols'
send c 47 10.0.0.2 192.0.2.1 len=64 fragments=40
conns
stats
