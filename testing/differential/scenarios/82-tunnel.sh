# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Tunnels, as they are on the wire.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
ip addr add 10.5.0.1/32 dev lo
# Behind a router, behind smaller links, and where nobody may go.
ip route add 10.9.0.2/32 via 10.1.1.3
ip route add 10.9.1.2/32 via 10.1.2.2 mtu 600 dev s2
ip route add 10.9.2.2/32 via 10.1.2.2 mtu lock 87 dev s2
ip route add unreachable 10.9.3.0/24
ip route add 10.9.4.2/32 via 10.1.2.2 src 192.0.2.2
# servers NUMBER TYPE...: one at each of the above, at ports NUMBER0 to NUMBER9 of the service.
servers()
{
	local n=${1}0 server
	shift
	for server in 10.1.1.2 10.9.0.2 10.9.1.2 10.9.2.2 10.9.3.2 10.9.4.2 10.5.0.1; do
		setup -A -u 192.0.2.1:$n -s rr
		setup -a -u 192.0.2.1:$n -r $server -i "$@"
		n=$((n + 1))
	done
}
servers 200 --tun-type ipip
servers 201 --tun-type gue --tun-port 6080 --tun-nocsum
servers 202 --tun-type gue --tun-port 6080 --tun-csum
servers 203 --tun-type gue --tun-port 6080 --tun-remcsum
servers 204 --tun-type gre --tun-nocsum
servers 205 --tun-type gre --tun-csum
ipvs -Ln --tun-info
for kind in 200 201 202 203 204 205; do
	note "what is taken over: $kind"
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=x
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=xy tos=0xb8 ttl=9
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=xyz tos=0xbb df
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=x sum=0 ipopt=0707040000000000
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=x sum=bad
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}1 data=x
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}5 data=x
	note 'fragments'
	send c udp 10.0.0.2:1001 192.0.2.1:${kind}0 len=64 fragments=40
	send c udp 10.0.0.2:1001 192.0.2.1:${kind}0 len=64 fragments=40 order=1,0
	note 'too big'
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}2 len=572 df
	for len in 552 540 532 548 544; do
		send c udp 10.0.0.2:1000 192.0.2.1:${kind}2 len=$len df
		send c udp 10.0.0.2:1000 192.0.2.1:${kind}2 len=$((len + 1)) df
	done
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}2 len=600
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}3 data=x
	note 'time runs out'
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=x ttl=1
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=x ttl=2
	note 'nowhere to go, and here'
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}4 data=x
	agent open server$kind d udp 192.0.2.1:${kind}6
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}6 data=question ttl=1
	agent read server$kind
	note 'without discovery of the MTU'
	echo 0 >/proc/sys/net/ipv4/vs/pmtu_disc
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}2 len=572 df
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}0 data=x df
	send c udp 10.0.0.2:1000 192.0.2.1:${kind}3 data=x
	echo 1 >/proc/sys/net/ipv4/vs/pmtu_disc
done
proc ip_vs_conn
