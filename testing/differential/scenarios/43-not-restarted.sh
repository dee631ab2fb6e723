# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# What has a connection live on, and what does not.
. ./lib.sh

topology6
C='[fd00::2]' V='[2001:db8::1]' S='[fd01::2]'
for port in 53 54 55 56; do
	setup -A -u 192.0.2.1:$port -s rr
done
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m
setup -a -u 192.0.2.1:54 -r 10.1.1.2:54 -m
setup -a -u 192.0.2.1:55 -r 10.1.1.2 -g
setup -a -u 192.0.2.1:56 -r 10.1.1.2 -i
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r "$S:53" -m
setup -A -u "$V:54" -s rr
setup -a -u "$V:54" -r "$S:54" -m
ip route add unreachable 10.9.0.0/16
setup -A -u 192.0.2.1:57 -s rr
setup -a -u 192.0.2.1:57 -r 10.9.0.2:57 -m

# left VERSION PORT: seconds that the connection to this port of the service has left.
left()
{
	awk -v v="$1" -v port="$(printf %04X "$2")" \
		'port == $5 && (v == 6) == ($4 ~ /:/) { print $NF }' /proc/net/ip_vs_conn
}

# Connections to ports of both versions of IP have been silent for a while.
begin()
{
	local port
	for port in 53 54 55 56 57; do
		post c udp 10.0.0.2:1000 192.0.2.1:$port data=x
	done
	post c udp "$C:1000" "$V:53" data=x
	post c udp "$C:1000" "$V:54" data=x
	sleep 10
}

# told VERSION PORT: whether its lifetime of 300 seconds began anew since then.
told()
{
	local now
	now=$(left "$1" "$2")
	if [ -z "$now" ]; then
		echo "IPv$1 $2: gone"
	elif [ "$now" -gt 290 ]; then
		echo "IPv$1 $2: restarted"
	else
		echo "IPv$1 $2: goes on"
	fi
}

# error6 LINK ARGUMENT...: C leaves the checksum to the device.
error6()
{
	# Not through a pipe: the agent belongs to this shell.
	send "$1" icmp6 "${@:2}" >$STATE/error
	sed 's/ sum partial / sum ok /' $STATE/error
}

note 'errors, in both directions'
begin
send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 quote=udp,192.0.2.1:53,10.0.0.2:1000,len=40
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=1 quote=udp,10.0.0.2:1000,10.1.1.2:53,len=40
told 4 53
send c icmp 10.0.0.9 192.0.2.1 type=3 code=1 quote=udp,192.0.2.1:55,10.0.0.2:1000,len=40
told 4 55
send s1 icmp 10.1.1.9 10.1.1.1 type=3 code=1 quote=4,10.1.1.1,10.1.1.2,hex=45000024000740003f1100000a000002c000020103e80038001000000102030405060708
told 4 56
error6 c '[fd00::9]' "$V" type=1 code=3 quote="udp,$V:53,$C:1000,len=40"
error6 s1 '[fd01::9]' "$C" type=1 code=3 quote="udp,$C:1000,$S:53,len=40"
told 6 53

note 'nobody there: the packet is dropped, with a message'
post c udp 10.0.0.2:1000 192.0.2.1:57 data=x
told 4 57
note 'dropped on its way'
post c udp 10.0.0.2:1000 192.0.2.1:53 data=x ttl=1
post c udp "$C:1000" "$V:53" data=x hops=1
told 4 53
told 6 53

note 'the server is gone: dropped without a message'
setup -d -u 192.0.2.1:54 -r 10.1.1.2:54
setup -d -u "$V:54" -r "$S:54"
send c udp 10.0.0.2:1000 192.0.2.1:54 data=x
send c udp "$C:1000" "$V:54" data=x
told 4 54
told 6 54
note 'it still answers'
send s1 udp 10.1.1.2:54 10.0.0.2:1000 data=y
send s1 udp "$S:54" "$C:1000" data=y
told 4 54
told 6 54
