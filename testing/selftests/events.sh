#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Events: who listens hears what happens, whoever does it, in his namespace and in no other; who is too
# slow is told so, and knows afterwards what there is.
. ./lib.sh
start

OWN=${TOOLS%% *}
LOG=/tmp/events

# listen NAME NAMESPACE OPTION...: a monitor, whose lines go to $LOG.NAME; it has joined when it has listed.
listen()
{
	local log=$LOG.$1
	nsenter --net="/run/netns/$2" "$OWN" monitor --list "${@:3}" >"$log" &
	wait_until 20 grep -q state "$log"
}

# heard NAME: the kinds of events that a monitor has told of as JSON, after the list.
heard()
{
	jq -r 'select(.seq and .event != "state").event' "$LOG.$1" | tr '\n' ' '
}

# hears NAME KINDS: whether these are all.
hears()
{
	[ "$(heard "$1")" = "$2 " ]
}

told()
{
	grep -q "$2" "$LOG.$1"
}

# specified: whether who reads the specification hears of it; it takes him a while to begin.
specified()
{
	ipvs -A -u 192.0.2.1:98 -s rr
	ipvs -D -u 192.0.2.1:98
	told ynl service-removed
}

# joined NAME: whether a monitor hears of a service.
joined()
{
	ipvs -A -u 192.0.2.1:97 -s rr
	ipvs -D -u 192.0.2.1:97
	told "$1" service-removed
}

# dropped: how many packets had no destination, as has been told.
dropped()
{
	jq -r 'select(.reason == "no-destination").packets' $LOG.all | awk '{ n += $1 } END { print n + 0 }'
}

dropped_are()
{
	[ "$(dropped)" -eq "$1" ]
}

# state NAMESPACE: the number of the last event.
state()
{
	in_netns "$1" "$OWN" monitor --list --count 0 | sed -n 's/^state //p'
}

# present: services and servers, as events.py prints them.
present()
{
	in_netns d "$OWN" -L --json | jq -r '.services[] | "\(.protocol) \(.address) \(.port)" as $key |
		$key, (.servers[] | "\($key) \(.address) \(.port) \(.weight)")' | LC_ALL=C sort
}

network
NAMESPACES="$NAMESPACES d2"
ip netns add d2
load

before=$(state d)
check_is 'nothing has happened yet' 0 "$before"
ipvs -A -u 192.0.2.1:9 -s rr
ipvs -D -u 192.0.2.1:9
check_is 'without a listener nothing is sent' "$before" "$(state d)"

listen all d --json
listen text d
listen time d --timestamp service
listen dests d --json dest overload
listen other d2 --json
nsenter --net=/run/netns/d ./events.py 7 >$LOG.raw &
check 'a program that knows numbers alone joins' wait_until 10 told raw joined

for IPVSADM in $TOOLS; do
	ipvs -A -t 192.0.2.1:80 -s rr
	ipvs -E -t 192.0.2.1:80 -s wlc
	ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 2
	ipvs -e -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 3
	ipvs -d -t 192.0.2.1:80 -r 10.2.0.2:8080
	ipvs -D -t 192.0.2.1:80
	ipvs -C
done
each='service-added service-changed dest-added dest-changed dest-removed service-removed flushed'
check 'every change is heard, by whatever tool' wait_until 10 hears all "$each $each"
check_is 'its numbers have no gap' '1 2 3 4 5 6 7 8 9 10 11 12 13 14' \
	"$(jq -r 'select(.event != "state").seq' $LOG.all | tr '\n' ' ' | sed 's/ $//')"
check_is 'as lines' "state 0
service-added -t 192.0.2.1:80 -s rr
service-changed -t 192.0.2.1:80 -s wlc
dest-added -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 2
dest-changed -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 3
dest-removed -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 3
service-removed -t 192.0.2.1:80
flushed" "$(head -n 8 $LOG.text)"
check_is 'with the time, of services alone' 4 \
	"$(head -n 5 $LOG.time | grep -cE '^\[20[0-9]{2}-[0-9T:.-]{24}Z\] (service|flushed)')"
check_is 'of destinations alone' "dest-added dest-changed dest-removed flushed dest-added dest-changed dest-removed flushed " "$(heard dests)"
check_is 'by numbers' 'joined 1 1 2 2 5 3 6 4 7 5 3 6 4 7 ' "$(tr '\n' ' ' <$LOG.raw)"
check_is 'but not in another namespace' '' "$(heard other)"
in_netns d2 ipvsadm -A -u 192.0.2.1:7 -s rr
check 'which has its own' wait_until 10 hears other service-added
check_is 'with its own numbers' 1 "$(jq -r 'select(.event != "state").seq' $LOG.other)"
check_is 'what a destination is like' '"wlc" null 3 "masquerading"' \
	"$(jq -r 'select(.event == "service-changed") | "\"\(.service.scheduler)\""' $LOG.all | head -n 1) $(
		jq -c 'select(.event == "dest-changed") | .service.scheduler, .server.weight, .server.method' $LOG.all |
			head -n 3 | tr '\n' ' ' | sed 's/ $//')"

