# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
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
	for size in 1 7 60 64 65 100 1000 4095 4096 65536; do
		[ "$size" -gt 1 ] || [ "$1" = ip_vs ] || continue
		[ "$(dd if="/proc/net/$1" bs=$size 2>/dev/null | sed 's/ *[0-9]* *$//' | sort | cksum)" = "$whole" ] ||
			echo "other in pieces of $size"
	done
}

# A shell reads ahead, then goes back to the end of the line.
line_by_line()
{
	local count=0
	while read -r _; do count=$((count + 1)); done <"/proc/net/$1"
	echo "$count lines"
}

note 'in pieces'
step pieces ip_vs
step pieces ip_vs_conn
note 'line by line'
step line_by_line ip_vs
step line_by_line ip_vs_conn
note 'from the middle'
for file in ip_vs ip_vs_conn; do
	for at in 0 1 62 63 64 200 4000 4096 5000 1000000; do
		# Only sizes: the order is random.
		printf '%s from %s: ' $file $at
		dd if=/proc/net/$file bs=65536 skip=$at iflag=skip_bytes 2>/dev/null | wc -c
	done
done
note 'not for writing'
step sh -c 'echo 1 >/proc/net/ip_vs'
step sh -c 'echo 1 >/proc/net/ip_vs_conn'
