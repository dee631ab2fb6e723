# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# ICMP errors about packets of connections that keep their addresses, for this host and passing by.
. ./lib.sh

topology6
count_passed
V='[2001:db8::1]' C='[fd00::2]'
ip addr add 10.5.0.1/32 dev lo
ip route add 10.9.1.2/32 via 10.1.2.2 mtu 600 dev s2
# Where packets with the mark stay here, and others pass by.
ip route add 203.0.113.0/24 via 10.1.2.2
ip rule add fwmark 7 lookup 77
ip route add local 203.0.113.0/24 dev lo table 77
nft -f - <<-END
	table ip t {
		chain a { type filter hook prerouting priority -150; ip saddr 10.0.0.2 udp dport 99 meta mark set 7; }
	}
END

setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2 -g
setup -A -u 192.0.2.1:54 -s rr
setup -a -u 192.0.2.1:54 -r 10.1.2.2 -i
setup -A -u 192.0.2.1:55 -s rr
setup -a -u 192.0.2.1:55 -r 10.5.0.1 -g
setup -A -u 192.0.2.1:56 -s rr
setup -a -u 192.0.2.1:56 -r 10.9.1.2 -g
setup -A -u 192.0.2.1:57 -s rr
setup -a -u 192.0.2.1:57 -r 10.9.1.2 -i
setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.1.2 -m
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r '[fd01::2]:53' -g
setup -A -u "$V:54" -s rr
setup -a -u "$V:54" -r '[fd02::2]:54' -i
for port in 53 54 55 56 57; do
	send c udp 10.0.0.2:1000 192.0.2.1:$port data=x
done
send c udp 10.0.0.2:1000 203.0.113.1:99 data=x
send c udp "$C:1000" "$V:53" data=x
send c udp "$C:1000" "$V:54" data=x

for port in 53 54 55; do
	note "about answers: $port"
	quote=quote=udp,192.0.2.1:$port,10.0.0.2:1000,len=40
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 $quote
	send c icmp 10.0.0.9 192.0.2.1 type=11 $quote ttl=9 tos=0xb8
	send c icmp 10.0.0.9 192.0.2.1 type=3 code=4 rest=1280 $quote df sum=bad
	send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 $quote ipopt=01010100
	send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 $quote fragments=32
	send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 $quote ttl=1
	note 'to another host'
	send c icmp 10.0.0.9 10.1.1.3 type=3 code=1 $quote
	note 'about requests'
	quote=quote=udp,10.0.0.2:1000,192.0.2.1:$port,len=40
	send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=3 $quote
	send s1 icmp 10.1.1.9 10.0.0.2 type=11 $quote sum=bad
	send s1 icmp 10.1.1.9 10.0.0.2 type=11 $quote ttl=1
	step nft list counters
done

note 'too big for the way to the server'
for port in 56 57; do
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 quote=udp,192.0.2.1:$port,10.0.0.2:1000,len=640
	send c icmp 10.0.0.2 192.0.2.1 type=3 code=3 df quote=udp,192.0.2.1:$port,10.0.0.2:1000,len=640
done

note 'what passes by belongs to a service of a mark'
quote=quote=udp,203.0.113.1:99,10.0.0.2:1000,len=40
send c icmp 10.0.0.2 203.0.113.1 type=3 code=3 $quote
send c icmp 10.0.0.9 203.0.113.1 type=3 code=4 rest=1280 $quote
send c icmp 10.0.0.9 203.0.113.1 type=3 code=1 $quote sum=bad
send c icmp 10.0.0.9 203.0.113.1 type=3 code=1 $quote ttl=1
send s1 icmp 10.1.1.2 10.0.0.2 type=3 code=3 quote=udp,10.0.0.2:1000,10.1.1.2:99,len=40
step nft list counters

# error ARGUMENT...: C leaves some checksums to the device.
error()
{
	send "$@" >$STATE/error
	sed '/icmp6 .* | type [1-4] /s/ sum partial / sum ok /' $STATE/error
}
client=fd000000000000000000000000000002
service=20010db8000000000000000000000001
for port in 53 54; do
	note "IPv6: $port"
	printf -v reply '6000000000081140%s%s%04x03e800080000' $service $client $port
	printf -v request '6000000000081140%s%s03e8%04x00080000' $client $service $port
	error c icmp6 "$C" "$V" type=1 code=4 hex="$reply"
	error c icmp6 '[fd00::9]' "$V" type=2 rest=1280 hex="$reply" sum=bad
	error c icmp6 '[fd00::9]' "$V" type=3 hex="$reply" hops=1
	error c icmp6 '[fd00::9]' '[fd01::3]' type=1 hex="$reply"
	error s1 icmp6 '[fd01::2]' "$C" type=1 code=4 hex="$request"
	error s1 icmp6 '[fd01::9]' "$C" type=3 hex="$request" sum=bad
done
conns
stats
