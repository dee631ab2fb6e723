# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Direct routing and IP in IP with packets of IPv6.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]'

topology6
ip addr add fd05::1/128 dev lo nodad
ip route add fd09::2/128 via fd01::3
ip route add fd09:1::2/128 via fd02::2 mtu 1280 dev s2
ip route add unreachable fd09:2::/32
ip route add blackhole fd09:3::/32
n=1
for server in fd01::2 fd09::2 fd09:1::2 fd09:2::2 fd09:3::2 fd05::1 ::1; do
	setup -A -u "$V:200$n" -s rr
	setup -a -u "$V:200$n" -r "[$server]:200$n" -g
	n=$((n + 1))
done
n=1
for server in '[fd01::2]' '[fd09:1::2]' '[fd09:2::2]' '[fd05::1]' 10.1.1.2; do
	setup -A -u "$V:210$n" -s rr
	setup -a -u "$V:210$n" -r "$server:210$n" -i
	n=$((n + 1))
done
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r "[fd01::2]:80" -g
ipvs -Ln

note 'direct'
for n in 1 2 3 4 5 6 7; do
	send c udp "$C:1000" "$V:200$n" data=question tc=0xb9
done
send c udp "$C:1000" "$V:2001" data=question hops=1
send c udp "$C:1000" "$V:2001" data=question hops=2
send c udp "$C:1000" "$V:2001" data=question ext=hbh,dst
send c udp "$C:1000" "$V:2001" len=64 fragments=32
send c udp "$C:1000" "$V:2003" len=1232
send c udp "$C:1000" "$V:2003" len=1233
send s1 udp "$V:2001" "$C:1000" data=answer
send c tcp "$C:1000" "$V:80" flags=S seq=100
send c tcp "$C:1000" "$V:80" flags=A seq=101 ack=501
conns

note 'in a tunnel'
for n in 1 2 3 4 5; do
	send c udp "$C:1000" "$V:210$n" data=question tc=0xb9
done
send c udp "$C:1000" "$V:2101" data=question hops=1
send c udp "$C:1000" "$V:2101" data=question hops=2
send c udp "$C:1000" "$V:2101" len=1412
send c udp "$C:1000" "$V:2101" len=1413
conns
stats
