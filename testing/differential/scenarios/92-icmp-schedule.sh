# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# ICMP errors that open a connection, and what a local server or client has to do with errors.
. ./lib.sh

topology
ip addr add 10.5.0.1/32 dev lo
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -u 192.0.2.1:54 -s rr
setup -A -t 192.0.2.1:21 -s rr
setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.2.2 -m
setup -A -u 192.0.2.1:55 -s rr
setup -a -u 192.0.2.1:55 -r 10.5.0.1:5555 -m
setup -A -u 192.0.2.1:56 -s rr
setup -a -u 192.0.2.1:56 -r 127.0.0.1:5555 -m

# error QUOTE OPTION...: from a router between the client and us, and from one where it only passes by.
error()
{
	local quote=$1
	shift
	send c icmp 10.0.0.9 192.0.2.1 type=3 code=4 rest=1280 "quote=$quote" "$@"
}

all()
{
	error tcp,192.0.2.1:80,10.0.0.2:2000,flags=A,seq=1,ack=1,len=20
	error tcp,192.0.2.1:80,10.0.0.2:2001,flags=R,seq=1,ack=1,len=20
	error tcp,192.0.2.1:80,10.0.0.2:2002 head=28
	error tcp,192.0.2.1:80,10.0.0.2:2002 head=24
	error tcp,192.0.2.1:80,10.0.0.2:2003 head=23
	error udp,192.0.2.1:53,10.0.0.2:2000,len=20
	error udp,192.0.2.1:53,10.0.0.2:2001,len=20 sum=bad
	error udp,192.0.2.1:53,10.0.0.2:20,len=20
	error udp,192.0.2.1:53,10.0.0.2:2002,mf,len=20
	error udp,192.0.2.1:53,10.0.0.2:2002,at=8,len=20
	error udp,192.0.2.1:54,10.0.0.2:2000,len=20
	error tcp,192.0.2.1:21,10.0.0.2:2000,len=20
	error tcp,192.0.2.1:2121,10.0.0.2:2000,len=20
	error udp,192.0.2.1:57,10.0.0.2:2000,len=20
	error udp,10.0.0.2:2000,192.0.2.1:53,len=20
	send c icmp 10.0.0.9 10.1.1.3 type=3 code=4 rest=1280 quote=udp,192.0.2.1:53,10.0.0.2:2003,len=20
	send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=4 rest=1280 quote=udp,192.0.2.1:53,10.0.0.2:2004,len=20
}

note 'off'
all
note 'on'
echo 1 >/proc/sys/net/ipv4/vs/schedule_icmp
all
note 'again, and what there is then, for three seconds'
no_connections
all
no_connections
error tcp,192.0.2.1:80,10.0.0.2:2000,flags=A,seq=1,ack=1,len=20
error udp,192.0.2.1:53,10.0.0.2:2000,len=20
conns
no_connections

note 'a mark decides'
nft -f - <<-END
	table ip t {
		chain a { type filter hook prerouting priority 0; ip saddr 10.0.0.7 meta mark set 7; }
	}
END
send c icmp 10.0.0.7 192.0.2.1 type=11 quote=udp,192.0.2.1:999,10.0.0.2:2100,len=20
send c icmp 10.0.0.7 10.1.1.2 type=11 quote=udp,203.0.113.1:999,10.0.0.2:2100,len=20
send c icmp 10.0.0.7 10.1.1.2 type=11 quote=udp,203.0.113.1:999,10.0.0.2:20,len=20
conns
echo 0 >/proc/sys/net/ipv4/vs/schedule_icmp

note 'the server is here'
no_connections
agent open server d udp 10.5.0.1:5555
send c udp 10.0.0.2:1000 192.0.2.1:55 data=question
agent read server
error udp,192.0.2.1:55,10.0.0.2:1000,len=20 ttl=1
agent write server answer 10.0.0.2:1000
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 quote=udp,192.0.2.1:55,10.0.0.2:1000,len=6
agent write server answer 10.0.0.2:1000
note 'it only passes by'
send c icmp 10.0.0.2 10.1.1.2 type=3 code=3 quote=udp,192.0.2.1:55,10.0.0.2:1000,len=6
note 'nobody listens here any more'
agent close server
send c udp 10.0.0.2:1000 192.0.2.1:55 data=question
send c udp 10.0.0.2:1000 192.0.2.1:56 data=question
conns

note 'the client is here'
agent open client d udp 192.0.2.2:4000
agent write client question 192.0.2.1:53
send s1 icmp 10.1.1.2 192.0.2.2 type=3 code=3 quote=udp,192.0.2.2:4000,10.1.1.2:5353,len=8
agent write client question 192.0.2.1:53
agent write client question 192.0.2.1:53
note 'both are here'
agent write client question 192.0.2.1:55
agent write client question 192.0.2.1:55
agent write client question 192.0.2.1:55
conns
stats
