#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tables from files: what is saved is what there is, all changes or none, nothing else is touched.
. ./lib.sh
start

VIP=192.0.2.1
IPVSADM=${TOOLS%% *}

# status STATUS COMMAND...: that it exits so.
status()
{
	local wanted=$1 rc=0
	shift
	"$@" || rc=$?
	[ $rc -eq "$wanted" ]
}

# servers FIRST LAST: so many, of weight 1.
servers()
{
	local i
	for ((i = $1; i <= $2; i++)); do
		printf '[[service.server]]\naddress = "10.%d.%d.%d:80"\nmethod = "masquerading"\n' \
			$((100 + i / 62500)) $((i / 250 % 250)) $((1 + i % 250))
	done
}

network
load
dump()
{
	ipvs -L --json
}

# What is saved, and back.
ipvs -A -t $VIP:80 -s mh -b mh-port,mh-fallback -p 300 -M 255.255.255.0
ipvs -a -t $VIP:80 -r 10.2.0.2:8080 -m -w 3 -x 100 -y 80
ipvs -a -t $VIP:80 -r 10.3.0.2 -i --tun-type gue --tun-port 6080 --tun-remcsum
ipvs -A -u "[2001:db8::1]:53" -s rr -o -p 360 -M 64
ipvs -A -f 7 -6 -s wlc --slow-start 30
ipvs save >/tmp/saved
before=$(dump)
check 'no difference to what is saved' ipvs apply /tmp/saved --dry-run --diff
check_is 'none is shown' '' "$(ipvs apply /tmp/saved --dry-run --diff)"
check 'nothing to do' grep -q '^No difference' <(ipvs apply /tmp/saved)
ipvs -C
check 'differences' status 3 ipvs apply /tmp/saved --dry-run
check_fails 'no room for the output' 'No space.*; the table has been changed' eval 'ipvs apply /tmp/saved >/dev/full'
ipvs -C
check 'everything is applied' ipvs apply - </tmp/saved
check_is 'it is what it was' "$before" "$(dump)"
check_is 'and saved the same' "$(cat /tmp/saved)" "$(ipvs save)"
sed 's/weight = 3/weight = 4/' /tmp/saved >/tmp/new
check_is 'a difference' '~ tcp 192.0.2.1:80
~   address = "10.2.0.2:8080"
-       weight = 3
+       weight = 4' "$(ipvs apply /tmp/new --dry-run --diff)"

# One bad change among many.
{ cat /tmp/new; printf '[[service]]\ntcp = "%s:81"\n' $VIP; servers 1 300; } >/tmp/bad
printf '[[service.server]]\naddress = "224.0.0.1:80"\n' >>/tmp/bad
servers 301 310 >>/tmp/bad
check_fails 'one bad change among many' \
	"^server 224.0.0.1:80 of tcp $VIP:81: DEST.ADDR is neither .*nothing has been changed" \
	ipvs apply /tmp/bad
check_is 'nothing has changed' "$before" "$(dump)"
sed 's/"wlc"/"none-such"/' /tmp/new >/tmp/bad
check_fails 'a scheduler that there is not' '^fwmark 7 .IPv6.: SERVICE.SCHED_NAME is not' ipvs apply /tmp/bad
check_is 'nothing has changed again' "$before" "$(dump)"
sed 's/weight = 3/weight = x/' /tmp/saved >/tmp/bad
check_fails 'a file with an error' 'line 10' ipvs apply /tmp/bad

# Two writers.
read -r _ weight _ generation <<<"$(ipvs weight -t $VIP:80 -r 10.2.0.2:8080)"
check_is 'a weight' 3 "$weight"
check 'the first writer' ipvs weight -t $VIP:80 -r 10.2.0.2:8080 -w 5 --generation "$generation"
check_fails 'the second one is late' 'no longer of generation' \
	ipvs weight -t $VIP:80 -r 10.2.0.2:8080 -w 9 --generation "$generation"
check_fails 'he believes in another weight' 'another weight than EXPECT' \
	ipvs weight -t $VIP:80 -r 10.2.0.2:8080 -w 9 --expect 3
check 'he has looked again' ipvs weight -t $VIP:80 -r 10.2.0.2:8080 -w 9 --expect 5
check_is 'that is all that has changed' "${before/\"weight\":3/\"weight\":9}" "$(dump)"
check_fails 'a table of another generation' 'no longer of generation' \
	ipvs apply /tmp/saved --generation "$generation"
ipvs -C

