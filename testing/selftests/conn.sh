#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections are listed and ended by what they are like; those that are ended by a reset end on both
# sides.
. ./lib.sh
start

FLOOD=2000
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
for port in 7 8; do
	ipvs -A -t 192.0.2.1:$port -s rr
	ipvs -a -t 192.0.2.1:$port -r 10.2.0.2:7 -m
	ipvs -a -t 192.0.2.1:$port -r 10.3.0.2:7 -m
done
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

# They live for a minute.
begin()
{
	in_netns c python3 flows.py syns 192.0.2.1 7 $FLOOD
	in_netns c python3 flows.py syns 192.0.2.1 8 100
}

flood()
{
	begin
	in_netns c python3 flows.py churn 192.0.2.1 53 300 20000
	in_netns c python3 flows.py churn 192.0.2.1 54 50 30000
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

established()
{
	in_netns "$1" ss -Hnt state established 'sport = :7' | wc -l
}

none_established()
{
	[ "$(established "$1")" -eq 0 ]
}

flood
hold a 192.0.2.1
hold six fd00:ff::1

# --- each filter, against the file
check 'all' conns list 'cport' 
check 'with templates' conns list 'True' --templates
check 'of a service' conns list "proto == 'tcp' and vport == 7 and ':' not in virtual" -t 192.0.2.1:7
check 'of a service of UDP' conns list "proto == 'udp' and vport == 53" -u 192.0.2.1:53
check 'of a service of IPv6' conns list "':' in virtual" -t [fd00:ff::1]:7
check 'of a server' conns list "server == '10.2.0.2' and cport" --server 10.2.0.2
check 'of a server and its port' conns list "server == '10.2.0.2' and sport == 53" -r 10.2.0.2:53
check 'of clients' conns list "ip.ip_address(client) in ip.ip_network('10.11.4.0/22')" --client 10.11.4.0/22
check 'of a client' conns list "client == '10.11.0.9'" --client 10.11.0.9
check 'of clients of IPv6' conns list "client == 'fd00:10::2'" --client fd00:10::/64
check 'of a port of clients' conns list 'cport == 20005' --client-port 20005
check 'to an address and a port' conns list "virtual == '192.0.2.1' and vport == 8" --virtual 192.0.2.1:8
check 'in a state' conns list "state == 'ESTABLISHED'" --state established
check 'of a protocol' conns list "proto == 'udp' and cport" --protocol udp
check 'of a version' conns list "':' in client" -6
check 'of the other' conns list "':' not in client and cport" -4
check 'by several' conns list "proto == 'tcp' and vport == 7 and server == '10.3.0.2' and state == 'SYN_RECV'" \
	-t 192.0.2.1:7 -r 10.3.0.2 --state SYN_RECV --client 10.11.0.0/16
check_is 'idle for long: none' 0 "$(conn list --json --idle 1h | grep -c client)"
sleep 5
in_netns c python3 flows.py churn 192.0.2.1 53 10 20000
check 'idle for seconds: not those that are not' conns list "proto == 'udp' and vport == 53 and cport >= 20010" \
	-u 192.0.2.1:53 --idle 5s
check_is 'what nobody has counted is not known' '- - - - -' \
	"$(conn list --state ESTABLISHED -4 | awk 'NR == 2 { print $8, $9, $10, $11, $12 }')"

# --- while others come and go, so that the table grows and shrinks
in_netns c sh -c 'while :; do python3 flows.py churn 192.0.2.1 53 3000; done' &
churn=$!
in_netns d sh -c "while :; do $IPVSADM conn kill -u 192.0.2.1:53 >/dev/null; sleep 0.3; done" &
killer=$!
begin
check 'those that stay are listed once' conns steady $((FLOOD + 100)) 5
kill $churn $killer
wait $churn $killer 2>/dev/null

# --- ended
check_fails 'nothing says which' 'nothing says which connections' conn kill
check_fails 'nor does it with templates alone' 'nothing says which connections' conn kill --templates
ipvs conn kill --protocol udp --templates >/dev/null
begin
in_netns c python3 flows.py churn 192.0.2.1 53 300 20000
in_netns c python3 flows.py churn 192.0.2.1 54 50 30000
check 'end: of clients' conns kill "ip.ip_address(client) in ip.ip_network('10.11.1.0/25')" --client 10.11.1.0/25
check 'end: of a client and a port' conns kill "cport == 20007 and proto == 'udp'" \
	--client 10.1.0.2 --client-port 20007 --protocol udp
check 'end: of a service' conns kill "proto == 'tcp' and vport == 8" -t 192.0.2.1:8
check 'end: of a server' conns kill "server == '10.3.0.2' and cport and state == 'SYN_RECV'" -r 10.3.0.2 --state SYN_RECV
check 'servers count what is left' conns counts
check 'end: of a persistent service, with the template' conns kill "vport == 54 or vport == 0" -u 192.0.2.1:54 --templates
check_is 'it is gone' 0 "$(in_netns d grep -c C0000201.0036 /proc/net/ip_vs_conn)"
check 'a connection goes on' grep -qx holds /tmp/end.a

# --- a threshold, which has room again
ipvs -E -u 192.0.2.1:53 -s rr
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

# --- a reset
for name in four:192.0.2.1 six:fd00:ff::1; do
	address=${name#*:} name=${name%%:*}
	in_netns s1 sh -c 'ss -K sport = :7 >/dev/null 2>&1'
	in_netns s2 sh -c 'ss -K sport = :7 >/dev/null 2>&1'
	conn kill --all >/dev/null
	wait_until 20 none_established s1
	wait_until 20 none_established s2
	hold "$name" "$address" 40000
	check_is "$name: a connection" 1 "$(conn list --json --state ESTABLISHED | grep -c client)"
	check_is "$name: is reset" '1 ended, 1 of them by a reset' "$(conn kill --reset --virtual "$([ $name = six ] && echo "[$address]" || echo "$address")")"
	check_is "$name: the client sees it" reset "$(ended "$name")"
	check "$name: one server sees it" wait_until 10 none_established s1
	check "$name: the other has none" wait_until 10 none_established s2
	check_is "$name: it is gone" 0 "$(conn list --json | grep -c client)"
	# The same ports again, at once.
	hold "$name.again" "$address" 40000
	check "$name: another one from the same port" grep -qx holds "/tmp/end.$name.again"
	conn kill --all >/dev/null
done

# --- in the middle of something, nginx and curl
web_server s1
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
in_netns c curl -s -m 60 --limit-rate 20k -o /dev/null http://192.0.2.1/large &
curl=$!
wait_until 15 sh -c "nsenter --net=/run/netns/d grep -q '0050.*ESTABLISHED' /proc/net/ip_vs_conn"
check 'curl: is reset' conn kill -t 192.0.2.1:80 --reset
wait $curl
check_is 'curl: connection reset by peer' 56 $?
no_request()
{
	! in_netns s1 ss -Hnt 'sport = :8080' | grep -q ESTAB
}
check 'nginx: has no connection' wait_until 10 no_request

# --- what connection tracking has counted
in_netns d nft -f - <<-END
	table ip t {
		chain a { type filter hook prerouting priority 0; ct state invalid counter; }
	}
END
in_netns d sysctl -qw net.ipv4.vs.conntrack=1 net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_timestamp=1
get 1 >/dev/null
counted=$(conn list --json -t 192.0.2.1:80)
check 'bytes of both ends' grep -qE '"in":{"packets":[1-9][0-9]*,"bytes":[1-9][0-9]*},"out":{"packets":[1-9][0-9]*,"bytes":[1-9][0-9]*}' <<<"$counted"
check 'and an age' grep -qE '"age_ms":[0-9]+' <<<"$counted"
check_is 'none is that old' 0 "$(conn list --json --age 1h | grep -c client)"
sleep 1
check_is 'this one is' 1 "$(conn list --json --age 1s | grep -c client)"
check_is 'and is gone, with its entry' 1 "$(conn kill --json --age 1s | grep -c '"ended":1,')"
