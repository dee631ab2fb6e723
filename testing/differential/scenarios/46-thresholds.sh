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
ipvs --set 0 0 2
setup -A -u 192.0.2.1:53 -s wlc
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m -x 4 -y 2
for port in 2001 2002 2003 2004 2005; do
	send c udp 10.0.0.2:$port 192.0.2.1:53 data=x
done
proc ip_vs
sleep 1.2
# Two go on, two end.
send c udp 10.0.0.2:2001 192.0.2.1:53 data=x
send c udp 10.0.0.2:2002 192.0.2.1:53 data=x
sleep 1.4
send c udp 10.0.0.2:2001 192.0.2.1:53 data=x
send c udp 10.0.0.2:2002 192.0.2.1:53 data=x
proc ip_vs
send c udp 10.0.0.2:2006 192.0.2.1:53 data=x
sleep 1.2
send c udp 10.0.0.2:2001 192.0.2.1:53 data=x
sleep 1.4
proc ip_vs
send c udp 10.0.0.2:2007 192.0.2.1:53 data=x
