# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
note 'port 0 is only for persistent services, unless one asks the kernel'
ipvs -A -t 192.0.2.1:0 -s rr
genl NEW_SERVICE 'SERVICE{' AF=2 PROTOCOL=6 ADDR=192.0.2.1 PORT=0 SCHED_NAME=rr FLAGS=00000000ffffffff TIMEOUT=0 NETMASK=255.255.255.255 '}'
genl NEW_DEST 'SERVICE{' AF=2 PROTOCOL=6 ADDR=192.0.2.1 PORT=0 '}' 'DEST{' ADDR=10.1.1.2 PORT=0 FWD_METHOD=0 WEIGHT=1 U_THRESH=0 L_THRESH=0 '}'
send c tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:1000 192.0.2.1:81 flags=A seq=1
send c tcp 10.0.0.2:1000 192.0.2.1:0 flags=S seq=1
send c udp 10.0.0.2:1000 192.0.2.1:80 data=x
snapshot
ipvs -C

note 'port 21 draws others'
setup -A -t 192.0.2.1:21 -s rr
setup -a -t 192.0.2.1:21 -r 10.1.1.2:21 -m
send c tcp 10.0.0.2:1000 192.0.2.1:21 flags=S seq=1
send c tcp 10.0.0.2:1000 192.0.2.1:20 flags=S seq=1
send c tcp 10.0.0.2:1000 192.0.2.1:1023 flags=S seq=1
send c tcp 10.0.0.2:1000 192.0.2.1:1024 flags=S seq=1
send c udp 10.0.0.2:1000 192.0.2.1:21 data=x
conns

note 'those that anybody may listen at begin elsewhere'
setup -A -t 192.0.2.2:21 -s rr -p 60
setup -a -t 192.0.2.2:21 -r 10.1.2.2:21 -m
for start in 1024 500 2000; do
	echo $start >/proc/sys/net/ipv4/ip_unprivileged_port_start
	for port in $((start - 1)) "$start"; do
		send c tcp 10.0.0.3:1000 192.0.2.2:$port flags=S seq=1
	done
done
conns
