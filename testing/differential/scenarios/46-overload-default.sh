# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# The lower limit of servers that have only an upper one.
. ./lib.sh

topology
ipvs --set 0 0 6
# PORT MOST: the only server of a service takes so many.
for limit in '53 8' '54 5' '55 3'; do
	port=${limit% *}
	setup -A -u 192.0.2.1:"$port" -s rr
	setup -a -u 192.0.2.1:"$port" -r 10.1.1.2:"$port" -m -x "${limit#* }"
done
ipvs -Ln --thresholds

# packets PORT MOST: clients 2001 and up.
packets()
{
	local n
	for ((n = 1; n <= $2; n++)); do
		post c udp "10.0.0.2:$((2000 + n))" "192.0.2.1:$1" data=x
	done
}

# left A B C: of the connections to each of the three those go on, all others end.
left()
{
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		packets 53 "$1"
		packets 54 "$2"
		packets 55 "$3"
		[ "$(grep -c ^UDP /proc/net/ip_vs_conn)" -gt $(($1 + $2 + $3)) ] || break
		sleep 0.1
	done
	# C counts a connection a little longer than it lists it; so do we.
	sleep 0.2
	proc ip_vs
}

# one_more PORT...: a new client.
one_more()
{
	local port
	for port; do
		clients=$((clients + 1))
		send c udp "10.0.0.3:$((3000 + clients))" "192.0.2.1:$port" data=x id=$clients
	done
}
clients=0

note 'one less than full is not full'
packets 53 7
packets 54 4
packets 55 2
proc ip_vs
one_more 53 54 55
proc ip_vs
note 'full'
one_more 53 54 55

note 'those that end do not make room yet'
left 7 4 2
one_more 53 54
note 'three of three are needed for a lower limit, and there are less'
one_more 55
left 6 3 0
note 'four of five'
one_more 53 54
left 5 0 0
note 'six of eight'
one_more 53
proc ip_vs
