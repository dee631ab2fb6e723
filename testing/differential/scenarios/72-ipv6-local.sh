# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The director as client and as server over IPv6.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'

topology6
echo 0 >/proc/sys/net/ipv4/tcp_synack_retries
ip addr add fd05::1/128 dev lo nodad
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r "$S:5353" -m
n=1
for server in fd05::1 ::1; do
	setup -A -u "$V:200$n" -s rr
	setup -a -u "$V:200$n" -r "[$server]:5353" -m
	n=$((n + 1))
done
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r '[fd05::1]:8080' -m

note 'the director is the client'
agent open u d udp '[2001:db8::2]:4000'
agent write u question "$V:53"
send s1 udp "$S:5353" '[2001:db8::2]:4000' data=answer
agent read u
agent open v d udp "$V:4001"
agent write v question "$V:53"
send s1 udp "$S:5353" "$V:4001" data=answer
agent read v
agent open x d udp '[::1]:4003'
agent write x question "$V:53"
conns

note 'the director is the server'
agent open server d udp '[fd05::1]:5353'
send c udp "$C:1000" "$V:2001" data=question
agent read server
agent write server answer "$C:1000"
send c udp "$C:1000" "$V:2001" data=more hops=1
agent read server
agent open listener d tcp-listen '[fd05::1]:8080'
send c tcp "$C:1000" "$V:80" flags=S seq=100
conns

note 'loopback, for one from outside and for one inside'
send c udp "$C:1001" "$V:2002" data=question
agent open loop d udp '[::1]:5353'
agent write x question "$V:2002"
agent read loop
agent write loop answer '[::1]:4003'
agent read x
conns
stats
