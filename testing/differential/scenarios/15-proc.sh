# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology

note 'nothing yet'
for file in ip_vs ip_vs_app ip_vs_conn ip_vs_conn_sync ip_vs_stats ip_vs_stats_percpu ip_vs_status; do
	proc $file
done
step stat -c '%A %u:%g %s %n' /proc/net/ip_vs /proc/net/ip_vs_*

setup -A -t 192.0.2.1:80 -s rr
note 'one'
# A shell reads ahead, then goes back to the end of the line.
line_by_line()
{
	local count=0
	while read -r _; do count=$((count + 1)); done <"/proc/net/$1"
	echo "$count lines"
}

step line_by_line ip_vs
step line_by_line ip_vs_conn
step line_by_line ip_vs_conn_sync
step line_by_line ip_vs_app
step line_by_line ip_vs_stats
proc ip_vs_status
setup -a -t 192.0.2.1:80 -r 10.1.1.2:80 -m
burst c 1 tcp 10.0.0.2:1000 192.0.2.1:80 flags=S seq=1
step line_by_line ip_vs
step line_by_line ip_vs_conn
proc ip_vs_conn_sync
proc ip_vs_status

for n in 1 2 3 4 5 6 7 8 9; do
	setup -A -t 192.0.2.1:8$n -s rr
	setup -a -t 192.0.2.1:8$n -r 10.1.1.2:8$n -m
	setup -a -t 192.0.2.1:8$n -r 10.1.2.2:8$n -m
done
burst c 150 tcp 10.0.0.2:2000 192.0.2.1:81 flags=S seq=1

# pieces FILE: that what is read is the same, however it is read.
pieces()
{
	local whole size
	whole=$(sed 's/ *[0-9]* *$//' "/proc/net/$1" | sort | cksum)
	wc -l <"/proc/net/$1"
	for size in 60 64 65 1000 4096; do
		[ "$(dd if="/proc/net/$1" bs=$size 2>/dev/null | sed 's/ *[0-9]* *$//' | sort | cksum)" = "$whole" ] ||
			echo "other in pieces of $size"
	done
}

note 'in pieces'
# While C moves its services to a larger table, lines are lost and repeated.
sleep 4
step pieces ip_vs
step pieces ip_vs_conn
step pieces ip_vs_conn_sync
step pieces ip_vs_app
note 'line by line'
step line_by_line ip_vs
step line_by_line ip_vs_conn
note 'from the middle'
# Only how much is missing: the order is random, and so is the size in the title.
for file in ip_vs ip_vs_conn ip_vs_conn_sync ip_vs_app ip_vs_stats ip_vs_stats_percpu; do
	whole=$(wc -c </proc/net/$file)
	for at in 0 1 62 63 64 65 200 500 1000000; do
		part=$(dd if=/proc/net/$file bs=65536 skip=$at iflag=skip_bytes 2>/dev/null | wc -c)
		((part == 0)) || echo "$file from $at: all but $((whole - part))"
	done
done
note 'not for writing'
step sh -c 'echo 1 >/proc/net/ip_vs'
step sh -c 'echo 1 >/proc/net/ip_vs_conn'
step sh -c 'echo 1 >/proc/net/ip_vs_stats'

note 'services and servers of all kinds'
setup -C
proc ip_vs_status
setup -A -t 192.0.2.1:80 -s wlc -p 300 -M 255.255.255.0
setup -A -u 192.0.2.1:80 -s rr -o
setup -A -u 192.0.2.1:81 -s rr -o -p 10
setup -A --sctp-service 192.0.2.1:80 -s rr
setup -A -f 7 -s rr -p 2000000 -M 255.0.0.0
setup -A -f 8 -s rr -o
setup -A -f 9 -6 -s wlc -p 1 -M 64
setup -A -t '[fd00::1]:80' -s rr -p 300
setup -A -t '[fd00::1]:81' -s rr -p 300 -M 64
setup -A -u '[fd00::1]:80' -s wlc -o
setup -A --sctp-service '[fd00::1]:80' -s wlc
n=2
for method in -m -g -i; do
	setup -a -t 192.0.2.1:80 -r 10.1.1.$n:80 $method -w $((n * 1000))
	n=$((n + 1))
done
setup -a -t '[fd00::1]:81' -r '[fd00:1::2]:8080' -i -w 2147483647
setup -a -t '[fd00::1]:80' -r 10.1.1.2:80 -i
setup -a -t 192.0.2.1:80 -r '[fd00:1::2]:8080' -i
proc ip_vs
