#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tables grow and shrink under traffic, and no packet of a connection is taken
# for the first of another.
. ./lib.sh
start

FLOWS=300
stop=/tmp/flows-stop
rm -f $stop

size()
{
	ipvs -Ln | sed -n 's/.*(size=\([0-9]*\)).*/\1/p'
}

size_is()
{
	[ "$(size)" = "$1" ]
}

# setting NAME VALUE
setting()
{
	in_netns d sysctl -qw "net.ipv4.vs.$1=$2"
}

# service_conns: how many connections the first service has had.
service_conns()
{
	ipvs -Ln --stats --exact | awk '$1 == "UDP" && $2 == "192.0.2.1:7" { print $3 }'
}

seen_all()
{
	[ "$(service_conns)" -ge $FLOWS ]
}

network
load
# Two servers in turn, so that a packet that is scheduled anew goes astray.
ipvs -A -u 192.0.2.1:7 -s rr
for server in s1:10.2.0.2 s2:10.3.0.2; do
	in_netns "${server%:*}" ./flows.py serve "${server#*:}" 7777 7778 &
	ipvs -a -u 192.0.2.1:7 -r "${server#*:}:7777" -m
	wait_until 10 listens "${server%:*}" 7778
done
check_is 'a table is small at first' 256 "$(size)"

in_netns c ./flows.py keep 192.0.2.1 7 $FLOWS $stop >/tmp/flows &
flows=$!
check 'all flows begin' wait_until 30 seen_all
check 'the table has grown' wait_until 10 size_is 2048
check_is 'each flow is one connection' $FLOWS "$(service_conns)"

check 'a load factor of 8' setting conn_lfactor 8
check 'is followed' wait_until 10 size_is 256
check 'one of -8' setting conn_lfactor -8
check 'is followed, to the largest size' wait_until 10 size_is 65536
check_fails 'one of 9' 'Invalid' setting conn_lfactor 9

# Other connections come, so that their number changes the size as well.
ipvs -A -u 192.0.2.1:8 -s rr
ipvs -a -u 192.0.2.1:8 -r 10.2.0.2:7778 -m
for i in $(seq 3 60); do
	echo "-A -u 192.0.2.$i:8 -s rr"
done | ipvs -R
in_netns c ./flows.py churn 192.0.2.1 8 1000 &
churn=$!
for round in 1 2 3; do
	in_netns d bash -c '
		cd /proc/sys/net/ipv4/vs || exit
		for i in {1..8}; do
			for factor in 8 -8 0 -4 4 -6; do
				echo $factor >conn_lfactor
				echo $factor >svc_lfactor
				sleep 0.03
			done
		done' &
	moving=$!
	# All connections are found, each once, while the table moves.
	for i in 1 2 3; do
		listed=$(in_netns d awk '$5 == "0007" { print $2, $3 }' /proc/net/ip_vs_conn | sort | uniq -c |
			awk '$1 == 1' | wc -l)
		[ "$listed" -eq $FLOWS ] || break
	done
	check_is "all flows are listed once, round $round" $FLOWS "$listed"
	wait $moving
done
setting conn_lfactor -2
wait $churn
check 'all services are listed' eval '[ "$(ipvs -Ln | grep -c ^UDP)" -eq 60 ]'
touch $stop
wait $flows
read -r rounds missing </tmp/flows
check_is "no answer is missing in $rounds rounds" 0 "$missing"
check 'there were many rounds' test "$rounds" -gt 2
check_is 'and each flow is one connection still' $FLOWS "$(service_conns)"

check 'a limit' setting conn_max 10
was=$(connections)
in_netns c ./flows.py churn 192.0.2.1 8 20
check_is 'no more connections than there are' "$was" "$(connections)"
check 'no limit' setting conn_max 100000
in_netns c ./flows.py churn 192.0.2.1 8 20
check 'and they come again' test "$(connections)" -gt "$was"

check 'the table is larger than at first' test "$(size)" -gt 256
setting expire_nodest_conn 1
ipvs -C
check_is 'no connections' 0 "$(connections)"
ipvs -A -u 192.0.2.1:8 -s rr
ipvs -a -u 192.0.2.1:8 -r 10.2.0.2:7778 -m
check 'the table shrinks with them' wait_until 10 size_is 256

check 'short lives' ipvs --set 0 0 1
in_netns c ./flows.py churn 192.0.2.1 8 20
rm -f $stop
