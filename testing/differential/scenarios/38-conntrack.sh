# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
# Connection tracking is there and must not get in the way.
nft -f - <<-END
	table ip t {
		chain a { type filter hook input priority 0; ct state new counter; }
		chain b { type filter hook output priority 0; ct state new counter; }
		chain f { type filter hook forward priority 0; ct state new counter; }
	}
END
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
send c udp 10.0.0.2:1003 192.0.2.1:53 len=64 fragments=40
send s1 udp 10.1.1.2:5353 10.0.0.2:1003 len=64 fragments=40 order=1,0
step nft list ruleset
conntrack -L 2>/dev/null | awk '{ $3 = "T"; print "  " $0 }' | sort
conns
