# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -x 3 -y 2
ipvs -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -x 4

port=1000
syns()
{
	local i
	for ((i = 0; i < $1; i++)); do
		port=$((port + 1))
		send c tcp 10.0.0.2:$port 192.0.2.1:80 flags=S seq=1
	done
}

note 'until all are full'
syns 9
ipvs -Ln --thresholds
snapshot

note 'an edit makes room'
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -x 5 -y 2
syns 3
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -x 8 -y 7
syns 5
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
syns 2
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -x 2
syns 2
ipvs -Ln --thresholds
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
ipvs -d -t 192.0.2.1:80 -r 10.1.2.2:8080

note 'those that end make room, but only below the lower limit'
ipvs --set 0 0 4
setup -A -u 192.0.2.1:53 -s wlc
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m -x 4 -y 2
for port in 2001 2002 2003 2004 2005; do
	send c udp "10.0.0.2:$port" 192.0.2.1:53 data=x
done

# until_left PORT...: these go on, all others end.
until_left()
{
	local port tries
	for ((tries = 0; tries < 100; tries++)); do
		for port; do
			post c udp "10.0.0.2:$port" 192.0.2.1:53 data=x
		done
		[ "$(grep -c ^UDP /proc/net/ip_vs_conn)" -gt $# ] || break
		sleep 0.2
	done
	# C counts a connection a little longer than it lists it; so do we.
	sleep 0.2
	proc ip_vs
}

until_left 2001 2002
send c udp 10.0.0.2:2006 192.0.2.1:53 data=x id=1
until_left 2001
send c udp 10.0.0.2:2007 192.0.2.1:53 data=x id=2
