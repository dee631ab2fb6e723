# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Packets of servers that belong to no connection, and who is told so (nat_icmp_send).
. ./lib.sh

topology6
count_passed
V='[2001:db8::1]' S='[fd01::2]' C='[fd00::2]'
SETTING=/proc/sys/net/ipv4/vs/nat_icmp_send

setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
# The same server twice, and one that is none.
setup -A -t 192.0.2.2:80 -s rr
setup -a -t 192.0.2.2:80 -r 10.1.1.2:8080 -m
setup -a -t 192.0.2.2:80 -r 10.1.1.3:80 -g
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -A --sctp-service 192.0.2.1:90 -s rr
setup -a --sctp-service 192.0.2.1:90 -r 10.1.1.2:9090 -m
setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.2.2:700 -m
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r "$S:8080" -m
setup -A -u "$V:53" -s rr
setup -a -u "$V:53" -r "$S:5353" -m

from_servers()
{
	send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=1 ack=1
	send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=x
	send s1 tcp "$S:8080" "$C:1000" flags=A seq=1 ack=1
	send s1 udp "$S:5353" "$C:1000" data=x
}

note 'nobody is told'
cat $SETTING
from_servers

note 'told'
echo 1 >$SETTING
from_servers
for flags in S SA FA R RA; do
	send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=$flags seq=1 ack=1
	send s1 tcp "$S:8080" "$C:1000" flags=$flags seq=1 ack=1
done
send s1 sctp 10.1.1.2:9090 10.0.0.2:1000 chunks=data
send s1 sctp 10.1.1.2:9090 10.0.0.2:1000 chunks=abort
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 flags=A seq=1 ack=1 len=64 fragments=40
send s1 tcp 10.1.1.2:8080 10.0.0.2:1000 cut=8
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 cut=4
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 cut=3
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=x ttl=1
note 'to the director'
send s1 udp 10.1.1.2:5353 10.1.1.1:1000 data=x
send s1 tcp 10.1.1.2:8080 192.0.2.1:80 flags=S seq=1
note 'of a mark: any protocol'
send s2 tcp 10.1.2.2:700 10.0.0.2:1000 flags=A seq=1 ack=1
send s2 udp 10.1.2.2:700 10.0.0.2:1000 data=x
note 'of no server'
send s1 udp 10.1.1.2:8080 10.0.0.2:1000 data=x
send s1 tcp 10.1.1.2:5353 10.0.0.2:1000 flags=A seq=1 ack=1
send s1 tcp 10.1.1.3:80 10.0.0.2:1000 flags=A seq=1 ack=1
send s1 tcp 10.1.1.3:8080 10.0.0.2:1000 flags=A seq=1 ack=1
send s1 icmp 10.1.1.2 10.0.0.2 type=8 data=x
note 'of a connection'
send c udp 10.0.0.2:1000 192.0.2.1:53 data=x
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=x
send s1 udp 10.1.1.2:5353 10.0.0.2:1001 data=x

note 'servers come, change and go'
x() { send s1 tcp "10.1.1.$1:$2" 10.0.0.2:1000 flags=A seq=1 ack=1; }
setup -d -t 192.0.2.1:80 -r 10.1.1.2:8080
x 2 8080
setup -D -t 192.0.2.2:80
x 2 8080
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
x 2 8080
setup -a -t 192.0.2.1:80 -r 10.1.1.3:80 -g
x 3 80
setup -e -t 192.0.2.1:80 -r 10.1.1.3:80 -m
x 3 80
setup -e -t 192.0.2.1:80 -r 10.1.1.3:80 -g
x 3 80
setup -e -t 192.0.2.1:80 -r 10.1.1.3:80 -m -w 0
x 3 80
setup -a -t 192.0.2.1:80 -r 10.1.1.4:80 -i
x 4 80
echo 0 >$SETTING
x 2 8080
setup -a -t 192.0.2.1:80 -r 10.1.1.3:8083 -m
echo -1 >$SETTING
x 3 8083
setup -C
x 2 8080
setup -A -t 192.0.2.1:80 -s rr
x 2 8080
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
x 2 8080
step nft list counters
conns
stats
