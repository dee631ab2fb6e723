# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m

note 'a reply takes the way of its new source'
ip rule add from 192.0.2.1 table 100
ip route add 10.0.0.0/24 via 10.1.2.2 dev s2 table 100
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
note 'there is none'
ip route replace unreachable 10.0.0.0/24 table 100
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
ip route replace blackhole 10.0.0.0/24 table 100
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
note 'the old one'
ip rule del from 192.0.2.1 table 100
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer

note 'with another source it is none'
send s1 udp 10.1.1.3:5353 10.0.0.2:1000 data=answer
send s1 udp 10.1.1.2:5354 10.0.0.2:1000 data=answer
send s1 udp 10.1.1.2:5353 10.0.0.3:1000 data=answer
send s1 udp 10.1.1.2:5353 10.0.0.2:1001 data=answer
note 'a server asks on its own'
send s1 udp 10.1.1.2:5353 10.0.0.2:9999 data=hello
send s1 tcp 10.1.1.2:5353 10.0.0.2:1000 flags=S seq=1
note 'a server is a client'
send s1 udp 10.1.1.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.1.1.2:1000 data=answer
conns

note 'the firewall sees requests at input and output, replies at forward'
nft -f - <<-END
	table ip t {
		counter input { }
		counter output { }
		counter forward { }
		counter postrouting { }
		chain a { type filter hook input priority 0; meta l4proto udp counter name input; }
		chain b { type filter hook output priority 0; meta l4proto udp counter name output; }
		chain c { type filter hook forward priority 0; meta l4proto udp counter name forward; }
		chain d { type filter hook postrouting priority 0; meta l4proto udp counter name postrouting; }
	}
END
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
step nft list counters
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
step nft list counters
note 'and may drop them'
nft add rule ip t b ip daddr 10.1.1.2 drop
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
nft flush chain ip t b
nft add rule ip t a ip daddr 192.0.2.1 drop
send c udp 10.0.0.2:1005 192.0.2.1:53 data=question
nft flush chain ip t a
conns
stats
