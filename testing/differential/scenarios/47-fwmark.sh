# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
nft -f - <<-END
	table ip t {
		chain marks {
			type filter hook prerouting priority -150
			ip daddr 192.0.2.1 tcp dport { 80, 81 } meta mark set 7
			ip daddr 192.0.2.1 udp dport 53 meta mark set 7
			ip daddr 203.0.113.9 meta mark set 8
		}
	}
END
setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.1.2:8080 -m
setup -a -f 7 -r 10.1.2.2 -m

note 'any port and protocol; the server without a port keeps the port'
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1000 192.0.2.1:81 flags=S seq=1
send c tcp 10.0.0.2:1001 192.0.2.1:81 flags=S seq=1
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
send c udp 10.0.0.2:1001 192.0.2.1:53 data=x
snapshot
note 'replies'
send s2 tcp 10.1.2.2:80 10.0.0.2:1000 flags=SA seq=1 ack=2
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=SA seq=1 ack=2
send s2 udp 10.1.2.2:53 10.0.0.2:1001 data=y
send s1 udp 10.1.1.2:8080 10.0.0.2:1000 data=y

note 'the mark goes before the address'
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.3:80 -m
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=S seq=1
note 'without the service of the mark, the address counts'
ipvs -D -f 7
send c tcp 10.0.0.2:1003 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=A seq=2
snapshot

note 'an address that is not ours, delivered here'
ip route add local 203.0.113.9/32 dev lo
setup -A -f 8 -s wlc
setup -a -f 8 -r 10.1.1.2 -m
send c udp 10.0.0.2:1000 203.0.113.9:777 data=x
send s1 udp 10.1.1.2:777 10.0.0.2:1000 data=y

note 'none has weight'
ipvs -e -f 8 -r 10.1.1.2 -m -w 0
send c udp 10.0.0.2:1001 203.0.113.9:777 data=x
snapshot
stats
