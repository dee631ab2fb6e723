#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Clients that stay with their server, by nginx and curl, driven by both tools.
. ./lib.sh
start

network
web_server s1
web_server s2
# More clients.
for n in 3 4 5 6 7 8 9 10; do
	echo "addr add 10.1.0.$n/24 dev veth0"
done | ip -n c -batch -

# by CLIENT COUNT: who answers so many requests of that address.
by()
{
	in_netns c curl -s -m 20 --interface "10.1.0.$1" -H 'Connection: close' "http://192.0.2.1/?[1-$2]" |
		sort | uniq -c | xargs
}

# other SERVER
other()
{
	case $1 in
	s1)	echo s2 ;;
	s2)	echo s1 ;;
	esac
}

# address SERVER
address()
{
	case $1 in
	s1)	echo 10.2.0.2:8080 ;;
	s2)	echo 10.3.0.2:8080 ;;
	esac
}

# templates [SERVER]: how many templates are listed.
templates()
{
	ipvs -Lnc | grep ':0  *192.0.2.1:80 ' | grep -c "${1:+$(address "$1")}"
}

for IPVSADM in $TOOLS; do
	tool=${IPVSADM##*/}
	load
	check "$tool: a service" ipvs -A -t 192.0.2.1:80 -s rr -p 600
	ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
	ipvs -a -t 192.0.2.1:80 -r 10.3.0.2:8080 -m
	mine=$(by 2 1 | cut -d ' ' -f 2)
	other=$(other "$mine")
	check_is "$tool: a client stays where it is" "10 $mine" "$(by 2 10)"
	check_is "$tool: the next goes to the other" "10 $other" "$(by 3 10)"
	for n in 4 5 6 7 8 9; do
		by $n 5
	done >/tmp/answers
	check_is "$tool: so do they all, in turn" '3 5 s1 3 5 s2' "$(sort /tmp/answers | uniq -c | xargs)"
	check_is "$tool: a template for each" 8 "$(templates)"
	check_is "$tool: they are assured" 8 "$(ipvs -Lnc | grep -c ASSURED)"
	check_is "$tool: they are counted" '4 4' "$(ipvs -Ln --persistent-conn | awk '/->.*:8080/ { print $4 }' | xargs)"

	ipvs -e -t 192.0.2.1:80 -r "$(address "$mine")" -m -w 0
	check_is "$tool: no weight: who is there stays" "5 $mine" "$(by 2 5)"
	check_is "$tool: who is new goes to the other" "5 $other" "$(by 10 5)"
	in_netns d sysctl -qw net.ipv4.vs.expire_quiescent_template=1
	check_is "$tool: unless the administrator says so" "5 $other" "$(by 2 5)"

	ipvs -d -t 192.0.2.1:80 -r "$(address "$other")"
	ipvs -e -t 192.0.2.1:80 -r "$(address "$mine")" -m -w 1
	check_is "$tool: a server goes: another" "5 $mine" "$(by 2 5)"
	ipvs -a -t 192.0.2.1:80 -r "$(address "$other")" -m
	check_is "$tool: it comes back: who has not noticed stays" "5 $other" "$(by 3 5)"
	check_is "$tool: who has does not return" "5 $mine" "$(by 2 5)"

	in_netns d sysctl -qw net.ipv4.vs.expire_nodest_conn=1
	ipvs -d -t 192.0.2.1:80 -r "$(address "$other")"
	gone()
	{
		[ "$(templates "$other")" = 0 ]
	}
	check "$tool: its templates go with it" wait_until 5 gone
	in_netns d sysctl -qw net.ipv4.vs.expire_nodest_conn=0 net.ipv4.vs.expire_quiescent_template=0

	ipvs -C
	ipvs -A -t 192.0.2.1:80 -s rr -p 600 -M 255.255.255.0
	ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
	ipvs -a -t 192.0.2.1:80 -r 10.3.0.2:8080 -m
	mine=$(by 3 1 | cut -d ' ' -f 2)
	check_is "$tool: clients of a network" "10 $mine" \
		"$({ by 4 5 && by 5 5; } | awk -v n=0 '{ n += $1; s = $2 } END { print n, s }')"
	ipvs -C
	check "$tool: the module goes, with templates" rmmod rust_ipvs
done
