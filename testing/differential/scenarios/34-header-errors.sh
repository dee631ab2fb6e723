# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Packets whose time is over are counted by the host.
. ./lib.sh

topology6
C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'
method=(m g i)
for n in 0 1 2; do
	setup -A -u 192.0.2.1:200$n -s rr
	setup -a -u 192.0.2.1:200$n -r 10.1.1.2:200$n -${method[n]}
	setup -A -u "$V:200$n" -s rr
	setup -a -u "$V:200$n" -r "$S:200$n" -${method[n]}
done

# errors: in headers, as the host counts them, for IPv4 and IPv6.
errors()
{
	awk '/^Ip: [0-9]/ { print "  InHdrErrors " $5 }' /proc/net/snmp
	awk '/^Ip6InHdrErrors/ { print "  Ip6InHdrErrors " $2 }' /proc/net/snmp6
	awk '/^Ip6InHdrErrors/ { print "  Ip6InHdrErrors " $2 " of c" }' /proc/net/dev_snmp6/c
}

errors
for n in 0 1 2; do
	note "its time is over: -${method[n]}"
	send c udp 10.0.0.2:1000 192.0.2.1:200$n data=x ttl=2
	send c udp "$C:1000" "$V:200$n" data=x hops=2
	errors
	send c udp 10.0.0.2:1000 192.0.2.1:200$n data=x ttl=1
	errors
	send c udp "$C:1000" "$V:200$n" data=x hops=1
	errors
done

note 'of a client here'
agent open raw d raw 192.0.2.2:0
agent inject raw udp 192.0.2.2:4000 192.0.2.1:2000 data=x ttl=1
errors
