# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# set_to NAME VALUE
set_to()
{
	echo "$1 = $2"
	echo "$2" >"/proc/sys/net/ipv4/vs/$1"
}

# are NAME...: after C has looked at memory, which it does every second.
are()
{
	sleep 1.7
	for name; do
		echo "$name is $(<"/proc/sys/net/ipv4/vs/$name")"
	done
}

topology
nat_services
send c udp 10.0.0.2:999 192.0.2.1:53 data=first

# Before there are half-open connections, of which C drops some by chance then.
note 'when memory is short'
for name in drop_entry drop_packet secure_tcp; do
	set_to $name 1
done
are drop_entry drop_packet secure_tcp
send c udp 10.0.0.2:2301 192.0.2.1:53 data=question
set_to amemthresh 2147483647
are drop_entry drop_packet secure_tcp
send c udp 10.0.0.2:2302 192.0.2.1:53 data=question
send c udp 10.0.0.2:2303 192.0.2.1:53 data=question
send c udp 10.0.0.2:999 192.0.2.1:53 data=question
set_to amemthresh 0
are drop_entry drop_packet secure_tcp
send c udp 10.0.0.2:2304 192.0.2.1:53 data=question
set_to amemthresh 2147483647
set_to drop_packet 2
set_to secure_tcp 2
are drop_packet secure_tcp
set_to drop_packet 0
set_to amemthresh -1
are drop_entry drop_packet secure_tcp
for name in drop_entry drop_packet secure_tcp; do
	set_to $name 0
done

note 'one of three is dropped'
set_to am_droprate 3
set_to drop_packet 3
for port in 1 2 3 4 5 6 7 8; do
	send c udp 10.0.0.2:200$port 192.0.2.1:53 data=question
done
for port in 1 2 3 4; do
	send c tcp 10.0.0.2:200$port 192.0.2.1:80 flags=S
done
note 'but not of connections'
for n in 1 2 3 4; do
	send c udp 10.0.0.2:999 192.0.2.1:53 data=again$n
done
for rate in 1 0 -1; do
	note "rate $rate"
	set_to drop_packet 0
	set_to am_droprate $rate
	set_to drop_packet 3
	for port in 1 2 3; do
		send c udp 10.0.0.2:$((2100 + 10 * rate + port)) 192.0.2.1:53 data=question
	done
done
note 'another rate, a while after'
set_to am_droprate 2
are drop_packet
for port in 1 2 3 4; do
	send c udp 10.0.0.2:220$port 192.0.2.1:53 data=question
done
set_to drop_packet 0
send c udp 10.0.0.2:2209 192.0.2.1:53 data=question
conns

# tcp PORT: a connection from its beginning to its end, looked at in between.
tcp()
{
	local client=10.0.0.2:$1 service=192.0.2.1:80 server=10.1.1.2:8080
	send c tcp "$client" $service flags=S seq=100
	proc ip_vs_conn
	send s1 tcp $server "$client" flags=SA seq=500 ack=101
	proc ip_vs_conn
	send c tcp "$client" $service flags=S seq=100
	send c tcp "$client" $service flags=A seq=101 ack=501
	proc ip_vs_conn
	proc ip_vs
	send c tcp "$client" $service flags=FA seq=101 ack=501
	proc ip_vs_conn
	send s1 tcp $server "$client" flags=FA seq=501 ack=102
	send c tcp "$client" $service flags=A seq=102 ack=502
	proc ip_vs_conn
}

for mode in 0 3; do
	note "secure_tcp=$mode"
	set_to secure_tcp $mode
	tcp 240$mode
	send c tcp 10.0.0.2:241$mode 192.0.2.1:80 flags=S seq=100
	send c tcp 10.0.0.2:241$mode 192.0.2.1:80 flags=A seq=101
	send c tcp 10.0.0.2:241$mode 192.0.2.1:80 flags=R seq=101
	proc ip_vs_conn
done
set_to secure_tcp 0

note 'replies are routed anew, by their new source'
printf '%s\n' 'rule add from 192.0.2.1 lookup 100' 'route add unreachable default table 100' | ip -batch -
set_to snat_reroute 1
send s1 udp 10.1.1.2:5353 10.0.0.2:999 data=answer
set_to snat_reroute 0
send s1 udp 10.1.1.2:5353 10.0.0.2:999 data=answer
set_to snat_reroute -1
send s1 udp 10.1.1.2:5353 10.0.0.2:999 data=answer
