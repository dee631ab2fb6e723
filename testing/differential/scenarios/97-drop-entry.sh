# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# drop_entry and templates: it takes half-open connections with theirs, and those that have none, but
# not those of which a connection was established or that may be in use.
. ./lib.sh

topology
ip route add 10.64.0.0/16 via 10.0.0.2 dev c
for port in 80 81; do
	setup -A -t 192.0.2.1:$port -s rr -p 600
	setup -a -t 192.0.2.1:$port -r 10.1.1.2:$port -m
done
setup -A -u 192.0.2.1:53 -s rr -p 600 -o
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m
setup -A -u 192.0.2.1:54 -s rr -p 600
setup -a -u 192.0.2.1:54 -r 10.1.1.2:54 -m

# of FIRST LAST PROTOCOL PORT ...: a packet of each client.
of()
{
	local n
	for ((n = $1; n <= $2; n++)); do
		post c "$3" "10.64.0.$n:1000" "192.0.2.1:$4" "${@:5}"
	done
}

# Answers of the server to the same clients.
answers()
{
	local n
	for ((n = $1; n <= $2; n++)); do
		post s1 tcp "10.1.1.2:$3" "10.64.0.$n:1000" flags=SA seq=500 ack=101
	done
}

# count STATE PORT, where a template has the first port 0, and is ASSURED or NONE.
count()
{
	awk -v state="$1" -v port="$2" '$5 == port && $8 == state { n++ } END { print n + 0 }' /proc/net/ip_vs_conn
}

# dropped STATE PORT NUMBER: waits until as many are gone.
dropped()
{
	local tries before
	before=$(count "$1" "$2")
	echo 3 >/proc/sys/net/ipv4/vs/drop_entry
	for ((tries = 0; tries < 200; tries++)); do
		[ $(($(count "$1" "$2") + $3)) -gt "$before" ] || break
		sleep 0.2
	done
	[ $tries -lt 200 ] || echo 'SCENARIO ERROR nothing is dropped'
	echo 0 >/proc/sys/net/ipv4/vs/drop_entry
	# A round may be under way.
	sleep 1
}

# They begin and end before they were established; those of UDP count as such from the beginning.
of 1 80 tcp 80 flags=S seq=100
of 1 80 tcp 80 flags=R seq=101
of 101 116 tcp 80 flags=S seq=100
answers 101 116 80
of 101 116 tcp 80 flags=A seq=101 ack=501
of 101 116 tcp 80 flags=R seq=101
of 101 116 udp 53 data=x
of 101 116 udp 54 data=x
# These stay half open.
of 1 80 tcp 81 flags=S seq=100
for ((tries = 0; tries < 150; tries++)); do
	[ "$(count CLOSE 0050)" -gt 0 ] || break
	sleep 0.2
done
[ "$(count CLOSE 0050)" -eq 0 ] || echo 'SCENARIO ERROR connections do not end'

note 'before'
echo "half open: $(count SYN_RECV 0051), with templates $(count NONE 0051)"
echo "templates alone: $(count NONE 0050), of established connections $(count ASSURED 0050)"
echo "templates of UDP: $(count NONE 0035) for one packet, $(count NONE 0036) for more, with a connection each"
echo "UDP: $(count UDP 0036)"

note 'a while after'
dropped NONE 0050 20
dropped SYN_RECV 0051 20
echo "of established connections $(count ASSURED 0050)"
echo "templates of UDP: $(count NONE 0035) for one packet, $(count NONE 0036) for more, with a connection each"
echo "UDP: $(count UDP 0036)"
[ "$(count SYN_RECV 0051)" -eq "$(count NONE 0051)" ] && echo 'a half-open connection takes its template along'

note 'they come again'
send c tcp 10.64.0.1:1001 192.0.2.1:80 flags=S seq=100
send c tcp 10.64.0.101:1001 192.0.2.1:80 flags=S seq=100
