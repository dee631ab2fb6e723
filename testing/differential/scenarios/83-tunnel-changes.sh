# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Tunnels: TCP, clients that are here, and what changes under them.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
# Connection tracking sees the packets outside, not those inside.
nft -f - <<-END
	table ip t {
		chain o { type filter hook output priority 0; meta l4proto 4 ct state new counter; meta l4proto udp ct state new counter; }
		chain f { type filter hook forward priority 0; counter; }
	}
END
ip addr add 10.5.0.1/32 dev lo
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2 -i
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.2.2 -i --tun-type gue --tun-port 6080 --tun-remcsum
setup -A -u 192.0.2.1:54 -s rr
setup -a -u 192.0.2.1:54 -r 10.9.5.2 -i
ipvs -Ln

note 'TCP, of which only one side is seen'
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=100
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=A seq=101 ack=501
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=PA seq=101 ack=501 data=GET
conns
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=FA seq=104 ack=501
send s1 tcp 192.0.2.1:80 10.0.0.2:1000 flags=FA seq=501 ack=105
stats

note 'the client is here'
agent open client d udp 192.0.2.2:4000
agent write client question 192.0.2.1:53
agent open x d udp 127.0.0.1:4003
agent write x question 192.0.2.1:53
agent write client question 192.0.2.1:54

note 'the way is lost, and found'
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route add 10.9.5.2/32 via 10.1.2.2
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route replace 10.9.5.2/32 via 10.1.1.3
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route replace 10.9.5.2/32 via 10.1.1.3 src 192.0.2.2
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route replace local 10.9.5.2/32 dev lo
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip route del local 10.9.5.2/32 dev lo
ip link set s1 down
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ip link set s1 up
ip neigh replace 10.1.1.2 lladdr 02:00:00:00:00:02 dev s1
ip neigh replace 10.1.1.3 lladdr 02:00:00:00:00:02 dev s1
ip route replace 10.9.5.2/32 via 10.1.1.3
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x

note 'another tunnel: also for connections that are there'
ipvs -e -u 192.0.2.1:54 -r 10.9.5.2 -i --tun-type gre --tun-csum
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
ipvs -e -u 192.0.2.1:54 -r 10.9.5.2 -i --tun-type gue --tun-port 6080
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
note 'another method: connections keep theirs'
ipvs -e -u 192.0.2.1:54 -r 10.9.5.2 -m
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
send c udp 10.0.0.2:1001 192.0.2.1:54 data=x
ipvs -e -u 192.0.2.1:54 -r 10.9.5.2 -i
send c udp 10.0.0.2:1001 192.0.2.1:54 data=x
send c udp 10.0.0.2:1002 192.0.2.1:54 data=x
conns

note 'the server goes, and comes back'
ipvs -d -u 192.0.2.1:54 -r 10.9.5.2
send c udp 10.0.0.2:1002 192.0.2.1:54 data=x
ipvs -a -u 192.0.2.1:54 -r 10.9.5.2 -i --tun-type gre
send c udp 10.0.0.2:1002 192.0.2.1:54 data=x

note 'too many'
ipvs -A -t 192.0.2.1:81 -s wlc
ipvs -a -t 192.0.2.1:81 -r 10.1.1.2 -i -x 2 -y 1
ipvs -a -t 192.0.2.1:81 -r 10.1.2.2 -i -x 1 --tun-type gre
for port in 1 2 3 4; do
	send c tcp 10.0.0.2:300$port 192.0.2.1:81 flags=S seq=1
done
step nft list table ip t
snapshot
