#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that go no further are counted once, by their reason, at their
# service, and the tracepoint tells of those that are lost.
. ./lib.sh
start

VIP=192.0.2.1
TRACE=/sys/kernel/tracing
SPECS=${SPECS:-/payload/specs}
network
load
IPVSADM=${TOOLS%% *}
mountpoint -q $TRACE || mount -t tracefs tracefs $TRACE
echo 1 >$TRACE/events/rust_ipvs/drop/enable

# send NAMESPACE KIND SOURCE SPORT DESTINATION DPORT [COUNT]
send()
{
	in_netns "$1" python3 -ES ./provoke.py "${@:2}"
}

# counted REASON [SERVICE]: how often.
counted()
{
	# shellcheck disable=SC2086 # words
	ipvs reasons ${2-} | awk -v reason="$1" -v all="${2:+1}" '
		!/^ / { here = all || /^No service/ }
		here && $3 == reason { n = $1 }
		END { print n + 0 }'
}

# provoked REASON SERVICE COUNT COMMAND...: that the reason is counted so often more at the service
# (- for none), and that nothing else is but $others packets, and that the tracepoint tells of it, if
# it does.
others=0 seen=()
provoked()
{
	local reason=$1 service=$2 count=$3 before told total
	shift 3
	seen+=("$reason")
	[ "$service" != - ] || service=
	before=$(counted "$reason" "$service") total=$(everything "$reason")
	echo >$TRACE/trace
	"$@"
	wait_until 5 eval "[ \$(counted $reason '$service') -gt $before ]"
	check_is "$reason" "$((before + count)) $((total + count + others))" \
		"$(counted "$reason" "$service") $(everything "$reason")"
	told=$(grep -c "reason=$reason\$" $TRACE/trace)
	case $reason in
	no-service|not-opening|icmp-unknown|not-balanced|malformed|ftp-data|no-method|local-reply)
		check_is "$reason is not traced" 0 "$told" ;;
	*)	check_is "$reason is traced" "$count" "$told" ;;
	esac
}

# everything [REASON]: all packets that were counted, but for those that come by themselves; these,
# too, if they have this reason.
everything()
{
	ipvs reasons | awk -v reason="${1-}" '
		/^ / && ($3 == reason || $3 != "not-balanced" && $3 != "icmp-unknown") { n += $1 }
		END { print n + 0 }'
}

C=10.1.0.2
ipvs -A -u $VIP:9 -s rr
provoked no-service - 3 send c udp $C 4000 $VIP 10 3
provoked no-destination "-u $VIP:9" 2 send c udp $C 4000 $VIP 9 2
echo 'hosts: files' >/etc/nsswitch.conf
echo "$VIP vip.example" >>/etc/hosts
check_is 'no name is looked up' "UDP  $VIP:9" "$(ipvs reasons | grep '^UDP')"
check_is 'with -n, neither' "$(ipvs reasons)" "$(ipvs reasons -n)"
tell=$(grep -m1 reason=no-destination $TRACE/trace)
check 'the tracepoint tells what it was' grep -qE \
	"drop: netns=[1-9][0-9]* protocol=17 source=$C:4000 destination=$VIP:9 service=$VIP:9 mark=0" <<<"$tell"
