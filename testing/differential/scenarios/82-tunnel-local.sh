# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# A client here learns how much a tunnel takes.
. ./lib.sh

topology6
V='[2001:db8::1]'
# Behind a smaller link.
ip route add 10.9.1.2/32 via 10.1.2.2 mtu 600 dev s2
n=0
for server in '10.1.1.2' '10.9.1.2' '10.9.1.2 --tun-type gue --tun-port 6080' '10.9.1.2 --tun-type gre'; do
	n=$((n + 1))
	ip addr add 192.0.2.1$n/32 dev lo
	setup -A -u 192.0.2.1$n:200$n -s rr
	# shellcheck disable=SC2086
	setup -a -u 192.0.2.1$n:200$n -r $server -i
done
setup -A -u "$V:2005" -s rr
setup -a -u "$V:2005" -r '[fd01::2]:2005' -i

# learn NAME SOURCE DESTINATION BYTES: what the socket knows before, and after a datagram of so many.
learn()
{
	agent open "$1" d udp "$2" df
	agent connect "$1" "$3"
	agent mtu "$1"
	# What fragments show, the kernel has numbered.
	agent write "$1" len="$4" >$STATE/written
	grep -v ' frag ' $STATE/written
	agent mtu "$1"
	agent write "$1" len="$4"
	agent write "$1" len=100
	agent close "$1"
}
for n in 1 2 3 4; do
	note "IPv4: $n"
	learn s$n 192.0.2.2:400$n 192.0.2.1$n:200$n 1460
done
note 'IPv6'
learn s5 '[2001:db8::2]:4005' "$V:2005" 1460
note 'without discovery of the MTU'
echo 0 >/proc/sys/net/ipv4/vs/pmtu_disc
setup -A -u 192.0.2.3:2002 -s rr
ip addr add 192.0.2.3/32 dev lo
setup -a -u 192.0.2.3:2002 -r 10.9.1.2 -i
learn s6 192.0.2.2:4006 192.0.2.3:2002 700
conns
