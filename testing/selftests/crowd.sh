#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One port of a client has connections to many addresses of a service, and so to one server: their
# replies are the same, and nothing of the table tells them apart.
. ./lib.sh
start

CROWD=10000
IPVSADM=${TOOLS%% *}

network
load
in_netns d nft -f - <<'END'
table ip marks {
	chain prerouting {
		type filter hook prerouting priority mangle;
		ip daddr 10.99.0.0/16 meta mark set 7
	}
}
END
in_netns d ip route add local 10.99.0.0/16 dev lo
ipvs -A -f 7 -s rr
ipvs -a -f 7 -r 10.2.0.2 -m
echo_server s1 10.2.0.2 7

ask()
{
	in_netns c python3 flows.py ask 10.99.0.0/16 7 "$1" "$2"
}

spray()
{
	in_netns c python3 flows.py spray 10.99.0.0/16 7 5000 $CROWD >/dev/null
}

listed()
{
	in_netns d grep -c ^UDP /proc/net/ip_vs_conn
}

check_is 'each is answered by the address that was asked' 300 "$(ask 4000 300)"
check_is 'a connection for each' 300 "$(connections)"
check_is 'again, from another port' 300 "$(ask 4001 300)"
check_is 'the newest, again' 1 "$(ask 4002 1)"

rm -f /tmp/stop
in_netns d bash -c 'while [ ! -e /tmp/stop ]; do
	for factor in 8 -8; do
		echo $factor >/proc/sys/net/ipv4/vs/conn_lfactor
		sleep 0.1
	done
done' &
resizer=$!
check_is 'each, while the table changes its size' 1000 "$(ask 4003 1000)"
touch /tmp/stop
wait $resizer

check_is 'all are listed' 1601 "$(listed)"
check_is 'all are ended' '1601 ended' "$(ipvs conn kill --server 10.2.0.2)"
check_is 'none is left' 0 "$(connections)"

# That many in one chain would keep a processor for long, whatever is done about them.
pkill -f 'UDP4-LISTEN:7,'
wait_until 10 eval '! listens s1 7'
spray
check_is 'a crowd' $CROWD "$(connections)"
check_is 'is listed' $CROWD "$(listed)"
check 'a timeout of 2 s' ipvs --set 0 0 2
# Old ones have it from their next packet on.
spray
check 'they end' wait_until 60 connections_are 0
check 'no connection is counted' eval 'ipvs -Ln | grep -qE "10.2.0.2:0 +Masq +1 +0 +0"'
echo_server s1 10.2.0.2 7
check_is 'and the next ones work' 10 "$(ask 5000 10)"
