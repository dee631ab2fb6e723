# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

live_topology
# Hosts with a TCP of their own: what they make of it.
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.2.2:5353 -m

agent open listener s1 tcp-listen 10.1.1.2:8080
agent open client c tcp 10.0.0.2:5000
agent connect client 192.0.2.1:80 >/dev/null
agent accept listener server
agent write client question >/dev/null
agent read server
agent write server answer >/dev/null
agent read client
conns
agent close client >/dev/null
agent close server >/dev/null
conns

note 'UDP'
agent open us s2 udp 10.1.2.2:5353
agent open uc c udp 10.0.0.2:5000
agent write uc question 192.0.2.1:53
agent read us
agent write us answer 10.0.0.2:5000
agent read uc
conns
