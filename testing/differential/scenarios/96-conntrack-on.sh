# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Connections that connection tracking sees: what its entries say, when they go, what rules match.
. ./lib.sh

topology
ip addr add 10.5.0.1/32 dev lo
nft -f - <<-END
	table ip t {
		chain p { type filter hook prerouting priority 0; ct state new counter; ct state established counter; ct state untracked counter; }
		chain i { type filter hook input priority 0; ct state new counter; ct state established counter; }
		chain o { type filter hook output priority 0; ct state new counter; ct state established counter; ct state untracked counter; }
		chain f { type filter hook forward priority 0; ct state established counter; ct state related counter; ct state untracked counter; }
		chain r { type filter hook postrouting priority 0; ct state new counter; ct state established counter; ct direction reply counter; ct state untracked counter; }
	}
END
# No entry goes by itself meanwhile.
for name in udp_timeout udp_timeout_stream tcp_timeout_syn_sent tcp_timeout_time_wait; do
	echo 900 >/proc/sys/net/netfilter/nf_conntrack_$name
done
for port in 53 54 55; do
	setup -A -u 192.0.2.1:$port -s rr
done
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -a -u 192.0.2.1:54 -r 10.1.2.2 -g
setup -a -u 192.0.2.1:55 -r 10.5.0.1:5555 -m
setup -A -u 192.0.2.1:56 -s rr -o
setup -a -u 192.0.2.1:56 -r 10.1.1.2:5656 -m
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

# entries: of connection tracking; how long they last is left out.
entries()
{
	conntrack -L 2>/dev/null | awk '{ $3 = "T"; print "  " $0 }' | sort
}

# look: what has come of the packets before.
look()
{
	step nft list ruleset
	entries
}

note 'off'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
look

note 'on: those that there are go on as they did'
echo 1 >/proc/sys/net/ipv4/vs/conntrack
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
look

note 'a new one'
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
look
send s1 udp 10.1.1.2:5353 10.0.0.2:1001 data=answer
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
look
handshake 10.0.0.2:1000 192.0.2.1:80 s1 10.1.1.2:8080
look

note 'errors are related'
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=4 rest=1280 quote=tcp,10.0.0.2:1000,10.1.1.2:8080,flags=A,seq=101,ack=501,len=40
send c icmp 10.0.0.9 192.0.2.1 type=3 code=4 rest=1280 quote=tcp,192.0.2.1:80,10.0.0.2:1000,flags=A,seq=501,ack=101,len=40
look

note 'direct routing'
send c udp 10.0.0.2:1002 192.0.2.1:54 data=question
send c udp 10.0.0.2:1002 192.0.2.1:54 data=question
look

note 'a server here'
agent open server d udp 10.5.0.1:5555
send c udp 10.0.0.2:1003 192.0.2.1:55 data=question
agent read server
agent write server answer 10.0.0.2:1003
look

note 'a client here'
agent open client d udp 192.0.2.2:4000
agent write client question 192.0.2.1:53
send s1 udp 10.1.1.2:5353 192.0.2.2:4000 data=answer
agent read client
look

note 'one packet'
send c udp 10.0.0.2:1004 192.0.2.1:56 data=question
send c udp 10.0.0.2:1004 192.0.2.1:56 data=question
look

note 'in fragments'
send c udp 10.0.0.2:1005 192.0.2.1:53 len=64 fragments=40
send s1 udp 10.1.1.2:5353 10.0.0.2:1005 len=64 fragments=40 order=1,0
look

note 'the entry goes with the connection: the server is removed'
echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn
setup -d -u 192.0.2.1:53 -r 10.1.1.2:5353
no_connection_to()
{
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		grep -q " $1 " /proc/net/ip_vs_conn || return
		sleep 0.1
	done
	echo "SCENARIO ERROR connections to $1 do not go"
}
no_connection_to 14E9
entries
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m

note 'a new connection in place of an old one'
echo 0 >/proc/sys/net/ipv4/vs/expire_nodest_conn
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=FA seq=101 ack=501
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=FA seq=501 ack=102
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=102 ack=502
entries
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=9000
conns
entries
note 'one that is closed, of which the entry does not know: it has to go first'
handshake 10.0.0.2:1001 192.0.2.1:80 s1 10.1.1.2:8080
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=R seq=3000000000
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=9000
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=S seq=9000
entries
conns

note 'off again'
echo 0 >/proc/sys/net/ipv4/vs/conntrack
send c udp 10.0.0.2:1006 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1006 data=answer
look
stats
