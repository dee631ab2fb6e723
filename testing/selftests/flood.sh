#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A flood of connections that are only begun: those that are there keep working,
# and memory stays bounded, by conn_max or by drop_entry.
. ./lib.sh
start

FLOOD=3000

network
load
ipvs -A -t 192.0.2.1:7 -s rr
ipvs -a -t 192.0.2.1:7 -r 10.2.0.2:7 -m
in_netns d sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.c.rp_filter=0
in_netns s1 socat TCP4-LISTEN:7,fork,reuseaddr EXEC:cat 2>/dev/null &
wait_until 10 listens s1 7

setting()
{
	in_netns d sysctl -qw "net.ipv4.vs.$1=$2"
}

# One connection from the beginning to the end.
# shellcheck disable=SC2034 # set by coproc
coproc OLD { in_netns c socat - TCP4:192.0.2.1:7 2>/dev/null; }

says()
{
	local answer
	echo "$1" >&"${OLD[1]}"
	read -rt 20 answer <&"${OLD[0]}"
	echo "$answer"
}

flood()
{
	in_netns c python3 flows.py syns 192.0.2.1 7 $FLOOD
}

begun()
{
	in_netns d grep -c SYN_RECV /proc/net/ip_vs_conn
}

fewer_begun_than()
{
	[ "$(begun)" -lt "$1" ]
}

check_is 'a connection' before "$(says before)"

check 'a limit of 500 connections' setting conn_max 500
check 'a flood' flood
check_is 'the limit holds' 500 "$(connections)"
check_is 'the old connection works' limited "$(says limited)"
check_fails 'a new one does not' . in_netns c timeout 3 socat -u OPEN:/dev/null TCP4:192.0.2.1:7
check 'no limit any more' setting conn_max 1000000

check 'another flood' flood
check 'has no limit' more_connections_than 2500
check_is 'the old connection works' flooded "$(says flooded)"
check 'drop_entry, always' setting drop_entry 3
# A thirty-second part of the table is looked at each second.
check 'takes away what is only begun' wait_until 60 fewer_begun_than 1500
check_is 'and not the old connection' dropped "$(says dropped)"
check 'which is still established' in_netns d grep -q ESTABLISHED /proc/net/ip_vs_conn
