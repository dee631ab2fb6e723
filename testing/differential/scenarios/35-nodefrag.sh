# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Packets of sockets that ask for them to be left alone.
. ./lib.sh

topology
ip addr add 10.5.0.1/32 dev lo
# A service at an address that is elsewhere: what is not balanced goes there.
setup -A -u 10.0.0.9:53 -s rr
setup -a -u 10.0.0.9:53 -r 10.1.1.2:5353 -m
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:01 dev c
setup -A -u 192.0.2.1:54 -s rr
setup -a -u 192.0.2.1:54 -r 10.5.0.1:5454 -m
agent open plain d raw 192.0.2.2:0
agent open apart d raw 192.0.2.2:0 nodefrag

note 'requests'
agent inject plain udp 192.0.2.2:4000 10.0.0.9:53 data=question
agent inject apart udp 192.0.2.2:4001 10.0.0.9:53 data=question
agent inject apart udp 192.0.2.2:4000 10.0.0.9:53 data=question
conns

note 'errors about them'
agent inject plain icmp 192.0.2.2:0 10.0.0.9:0 type=3 code=1 quote=udp,10.0.0.9:53,192.0.2.2:4000,len=20
agent inject apart icmp 192.0.2.2:0 10.0.0.9:0 type=3 code=1 quote=udp,10.0.0.9:53,192.0.2.2:4000,len=20

note 'fragments'
agent inject plain udp 192.0.2.2:4002 10.0.0.9:53 len=64 fragments=40
agent inject apart udp 192.0.2.2:4003 10.0.0.9:53 len=64 fragments=40
conns

note 'replies of a server here'
agent open server d udp 10.5.0.1:5454
send c udp 10.0.0.2:1000 192.0.2.1:54 data=question
agent read server
agent inject plain udp 10.5.0.1:5454 10.0.0.2:1000 data=answer
agent inject apart udp 10.5.0.1:5454 10.0.0.2:1000 data=answer
conns
stats
