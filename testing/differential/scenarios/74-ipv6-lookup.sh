# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Which service of IPv6 a packet finds: by address, by mark, by no port.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]' W='[2001:db8::2]' S='[fd01::2]' T='[fd02::2]'

topology6
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r "$S:8080" -m
setup -A -f 7 -6 -s rr
setup -a -f 7 -6 -r "$T:0" -m
setup -A -f 7 -s rr
setup -A -t "$W:21" -s rr
setup -a -t "$W:21" -r "$S:21" -m
agent open m d udp '[2001:db8::1]:4000' mark=7
agent write m marked "$W:53"
send s2 udp '[fd02::2]:53' '[2001:db8::1]:4000' data=answer
agent read m
send c tcp "$C:1000" "$V:80" flags=S seq=1
send c tcp "$C:1000" "$V:81" flags=S seq=1
send c tcp "$C:1000" "$W:21" flags=S seq=1
send c tcp "$C:1000" "$W:2000" flags=S seq=1
send c tcp "$C:1000" "$W:22" flags=S seq=1
conns

# states CLIENT EVENT...: without the timers, which say the same.
states()
{
	local client=$1
	shift
	ask walk "$client" "$V:80" s1 "$S:8080" "$@"
	printf '> %s\n  %s\n' "$*" "$(sed -E 's,/[0-9]+,,g' <<<"$REPLY")"
}

note 'states'
states "$C:2000" cS sSA cA cFA sA sFA cA
states "$C:2001" cS cR
states "$C:2002" cS sSA cA sR
stats

note 'limits'
sysctl -q net.ipv4.vs.conn_max=6
send c tcp "$C:3000" "$V:80" flags=S seq=1
setup -C
send c tcp "$C:1000" "$V:80" flags=A seq=1
