# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# ICMPv6 errors about packets of connections by NAT.
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'

topology6
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r "$S:8080" -m
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r "$S:5353" -m
send c udp "$C:1000" "$V:53" data=question
send s1 udp "$S:5353" "$C:1000" data=answer

# error ARGUMENT...: sends one, and tells what came of it.  C leaves the checksum to the device.
error()
{
	# Not through a pipe: the agent belongs to this shell.
	send "$@" >$STATE/error
	sed '/icmp6 .* | type [1-4] /s/ sum partial / sum ok /' $STATE/error
}

# The packets that they quote are made by hand.
header=6000000000081140
client=fd000000000000000000000000000002
service=20010db8000000000000000000000001
server=fd010000000000000000000000000002
reply=${header}${service}${client}003503e800080000
request=${header}${client}${server}03e814e900080000
fragment=6000000000102c40${service}${client}1100000000000001003503e800080000

note 'from the client and from a router before it'
for type in 'type=1 code=4' 'type=2 rest=1280' 'type=3' 'type=4'; do
	# shellcheck disable=SC2086
	error c icmp6 "$C" "$V" $type hex=$reply
	# shellcheck disable=SC2086
	error s1 icmp6 "$S" "$C" $type hex=$request
done

note 'wrong, cut short, the last hop'
error c icmp6 "$C" "$V" type=1 hex=$reply sum=bad
error s1 icmp6 "$S" "$C" type=1 hex=$request sum=bad
for cut in 4 7 8 47 48 51 52 55; do
	error c icmp6 "$C" "$V" type=1 hex=$reply cut=$cut
	error s1 icmp6 "$S" "$C" type=1 hex=$request cut=$cut
done
error c icmp6 "$C" "$V" type=1 hex=$reply hops=1
error s1 icmp6 "$S" "$C" type=1 hex=$request hops=1
error c icmp6 "$C" "$V" type=1 hex=$reply hops=2

note 'with extension headers, a fragment'
error c icmp6 "$C" "$V" type=1 hex=$reply ext=dst
error c icmp6 "$C" "$V" type=1 hex=$fragment
error c icmp6 "$C" "$V" type=1 hex=$reply fragments=24

note 'of no connection'
error c icmp6 "$C" "$V" type=1 hex=${reply/003503e8/003503e9}
echo 1 >/proc/sys/net/ipv4/vs/schedule_icmp
error c icmp6 "$C" "$V" type=1 hex=${reply/003503e8/003503e9}
conns
stats
