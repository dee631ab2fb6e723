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
	check_fails "$tool: IPv6" . ipvs -A -t '[2001:db8::1]:80'
	check_fails "$tool: a mark of IPv6" . ipvs -A -f 1 -6
	check_fails "$tool: persistence" . ipvs -A -t 192.0.2.1:81 -p 60
	check_fails "$tool: persistence, later" . ipvs -E -t 192.0.2.1:80 -s rr -p 60
	check_fails "$tool: one packet" . ipvs -A -u 192.0.2.1:54 -o
	check_fails "$tool: SCTP" . ipvs -A --sctp-service 192.0.2.1:80
	check_fails "$tool: another scheduler" 'Scheduler or persistence engine not found' \
		ipvs -A -t 192.0.2.1:81 -s mh
	check_fails "$tool: another scheduler, later" 'Scheduler or persistence engine not found' \
		ipvs -E -t 192.0.2.1:80 -s sh
	check_fails "$tool: direct routing" . ipvs -a -t 192.0.2.1:80 -r 10.3.0.2 -g
	check_fails "$tool: a tunnel" . ipvs -a -t 192.0.2.1:80 -r 10.3.0.2 -i
	check_fails "$tool: direct routing, later" . ipvs -e -t 192.0.2.1:80 -r 10.2.0.2 -g
	check_fails "$tool: a daemon" . ipvs --start-daemon master --mcast-interface c
done
check_is 'nothing has changed' "$before" "$(ipvs -Ln)"
check 'no module was loaded' test ! -d /sys/module/ip_vs
