#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections are listed and ended by what they are like; those that are ended by a reset end on both
# sides.
. ./lib.sh
start

FLOOD=1500
IPVSADM=${TOOLS%% *}

network
load
in_netns d sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.c.rp_filter=0 net.ipv6.conf.all.forwarding=1
printf '%s\n' 'addr add fd00:10::2/64 dev veth0 nodad' 'route add default via fd00:10::1' | ip -n c -batch -
printf '%s\n' 'addr add fd00:10::1/64 dev c nodad' 'addr add fd00:1::1/64 dev s1 nodad' \
	'addr add fd00:ff::1/128 dev lo nodad' | ip -n d -batch -
printf '%s\n' 'addr add fd00:1::2/64 dev veth0 nodad' 'route add default via fd00:1::1' | ip -n s1 -batch -

# conns VERB ARGUMENT...: in the director, by conn.py.
conns()
{
	in_netns d python3 conn.py "$IPVSADM" "$@"
}

conn()
{
	ipvs conn "$@"
}

check_is 'no connection, not even a service' '{"version":1,"connections":[]}' \
	"$(conn list --json | tr -d '\n')"
ipvs -A -t 192.0.2.1:7 -s rr
ipvs -a -t 192.0.2.1:7 -r 10.2.0.2:7 -m
ipvs -a -t 192.0.2.1:7 -r 10.3.0.2:7 -m
ipvs -A -u 192.0.2.1:53 -s rr
ipvs -a -u 192.0.2.1:53 -r 10.2.0.2:53 -m
ipvs -A -u 192.0.2.1:54 -s rr -p 300
ipvs -a -u 192.0.2.1:54 -r 10.2.0.2:54 -m
ipvs -A -t [fd00:ff::1]:7 -s rr
ipvs -a -t [fd00:ff::1]:7 -r [fd00:1::2]:7 -m
in_netns s1 socat TCP6-LISTEN:7,fork,reuseaddr,ipv6only=0 EXEC:cat 2>/dev/null &
in_netns s2 socat TCP4-LISTEN:7,fork,reuseaddr EXEC:cat 2>/dev/null &
wait_until 10 listens s1 7
wait_until 10 listens s2 7

flood()
{
	in_netns c python3 conn.py - flood 192.0.2.1 53 $FLOOD
	in_netns c python3 conn.py - flood 192.0.2.1 54 30
}

# hold NAME ADDRESS [PORT]: an established connection, whose end is told in /tmp/end.NAME.
hold()
{
	in_netns c python3 conn.py - hold "$2" 7 "${3-0}" >"/tmp/end.$1" 2>&1 &
	wait_until 15 grep -q holds "/tmp/end.$1"
}

ended()
{
	wait_until 20 grep -qvx holds "/tmp/end.$1"
	tail -n 1 "/tmp/end.$1"
}

none_established()
{
	! { in_netns s1 ss -Hnt 'sport = :7' && in_netns s2 ss -Hnt 'sport = :7'; } | grep -q ESTAB
}

no_request()
{
	! in_netns s1 ss -Hnt 'sport = :8080' | grep -q ESTAB
}

