#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a service has of its own over the settings of the namespace: each field by what packets and
# timers do, with another service beside it that has nothing of its own.
. ./lib.sh
start

network
VIP=192.0.2.1 VIP6=fd00:9::1
printf '%s\n' 'addr add fd00:1::1/64 dev c nodad' 'addr add fd00:2::1/64 dev s1 nodad' \
	"addr add $VIP6/128 dev lo" | ip -n d -batch -
printf '%s\n' 'addr add fd00:1::2/64 dev veth0 nodad' 'route add default via fd00:1::1' | ip -n c -batch -
ip -n s1 addr add fd00:2::2/64 dev veth0 nodad
in_netns d sysctl -qw net.ipv6.conf.all.forwarding=1
load
IPVSADM=${TOOLS%% *}

vs()
{
	in_netns d sysctl -qw "net.ipv4.vs.$1"
}

# packet PROTO PORT [ADDRESS]:PORT [WORD...]: of the client.
packet()
{
	local proto=$1 sport=$2 to=$3
	shift 3
	in_netns c python3 policy.py "$proto" "$sport" "${to%:*}" "${to##*:}" "$@"
}

# entry PROTO PORT PORT: state and seconds of the only connection between these ports.
entry()
{
	in_netns d awk -v proto="$1" -v from="$(printf %04X "$2")" -v to="$(printf %04X "$3")" '
		tolower($1) == proto && $3 == from && $5 == to { print $8, $9 }' /proc/net/ip_vs_conn
}

# lives DESCRIPTION PROTO PORT PORT STATE SECONDS: so much of its life is left, or more than half.
lives()
{
	local found state left=-1
	found=$(entry "$2" "$3" "$4")
	read -r state left <<<"$found"
	[ "$state" = "$5" ] && [ "$left" -le "$6" ] && [ $((2 * left)) -gt "$6" ]
	result $? "$1: $5 for $6 s${found:+, is $found}"
}

is_there()
{
	[ -n "$(entry "$@")" ]
}

is_gone()
{
	! is_there "$@"
}

# service OPTION PORT [WORD...]: with one server, by direct routing, which does not answer.
service()
{
	ipvs -A "$1" "$VIP:$2" -s rr "${@:3}"
	ipvs -a "$1" "$VIP:$2" -r 10.2.0.2 -g
}

# opened OPTION PORT: connections that the service has ever had.
opened()
{
	ipvs -L --json "$1" "$VIP:$2" | grep -oE '"totals":\{"connections":[0-9]+' | head -1 | grep -oE '[0-9]+$'
}

policy='tcp=30m,fin=400s,udp=700s,synrecv=200s,closewait=190s,reuse=0,nodest=on,quiescent=off,sloppy-tcp=on,sloppy-sctp=on'

# --- how it is told and shown
ipvs -A -t $VIP:1 -s rr
plain=$(ipvs -Ln)
check 'a policy' ipvs -E -t $VIP:1 -s rr --policy $policy
check_is 'it is saved' "-A -t $VIP:1 -s rr --policy $policy" "$(ipvs -Sn)"
check_is 'it is not listed unless asked for' "$plain" "$(ipvs -Ln)"
check_is 'it is listed if asked for' "policy $policy" "$(ipvs -Ln --policy | grep policy | xargs)"
check 'it is in JSON' grep -qF '"policy":{"tcp":1800,"fin":400,"udp":700,"synrecv":200,"closewait":190,"reuse":0,"nodest":true,"quiescent":false,"sloppy_tcp":true,"sloppy_sctp":true}' <(ipvs -L --json)
ipvs -Sn >/tmp/rules
ipvs -C
ipvs -R </tmp/rules
check_is 'it is restored' "$(cat /tmp/rules)" "$(ipvs -Sn)"
ipvsadm_is_stock=$(IPVSADM=ipvsadm ipvs -Sn)
check_is 'stock does not see it' "-A -t $VIP:1 -s rr" "$ipvsadm_is_stock"
IPVSADM=ipvsadm ipvs -E -t $VIP:1 -s rr
check_is 'who does not know it leaves it' "$(cat /tmp/rules)" "$(ipvs -Sn)"
ipvs -E -t $VIP:1 -s rr --policy tcp=1h,reuse=default
changed=${policy/tcp=30m/tcp=1h}
check_is 'some of it' "-A -t $VIP:1 -s rr --policy ${changed/reuse=0,/}" "$(ipvs -Sn)"
printf '%s\n' "-E -t $VIP:1 -s rr --policy default" "-D -t $VIP:9" | ipvs -R --atomic 2>/dev/null
check_is 'it is put back' "-A -t $VIP:1 -s rr --policy ${changed/reuse=0,/}" "$(ipvs -Sn)"
ipvs -E -t $VIP:1 -s rr --policy default
check_is 'none of it' "-A -t $VIP:1 -s rr" "$(ipvs -Sn)"
check_fails 'an unknown field' "fnord.*none of tcp" ipvs -E -t $VIP:1 --policy fnord=1
check_fails 'no time' 'tcp=0.*2h' ipvs -E -t $VIP:1 --policy tcp=0
check_fails 'no value' "policy. needs" ipvs -E -t $VIP:1 --policy
check_fails 'a value in a list' 'takes no value' ipvs -L --policy tcp=1
ipvs -C

