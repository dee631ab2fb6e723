# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Connections that connection tracking sees, and entries that know more, or less, than they should:
# of a server that is gone, of a tunnel, none in the middle of a connection.
. ./lib.sh

topology
# It takes a rule for entries to be made.
nft -f - <<-END
	table ip t {
		chain p { type filter hook prerouting priority 0; ct state new counter; }
	}
END
# No entry goes by itself meanwhile.
for name in udp_timeout udp_timeout_stream tcp_timeout_syn_sent tcp_timeout_time_wait; do
	echo 900 >/proc/sys/net/netfilter/nf_conntrack_$name
done
echo 1 >/proc/sys/net/ipv4/vs/conntrack
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A -u 192.0.2.1:54 -s rr
setup -a -u 192.0.2.1:54 -r 10.1.1.2 -i
setup -A -u 192.0.2.1:55 -s rr
setup -a -u 192.0.2.1:55 -r 10.1.2.2 -i --tun-type gue --tun-port 6080

# entries: of connection tracking; how long they last, and the port that a tunnel has chosen, are left out.
entries()
{
	conntrack -L 2>/dev/null | sed -E '/dport=6080/s/(sport=)[0-9]+/\1P/; s/(sport=6080 dport=)[0-9]+/\1P/' |
		awk '{ $3 = "T"; print "  " $0 }' | sort
}

note 'weight 0: the entry has to go first'
for port in 1000 1001; do
	handshake 10.0.0.2:$port 192.0.2.1:80 s1 10.1.1.2:8080
done
entries
echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 0
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=PA seq=101 ack=501 data=x
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=9000
conns
entries
handshake 10.0.0.2:1000 192.0.2.1:80 s2 10.1.2.2:8080
conns
entries

note 'and that of a server that is gone'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
echo 0 >/proc/sys/net/ipv4/vs/expire_nodest_conn
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
ipvs -d -u 192.0.2.1:53 -r 10.1.1.2:5353
setup -a -u 192.0.2.1:53 -r 10.1.2.2:5353 -m
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=PA seq=101 ack=501 data=x
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
conns
entries
echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=PA seq=101 ack=501 data=x
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
conns
entries
handshake 10.0.0.2:1001 192.0.2.1:80 s2 10.1.2.2:8080
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
conns
entries

note 'without an entry: at once, and the new connection gets one'
echo 0 >/proc/sys/net/ipv4/vs/expire_nodest_conn
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -d -u 192.0.2.1:53 -r 10.1.2.2:5353
conntrack -F 2>/dev/null
echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
conns
entries

note 'flushed: the server is the first to make another one, and that knows of the service'
handshake 10.0.0.2:1002 192.0.2.1:80 s2 10.1.2.2:8080
conntrack -F 2>/dev/null
entries
send s2 tcp 10.1.2.2:8080 10.0.0.2:1002 flags=PA seq=501 ack=101 data=x
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
entries
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=A seq=101 ack=502
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
entries

note 'flushed: the client is the first'
conntrack -F 2>/dev/null
send c tcp 10.0.0.2:1002 192.0.2.1:80 flags=A seq=101 ack=502
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
entries

note 'tunnels: one for the packet, one for what it is in'
conntrack -F 2>/dev/null
send c udp 10.0.0.2:1003 192.0.2.1:54 data=question
send c udp 10.0.0.2:1003 192.0.2.1:55 data=question
entries
send c udp 10.0.0.2:1003 192.0.2.1:54 data=question
send c udp 10.0.0.2:1003 192.0.2.1:55 data=question
entries
note 'that of the packet goes with the connection'
ipvs -d -u 192.0.2.1:54 -r 10.1.1.2
for ((tries = 0; tries < 100; tries++)); do
	grep -q ' 0036 ' /proc/net/ip_vs_conn || break
	sleep 0.1
done
entries
conns
stats
