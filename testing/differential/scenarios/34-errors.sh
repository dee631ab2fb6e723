# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
# No way to this one; one behind a smaller link; one that nobody may reach.
ip route add 10.9.1.2/32 via 10.1.2.2 mtu 600 dev s2
ip route add unreachable 10.9.2.0/24
ip route add blackhole 10.9.3.0/24
ip route add prohibit 10.9.4.0/24
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.9.1.2:5353 -m
for n in 2 3 4 5; do
	setup -A -u 192.0.2.1:200$n -s rr
	setup -a -u 192.0.2.1:200$n -r 10.9.$n.2:53 -m
done

note 'time runs out'
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1 ttl=1
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=1 ttl=2
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=S seq=1 ttl=0
send s1 tcp 10.1.1.2:8080 10.0.0.2:1001 flags=SA seq=1 ack=2 ttl=1
send s1 tcp 10.1.1.2:8080 10.0.0.2:1001 flags=SA seq=1 ack=2 ttl=2
conns

note 'too big'
send c udp 10.0.0.2:1000 192.0.2.1:53 len=573 df
send c udp 10.0.0.2:1000 192.0.2.1:53 len=572 df
send c udp 10.0.0.2:1000 192.0.2.1:53 len=1000
send c udp 10.0.0.2:1001 192.0.2.1:53 len=1000 df
send c udp 10.0.0.2:1002 192.0.2.1:53 len=1000 fragments=504
conns

note 'nowhere to go'
for n in 2 3 4 5; do
	send c udp 10.0.0.2:1000 192.0.2.1:200$n data=x
	send c udp 10.0.0.2:1000 192.0.2.1:200$n data=x ttl=1
done
conns
note 'the way is lost, and found'
ip link set s1 down
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=A seq=2 ack=2
ip link set s1 up
ip neigh replace 10.1.1.2 lladdr 02:00:00:00:00:02 dev s1
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=A seq=2 ack=2
ip route add 10.9.5.2/32 via 10.1.2.2
send c udp 10.0.0.2:1000 192.0.2.1:2005 data=x
send c udp 10.0.0.2:1001 192.0.2.1:2005 data=x
note 'another way'
# With a neighbour, or its absence would be reported some time later.
ip neigh replace 10.1.1.3 lladdr 02:00:00:00:00:03 dev s1
ip route replace 10.9.5.2/32 via 10.1.1.3
send c udp 10.0.0.2:1000 192.0.2.1:2005 data=x
conns
stats