# --- lifetimes
in_netns d "$IPVSADM" --set 900 120 300
for option in -t -u; do
	service $option 81 --policy $policy
	service $option 82
done
sixes="-A -t [$VIP6]:81 -s rr --policy $policy
-a -t [$VIP6]:81 -r [fd00:2::2]:81 -g
-A -t [$VIP6]:82 -s rr
-a -t [$VIP6]:82 -r [fd00:2::2]:82 -g"
ipvs -R <<<"$sixes"
for vip in $VIP $VIP6; do
	n=$((${n:-1000} + 10))
	packet tcp $n "$vip:81" S
	packet tcp $n "$vip:82" S
	lives "$vip: own synrecv" tcp $n 81 SYN_RECV 200
	lives "$vip: other" tcp $n 82 SYN_RECV 60
	packet tcp $n "$vip:81" A
	packet tcp $n "$vip:82" A
	lives "$vip: own tcp" tcp $n 81 ESTABLISHED 1800
	lives "$vip: other" tcp $n 82 ESTABLISHED 900
	packet tcp $((n + 1)) "$vip:81" S A FA
	packet tcp $((n + 1)) "$vip:82" S A FA
	lives "$vip: own fin" tcp $((n + 1)) 81 FIN_WAIT 400
	lives "$vip: other" tcp $((n + 1)) 82 FIN_WAIT 120
done
packet udp 1000 $VIP:81
packet udp 1000 $VIP:82
lives 'own udp' udp 1000 81 UDP 700
lives 'other' udp 1000 82 UDP 300

# Connections that are there: by their next packet, of either kind of service.
ipvs -E -t $VIP:81 -s rr --policy tcp=2h
ipvs -E -u $VIP:81 -s rr --policy udp=1m
packet tcp 1010 $VIP:81 A
packet tcp 1010 $VIP:82 A
packet udp 1000 $VIP:81
lives 'after an edit' tcp 1010 81 ESTABLISHED 7200
lives 'after an edit, other' tcp 1010 82 ESTABLISHED 900
lives 'after an edit' udp 1000 81 UDP 60
in_netns d "$IPVSADM" --set 600 0 200
for port in 81 82; do
	packet tcp 1010 $VIP:$port A
	packet udp 1000 $VIP:$port
done
lives 'the namespace changes' tcp 1010 81 ESTABLISHED 7200
lives 'the namespace changes, other' tcp 1010 82 ESTABLISHED 600
lives 'the namespace changes, other' udp 1000 82 UDP 200
for service in "-t $VIP:81" "-u $VIP:81" "-t [$VIP6]:81"; do
	# shellcheck disable=SC2086 # words
	ipvs -E $service -s rr --policy default
done
packet tcp 1010 $VIP:81 A
packet udp 1000 $VIP:81
lives 'no policy any more' tcp 1010 81 ESTABLISHED 600
lives 'no policy any more' udp 1000 81 UDP 200

# One whose client has finished and whose server has not, which takes two.
in_netns s1 python3 policy.py listen 85 &
wait_until 10 listens s1 85
for port in 85 86; do
	ipvs -A -t $VIP:$port -s rr
	ipvs -a -t $VIP:$port -r 10.2.0.2:85 -m
done
ipvs -E -t $VIP:85 -s rr --policy closewait=190s
closes()
{
	[[ $(entry tcp "$1" "$2") = CLOSE_WAIT* ]]
}
for port in 85 86; do
	in_netns c python3 policy.py finish 10$port $VIP $port &
	wait_until 10 closes 10$port $port
done
lives 'own closewait' tcp 1085 85 CLOSE_WAIT 190
lives 'other' tcp 1086 86 CLOSE_WAIT 60

