# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# AH and ESP go with the connection over which their keys were negotiated.
ESP=50 AH=51

topology
setup -A -u 192.0.2.1:500 -s rr
setup -a -u 192.0.2.1:500 -r 10.1.1.2 -m

note 'before keys were negotiated'
send c $ESP 10.0.0.2 192.0.2.1 len=40
send c $AH 10.0.0.2 192.0.2.1 len=40
send s1 $ESP 10.1.1.2 10.0.0.2 len=40

note 'from another port'
send c udp 10.0.0.2:4500 192.0.2.1:500 data=keys
send c $ESP 10.0.0.2 192.0.2.1 len=40

note 'from the right one'
send c udp 10.0.0.2:500 192.0.2.1:500 data=keys
send s1 udp 10.1.1.2:500 10.0.0.2:500 data=more
conns
send c $ESP 10.0.0.2 192.0.2.1 len=40
send s1 $ESP 10.1.1.2 10.0.0.2 len=80
send c $AH 10.0.0.2 192.0.2.1 len=24
send s1 $AH 10.1.1.2 10.0.0.2 len=24
send c $ESP 10.0.0.2 192.0.2.1
send c $ESP 10.0.0.2 192.0.2.1 len=3 tos=0x2 df=
send c $ESP 10.0.0.2 192.0.2.1 len=40 ipopt=01010101
send c $ESP 10.0.0.2 192.0.2.1 len=40 ttl=1
send c 52 10.0.0.2 192.0.2.1 len=40
send c $ESP 10.0.0.3 192.0.2.1 len=40
conns

note 'fragments'
send c $ESP 10.0.0.2 192.0.2.1 len=1000 fragments=400
send s1 $ESP 10.1.1.2 10.0.0.2 len=1000 fragments=400
send s1 $AH 10.1.1.2 10.0.0.2 len=40 at=1200
step ip link set s1 mtu 600
send c $ESP 10.0.0.2 192.0.2.1 len=1000 df=
send c $ESP 10.0.0.2 192.0.2.1 len=1000

note 'ICMP errors'
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=2 quote=$ESP,10.0.0.2,10.1.1.2,len=40
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=4 rest=1280 quote=$AH,10.0.0.2,10.1.1.2,len=40 head=28
send c icmp 10.0.0.2 192.0.2.1 type=3 code=2 quote=$ESP,192.0.2.1,10.0.0.2,len=40
send c icmp 10.0.0.9 192.0.2.1 type=11 quote=$AH,192.0.2.1,10.0.0.2,len=0
send c icmp 10.0.0.9 192.0.2.1 type=11 quote=$ESP,192.0.2.1,10.0.0.2,len=40,at=800
step sysctl -qw net.ipv4.vs.schedule_icmp=1
send c icmp 10.0.0.9 192.0.2.1 type=11 quote=$ESP,192.0.2.1,10.0.0.3,len=40
step sysctl -qw net.ipv4.vs.schedule_icmp=0

note 'a server at another port is not recognised'
setup -a -u 192.0.2.1:500 -r 10.1.2.2:4500 -m
setup -e -u 192.0.2.1:500 -r 10.1.1.2:500 -m -w 0
send c udp 10.0.0.3:500 192.0.2.1:500 data=keys
send c $ESP 10.0.0.3 192.0.2.1 len=40
send s2 $ESP 10.1.2.2 10.0.0.3 len=40
send s2 udp 10.1.2.2:4500 10.0.0.3:500 data=more
stats

note 'without its server'
setup -d -u 192.0.2.1:500 -r 10.1.2.2:4500
send c $ESP 10.0.0.3 192.0.2.1 len=40
send s2 $ESP 10.1.2.2 10.0.0.3 len=40
step sysctl -qw net.ipv4.vs.expire_nodest_conn=1
send c $ESP 10.0.0.3 192.0.2.1 len=40
conns
send c $ESP 10.0.0.2 192.0.2.1 len=40
