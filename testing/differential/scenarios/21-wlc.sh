# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s wlc
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 1
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -w 3
setup -a -t 192.0.2.1:80 -r 10.1.1.3:8080 -m -w 2

port=1000
syns()
{
	local i
	for ((i = 0; i < $1; i++)); do
		port=$((port + 1))
		send c tcp 10.0.0.2:$port 192.0.2.1:80 flags=S seq=1
	done
}

note 'by weight'
syns 13
proc ip_vs
note 'closing some makes room'
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=R seq=2
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=R seq=2
send c tcp 10.0.0.2:1003 192.0.2.1:80 flags=R seq=2
proc ip_vs
syns 6
note 'edits'
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -w 0
syns 4
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 1000
syns 4
ipvs -a -t 192.0.2.1:80 -r 10.1.2.3:8080 -m -w 1
syns 4
ipvs -e -t 192.0.2.1:80 -r 10.1.2.3:8080 -m -w 2147483647
syns 2
snapshot

note 'UDP has no active connections'
setup -A -u 192.0.2.1:53 -s wlc
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m -w 1
setup -a -u 192.0.2.1:53 -r 10.1.2.2:53 -m -w 2
for port in 2001 2002 2003 2004 2005; do
	send c udp 10.0.0.2:$port 192.0.2.1:53 data=x
done
proc ip_vs
