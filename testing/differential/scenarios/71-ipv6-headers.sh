# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Extension headers and fragments of IPv6, and packets that make no sense.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'

topology6
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r "$S:8080" -m
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r "$S:5353" -m

note 'extension headers'
for ext in hbh dst hbh,dst dst,dst,dst ah hbh,ah,dst rt frag frag,dst; do
	send c udp "$C:1024" "$V:53" data=x ext=$ext
	send s1 udp "$S:5353" "$C:1024" data=y ext=$ext
done
send c tcp "$C:1024" "$V:80" flags=S seq=100 ext=dst
send c udp "$C:1024" "$V:53" data=x ext=dst/0104000000000101000000000000
send c udp "$C:1024" "$V:53" data=x ext=dst,dst,dst,dst,dst,dst,dst
conns

note 'fragments'
send c udp "$C:1024" "$V:53" len=64 fragments=32
send c udp "$C:1024" "$V:53" len=64 fragments=32 order=2,0,1
send c tcp "$C:1025" "$V:80" flags=S seq=100 opt=020405a0 fragments=8
send c udp "$C:1024" "$V:53" len=64 fragments=32 ext=dst
send s1 udp "$S:5353" "$C:1024" len=64 fragments=32
conns

note 'cut short'
for cut in 0 2 4 7 8; do
	send c udp "$C:1027" "$V:53" data=12345678 cut=$cut
	send s1 udp "$S:5353" "$C:1024" data=12345678 cut=$cut
done
for cut in 0 4 8 19 20; do
	send c tcp "$C:1028" "$V:80" flags=S seq=100 cut=$cut
done
conns

note 'other protocols'
send c icmp6 "$C" "$V" data=ping
send c 89 "$C" "$V" data=x
send c 59 "$C" "$V" data=x
send c udp "$C:1024" "$V:53" data=x
conns
stats
