#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# HTTP by nginx and curl, driven by both tools.
. ./lib.sh
start

network
web_server s1
web_server s2

for IPVSADM in $TOOLS; do
	tool=${IPVSADM##*/}
	load
	check "$tool: a service" ipvs -A -t 192.0.2.1:80 -s rr
	check "$tool: the first server" ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
	check "$tool: the second server" ipvs -a -t 192.0.2.1:80 -r 10.3.0.2:8080 -m
	check_is "$tool: 20 requests, in turn" '10 s1 10 s2' "$(get 20 | sort | uniq -c | xargs)"
	check_is "$tool: connections are counted" '10 10' "$(column Conns 10.2.0.2:8080) $(column Conns 10.3.0.2:8080)"
	check_is "$tool: connections are listed" 20 "$(ipvs -Lnc | grep -c '10.1.0.2:.*192.0.2.1:80')"

	check "$tool: no weight for one" ipvs -e -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 0
	check_is "$tool: all to the other" '6 s2' "$(get 6 | sort | uniq -c | xargs)"
	check "$tool: wlc" ipvs -E -t 192.0.2.1:80 -s wlc
	check "$tool: weight again" ipvs -e -t 192.0.2.1:80 -r 10.2.0.2:8080 -m -w 1000
	check "$tool: the other is removed" ipvs -d -t 192.0.2.1:80 -r 10.3.0.2:8080
	check_is "$tool: all to the first" '6 s1' "$(get 6 | sort | uniq -c | xargs)"
	check_is "$tool: 2 MB arrive whole" "$(cksum </tmp/www-s1/large)" \
		"$(in_netns c curl -s -m 60 http://192.0.2.1/large | cksum)"
	check "$tool: the last server is removed" ipvs -d -t 192.0.2.1:80 -r 10.2.0.2:8080
	check_fails "$tool: nobody is there" . in_netns c curl -s -S -m 2 http://192.0.2.1/
	check "$tool: the service is removed" ipvs -D -t 192.0.2.1:80
	check_is "$tool: an empty table" 0 "$(ipvs -Ln | grep -c '^[TUF]')"
	check_fails "$tool: it cannot be removed twice" 'No such service' ipvs -D -t 192.0.2.1:80
	check "$tool: the module goes" rmmod rust_ipvs
done
