#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Only root of the first user namespace gives orders.
. ./lib.sh
start

network
load
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:80 -m
before=$(ipvs -Ln)

for IPVSADM in $TOOLS; do
	tool=${IPVSADM##*/}
	nobody="in_netns d setpriv --reuid 65534 --regid 65534 --clear-groups $IPVSADM"
	guest="in_netns d unshare --user --map-root-user $IPVSADM"
	for who in "$nobody" "$guest"; do
		name=$tool
		[ "$who" = "$nobody" ] || name="$tool as root of a user namespace"
		for order in '-Ln' '-A -t 192.0.2.1:81' '-D -t 192.0.2.1:80' '-C' '-Z' '--set 1 1 1' \
			'-a -t 192.0.2.1:80 -r 10.3.0.2:80 -m' '-d -t 192.0.2.1:80 -r 10.2.0.2:80'; do
			# shellcheck disable=SC2086 # words
			check_fails "$name: $order" 'Permission denied|not permitted' $who $order
		done
	done
done
check_is 'nothing has changed' "$before" "$(ipvs -Ln)"
check 'everybody may read /proc' in_netns d setpriv --reuid 65534 --regid 65534 --clear-groups \
	grep -q 0A020002 /proc/net/ip_vs
