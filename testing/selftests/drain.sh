#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Servers that drain: what goes on, what goes elsewhere, and how they go in the end.
. ./lib.sh
start

OURS=${TOOLS%% *}
S1=10.2.0.2:8080 S2=10.3.0.2:8080
network
# Clients have little in stock: what they read is what has just come.
in_netns c sysctl -qw net.ipv4.tcp_rmem='4096 16384 32768'
web_server s1
web_server s2
load

# drain SERVICE ARGUMENT...
drain()
{
	in_netns d "$OURS" drain "$@"
}

# service OPTION...: one of HTTP with both servers.
service()
{
	ipvs -A -t 192.0.2.1:80 "$@"
	ipvs -a -t 192.0.2.1:80 -r $S1 -m
	ipvs -a -t 192.0.2.1:80 -r $S2 -m
}

# by COUNT: who answers so many requests.
by()
{
	get "$1" | sort | uniq -c | xargs
}

has()
{
	ipvs -Ln | grep -q -- "-> $1 "
}

gone()
{
	! has "$1"
}

# active SERVER
active()
{
	ipvs -Ln | awk -v server="$1" '$2 == server { print $5 }'
}

has_active()
{
	[ "$(active "$1")" -gt 0 ]
}

# download RATE: of a large file from the first server, in the background; what becomes of it is in
# /tmp/download.
download()
{
	ipvs -e -t 192.0.2.1:80 -r $S2 -m -w 0
	rm -f /tmp/download
	{
		in_netns c curl -sS -m 120 --limit-rate "$1" -o /tmp/large http://192.0.2.1/large 2>/tmp/said
		echo $? >/tmp/download
	} &
	wait_until 10 has_active $S1
	ipvs -e -t 192.0.2.1:80 -r $S2 -m -w 1
}

finished()
{
	[ -s /tmp/download ]
}

# drained: what a listener has heard of the first server since it was asked last.
EVENTS=/tmp/drain.events
heard=0
in_netns d "$OURS" monitor --list --json dest drain >$EVENTS &
monitor=$!
wait_until 20 grep -q state $EVENTS
drained()
{
	tail -n +$((heard + 1)) $EVENTS | jq -r '
		select(.server.address == "10.2.0.2") |
		.event + (if .server.draining then ":" + .server.draining.then else "" end)' | xargs
}

# tells EVENTS: whether these are all of them.
tells()
{
	[ "$(drained)" = "$1" ]
}

# check_told DESCRIPTION EVENTS
check_told()
{
	wait_until 10 tells "$2"
	check_is "$1" "$2" "$(drained)"
}

# forget: what has been heard up to now.
forget()
{
	heard=$(wc -l <$EVENTS)
}

# outcome FIELD ARGUMENT...: of draining, as JSON.
outcome()
{
	drain "${@:2}" --json | jq -c "$1"
}

service -s rr
wait_until 10 grep -q 10.3.0.2 $EVENTS
forget
plain=$(ipvs -Ln)
check 'a server drains' drain -t 192.0.2.1:80 -r $S1
# It has no connections.
check 'an idle one goes at once' wait_until 5 gone $S1
check_told 'who listens hears of it' 'dest-changed:keep dest-drained:keep dest-removed'
ipvs -a -t 192.0.2.1:80 -r $S1 -m
check_is 'it comes back' '2 s1 2 s2' "$(by 4)"
# So that the list is as it was.
ipvs -C
service -s rr

download 100k
check 'a server with a connection drains' drain -t 192.0.2.1:80 -r $S1
check_is 'nobody new' '8 s2' "$(by 8)"
check 'it is in JSON' grep -q '"draining":{"state":"draining","then":"keep"}' <(IPVSADM=$OURS ipvs -L --json)
check 'it is shown' grep -q "^$S1 [0-9]* connections left, 1 of them active$" <(drain -t 192.0.2.1:80)
check_is 'so it is by itself' '["10.2.0.2","draining","keep",1]' \
	"$(drain -t 192.0.2.1:80 --json | jq -c '.draining[] | [.server.address, .state, .then, .active_connections]')"
