# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Connections that live for one packet, and those that are dropped because they look forgotten.
. ./lib.sh

topology
ip addr add 10.5.0.1/32 dev lo
setup -A -u 192.0.2.1:53 -s rr -o
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -a -u 192.0.2.1:53 -r 10.1.2.2:5353 -m
setup -A -u 192.0.2.1:54 -s wlc -o
setup -a -u 192.0.2.1:54 -r 10.1.1.2 -g
setup -a -u 192.0.2.1:54 -r 10.1.2.2 -g -x 1
setup -A -u 192.0.2.1:55 -s rr -o
setup -a -u 192.0.2.1:55 -r 10.5.0.1:5555 -m
setup -A -u 192.0.2.1:56 -s rr -o
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -A -f 7 -s rr -o
setup -a -f 7 -r 10.1.1.2 -m
setup -a -f 7 -r 10.1.2.2 -m
nft -f - <<-END
	table ip t {
		chain a { type filter hook prerouting priority 0; ip saddr 10.0.0.7 meta mark set 7; }
	}
END
ipvs -Ln

note 'each goes to the next server'
for n in 1 2 3; do
	send c udp 10.0.0.2:1000 192.0.2.1:53 data=question$n
done
conns
note 'nobody knows the answer'
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send c icmp 10.0.0.9 192.0.2.1 type=3 code=4 rest=1280 quote=udp,192.0.2.1:53,10.0.0.2:1000,len=40

note 'direct routing, thresholds'
for n in 1 2 3; do
	send c udp 10.0.0.2:1000 192.0.2.1:54 data=question$n
done
ipvs -Ln --thresholds

note 'a server here, none at all'
agent open server d udp 10.5.0.1:5555
send c udp 10.0.0.2:1000 192.0.2.1:55 data=question
agent read server
send c udp 10.0.0.2:1000 192.0.2.1:56 data=question

note 'not for TCP'
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=100
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=SA seq=500 ack=101

note 'a mark'
for n in 1 2 3; do
	send c udp 10.0.0.7:1000 192.0.2.1:999 data=question$n
done
send c tcp 10.0.0.7:1000 192.0.2.1:999 flags=S seq=100

note 'in fragments, too long for the way'
send c udp 10.0.0.2:1000 192.0.2.1:53 len=64 fragments=40
send c udp 10.0.0.2:1000 192.0.2.1:53 len=64 ttl=1
conns

note 'an error opens one, too'
echo 1 >/proc/sys/net/ipv4/vs/schedule_icmp
send c icmp 10.0.0.9 192.0.2.1 type=3 code=4 rest=1280 quote=udp,192.0.2.1:53,10.0.0.2:1000,len=40
echo 0 >/proc/sys/net/ipv4/vs/schedule_icmp
conns

note 'no more'
setup -E -u 192.0.2.1:53 -s rr
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
setup -E -u 192.0.2.1:53 -s rr -o
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
conns
stats
proc ip_vs

note 'half-open connections are dropped by and by, open ones are not'
for n in 1 2 3 4 5 6 7 8; do
	post c tcp 10.0.0.2:300$n 192.0.2.1:80 flags=S seq=100
	post s1 tcp 10.1.1.2:8080 10.0.0.2:300$n flags=SA seq=500 ack=101
	post c tcp 10.0.0.2:300$n 192.0.2.1:80 flags=A seq=101 ack=501
done
for base in 20000 20200 20400; do
	burst c 200 tcp 10.0.0.3:$base 192.0.2.1:80 flags=S seq=100
done
half_open()
{
	grep -c SYN_RECV /proc/net/ip_vs_conn
}
before=$(half_open)
echo 3 >/proc/sys/net/ipv4/vs/drop_entry
for ((tries = 0; tries < 100; tries++)); do
	[ $(($(half_open) + 20)) -gt "$before" ] || break
	sleep 0.2
done
[ $tries -lt 100 ] || echo 'SCENARIO ERROR nothing is dropped'
echo 0 >/proc/sys/net/ipv4/vs/drop_entry
echo "open: $(grep -c ESTABLISHED /proc/net/ip_vs_conn)"
