# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# set NAME VALUE
set_to()
{
	echo "$1 = $2"
	echo "$2" >"/proc/sys/net/ipv4/vs/$1"
}

# is NAME: what it is now, after C has looked at memory, which it does every second.
is()
{
	echo "$1 is $(<"/proc/sys/net/ipv4/vs/$1")"
}

# servers: two of each service, and no connections.
servers()
{
	local expire=/proc/sys/net/ipv4/vs/expire_nodest_conn was
	was=$(<$expire)
	echo 1 >$expire
	setup -C
	sleep 0.5
	echo "$was" >$expire
	setup -A -t 192.0.2.1:80 -s rr
	setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
	setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
	setup -A -u 192.0.2.1:53 -s rr
	setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
	setup -a -u 192.0.2.1:53 -r 10.1.2.2:5353 -m
}

# expired: C has another thread do it, soon.
expired()
{
	sleep 0.5
	snapshot
}

topology
servers

note 'a server goes: its connections wait for packets'
handshake 10.0.0.2:1000 192.0.2.1:80 s2 10.1.2.2:8080
handshake 10.0.0.2:1001 192.0.2.1:80 s1 10.1.1.2:8080
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
setup -d -t 192.0.2.1:80 -r 10.1.2.2:8080
setup -d -u 192.0.2.1:53 -r 10.1.2.2:5353
expired
set_to expire_nodest_conn 1
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
snapshot
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=200
snapshot

note 'or not'
servers
handshake 10.0.0.2:1100 192.0.2.1:80 s2 10.1.2.2:8080
handshake 10.0.0.2:1101 192.0.2.1:80 s1 10.1.1.2:8080
send c udp 10.0.0.2:1100 192.0.2.1:53 data=question
send c udp 10.0.0.2:1101 192.0.2.1:53 data=question
setup -d -t 192.0.2.1:80 -r 10.1.2.2:8080
expired
setup -D -u 192.0.2.1:53
expired
setup -C
expired
servers
burst c 100 tcp 10.0.0.2:2000 192.0.2.1:80 flags=S seq=1
setup -d -t 192.0.2.1:80 -r 10.1.1.2:8080
sleep 0.5
step sh -c 'wc -l </proc/net/ip_vs_conn'
setup -C
expired

note 'a server with weight 0'
servers
handshake 10.0.0.2:1200 192.0.2.1:80 s2 10.1.2.2:8080
setup -e -t 192.0.2.1:80 -r 10.1.2.2:8080 -m -w 0
send c tcp 10.0.0.2:1200 192.0.2.1:80 flags=A seq=101 ack=501
set_to expire_nodest_conn 0
send c tcp 10.0.0.2:1200 192.0.2.1:80 flags=S seq=200
conns
set_to expire_nodest_conn 1
send c tcp 10.0.0.2:1200 192.0.2.1:80 flags=S seq=200
snapshot
set_to expire_nodest_conn 0

# time_wait PORT: a connection that is through.
time_wait()
{
	handshake "10.0.0.2:$1" 192.0.2.1:80 s2 10.1.2.2:8080
	send c tcp "10.0.0.2:$1" 192.0.2.1:80 flags=FA seq=101 ack=501
	send s2 tcp 10.1.2.2:8080 "10.0.0.2:$1" flags=FA seq=501 ack=102
	send c tcp "10.0.0.2:$1" 192.0.2.1:80 flags=A seq=102 ack=502
}

for mode in 0 1 2 3 -1; do
	note "the same port again, mode $mode"
	servers
	set_to conn_reuse_mode $mode
	time_wait $((1310 + mode))
	send c tcp 10.0.0.2:$((1310 + mode)) 192.0.2.1:80 flags=S seq=9000
	snapshot
	servers
	send c tcp 10.0.0.2:$((1320 + mode)) 192.0.2.1:80 flags=S seq=1
	send c tcp 10.0.0.2:$((1320 + mode)) 192.0.2.1:80 flags=R seq=2
	send c tcp 10.0.0.2:$((1320 + mode)) 192.0.2.1:80 flags=S seq=1
	send c tcp 10.0.0.2:$((1330 + mode)) 192.0.2.1:80 flags=S seq=1
	send c tcp 10.0.0.2:$((1330 + mode)) 192.0.2.1:80 flags=FA seq=1
	send c tcp 10.0.0.2:$((1330 + mode)) 192.0.2.1:80 flags=S seq=1
	snapshot
done
set_to conn_reuse_mode 1

note 'connections without a beginning'
servers
for sloppy in 0 1; do
	set_to sloppy_tcp $sloppy
	for flags in A PA FA R RA SA S P; do
		send c tcp 10.0.0.2:$((1400 + sloppy)) 192.0.2.1:80 flags=$flags seq=101 ack=501
		conns
		servers
	done
done
set_to sloppy_tcp 0

note 'so many connections and no more'
servers
send c udp 10.0.0.2:1500 192.0.2.1:53 data=question
send c udp 10.0.0.2:1501 192.0.2.1:53 data=question
set_to conn_max 2
send c udp 10.0.0.2:1502 192.0.2.1:53 data=question
send c tcp 10.0.0.2:1502 192.0.2.1:80 flags=S seq=1
send c udp 10.0.0.2:1501 192.0.2.1:53 data=question
snapshot
set_to conn_max 3
send c tcp 10.0.0.2:1503 192.0.2.1:80 flags=S seq=1
send c udp 10.0.0.2:1504 192.0.2.1:53 data=question
set_to conn_max 1
send c udp 10.0.0.2:1505 192.0.2.1:53 data=question
send c udp 10.0.0.2:1500 192.0.2.1:53 data=question
set_to conn_max 0
send c udp 10.0.0.2:1506 192.0.2.1:53 data=question
snapshot
set_to conn_max 1000
send c udp 10.0.0.2:1506 192.0.2.1:53 data=question