# A timer.
ipvs -E -u $VIP:81 -s rr --policy udp=1s
packet udp 1001 $VIP:81
packet udp 1001 $VIP:82
check 'expires after its own time' wait_until 20 is_gone udp 1001 81
check 'the other does not' is_there udp 1001 82
# A server that comes back, and one that comes later.
ipvs -E -u $VIP:81 -s rr --policy udp=20s
ipvs -d -u $VIP:81 -r 10.2.0.2
ipvs -E -u $VIP:81 -s rr --policy udp=60s
ipvs -a -u $VIP:81 -r 10.2.0.2 -g
packet udp 1002 $VIP:81
lives 'a server that comes back' udp 1002 81 UDP 60
ipvs -C

# A mark.
in_netns d nft 'add table ip t; add chain ip t c { type filter hook prerouting priority 0; };
	add rule ip t c tcp dport 83 meta mark set 7'
ipvs -A -f 7 -s rr --policy tcp=30m
ipvs -a -f 7 -r 10.2.0.2 -g
packet tcp 1003 $VIP:83 S A
lives 'a mark' tcp 1003 83 ESTABLISHED 1800
ipvs -C

# --- reuse of a port: 1 is what the namespace has
# again PORT: a connection that is aborted, and asked for anew, by TCP and by SCTP.
again()
{
	local port
	for port in 81 82; do
		packet tcp "$1" $VIP:$port S A R S
		packet sctp "$1" $VIP:$port $INIT $ABORT $INIT
	done
}
INIT=1 ABORT=6
vs conn_reuse_mode=1
for option in -t --sctp-service; do
	service $option 81 --policy reuse=0
	service $option 82
done
again 1100
for option in -t --sctp-service; do
	check_is "$option: own reuse off: one connection" 1 "$(opened $option 81)"
	check_is "$option: other: two" 2 "$(opened $option 82)"
	ipvs -E $option $VIP:81 -s rr --policy reuse=1
done
vs conn_reuse_mode=0
again 1101
for option in -t --sctp-service; do
	check_is "$option: own reuse on: two more" 3 "$(opened $option 81)"
	check_is "$option: other: one more" 3 "$(opened $option 82)"
done
vs conn_reuse_mode=1

# --- removed servers
ipvs -E -t $VIP:81 -s rr --policy default
ipvs -E -t $VIP:81 -s rr --policy nodest=on
for port in 81 82; do
	packet tcp 1200 $VIP:$port S A
	ipvs -d -t $VIP:$port -r 10.2.0.2
done
check 'own nodest: gone' is_gone tcp 1200 81
check 'other: waits' is_there tcp 1200 82
ipvs -C
vs expire_nodest_conn=1
service -t 81 --policy nodest=off
service -t 82
for port in 81 82; do
	packet tcp 1201 $VIP:$port S A
done
ipvs -C
check 'own nodest off: waits' is_there tcp 1201 81
check 'other: gone' is_gone tcp 1201 82
vs expire_nodest_conn=0

# --- templates of servers of weight 0
for port in 81 82; do
	ipvs -A -u $VIP:$port -s wrr -p 300
	ipvs -a -u $VIP:$port -r 10.2.0.2 -g
done
ipvs -E -u $VIP:81 -s wrr -p 300 --policy quiescent=on
# server PORT PORT: of a connection.
server()
{
	in_netns d awk -v from="$(printf %04X "$1")" -v to="$(printf %04X "$2")" '
		$1 == "UDP" && $3 == from && $5 == to { print $6 }' /proc/net/ip_vs_conn
}
for port in 81 82; do
	packet udp 1300 $VIP:$port
	ipvs -a -u $VIP:$port -r 10.3.0.2 -g
	ipvs -e -u $VIP:$port -r 10.2.0.2 -g -w 0
	packet udp 1301 $VIP:$port
done
check_is 'own quiescent: another server' 0A030002 "$(server 1301 81)"
check_is 'other: the same' 0A020002 "$(server 1301 82)"
ipvs -C

# --- packets that open nothing elsewhere
for option in -t --sctp-service; do
	service $option 81 --policy sloppy-tcp=on,sloppy-sctp=on
	service $option 82
	service $option 84 --policy sloppy-tcp=off,sloppy-sctp=off
done
for port in 81 82 84; do
	packet tcp 1400 $VIP:$port A
	packet sctp 1400 $VIP:$port 0
done
for proto in tcp sctp; do
	check "$proto: own sloppy" is_there $proto 1400 81
	check "$proto: other" is_gone $proto 1400 82
done
vs sloppy_tcp=1
vs sloppy_sctp=1
for port in 82 84; do
	packet tcp 1401 $VIP:$port A
	packet sctp 1401 $VIP:$port 0
done
for proto in tcp sctp; do
	check "$proto: other, sloppy" is_there $proto 1401 82
	check "$proto: own, not sloppy" is_gone $proto 1401 84
done
ipvs -C
packet tcp 1402 $VIP:82 A
check 'no service, nothing' is_gone tcp 1402 82
