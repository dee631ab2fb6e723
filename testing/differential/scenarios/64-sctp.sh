# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Those of SCTP.
TIMEOUTS='4 61 900'

topology
ipvs -A --sctp-service 192.0.2.1:80 -s rr
ipvs -a --sctp-service 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 1

# associate PORT: four packets make it ESTABLISHED.
associate()
{
	send c sctp "10.0.0.2:$1" 192.0.2.1:80 chunks=init:20
	send s1 sctp 10.1.1.2:8080 "10.0.0.2:$1" chunks=init-ack:40
	send c sctp "10.0.0.2:$1" 192.0.2.1:80 chunks=cookie-echo:24
	send s1 sctp 10.1.1.2:8080 "10.0.0.2:$1" chunks=cookie-ack
}

note 'an association'
associate 1000
snapshot
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:120
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:119,sack:16
send s1 sctp 10.1.1.2:8080 10.0.0.2:1000 chunks=sack:16
send s1 sctp 10.1.1.2:8080 10.0.0.2:1000 chunks=data:1400
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=heartbeat:40
send s1 sctp 10.1.1.2:8080 10.0.0.2:1000 chunks=heartbeat-ack:40
conns
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=shutdown:8
conns
send s1 sctp 10.1.1.2:8080 10.0.0.2:1000 chunks=shutdown-ack
conns
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=shutdown-complete
snapshot

note 'what opens none'
for chunks in init-ack:20 cookie-echo:20 cookie-ack data:20 sack:16 heartbeat:8 abort shutdown:8 \
	shutdown-ack error:8 shutdown-complete ecne:8 cwr:8 15 63:8 128:8 192:8 255:8; do
	post c sctp 10.0.0.2:1001 192.0.2.1:80 chunks=$chunks
done
conns

note 'what is cut off'
for cut in 3 4 8 11 12 13 15; do
	send c sctp 10.0.0.2:1002 192.0.2.1:80 chunks=init:20 cut=$cut
done
conns
send c sctp 10.0.0.2:1002 192.0.2.1:80 chunks=init:20 cut=16
post c sctp 10.0.0.2:1002 192.0.2.1:80 chunks=init:20
conns
note 'what is cut off, of an association that is there'
for cut in 3 4 8 11 12 15; do
	send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=init:20 cut=$cut
	send s1 sctp 10.1.1.2:8080 10.0.0.2:1000 chunks=abort cut=$cut
done
conns

note 'to the server at its own port, checksums are left alone'
ipvs -A --sctp-service 192.0.2.1:8080 -s rr
ipvs -a --sctp-service 192.0.2.1:8080 -r 10.1.1.2:8080 -m -w 1
send c sctp 10.0.0.2:1003 192.0.2.1:8080 chunks=init:20
send s1 sctp 10.1.1.2:8080 10.0.0.2:1003 chunks=init-ack:40
note 'wrong ones, too'
send c sctp 10.0.0.2:1003 192.0.2.1:8080 chunks=data:120 sum=bad
send s1 sctp 10.1.1.2:8080 10.0.0.2:1003 chunks=data:40 sum=bad
send c sctp 10.0.0.2:1003 192.0.2.1:8080 chunks=data:120 sum=0
note 'unless the port changes'
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:120 sum=bad
send s1 sctp 10.1.1.2:8080 10.0.0.2:1000 chunks=data:40 sum=bad
conns

note 'fragments'
send c sctp 10.0.0.2:1003 192.0.2.1:8080 chunks=data:1000 fragments=400
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:1000 fragments=400 order=2,0,1

note 'TTL, DF, options'
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:20 ttl=1
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:20 ttl=2 df= tos=0x10
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:20 ipopt=01010101
step ip link set s1 mtu 600
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:1000 df=
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data:1000

note 'ICMP errors'
there=sctp,10.0.0.2:1000,10.1.1.2:8080,chunks=data:120
back=sctp,192.0.2.1:80,10.0.0.2:1000,chunks=data:120
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=2 "quote=$there"
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=4 rest=1280 "quote=$there" head=28
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 "quote=$back"
send c icmp 10.0.0.9 192.0.2.1 type=11 "quote=$back" head=28
send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 quote=sctp,192.0.2.1:80,10.0.0.2:1009,chunks=data:20
conns

note 'statistics, other protocols at the same address'
send c tcp 10.0.0.2:1004 192.0.2.1:80 flags=S
send c udp 10.0.0.2:1004 192.0.2.1:80 data=x
stats
