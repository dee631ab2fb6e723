#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is not there yet is refused, and nothing comes of it.
. ./lib.sh
start

network
load
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:80 -m
ipvs -A -u 192.0.2.1:53 -s rr
before=$(ipvs -Ln)

for IPVSADM in $TOOLS; do
	tool=${IPVSADM##*/}
	check_fails "$tool: unknown scheduler" 'Scheduler or persistence engine not found' \
		ipvs -A -t 192.0.2.1:81 -s nobody
	check_fails "$tool: unknown scheduler, later" 'Scheduler or persistence engine not found' \
		ipvs -E -t 192.0.2.1:80 -s nobody
	check_fails "$tool: a daemon" . ipvs --start-daemon master --mcast-interface c
done
check_is 'nothing has changed' "$before" "$(ipvs -Ln)"
check 'no module was loaded' test ! -d /sys/module/ip_vs