# What is not changed is not touched: another service comes and changes, and this one, too.
web_server s1
web_server s2
# of SERVER...: the service with these.
of()
{
	printf '[[service]]\ntcp = "%s:80"\nscheduler = "rr"\n' $VIP
	printf '[[service.server]]\naddress = "%s:8080"\nmethod = "masquerading"\n' "$@"
}
of 10.2.0.2 10.3.0.2 >/tmp/one
{ cat /tmp/one; printf '[[service]]\nudp = "%s:53"\n' $VIP; servers 1 50; } >/tmp/two
ipvs apply /tmp/one >/dev/null
first=$(get 1)
was=$(column Conns 10.2.0.2:8080)$(column Conns 10.3.0.2:8080)
check 'another service with 50 servers' ipvs apply /tmp/two
second=$(get 1)
check_is 'the turn goes on' "s1 s2" "$(printf '%s\n' "$first" "$second" | sort | xargs)"
check_is 'counters go on' 2 $(($(column Conns 10.2.0.2:8080 | head -1) + $(column Conns 10.3.0.2:8080 | head -1)))
check 'there were counters' [ "$was" = 10 -o "$was" = 01 ]

# Traffic while all of the table is replaced: of the service in use the scheduler, the name and who gets
# connections, and everything else.
table()
{
	local scheduler=$1 name=$2 first=$3 second=$4
	sed -e "s/\"rr\"/\"$scheduler\"\nname = \"$name\"/" -e "/10.2.0.2/a weight = $first" \
		-e "/10.3.0.2/a weight = $second" /tmp/one
}
{ table wrr a 1 0; servers 60 61 | sed '/method/a weight = 0'; printf '[[service]]\nudp = "%s:53"\n' $VIP; servers 1 50; } >/tmp/three
{ table wlc b 0 1; servers 62 63 | sed '/method/a weight = 0'; printf '[[service]]\ntcp = "%s:81"\n' $VIP; servers 1 50; } >/tmp/four
get 600 >/tmp/pages &
traffic=$!
rounds=0
while kill -0 $traffic 2>/dev/null && [ $rounds -lt 100 ]; do
	for file in /tmp/three /tmp/four; do
		ipvs apply $file >/dev/null || break 2
	done
	rounds=$((rounds + 1))
done
wait $traffic
check "nothing is lost in $rounds rounds" [ "$(grep -c '^s[12]$' /tmp/pages)" -eq 600 ]
check 'there were rounds' [ $rounds -gt 3 ]
check_is 'both have served' 's1 s2' "$(sort -u /tmp/pages | xargs)"

# A server that drains is not in the way of a table.
draining()
{
	grep -qE '"draining":\{"state"' <(ipvs -L --json)
}
has_connection()
{
	[ "$(ipvs -Ln | awk '$2 == "10.2.0.2:8080" { print $5 }')" -gt 0 ]
}
of 10.2.0.2 | ipvs apply - >/dev/null
in_netns c curl -s --limit-rate 1k -o /dev/null http://$VIP/large &
download=$!
wait_until 10 has_connection
ipvs apply /tmp/one >/dev/null
ipvs drain -t $VIP:80 -r 10.2.0.2:8080
check_is 'a table that has it' 'No difference' "$(ipvs apply /tmp/one | cut -d ';' -f 1)"
check 'leaves it draining' draining
check_is 'nobody new' 's2' "$(get 4 | sort -u)"
check_is 'a table that does not have it' 'Services: 0 added, 0 changed, 0 removed. Servers: 0 added, 0 changed, 1 removed' \
	"$(of 10.3.0.2 | ipvs apply - | sed 's/. Generation.*//')"
check_is 'takes it away, with a connection' 'address = "10.3.0.2:8080"' "$(ipvs save | grep -o 'address.*')"
check_is 'it comes back' 'Servers: 1 added, 0 changed, 0 removed' \
	"$(ipvs apply /tmp/one | grep -o 'Servers: [^.]*')"
check 'and does not drain' eval '! draining'
check_is 'as one of two' 's1 s2' "$(get 4 | sort -u | xargs)"
kill $download

# weigh SERVICE SERVER WEIGHT: prints the microseconds that a change of a weight takes.
weigh()
{
	local start=${EPOCHREALTIME/[.,]/}
	ipvs weight -t "$1" -r "$2" -w "$3" || return
	echo $((${EPOCHREALTIME/[.,]/} - start))
}

# Many servers at once, and then one change.
ipvs apply /tmp/one >/dev/null
{ cat /tmp/one; printf '[[service]]\ntcp = "%s:82"\n' $VIP; servers 1 5000; } >/tmp/many
check '5000 servers at once' ipvs apply /tmp/many
check_is 'they are there' 5002 "$(ipvs -Ln | grep -c '^  ->.*:[0-9]')"
sed '0,/10.100.0.9:80/s//10.100.0.9:81/' /tmp/many >/tmp/other
few=99999999 many=99999999
for weight in {2..11}; do
	took=$(weigh $VIP:80 10.2.0.2:8080 $weight)
	few=$((took < few ? took : few))
	took=$(weigh $VIP:82 10.100.0.2:80 $weight)
	many=$((took < many ? took : many))
done
check "a change costs the same: $few and $many us" [ "$many" -le $((2 * few)) ]
check 'one of them changes' ipvs apply /tmp/other
check 'all go' ipvs apply /tmp/one
check_is 'and are gone' 2 "$(ipvs -Ln | grep -c '^  ->.*:[0-9]')"
