# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Packets of a mark that go on to where they were going, since there is no server.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
# What is for servers comes here first.
nft -f - <<-END
	table ip t {
		chain p { type filter hook prerouting priority mangle; iifname c ip daddr != 10.0.0.1 meta mark set 7; }
		chain o { type filter hook output priority 0; meta l4proto udp ct state untracked counter; }
		chain f { type filter hook forward priority 0; counter; }
	}
END
ip rule add fwmark 7 lookup 100
ip route add local default dev lo table 100
ip route add 10.9.1.2/32 via 10.1.2.2 mtu 600 dev s2
ip route add unreachable 10.9.2.0/24
ipvs -A -f 7 -s rr

note 'not asked for'
send c udp 10.0.0.2:1000 10.1.1.2:53 data=x
echo 1 >/proc/sys/net/ipv4/vs/cache_bypass
note 'to servers of all kinds'
send c udp 10.0.0.2:1000 10.1.1.2:53 data=x
send c udp 10.0.0.2:1000 10.1.1.2:53 data=x tos=0xb9 df
send c udp 10.0.0.2:1000 10.1.2.2:53 data=x
send c udp 10.0.0.2:1001 10.1.2.2:53 len=64 fragments=40
send c tcp 10.0.0.2:1000 10.1.2.2:80 flags=S seq=100
send s2 tcp 10.1.2.2:80 10.0.0.2:1000 flags=SA seq=500 ack=101
send c tcp 10.0.0.2:1000 10.1.2.2:80 flags=A seq=101 ack=501
note 'an address of this host, one for all, and no way'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
send c udp 10.0.0.2:1000 10.1.1.255:53 data=x
send c udp 10.0.0.2:1000 10.9.2.2:53 data=x
note 'time runs out; too big'
send c udp 10.0.0.2:1000 10.1.1.2:53 data=x ttl=1
send c udp 10.0.0.2:1000 10.9.1.2:53 len=573 df
send c udp 10.0.0.2:1000 10.9.1.2:53 len=573
note 'clients that are here'
agent open client d udp 192.0.2.2:4000 mark=7
agent write client question 10.1.1.2:53
agent open loop d udp 127.0.0.1:4001 mark=7
agent write loop question 192.0.2.1:53
conns

note 'a server: connections keep what they have'
ipvs -a -f 7 -r 10.1.1.3 -m
send c udp 10.0.0.2:1000 10.1.1.2:53 data=x
send c udp 10.0.0.2:2000 10.1.1.2:53 data=x
ipvs -e -f 7 -r 10.1.1.3 -m -w 0
echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn
send c tcp 10.0.0.2:1000 10.1.2.2:80 flags=S seq=100
send c udp 10.0.0.2:3000 10.1.1.2:53 data=x
ipvs -d -f 7 -r 10.1.1.3
send c udp 10.0.0.2:2000 10.1.1.2:53 data=x
echo 0 >/proc/sys/net/ipv4/vs/cache_bypass
send c udp 10.0.0.2:3000 10.1.1.2:53 data=x
send c udp 10.0.0.2:3001 10.1.1.2:53 data=x

note 'a service without a mark has no such way'
echo 1 >/proc/sys/net/ipv4/vs/cache_bypass
ipvs -A -u 192.0.2.2:53 -s rr
send c udp 10.0.0.2:1000 192.0.2.2:53 data=x

note 'a server with this method'
genl NEW_DEST SERVICE\{ AF=2 FWMARK=7 \} DEST\{ ADDR=10.1.1.2 PORT=5353 FWD_METHOD=4 WEIGHT=1 U_THRESH=0 L_THRESH=0 \}
send c udp 10.0.0.2:1010 10.1.2.2:53 data=x
send c udp 10.0.0.2:1010 192.0.2.1:53 data=x
step nft list table ip t
snapshot
stats
