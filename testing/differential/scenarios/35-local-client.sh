# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
nat_services

note 'the director is the client: UDP'
agent open u d udp 192.0.2.2:4000
agent write u question 192.0.2.1:53
send s1 udp 10.1.1.2:5353 192.0.2.2:4000 data=answer
agent read u
agent write u again 192.0.2.1:53
conns

note 'from the address of the service itself'
agent open v d udp 192.0.2.1:4001
agent write v question 192.0.2.1:53
send s1 udp 10.1.1.2:5353 192.0.2.1:4001 data=answer
agent read v

note 'from an address of the link'
agent open w d udp 10.1.1.1:4002
agent write w question 192.0.2.1:53
send s1 udp 10.1.1.2:5353 10.1.1.1:4002 data=answer
agent read w

note 'from loopback'
agent open x d udp 127.0.0.1:4003
agent write x question 192.0.2.1:53

note 'source port 20'
agent open y d udp 192.0.2.2:20
agent write y question 192.0.2.1:53

note 'no one is there'
setup -e -u 192.0.2.1:53 -r 10.1.1.2:5353 -m -w 0
agent open z d udp 192.0.2.2:4005
agent write z question 192.0.2.1:53
agent read z
conns
stats
