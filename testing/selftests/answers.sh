#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How servers answer: who is slow to agree to connections, who refuses or resets them; and the
# controller of feedback, which can be told to care.
. ./lib.sh
. ./choices.sh
start

IPVSADM=${TOOLS%% *}
DIR=$(mktemp -d)

# answers PORT SERVER MEMBER: a number of a service's server.
answers()
{
	ipvs -L -t "$VIP:$1" --json |
		jq --arg server "$2" ".services[0].servers[] | select(.address == \$server) | .answers.$3"
}

# mean PORT SERVER: milliseconds for each handshake.
mean()
{
	echo $(($(answers "$1" "$2" handshake_ms) / $(answers "$1" "$2" handshakes)))
}

# factor SERVER: what its weight counts, in thousandths.
factor()
{
	ipvs feedback | awk -v server="$1:8080:" '
		$3 == server { factor = $NF }
		END { printf("%d", factor == "" ? 1000 : factor * 1000) }'
}

# has_less SERVER
has_less()
{
	[ "$(factor "$1")" -lt 900 ]
}

# some_requests: until this is stopped, or the test is over.
some_requests()
{
	while kill -0 $$ 2>/dev/null && [ -e /run/netns/c ]; do
		get 4 >/dev/null
	done
}

FAST=10.2.0.2 SLOW=10.3.0.2

network
web_server s1
web_server s2
load
for port in 80 81; do
	ipvs -A -t $VIP:$port -s rr
done
ipvs -a -t $VIP:80 -r $FAST:8080 -m -w 10
ipvs -a -t $VIP:80 -r $SLOW:8080 -m -w 10
check_is 'nothing is counted before' 0 "$(answers 80 $FAST handshakes)"
check_is 'the listing of all has it' 2 "$(ipvs -L --json | jq '[.services[].servers[].answers.resets] | length')"

# --- one that answers after a fifth of a second
in_netns s2 tc qdisc add dev veth0 root netem delay 200ms
get 20 >/dev/null
for server in $FAST $SLOW; do
	check_is "$server: each connection counts once" 10 "$(answers 80 $server handshakes)"
	check_is "$server: none is reset" 0 "$(answers 80 $server resets)"
done
fast=$(mean 80 $FAST) slow=$(mean 80 $SLOW)
check "the one that is slow: $slow ms" test "$slow" -ge 190
check "and the one that is not: $fast ms" test "$fast" -lt $((slow - 100))

# --- one whose answer to the first SYN is lost: TCP sends another one after a second
in_netns s2 tc qdisc replace dev veth0 root netem loss 100%
before=$(answers 80 $SLOW handshake_ms)
in_netns c curl -s -m 30 "http://$VIP/?[1-2]" >/dev/null &
client=$!
wait_until 20 sh -c "nsenter --net=/run/netns/c ss -Htn state syn-sent | grep -q ."
in_netns s2 tc qdisc del dev veth0 root
wait $client
check_is 'one more' 11 "$(answers 80 $SLOW handshakes)"
check 'time counts since the first SYN' test $(($(answers 80 $SLOW handshake_ms) - before)) -ge 900

# --- one where nobody listens, and one that resets
ipvs -a -t $VIP:81 -r $FAST:9 -m
in_netns c curl -s -m 20 "http://$VIP:81/" >/dev/null
check_is 'a connection that is refused' 1 "$(answers 81 $FAST resets)"
check_is 'is no handshake' 0 "$(answers 81 $FAST handshakes)"
ipvs -Z
check_is 'zeroing leaves it alone' 1 "$(answers 81 $FAST resets)"
ipvs -d -t $VIP:81 -r $FAST:9
ipvs -a -t $VIP:81 -r $SLOW:7 -m
in_netns s2 python3 -c '
import socket, struct
server = socket.create_server(("", 7))
client, _ = server.accept()
client.recv(1)
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
' &
wait_until 20 listens s2 7
in_netns c curl -s -m 20 "http://$VIP:81/" >/dev/null
check_is 'a connection that is reset' 1 "$(answers 81 $SLOW resets)"
check_is 'was one before' 1 "$(answers 81 $SLOW handshakes)"

# --- the controller
cat >$DIR/handshake.toml <<END
period = 1
lifetime = 60
[[service]]
tcp = "$VIP:80"
[[service.input]]
kind = "handshake"
END
sed 's/handshake/resets/' $DIR/handshake.toml >$DIR/resets.toml
in_netns s2 tc qdisc add dev veth0 root netem delay 200ms
some_requests &
requests=$!
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/handshake.toml >$DIR/journal &
controller=$!
check 'the one that is slow gets less' wait_until 60 has_less $SLOW
check 'the other one does not' test "$(factor $FAST)" -ge 1000
kill $controller
ipvs feedback --off
in_netns s2 tc qdisc del dev veth0 root
# Nobody listens any more.
kill "$(cat /tmp/www-s2/pid)"
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/resets.toml >$DIR/journal &
controller=$!
check 'the one that refuses gets less' wait_until 60 has_less $SLOW
kill $controller $requests
ipvs -C
rm -r $DIR
