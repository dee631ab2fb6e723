# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Direct routing while servers, methods and routes change.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
# Connection tracking is there, and does not see these packets.
nft -f - <<-END
	table ip t {
		chain o { type filter hook output priority 0; meta l4proto udp ct state untracked counter; meta mark 7 counter; }
		chain f { type filter hook forward priority 0; counter; }
		chain p { type filter hook postrouting priority 0; meta l4proto udp counter; }
	}
END
ip addr add 10.5.0.1/32 dev lo
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2 -g
setup -A -u 192.0.2.1:54 -s rr
setup -a -u 192.0.2.1:54 -r 10.9.5.2 -g

note 'the way is lost, and found'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
ip link set s1 down
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
ip link set s1 up
ip neigh replace 10.1.1.2 lladdr 02:00:00:00:00:02 dev s1
ip neigh replace 10.1.1.3 lladdr 02:00:00:00:00:02 dev s1
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route add 10.9.5.2/32 via 10.1.2.2
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route replace 10.9.5.2/32 via 10.1.1.3
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route replace local 10.9.5.2/32 dev lo
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route del local 10.9.5.2/32 dev lo
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x

note 'another method: connections keep theirs'
ipvs -e -u 192.0.2.1:53 -r 10.1.1.2 -m
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
send c udp 10.0.0.2:1001 192.0.2.1:53 data=x
conns
ipvs -e -u 192.0.2.1:53 -r 10.1.1.2 -g -w 3
send c udp 10.0.0.2:1002 192.0.2.1:53 data=x
send c udp 10.0.0.2:1001 192.0.2.1:53 data=x
conns

note 'the server goes, and comes back'
ipvs -d -u 192.0.2.1:53 -r 10.1.1.2
send c udp 10.0.0.2:1002 192.0.2.1:53 data=x
send c udp 10.0.0.2:1003 192.0.2.1:53 data=x
ipvs -a -u 192.0.2.1:53 -r 10.1.1.2 -g
send c udp 10.0.0.2:1002 192.0.2.1:53 data=x
echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn
ipvs -d -u 192.0.2.1:53 -r 10.1.1.2
ipvs -a -u 192.0.2.1:53 -r 10.1.2.2 -g
send c udp 10.0.0.2:1002 192.0.2.1:53 data=x
conns

note 'too many'
ipvs -A -t 192.0.2.1:80 -s wlc
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2 -g -x 2 -y 1
ipvs -a -t 192.0.2.1:80 -r 10.1.2.2 -g -x 1
for port in 1 2 3 4; do
	send c tcp 10.0.0.2:300$port 192.0.2.1:80 flags=S seq=1
done

note 'any port'
ipvs -A -f 7 -s rr
ipvs -a -f 7 -r 10.1.1.2 -g
nft -f - <<-END
	table ip m {
		chain p { type filter hook prerouting priority mangle; udp dport 7000-7010 meta mark set 7; }
	}
END
send c udp 10.0.0.2:1000 192.0.2.1:7000 data=x
send c udp 10.0.0.2:1000 192.0.2.2:7001 data=x
step nft list table ip t
conntrack -L 2>/dev/null | awk '{ $3 = "T"; print "  " $0 }' | sort
snapshot
