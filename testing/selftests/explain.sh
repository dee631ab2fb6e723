#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What explain predicts is what the next packet gets, and asking changes nothing.
. ./lib.sh
start

VIP=192.0.2.1 C=10.1.0.2
network
load
IPVSADM=${TOOLS%% *}

explain()
{
	ipvs explain "$@"
}

# told WORD CLIENT-PORT SERVICE: what is behind the word in what is explained.
told()
{
	explain "$C:$2" "$3" | sed -n "s/^$1  *//p"
}

# everything: all that is shown, but for what goes on by itself. The order of rr is not shown: that is
# seen by the next packet.
everything()
{
	ipvs -Sn
	ipvs -Ln --stats --exact
	ipvs reasons
	in_netns d awk 'NR < 4' /proc/net/ip_vs_stats
	in_netns d awk '{ print $1, $2, $3, $4, $5, $6, $7, $8 }' /proc/net/ip_vs_conn
}

# open_from PORT CLIENT-PORT: a packet from there, which opens a connection.
open_from()
{
	in_netns c socat -u STDIN "UDP4:$VIP:$1,bind=$C:$2" <<<x
	wait_until 5 has_server "$2"
}

# has_server PORT
has_server()
{
	[ -n "$(server_of "$1")" ]
}

# server_of PORT: whom the connection from there has.
server_of()
{
	ipvs -Lcn | awk -v client="$C:$1" '$4 == client { print $6 }'
}

# --- each scheduler, some steps
vport=1000 port=20000
for scheduler in rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq twos srr swrr p2c mhb; do
	vport=$((vport + 1))
	options=
	[ $scheduler != sh ] || options='-b sh-port'
	[ $scheduler != mh ] || options='-b mh-port'
	[ $scheduler != mhb ] || options='-b flag-2'
	# shellcheck disable=SC2086 # words
	ipvs -A -u $VIP:$vport -s $scheduler $options
	i=0
	for weight in 1 3 2 0; do
		i=$((i + 1))
		ipvs -a -u $VIP:$vport -r 10.2.0.2:700$i -m -w $weight
	done
	# One that has no state yet, so that the first step has something to go on from.
	open_from $vport $port
	before=$(everything) right=0 changed=0
	for step in 1 2; do
		port=$((port + 1))
		first=$(told Server $port $VIP:$vport/udp)
		second=$(told Server $port $VIP:$vport/udp)
		after=$(everything)
		if [ "$after" != "$before" ]; then
			changed=$((changed + 1))
			diff <(echo "$before") <(echo "$after") | sed 's/^/# /'
		fi
		open_from $vport $port
			got=$(server_of $port) before=$(everything)
		case $scheduler in
		twos|p2c)	[ -z "$first" ] || right=$((right + 1)) ;;
		*)
			if [ "$first" = "$got" ] && [ "$second" = "$got" ]; then
				right=$((right + 1))
			else
				echo "# $scheduler, step $step: $first, then $second; got $got"
			fi ;;
		esac
	done
	check_is "$scheduler: what was told, and nothing changed" '2 0' "$right $changed"
	port=$((port + 1))
	ipvs -D -u $VIP:$vport
done
ipvs -A -u $VIP:8 -s p2c
ipvs -a -u $VIP:8 -r 10.2.0.2:7001 -m
check 'that chance decides is said' grep -q 'by chance' <(explain $C:1 $VIP:8/udp)

# --- what is told
ipvs -A -t $VIP:80 -s wlc
check_is 'no destination' 'no-destination: The service has no destinations.' \
	"$(told Reason 4000 $VIP:80/tcp)"
ipvs -a -t $VIP:80 -r 10.2.0.2:80 -m -w 0
check_is 'no weight' 'quiescent: All destinations have weight 0.' "$(told Reason 4000 $VIP:80/tcp)"
ipvs -e -t $VIP:80 -r 10.2.0.2:80 -m -w 2
check_is 'NAT' 'masquerading, device s1, packets of up to 1500 bytes' "$(told Way 4000 $VIP:80/tcp)"
ipvs -e -t $VIP:80 -r 10.2.0.2:80 -i -w 2
check_is 'a tunnel' 'tunnel, device s1, packets of up to 1480 bytes, in the tunnel 1500' \
	"$(told Way 4000 $VIP:80/tcp)"
ipvs -a -t $VIP:80 -r 10.3.0.2:80 -g -w 3
check 'a candidate, with its score' grep -qE '^ *10.2.0.2:80 +2 +100% +0 +0 +0/2$' \
	<(explain $C:4000 $VIP:80/tcp)
check 'the choice is marked' grep -qE '^ +-> +10.3.0.2:80 +3 +100% +0 +0 +0/3$' \
	<(explain $C:4000 $VIP:80/tcp)
explain $C:4000 $VIP:80/tcp | sed 's/^/# /'
check_is 'direct routing' 'direct routing, device s2, packets of up to 1500 bytes' \
	"$(told Way 4000 $VIP:80/tcp)"
ip -n d route add 10.99.0.0/24 via 10.3.0.2 mtu 900
ipvs -D -t $VIP:80
ipvs -A -t $VIP:80 -s rr
ipvs -a -t $VIP:80 -r 10.99.0.7:80 -m
check_is 'a gateway' 'masquerading, device s2, gateway 10.3.0.2, packets of up to 900 bytes' \
	"$(told Way 4000 $VIP:80/tcp)"
ip -n d route change unreachable 10.99.0.0/24 2>/dev/null || {
	ip -n d route del 10.99.0.0/24
	ip -n d route add unreachable 10.99.0.0/24
}
check 'no route' grep -q '^no-route' <(told Reason 4000 $VIP:80/tcp)
check_is 'no service' 'no-service: There is no service for the packet.' "$(told Reason 4000 $VIP:81/tcp)"

# --- persistence, and a connection
ipvs -A -u $VIP:9 -s rr -p 60
ipvs -a -u $VIP:9 -r 10.2.0.2:9 -m
ipvs -a -u $VIP:9 -r 10.3.0.2:9 -m
check 'no template yet' grep -q 'by the scheduler rr' <(told Decided 4001 $VIP:9/udp)
first=$(told Server 4001 $VIP:9/udp)
open_from 9 4001
check_is 'the scheduler of a persistent service' "$first" "$(server_of 4001)"
before=$(everything)
check_is 'a template' 'by persistence: a template of this client' "$(told Decided 4002 $VIP:9/udp)"
explain $C:4002 $VIP:9/udp | sed 's/^/# /'
check_is 'the server of that' "$first" "$(told Server 4002 $VIP:9/udp)"
check_is 'a connection' 'by the connection that it belongs to' "$(told Decided 4001 $VIP:9/udp)"
check_is 'nothing has changed' "$before" "$(everything)"
ipvs -A -f 5 -s rr
ipvs -a -f 5 -r 10.2.0.2:7 -m
check 'by a mark' grep -q '^Service   FWM  5' <(explain --mark 5 $C:1 $VIP:7/udp)
check 'as JSON' python3 -ES -c "
import json, sys
d = json.loads(sys.argv[1])
assert d['decided_by'] == 'template' and d['server']['port'] == 9, d
assert len(d['candidates']) == 2 and d['service']['port'] == 9, d" \
	"$(explain --json $C:4002 $VIP:9/udp)"
check_fails 'no protocol' 'has no protocol; add /tcp' explain $C:1 $VIP:9
check_fails 'two families' 'two families' explain '[2001:db8::1]:1' $VIP:9/udp
