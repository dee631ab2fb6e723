#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# UDP requests and answers, their connection, its end.
. ./lib.sh
start

network
load
ipvs -A -u 192.0.2.1:7 -s rr
ipvs -a -u 192.0.2.1:7 -r 10.2.0.2:7777 -m
echo_server s1 10.2.0.2 7777

# ask PORT TEXT: the answer to it, sent from a port.
ask()
{
	printf '%s' "$2" | in_netns c socat -t 3 - "UDP4:192.0.2.1:7,sourceport=$1,reuseaddr"
}

check_is 'an answer' hello "$(ask 4000 hello)"
check_is 'again, by the same connection' again "$(ask 4000 again)"
check_is 'one connection' 1 "$(connections)"
check_is 'another port, another connection' other "$(ask 4001 other)"
check_is 'two connections' 2 "$(connections)"
check_is 'larger than the link' 4000 "$(ask 4002 "$(head -c 4000 /dev/zero | tr '\0' x)" | wc -c)"
check 'UDP is never active' eval 'ipvs -Ln | grep -qE "10.2.0.2:7777 +Masq +1 +0 +3"'

check 'a timeout of 3 s' ipvs --set 0 0 3
check_is 'is what is listed' 'Timeout (tcp tcpfin udp): 900 120 3' "$(ipvs -L --timeout)"
# Old ones keep theirs until their next packet.
for port in 4000 4001 4002; do
	ask $port x >/dev/null
done
check 'they end' wait_until 15 connections_are 0
check 'no connection is counted' eval 'ipvs -Ln | grep -qE "10.2.0.2:7777 +Masq +1 +0 +0"'
check_is 'and begin anew' anew "$(ask 4000 anew)"