check_is 'weights are as they were' "$(sed -n 's/ *[0-9]* *[0-9]* *$//p' <<<"$plain")" \
	"$(ipvs -Ln | sed -n 's/ *[0-9]* *[0-9]* *$//p')"
check_is 'so is what is saved' "$(ipvs -Sn)" "$(IPVSADM=$OURS ipvs -Sn)"
ipvs -e -t 192.0.2.1:80 -r $S1 -m -w 7
check_is 'a weight ends nothing' '8 s2' "$(by 8)"
check 'it is kept, though' grep -q -- "-r $S1 -m -w 7" <(ipvs -Sn)
ipvs -e -t 192.0.2.1:80 -r $S1 -m -w 1
check 'it takes connections again' drain -t 192.0.2.1:80 -r $S1 --cancel
check_is 'as before' '4 s1 4 s2' "$(by 8)"
check_fails 'twice is too often' 'not draining' drain -t 192.0.2.1:80 -r $S1 --cancel
check_fails 'of no server' 'No such destination' drain -t 192.0.2.1:80 -r 10.2.0.9:80
check_fails 'of no service' 'Service not defined' drain -t 192.0.2.1:81 -r $S1
drain -t 192.0.2.1:80 -r $S1
check 'the connection goes on' wait_until 90 finished
check_is 'to its end' "0 $(wc -c </tmp/www-s1/large)" "$(cat /tmp/download) $(wc -c </tmp/large)"
ipvs -C

# --- all of them
service -s wlc
download 100k
ipvs -d -t 192.0.2.1:80 -r $S2
drain -t 192.0.2.1:80 -r $S1
check_is 'nobody is left: refused' 7 "$(in_netns c curl -s -m 5 http://192.0.2.1/ >/tmp/refused; echo $?)"
check 'who was there is not' wait_until 90 finished
ipvs -C

# --- deadlines
service -s rr
download 20k
forget
check_fails 'kept at the deadline' 'the deadline has passed, [0-9]+ connections are left' \
	drain -t 192.0.2.1:80 -r $S1 --deadline 1s --wait
check_told 'who listens hears when it began' 'dest-changed:keep'
check 'it goes on' [ ! -s /tmp/download ]
check 'it is overdue' grep -q '"draining":{"state":"overdue","then":"keep","remaining_ms":0}' \
	<(IPVSADM=$OURS ipvs -L --json)
check_is 'JSON says how it ended' '["overdue","keep",0,"kept"]' \
	"$(outcome '[.state, .then, .remaining_ms, .outcome]' -t 192.0.2.1:80 -r $S1 --deadline 0 --wait)"
check_is 'or that it goes on' '["draining","forget",true,"draining"]' \
	"$(outcome '[.state, .then, .remaining_ms > 3500000, .outcome]' -t 192.0.2.1:80 -r $S1 --deadline 1h --then forget)"
forget
check 'forgotten at the deadline' drain -t 192.0.2.1:80 -r $S1 --deadline 500ms --then forget --wait
check 'the server is gone' gone $S1
check_told 'who listens hears that it was given up' 'dest-changed:forget dest-drained:forget dest-removed'
check 'its connections are, too' [ "$(ipvs -Lnc | grep -c $S1)" = 0 ]
check 'the client has noticed' wait_until 20 finished
check_is 'the client was interrupted' 1 "$(($(cat /tmp/download) != 0))"
ipvs -C
service -s rr
download 100k
forget
check_is 'reset at the deadline' '"removed"' \
	"$(outcome .outcome -t 192.0.2.1:80 -r $S1 --deadline 0.5s --then reset --wait)"
check_told 'who listens hears of a reset, too' 'dest-changed:reset dest-drained:reset dest-removed'
kill $monitor
check 'the client is told' wait_until 20 finished
check_is 'connection reset by peer' "56 1" "$(cat /tmp/download) $(grep -ci 'reset by peer' /tmp/said)"
# server_is_idle: none of its connections is open.
server_is_idle()
{
	[ -z "$(in_netns s1 ss -Htn state established 'sport = :8080')" ]
}
check 'the server is told, too' wait_until 5 server_is_idle
ipvs -C