# --- a reset
for name in four:192.0.2.1 six:[fd00:ff::1]; do
	address=${name#*:} name=${name%%:*}
	bare=${address#[}
	bare=${bare%]}
	hold "$name" "$bare" 40000
	check_is "$name: a reset" '1 ended, 1 of them by a reset' "$(conn kill --reset --virtual "$address")"
	check_is "$name: the client sees it" reset "$(ended "$name")"
	check "$name: servers see it" wait_until 10 none_established
	check_is "$name: it is gone" 0 "$(conn list --json --virtual "$address" | grep -c client)"
	# The same ports again, at once.
	hold "$name.again" "$bare" 40000
	check "$name: another one from the same port" grep -qx holds "/tmp/end.$name.again"
	conn kill --reset --virtual "$address" >/dev/null
	wait_until 10 none_established
done

# In the middle of something, nginx and curl.
web_server s1
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
in_netns c curl -s -m 60 --limit-rate 20k -o /dev/null http://192.0.2.1/large &
curl=$!
wait_until 15 in_netns d grep -q '0050.*ESTABLISHED' /proc/net/ip_vs_conn
check 'curl: a reset' conn kill -t 192.0.2.1:80 --reset
wait $curl
check_is 'curl: connection reset by peer' 56 $?
check 'nginx: has no connection' wait_until 10 no_request

# Who translates addresses on the way does not touch what ends a connection, as nothing else of it.
in_netns d nft -f - <<-END
	table ip masks {
		chain a { type nat hook postrouting priority srcnat; masquerade; }
	}
END
hold masked 192.0.2.1 40003
check_is 'beside masquerading: a reset' '1 ended, 1 of them by a reset' "$(conn kill --reset --virtual 192.0.2.1)"
check_is 'beside masquerading: the client sees it' reset "$(ended masked)"
check 'beside masquerading: the server sees it' wait_until 10 none_established
in_netns d nft delete table ip masks

# --- each filter, against the file
hold a 192.0.2.1 40001
hold six fd00:ff::1 40002
flood
check 'filters' conns lists <<'END'
cport |
True | --templates
proto == 'tcp' and vport == 7 and ':' not in virtual | -t 192.0.2.1:7
proto == 'udp' and vport == 53 | -u 192.0.2.1:53
':' in virtual | -t [fd00:ff::1]:7
server == '10.2.0.2' and cport | --server 10.2.0.2
server == '10.2.0.2' and sport == 53 | -r 10.2.0.2:53
ip.ip_address(client) in ip.ip_network('10.11.1.0/24') and cport | --client 10.11.1.0/24
client == '10.11.0.9' and cport | --client 10.11.0.9
client == 'fd00:10::2' | --client fd00:10::/64
cport == 40001 | --client-port 40001
virtual == '192.0.2.1' and vport == 53 | --virtual 192.0.2.1:53
state == 'ESTABLISHED' | --state established
proto == 'udp' and cport | --protocol udp
':' in client | -6
':' not in client and cport | -4
vport == 53 and client.startswith('10.11.0.') | -u 192.0.2.1:53 -r 10.2.0.2 --state UDP --client 10.11.0.0/24
END
sleep 20
in_netns c python3 conn.py - flood 192.0.2.1 53 256
check 'idle: not those that are not' conns lists <<<"vport == 53 and not client.startswith('10.11.0.') | -u 192.0.2.1:53 --idle 20s"
check_is 'idle for long: none' 0 "$(conn list --json --idle 1h | grep -c client)"
check_is 'what nobody has counted is not known' '- - - - -' \
	"$(conn list --state ESTABLISHED -4 | awk 'NR == 2 { print $8, $9, $10, $11, $12 }')"

# --- while others come and go, so that the table grows and shrinks
in_netns c sh -c 'while :; do python3 flows.py churn 192.0.2.1 53 2000; done' &
in_netns d sh -c "while :; do $IPVSADM conn kill --client 10.1.0.0/24 --protocol udp >/dev/null; sleep 0.3; done" &
check 'those that stay are listed once' conns steady $((FLOOD + 30)) 4
pkill -f 'while :; do'
pkill -f 'flows.py churn'
wait_until 10 eval '! pgrep -f "flows.py churn|conn kill"'
conn kill --client 10.1.0.0/24 --protocol udp >/dev/null

# --- ended
check_fails 'nothing says which' 'nothing says which connections' conn kill
check_fails 'nor does it with templates alone' 'nothing says which connections' conn kill --templates
check_fails 'there is no such state' "\`ESTABLISH' is no state; there are NONE, ESTABLISHED, " conn kill --state ESTABLISH
check_fails 'UDP has none of TCP' 'is no state of UDP; there are UDP' conn list -u 192.0.2.1:53 --state ESTABLISHED
check 'end: of clients' conns kill "ip.ip_address(client) in ip.ip_network('10.11.1.0/25') and cport" --client 10.11.1.0/25
check 'end: of a client and a port' conns kill "client == '10.11.0.7' and cport and vport == 53" \
	--client 10.11.0.7 --client-port 1024 --virtual 192.0.2.1:53
check 'servers count what is left' conns counts
check 'end: of a persistent service, with its templates' conns kill "vport == 54 or not cport" -u 192.0.2.1:54 --templates
check 'end: of a state' conns kill "state == 'ESTABLISHED' and ':' in client" --state established -6
check 'a connection goes on' grep -qx holds /tmp/end.a

# --- a threshold, which has room again
conn kill -u 192.0.2.1:53 >/dev/null
ipvs -e -u 192.0.2.1:53 -r 10.2.0.2:53 -m -x 5 -y 2
in_netns c python3 flows.py churn 192.0.2.1 53 20 21000
check_is 'no more than the threshold' 5 "$(conn list --json -u 192.0.2.1:53 | grep -c client)"
check 'end: all of them' conns kill 'vport == 53' -u 192.0.2.1:53
in_netns c python3 flows.py churn 192.0.2.1 53 20 22000
check_is 'there is room again' 5 "$(conn list --json -u 192.0.2.1:53 | grep -c client)"

# --- many in one go, which takes more than one request
flood
check_is 'all' 0 "$(conn kill --all --templates >/dev/null; connections)"
check 'nobody counts any' conns counts
check 'nor is anybody told' grep -qx holds /tmp/end.a

# --- what connection tracking has counted
in_netns d nft -f - <<-END
	table ip t {
		chain a { type filter hook prerouting priority 0; ct state invalid counter; }
	}
END
in_netns d sysctl -qw net.ipv4.vs.conntrack=1 net.netfilter.nf_conntrack_acct=1
# Not every kernel knows when an entry was made.
stamps=/proc/sys/net/netfilter/nf_conntrack_timestamp
[ ! -e $stamps ] || in_netns d sh -c "echo 1 >$stamps"
get 1 >/dev/null
counted=$(conn list --json -t 192.0.2.1:80)
check 'bytes of both ends' grep -qE '"in":{"packets":[1-9][0-9]*,"bytes":[1-9][0-9]*},"out":{"packets":[1-9][0-9]*,"bytes":[1-9][0-9]*}' <<<"$counted"
if [ -e $stamps ]; then
	check 'and an age' grep -qE '"age_ms":[0-9]+' <<<"$counted"
	check_is 'none is that old' 0 "$(conn list --json --age 1h | grep -c client)"
	sleep 1
	check_is 'this one is' 1 "$(conn list --json --age 1s | grep -c client)"
	check_is 'and is gone, with its entry' 1 "$(conn kill --json --age 1s | grep -c '"ended":1,')"
fi
