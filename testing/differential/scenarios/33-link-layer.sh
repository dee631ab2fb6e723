# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Frames that are not, or not only, for the director.
. ./lib.sh

topology6
C='[fd00::2]' V='[2001:db8::1]'
nat_services
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r '[fd01::2]:5353' -m
ip link set c promisc on
# Who gets what is not balanced: frames to all.
agent open here d udp 192.0.2.1:53
agent open here6 d udp "$V:53"

for ether in '' ether=other ether=broadcast; do
	note "${ether:-to the director}"
	# shellcheck disable=SC2086
	{
		send c udp 10.0.0.2:1000 192.0.2.1:53 data=question $ether
		send c udp "$C:1000" "$V:53" data=question $ether
		send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=100 $ether
		send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 quote=udp,192.0.2.1:53,10.0.0.2:1000,len=40 $ether
		send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer $ether
		send s1 udp '[fd01::2]:5353' "$C:1000" data=answer $ether
	}
done
agent read here
agent read here6
conns
stats
