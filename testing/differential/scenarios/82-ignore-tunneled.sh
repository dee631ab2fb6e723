# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# What comes out of a tunnel that ends at the director. A tunnel device forgets that the packet was
# seen before, a policy of IPsec does not.
. ./lib.sh

topology
ip neigh add 10.0.0.4 lladdr 02:00:00:00:00:01 dev c
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
step ip link add out type ipip local 10.0.0.1 remote 10.0.0.2
ip link set out up
# What is not compressed comes as IP in IP.
step ip xfrm state add src 10.0.0.3 dst 10.0.0.1 proto comp spi 0x1000 mode tunnel comp deflate
step ip xfrm policy add dir in tmpl src 10.0.0.3 dst 10.0.0.1 proto comp spi 0x1000 mode tunnel level use
# Gets what is not balanced.
agent open here d udp 192.0.2.1:53

# From ports 1000 and 1001 of 10.0.0.4, to the service.
BY_DEVICE=450000240007400040116ebd0a000004c000020103e80035001000000102030405060708
BY_POLICY=450000240007400040116ebd0a000004c000020103e90035001000006162636465666768

for ignored in 0 1 2 0; do
	note "ignore_tunneled=$ignored"
	echo $ignored >/proc/sys/net/ipv4/vs/ignore_tunneled
	send c 4 10.0.0.2 10.0.0.1 hex=$BY_DEVICE
	send c 4 10.0.0.3 10.0.0.1 hex=$BY_POLICY
	[ $ignored = 0 ] || agent read here
	note 'in no tunnel, and of a protocol that is not balanced'
	send c udp 10.0.0.4:1002 192.0.2.1:53 data=question
	send c icmp 10.0.0.4 192.0.2.1 type=8 data=ping
done
conns
stats
