# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Policies of IPsec decide about a reply by the address that it gets from us.
. ./lib.sh

topology
nat_services
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer

note 'nothing may leave with the address of the service'
step ip xfrm policy add src 192.0.2.1 dst 10.0.0.2 dir out action block
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=1 quote=udp,10.0.0.2:1000,10.1.1.2:5353,len=40
note 'unless nobody looks'
echo 0 >/proc/sys/net/ipv4/vs/snat_reroute
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
echo 1 >/proc/sys/net/ipv4/vs/snat_reroute
note 'a policy about others'
ip xfrm policy flush
step ip xfrm policy add src 192.0.2.2 dst 10.0.0.2 dir out action block
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
ip xfrm policy flush

note 'what is not allowed is forbidden'
step ip xfrm policy setdefault out block
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
step ip xfrm policy add src 10.1.1.2 dst 10.0.0.2 dir out action allow
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
step ip xfrm policy add src 192.0.2.1 dst 10.0.0.2 dir out action allow
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
stats
