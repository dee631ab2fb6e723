# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Direct routing: to another neighbour, with the same addresses.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
ip addr add 10.5.0.1/32 dev lo
# Behind a router, behind a smaller link, and where nobody may go.
ip route add 10.9.0.2/32 via 10.1.1.3
ip route add 10.9.1.2/32 via 10.1.2.2 mtu 600 dev s2
ip route add unreachable 10.9.2.0/24
ip route add blackhole 10.9.3.0/24
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2 -g
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.2.2 -g
n=1
for server in 10.9.0.2 10.9.1.2 10.9.2.2 10.9.3.2 10.5.0.1 127.0.0.1; do
	setup -A -u 192.0.2.1:200$n -s rr
	setup -a -u 192.0.2.1:200$n -r $server -g
	n=$((n + 1))
done
ipvs -Ln

note 'UDP'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question tos=0xb9 id=77 ttl=9
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question sum=0
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question sum=bad
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question ipsum=bad
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question df
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question ipopt=0707040000000000
send c udp 10.0.0.2:1001 192.0.2.1:53 len=64 fragments=40
send c udp 10.0.0.2:1001 192.0.2.1:53 len=64 fragments=40 order=1,0
conns

note 'a reply that comes this way'
send s2 udp 192.0.2.1:53 10.0.0.2:1000 data=answer
send s2 udp 10.1.2.2:53 10.0.0.2:1000 data=answer
conns

note 'TCP, of which only one side is seen'
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=100
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=PA seq=101 ack=501 data=GET
conns
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=FA seq=104 ack=501
conns

stats

note 'time runs out'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x ttl=1
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x ttl=2
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x ttl=0

note 'over a router'
send c udp 10.0.0.2:1000 192.0.2.1:2001 data=x

note 'too big'
send c udp 10.0.0.2:1000 192.0.2.1:2002 len=573 df
send c udp 10.0.0.2:1000 192.0.2.1:2002 len=572 df
send c udp 10.0.0.2:1000 192.0.2.1:2002 len=1000
send c udp 10.0.0.2:1002 192.0.2.1:2002 len=1000 fragments=504
echo 0 >/proc/sys/net/ipv4/vs/pmtu_disc
send c udp 10.0.0.2:1000 192.0.2.1:2002 len=573 df
echo 1 >/proc/sys/net/ipv4/vs/pmtu_disc

note 'nowhere to go'
send c udp 10.0.0.2:1000 192.0.2.1:2003 data=x
send c udp 10.0.0.2:1000 192.0.2.1:2003 data=x ttl=1
send c udp 10.0.0.2:1000 192.0.2.1:2004 data=x

note 'the server is here'
agent open server d udp 192.0.2.1:2005
send c udp 10.0.0.2:1000 192.0.2.1:2005 data=question ttl=1
agent read server
agent write server answer 10.0.0.2:1000
agent open loop d udp 192.0.2.1:2006
send c udp 10.0.0.2:1000 192.0.2.1:2006 data=question
agent read loop
conns

note 'the client is here'
agent open client d udp 192.0.2.2:4000
agent write client question 192.0.2.1:53
send s2 udp 192.0.2.1:53 192.0.2.2:4000 data=answer
agent open own d udp 192.0.2.1:4001
agent write own question 192.0.2.1:53
agent open x d udp 127.0.0.1:4003
agent write x question 192.0.2.1:53
agent write client question 192.0.2.1:2005
agent read server
agent write client question 192.0.2.1:2003
agent write client question 192.0.2.1:2002
conns