# Too many connections, and no longer.
IPVSADM=ipvsadm
: >$LOG.dests
echo_server s1 10.2.0.2 7777
ipvs -A -u 192.0.2.1:7 -s rr
ipvs -a -u 192.0.2.1:7 -r 10.2.0.2:7777 -m -x 1
in_netns c bash -c 'echo x >/dev/udp/192.0.2.1/7'
check 'a server has too many connections' wait_until 10 told dests '"dest-overloaded".*"active_connections":0,"inactive_connections":1'
ipvs -e -u 192.0.2.1:7 -r 10.2.0.2:7777 -m -x 9
check 'and no longer' wait_until 10 told dests '"dest-relieved"'
check 'as a line' wait_until 5 told text 'dest-overloaded -u 192.0.2.1:7 -r 10.2.0.2:7777 -m -w 1 -x 1 active 0 inactive 1'
ipvs -C

# Drops: of many, few events tell.
ipvs -A -u 192.0.2.1:8 -s rr
in_netns c bash -c 'for i in {1..300}; do echo x >/dev/udp/192.0.2.1/8; done' 2>/dev/null
wait_until 20 dropped_are 300
check_is 'each drop is counted' 300 "$(dropped)"
check_is 'by few events' 1 "$(($(grep -c packets-dropped $LOG.all) < 100))"
ipvs -C

# More than fits into the buffer of who does not read.
room=$(cat /proc/sys/net/core/rmem_max)
echo 212992 >/proc/sys/net/core/rmem_max
listen slow d --json
slow=$!
echo "$room" >/proc/sys/net/core/rmem_max
kill -STOP $slow
nsenter --net=/run/netns/d ./events.py 1 10 >$LOG.raw &
check 'another one joins' wait_until 10 told raw joined
for i in {1..60}; do
	echo "-A -u 192.0.2.1:$i -s rr"
	for j in {1..30}; do
		echo "-a -u 192.0.2.1:$i -r 10.2.0.2:$j -m -w $j"
	done
done >/tmp/rules
ipvs -R </tmp/rules
ipvs -e -u 192.0.2.1:1 -r 10.2.0.2:1 -m -w 77
ipvs -d -u 192.0.2.1:1 -r 10.2.0.2:2
check 'a raw listener gets ENOBUFS' wait_until 20 told raw ENOBUFS
check 'a table has grown' wait_until 10 told text 'table-resized destinations buckets [0-9]* -> [0-9]*'
kill -CONT $slow
check 'a slow listener is told' wait_until 20 told slow '"overrun"'
ipvs -d -u 192.0.2.1:1 -r 10.2.0.2:3
ipvs -A -u 192.0.2.1:99 -s rr
check 'and goes on' wait_until 20 told slow '"port":99'
check_is 'it knows what there is' "$(present)" "$(./events.py state <$LOG.slow | LC_ALL=C sort)"
check_is 'a list and what comes after it has no gap' '' "$(
	jq -r 'select(.seq) | "\(.event) \(.seq)"' $LOG.slow | awk '
		$1 == "state" { last = $2; next }
		last != "" && $2 != last + 1 { print }
		{ last = $2 }' | grep -v overrun)"

if grep -q subscribe /payload/pyynl/cli.py 2>/dev/null; then
	nsenter --net=/run/netns/d python3 -u /payload/pyynl/cli.py --spec /payload/specs/ipvs.yaml --no-schema \
		--output-json --subscribe events --duration 60 >$LOG.ynl 2>&1 &
	check 'the specification has it' wait_until 30 specified
fi
check_fails 'help has an example' 'Example' bash -c "$OWN monitor --help; false"
check_fails 'no such topic' 'invalid value' "$OWN" monitor nothing

# --- the module goes and comes
listen again d --json
ipvs -C
in_netns d2 ipvsadm -C
check 'listeners do not keep the module' wait_until 20 rmmod rust_ipvs
check 'they hear that it goes' wait_until 20 told again '"unloaded"'
load
check 'and that there is one again' wait_until 20 told again '"loaded"'
check 'whose list begins anew' wait_until 20 told again '"event":"state","seq":0,'
ipvs -A -u 192.0.2.1:9 -s rr
check 'and whose events they hear' wait_until 20 told again '"event":"service-added","seq":1,'

# --- and whoever has lost that finds out
echo 212992 >/proc/sys/net/core/rmem_max
listen late d --json
late=$!
nsenter --net=/run/netns/d "$OWN" monitor --json >$LOG.plain &
plain=$!
check 'one without a list joins' wait_until 20 joined plain
echo "$room" >/proc/sys/net/core/rmem_max
kill -STOP $late $plain
ipvs -R </tmp/rules
ipvs -C
wait_until 20 rmmod rust_ipvs
kill -CONT $late
check 'too much, and then the module has gone' wait_until 20 told late '"unloaded"'
load
check 'there is one again' wait_until 20 told late '"event":"state","seq":0,'
ipvs -A -u 192.0.2.1:9 -s rr
check 'which is heard' wait_until 20 told late '"event":"service-added","seq":1,'
check_is 'all of it once' 'state overrun unloaded loaded state ' \
	"$(jq -r .event $LOG.late | grep -xE 'state|overrun|unloaded|loaded' | tr '\n' ' ')"
kill -CONT $plain
check 'too much, and then there is another module' wait_until 20 told plain '"loaded"'
ipvs -D -u 192.0.2.1:9
check 'which is heard, although its numbers are small' wait_until 20 told plain '"event":"service-removed","seq":2,'
check_is 'all of it once, without a list' 'overrun unloaded loaded ' \
	"$(jq -r .event $LOG.plain | grep -xE 'overrun|unloaded|loaded' | tr '\n' ' ')"

# A namespace goes with the last who is in it.
# shellcheck disable=SC2046 # words
kill $(jobs -p) 2>/dev/null
wait
ipvs -C
in_netns d2 ipvsadm -C