check_is 'netns is that of the director' "$(stat -Lc %i /run/netns/d)" "$(sed 's/.*netns=\([0-9]*\).*/\1/' <<<"$tell")"
ipvs -a -u $VIP:9 -r 10.2.0.2:9 -m -w 0
provoked quiescent "-u $VIP:9" 1 send c udp $C 4001 $VIP 9
ipvs -e -u $VIP:9 -r 10.2.0.2:9 -m -w 1 -x 1
send c udp $C 4002 $VIP 9
wait_until 5 connections_are 1
provoked overloaded "-u $VIP:9" 1 send c udp $C 4003 $VIP 9
ipvs -e -u $VIP:9 -r 10.2.0.2:9 -m -w 1
provoked ttl-exceeded "-u $VIP:9" 1 send c last-hop $C 4002 $VIP 9
ip -n d route change 10.2.0.0/24 dev s1 src 10.2.0.1 mtu 600
ipvs -e -u $VIP:9 -r 10.2.0.2:9 -m -w 1
provoked too-big "-u $VIP:9" 1 send c big $C 4002 $VIP 9
ip -n d route change 10.2.0.0/24 dev s1 src 10.2.0.1
ip -n d route add unreachable 10.2.0.2/32
provoked no-route "-u $VIP:9" 1 send c udp $C 4002 $VIP 9
ip -n d route del unreachable 10.2.0.2/32
provoked boundary "-u $VIP:9" 1 in_netns d python3 -ES -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 4004))
s.sendto(b'x', ('$VIP', 9))"
provoked not-writable "-u $VIP:9" 1 send c cut $C 4002 $VIP 9
# The error is about the answer of the server, which the client has not sent.
provoked bad-checksum "-u $VIP:9" 1 send c bad-error $C 4002 $VIP 9
ipvs -d -u $VIP:9 -r 10.2.0.2:9
provoked destination-gone "-u $VIP:9" 2 send c udp $C 4002 $VIP 9 2
ipvs -E -u $VIP:9 -s rr
ipvs -a -u $VIP:9 -r 10.2.0.2:9 -m
in_netns d sysctl -qw net.ipv4.vs.am_droprate=1 net.ipv4.vs.drop_packet=3
sleep 1.2
provoked drop-packet "-u $VIP:9" 1 send c udp $C 4005 $VIP 9
in_netns d sysctl -qw net.ipv4.vs.drop_packet=0
send c udp $C 4006 $VIP 9
wait_until 5 more_connections_than 0
maximum=$(in_netns d sysctl -n net.ipv4.vs.conn_max)
in_netns d sysctl -qw net.ipv4.vs.conn_max=1
provoked conn-max "-u $VIP:9" 1 send c udp $C 4007 $VIP 9
in_netns d sysctl -qw net.ipv4.vs.conn_max="$maximum"
ipvs -A -u $VIP:8 -s none
ipvs -a -u $VIP:8 -r 10.2.0.2:9 -m
provoked not-scheduled "-u $VIP:8" 1 send c udp $C 4005 $VIP 8
provoked truncated - 1 send c short $C 0 $VIP 0
provoked malformed - 1 send s1 short 10.2.0.2 0 $C 0
ipvs -A --sctp-service $VIP:7 -s rr
provoked sctp-no-chunk - 1 send c no-chunk $C 4006 $VIP 7
in_netns d sysctl -qw net.ipv4.vs.nat_icmp_send=1
provoked orphan - 1 send s1 udp 10.2.0.2 9 10.1.0.2 4999
in_netns d sysctl -qw net.ipv4.vs.nat_icmp_send=0
provoked not-balanced - 1 send c other $C 0 $VIP 0
provoked icmp-unknown - 1 send c error $C 4998 $VIP 9

ipvs -A -t $VIP:80 -s rr
# Nobody is there, which this host says by packets that open nothing, either.
provoked not-opening - 4 send c ack $C 4007 $VIP 80 2
others=1 provoked ftp-data "-t $VIP:80" 1 send c syn $C 20 $VIP 80

# What ipvsadm does not let through, and others may.
in_netns d python3 -ES ./unchecked.py service $VIP 0
provoked other-port "-u $VIP:0" 1 send c udp $C 4010 $VIP 10
ipvs -D -u $VIP:0
ipvs -A -u $VIP:5 -s rr
in_netns d python3 -ES ./unchecked.py dest $VIP 5 10.2.0.2 5
provoked no-method "-u $VIP:5" 1 send c udp $C 4011 $VIP 5

# --- parts of messages of IPv6, which nobody has put together
ip -n d addr add fd00:1::1/64 dev c nodad
ip -n c addr add fd00:1::2/64 dev veth0 nodad
in_netns d nft -f - <<'END'
table ip6 f {
	chain c {
		type filter hook prerouting priority -450
		notrack
	}
}
END
ipvs -A -u '[fd00:1::1]:9' -s rr
provoked icmp-fragment - 1 send c error-begun fd00:1::2 0 fd00:1::1 0
provoked icmp-fragment - 1 send c error-end fd00:1::2 0 fd00:1::1 0

# --- connections that nobody but us knows, and connection tracking
in_netns c nft -f - <<'END'
table ip quiet {
	chain c {
		type filter hook output priority 0
		tcp flags & rst == rst drop
	}
}
END
in_netns s1 nft -f - <<'END'
table ip quiet {
	chain i {
		type filter hook input priority 0
		drop
	}
}
END
in_netns d nft -f - <<END
table ip n {
	chain c {
		type nat hook prerouting priority -100
		ip daddr 10.1.0.1 tcp dport 99 dnat to $VIP:82
	}
}
END
in_netns d sysctl -qw net.ipv4.vs.conntrack=1

