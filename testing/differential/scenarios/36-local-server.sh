# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
# Once is enough.
echo 0 >/proc/sys/net/ipv4/tcp_synack_retries
ip addr add 10.5.0.1/32 dev lo
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.5.0.1:5353 -m
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.5.0.1:8080 -m
setup -A -u 192.0.2.1:54 -s rr
setup -a -u 192.0.2.1:54 -r 127.0.0.1:5353 -m
ipvs -Ln

note 'the director is the server: UDP'
agent open server d udp 10.5.0.1:5353
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
agent read server
agent write server answer 10.0.0.2:1000
send c udp 10.0.0.2:1000 192.0.2.1:53 data=more ttl=1
agent read server
conns

note 'TCP'
agent open listener d tcp-listen 10.5.0.1:8080
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=100
conns

note 'nobody listens'
send c tcp 10.0.0.2:1000 192.0.2.1:53 flags=S seq=1
setup -a -t 192.0.2.1:80 -r 10.5.0.1:8081 -m
setup -d -t 192.0.2.1:80 -r 10.5.0.1:8080
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=100

note 'loopback, for one from outside and for one inside'
send c udp 10.0.0.2:1001 192.0.2.1:54 data=question
agent open loop d udp 127.0.0.1:5353
agent open inside d udp 127.0.0.1:6000
agent write inside question 192.0.2.1:54
agent read loop
agent write loop answer 127.0.0.1:6000
agent read inside

note 'client and server are the director'
agent open client d udp 192.0.2.2:6001
agent write client question 192.0.2.1:53
agent read server
agent write server answer 192.0.2.2:6001
agent read client
conns
stats
