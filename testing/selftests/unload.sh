#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module stays while it is needed, and goes under traffic.
. ./lib.sh
start

network
web_server s1
load
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
ipvs -A -u 192.0.2.1:9 -s rr
ipvs -a -u 192.0.2.1:9 -r 10.2.0.2:9 -m
check_is 'it balances' s1 "$(get 1)"
check_fails 'not while there are services' 'in use' rmmod rust_ipvs
check_is 'it still balances' s1 "$(get 1)"

# Packets that never end, and a connection that stays open.
in_netns c bash -c 'while :; do echo x >/dev/udp/192.0.2.1/9; done' 2>/dev/null &
flood=$!
in_netns c bash -c 'exec 3<>/dev/tcp/192.0.2.1/80; sleep 100' &
check 'a connection is open' wait_until 10 eval 'ipvs -Lnc | grep -q ESTABLISHED'
check 'many connections' wait_until 20 more_connections_than 50
check 'no service is left' ipvs -C
check 'connections are' more_connections_than 50
check 'the module goes' rmmod rust_ipvs
check 'traffic goes on' kill -0 $flood
check 'the module comes back' load
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
ipvs -A -u 192.0.2.1:9 -s rr
ipvs -a -u 192.0.2.1:9 -r 10.2.0.2:9 -m
check_is 'and balances' s1 "$(get 1)"
check 'under traffic' wait_until 20 more_connections_than 50

destroy_network
check 'the module goes with the last one' wait_until 20 rmmod rust_ipvs
