# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
setup -a -t 192.0.2.1:80 -r 10.1.1.3:8080 -m

port=1000
# syns COUNT: as many new connections; the packets show which server each got.
syns()
{
	local i
	for ((i = 0; i < $1; i++)); do
		port=$((port + 1))
		send c tcp 10.0.0.2:$port 192.0.2.1:80 flags=S seq=1
	done
}

note 'in turn, the newest first'
syns 7
proc ip_vs

note 'weight is only whether'
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 100
syns 4
note 'without one'
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -w 0
syns 4
note 'it is back'
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -w 1
syns 4
note 'one was added'
ipvs -a -t 192.0.2.1:80 -r 10.1.2.3:8080 -m
syns 5
note 'the one whose turn it was is removed'
ipvs -d -t 192.0.2.1:80 -r 10.1.2.3:8080
syns 3
ipvs -d -t 192.0.2.1:80 -r 10.1.1.3:8080
syns 3
note 'the service is edited, its scheduler stays'
ipvs -E -t 192.0.2.1:80 -s rr
syns 3
note 'there and back'
ipvs -E -t 192.0.2.1:80 -s wlc
syns 2
ipvs -E -t 192.0.2.1:80 -s rr
syns 3
snapshot