# state PORT STATE: whether the connection to the port is in it.
state()
{
	in_netns d awk -v port="$(printf %04X "$1")" -v state="$2" '
		$5 == port && $8 == state { found = 1 } END { exit !found }' /proc/net/ip_vs_conn
}

ipvs -A -t $VIP:83 -s rr
ipvs -a -t $VIP:83 -r 10.2.0.2:83 -m
send c syn $C 4100 $VIP 83
wait_until 5 state 83 SYN_RECV
ipvs conn kill --reset -t $VIP:83 >/dev/null
provoked ended - 1 send c ack $C 4100 $VIP 83
ipvs -A -t $VIP:84 -s rr
ipvs -a -t $VIP:84 -r 10.2.0.2:84 -m
# Both ends are silent, and the server ends what it has begun.
send c syn $C 4101 $VIP 84
wait_until 5 state 84 SYN_RECV
send s1 syn-ack 10.2.0.2 84 $C 4101
wait_until 5 state 84 ESTABLISHED
send s1 rst 10.2.0.2 84 $C 4101
wait_until 5 state 84 CLOSE
provoked port-reuse "-t $VIP:84" 1 send c syn $C 4101 $VIP 84
ipvs -A -t $VIP:82 -s rr
ipvs -a -t $VIP:82 -r 10.2.0.2 -i
# An entry whose answers look like those of another one.
send c syn $C 4102 10.1.0.1 99
wait_until 5 state 82 SYN_RECV
provoked conntrack "-t $VIP:82" 1 send c syn $C 4102 $VIP 82
in_netns d sysctl -qw net.ipv4.vs.conntrack=0
in_netns d nft delete table ip n

# --- by a mark; what is shown; zero
in_netns d nft -f - <<'END'
table ip m {
	chain c {
		type filter hook prerouting priority -150
		udp dport 77 meta mark set 5
	}
	chain o {
		type route hook output priority -150
		udp sport 6 meta mark set 5
	}
}
END
ipvs -A -f 5 -s rr
provoked no-destination '-f 5' 1 send c udp $C 4009 $VIP 77
check 'the tracepoint has the mark' grep -q 'service=0.0.0.0:0 mark=5 reason=no-destination' $TRACE/trace

# What this host sends in the name of the service is no answer that the connection knows, and has a service
# by its mark.
ipvs -A -u $VIP:6 -s rr
ipvs -a -u $VIP:6 -r 10.2.0.2:6 -m
send c udp $C 4012 $VIP 6
provoked local-reply '-f 5' 1 send d udp $VIP 6 $C 4012

before=$(counted quiescent "-u $VIP:9")
ipvs -E -u $VIP:9 -s wlc
ipvs -e -u $VIP:9 -r 10.2.0.2:9 -m -w 3
check_is 'an edit leaves counters' "$before" "$(counted quiescent "-u $VIP:9")"
check 'they are in JSON' python3 -ES -c "
import json, sys
d = json.loads(sys.argv[1])
one = [r for r in d['reasons'] if r['service'] and r['service'].get('port') == 9]
assert [x['packets'] for x in one[0]['reasons'] if x['reason'] == 'quiescent'] == [1], d
assert d['reasons'][0]['service'] is None" "$(ipvs reasons --json)"
ipvs -Z -u $VIP:9
check_is 'zero of one service' '0 1' "$(counted quiescent "-u $VIP:9") $(counted no-destination '-f 5')"
ipvs -Z
check_is 'zero of all' 0 "$(everything)"
provoked no-destination '-f 5' 1 send c udp $C 4009 $VIP 77
check_fails 'no such service' 'No such service' ipvs reasons -t $VIP:1

# --- each is in this test, but for those that no packet can bring about
UNPROVOKED=(no-memory)
reasons=$(python3 -E -c '
import sys, yaml
sets = yaml.safe_load(sys.stdin)["attribute-sets"]
for one in next(s for s in sets if s["name"] == "reason")["attributes"]:
    print(one["name"])' <"$SPECS/ipvs.yaml" | sort)
check 'there is a list of reasons' grep -qx truncated <<<"$reasons"
check_is 'each reason is provoked, or said to be none that can be' "$reasons" \
	"$(printf '%s\n' "${seen[@]}" "${UNPROVOKED[@]}" | sort -u)"
echo 0 >$TRACE/events/rust_ipvs/drop/enable
# The module goes although somebody has listened.
