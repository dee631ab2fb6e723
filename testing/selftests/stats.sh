#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Counters count what was sent, and nothing else.
. ./lib.sh
start

network
load
ipvs -A -u 192.0.2.1:9 -s rr
ipvs -a -u 192.0.2.1:9 -r 10.2.0.2:9 -m
ipvs -a -u 192.0.2.1:9 -r 10.3.0.2:9 -m -w 0

# Answers five with two of 50 bytes, with their headers, and listens on: what
# nobody takes would be answered with ICMP, which counts.
in_netns s1 python3 -ES -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.2.0.2", 9))
for i in range(5):
    s.recv(100)
for i in range(2):
    s.sendto(b"x" * 22, ("10.1.0.2", 4000))
while True:
    s.recv(100)
' & server=$!
wait_until 20 eval 'in_netns s1 ss -Hlnu | grep -q :9'
# Five packets of 100 bytes from one port.
in_netns c python3 -ES -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.1.0.2", 4000))
for i in range(5):
    s.sendto(b"x" * 72, ("192.0.2.1", 9))
for i in range(2):
    s.recv(100)
'
numbers()
{
	local title
	for title in Conns InPkts OutPkts InBytes OutBytes; do
		column $title "$1"
	done | xargs
}
check_is 'of the server' '1 5 2 500 100' "$(numbers 10.2.0.2:9)"
check_is 'of the other one' '0 0 0 0 0' "$(numbers 10.3.0.2:9)"
check 'of the service' eval 'ipvs -Ln --stats --exact | grep -qE "^UDP +192.0.2.1:9 +1 +5 +2 +500 +100"'
sleep 2.5
check 'a rate' eval 'ipvs -Ln --rate | grep -qE "^UDP +192.0.2.1:9 +[0-9]+ +[0-9]+ +[0-9]+ +[1-9][0-9]* +[1-9]"'
check 'zero' ipvs -Z
check_is 'is zero' '0 0 0 0 0' "$(numbers 10.2.0.2:9)"
in_netns c bash -c 'echo x >/dev/udp/192.0.2.1/9'
check_is 'and counts again' '1 1 0 30 0' "$(numbers 10.2.0.2:9)"
ipvs -d -u 192.0.2.1:9 -r 10.2.0.2:9
ipvs -a -u 192.0.2.1:9 -r 10.2.0.2:9 -m
check_is 'a server that comes back has its numbers' '1 1 0 30 0' "$(numbers 10.2.0.2:9)"
kill $server