# --- persistence
service -s rr -p 600
mine=$(by 1 | cut -d ' ' -f 2)
other=s2 address=$S1
[ "$mine" = s1 ] || other=s1 address=$S2
check_is 'a client stays with its server' "4 $mine" "$(by 4)"
drain -t 192.0.2.1:80 -r $address
check_is 'not with one that drains' "4 $other" "$(by 4)"
drain -t 192.0.2.1:80 -r $address --deadline 0 --then forget --wait
ipvs -a -t 192.0.2.1:80 -r $address -m
check_is 'it does not return' "4 $other" "$(by 4)"
ipvs -C

# --- the same port again
same_port()
{
	in_netns c ./flows.py get 192.0.2.1 80 40000
}

in_netns d sysctl -qw net.ipv4.vs.conn_reuse_mode=0
# Whoever closes first, the port of the client is free.
in_netns c sysctl -qw net.ipv4.tcp_max_tw_buckets=0
service -s rr
ipvs -e -t 192.0.2.1:80 -r $S2 -m -w 0
check_is 'a connection from a port' s1 "$(same_port)"
ipvs -e -t 192.0.2.1:80 -r $S2 -m -w 1
check_is 'another is the same' s1 "$(same_port)"
drain -t 192.0.2.1:80 -r $S1
check_is 'not if the server drains' s2 "$(same_port)"
ipvs -C
in_netns d sysctl -qw net.ipv4.vs.conn_reuse_mode=1

# --- UDP
ipvs --set 0 0 2
for n in 1 2; do
	in_netns s$n ./flows.py serve 0.0.0.0 7000 &
	wait_until 10 listens s$n 7000
done
ipvs -A -u 192.0.2.1:7 -s rr
ipvs -a -u 192.0.2.1:7 -r 10.2.0.2:7000 -m
ipvs -a -u 192.0.2.1:7 -r 10.3.0.2:7000 -m
rm -f /tmp/stop
in_netns c ./flows.py keep 192.0.2.1 7 4 /tmp/stop >/tmp/rounds &
flows=$!
wait_until 10 connections_are 4
have=$(ipvs -Lnc | grep -c 10.2.0.2:7000)
check_is 'two flows each' 2 "$have"
drain -u 192.0.2.1:7 -r 10.2.0.2:7000
sleep 3
check 'flows go on' has 10.2.0.2:7000
in_netns c ./flows.py churn 192.0.2.1 7 10
check_is 'new ones go elsewhere' 2 "$(ipvs -Lnc | grep -c '10.2.0.2:7000')"
touch /tmp/stop
wait $flows
check_is 'without loss' 0 "$(cut -d ' ' -f 2 </tmp/rounds)"
check 'it goes with the last' drain -u 192.0.2.1:7 -r 10.2.0.2:7000 --wait
check 'it is gone' gone 10.2.0.2:7000
ipvs -C

# --- whatever is drained goes with its service, its namespace, the module
service -s wlc
download 100k
drain -t 192.0.2.1:80 -r $S1 --deadline 1s --then forget
ipvs -D -t 192.0.2.1:80
service -s wlc
sleep 2
check 'a new service is not drained' has $S1
drain -t 192.0.2.1:80 -r $S1 --deadline 1h
ipvs -d -t 192.0.2.1:80 -r $S1
ipvs -a -t 192.0.2.1:80 -r $S1 -m
check 'nor is what was removed' [ -z "$(drain -t 192.0.2.1:80)" ]
drain -t 192.0.2.1:80 -r $S1 --deadline 1h
destroy_network
check 'a namespace goes' [ ! -e /run/netns/d ]
network
service -s wlc
drain -t 192.0.2.1:80 -r $S1 --deadline 1h
ipvs -C
check 'the module goes' wait_until 20 rmmod rust_ipvs
# Who looks for the family loads it.
check_fails 'C does not know it' 'load rust_ipvs' drain -t 192.0.2.1:80 -r $S1
modprobe -qr ip_vs
