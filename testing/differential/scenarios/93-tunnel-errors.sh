# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# ICMP errors about packets in tunnels, which the client gets about its own.
. ./lib.sh

topology
count_passed
# Either server is at the end of tunnels of one type: C takes the one that came last for all of them.
service()
{
	setup -A -u "192.0.2.1:$1" -s rr
	setup -a -u "192.0.2.1:$1" -r "$2" -i "${@:3}"
}
service 200 10.1.1.2 --tun-type ipip
service 201 10.1.1.2 --tun-type gue --tun-port 6080 --tun-nocsum
service 202 10.1.1.2 --tun-type gue --tun-port 6081 --tun-remcsum
service 204 10.1.2.2 --tun-type gre --tun-nocsum
service 205 10.1.2.2 --tun-type gre --tun-csum
for port in 200 201 202 204 205; do
	send c udp 10.0.0.2:1000 192.0.2.1:$port data=x
done

# inner PORT [FLAGS [SOURCE]]: sets REPLY to a packet of the client, with DF (40) or without (00).
inner()
{
	printf -v REPLY '450000240007%s003f1100000a000002c0000201%04x%04x00100000' "${2:-40}" "${3:-1000}" "$1"
	REPLY+='0102030405060708'
}

# quotes PORT [FLAGS [SOURCE]]: sets QUOTE to what the director made of that.
quotes()
{
	inner "$@"
	case $1 in
	200)	QUOTE=4,10.1.1.1,10.1.1.2,hex=$REPLY ;;
	201)	QUOTE=udp,10.1.1.1:50000,10.1.1.2:6080,hex=00040000$REPLY ;;
	202)	QUOTE=udp,10.1.1.1:50000,10.1.1.2:6081,hex=020400018000000000140006$REPLY ;;
	204)	QUOTE=47,10.1.2.1,10.1.2.2,hex=00000800$REPLY ;;
	205)	QUOTE=47,10.1.2.1,10.1.2.2,hex=8000080012340000$REPLY ;;
	esac
}

# error PORT OPTION...: from the server or a router before it.
error()
{
	case $1 in
	204|205)	send s2 icmp 10.1.2.9 10.1.2.1 "${@:2}" "quote=$QUOTE" ;;
	*)		send s1 icmp 10.1.1.9 10.1.1.1 "${@:2}" "quote=$QUOTE" ;;
	esac
}

for port in 200 201 202 204 205; do
	note "errors of all kinds: $port"
	quotes $port
	for type in 'type=3 code=1' 'type=4' 'type=11 code=1 rest=77' 'type=5' 'type=12'; do
		# shellcheck disable=SC2086
		error $port $type
	done
	QUOTE+=,df error $port type=3 code=1
	QUOTE+=,ipopt=01010101 error $port type=3 code=1 ttl=1
	error $port type=3 code=1 fragments=32

	note 'wrong, or cut short'
	error $port type=3 code=1 sum=bad
	error $port type=3 code=1 head=20
	for cut in 8 27 28 31 35 36 39 47 48 51 55 56 59 60 67; do
		error $port type=3 code=1 cut=$cut
	done
	step nft list counters

	note 'fragments'
	QUOTE+=,mf error $port type=3 code=1
	QUOTE+=,at=8 error $port type=3 code=1
	quotes $port 20
	error $port type=3 code=1
	quotes $port 01
	error $port type=3 code=1

	note 'of no connection'
	quotes $port 40 1001
	error $port type=3 code=1
	echo 1 >/proc/sys/net/ipv4/vs/schedule_icmp
	error $port type=3 code=1
	echo 0 >/proc/sys/net/ipv4/vs/schedule_icmp
	step nft list counters
done

note 'no tunnels of ours, or not with IPv4 inside'
inner 200
for quote in 4,10.1.1.1,10.1.1.3,hex=$REPLY 41,10.1.1.1,10.1.1.2,hex=$REPLY \
	47,10.1.1.1,10.1.1.3,hex=00000800$REPLY 4,10.1.1.1,10.1.1.2,hex=6${REPLY:1}; do
	send s1 icmp 10.1.1.2 10.1.1.1 type=3 code=1 "quote=$quote"
done
inner 201
for start in 20040000 40040000 00290000 00060000; do
	send s1 icmp 10.1.1.2 10.1.1.1 type=3 code=1 "quote=udp,10.1.1.1:50000,10.1.1.2:6080,hex=$start$REPLY"
done
send s1 icmp 10.1.1.2 10.1.1.1 type=3 code=1 "quote=udp,10.1.1.1:50000,10.1.1.2:6082,hex=00040000$REPLY"
inner 204
for start in 000086dd 20000800 40000800 00010800; do
	send s2 icmp 10.1.2.2 10.1.2.1 type=3 code=1 "quote=47,10.1.2.1,10.1.2.2,hex=$start$REPLY"
done
note 'to another host'
quotes 200
send s1 icmp 10.1.1.9 10.0.0.2 type=3 code=1 "quote=$QUOTE"
send s1 icmp 10.1.1.9 10.1.2.2 type=3 code=1 "quote=$QUOTE"
step nft list counters

note 'a server that is gone, that is back'
setup -d -u 192.0.2.1:200 -r 10.1.1.2
error 200 type=3 code=1
setup -a -u 192.0.2.1:200 -r 10.1.1.2 -i
error 200 type=3 code=1

for port in 200 201 202 204 205; do
	note "too big: $port"
	quotes $port
	for mtu in 1400 1300 1350 60 0; do
		error $port type=3 code=4 rest=$mtu
		# Has the route looked up again.
		post c udp 10.0.0.2:1000 192.0.2.1:$port data=x df
	done
	quotes $port 00
	error $port type=3 code=4 rest=1200
	quotes $port
	error $port type=3 code=4 rest=1100 sum=bad
	send c udp 10.0.0.2:1000 192.0.2.1:$port len=1400 df
	error $port type=3 code=4 rest=1000
	send c udp 10.0.0.2:1000 192.0.2.1:$port len=600
done
step nft list counters
conns
stats
