#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Transactions for which there is no memory: the table is what it was.  Needs a kernel that can fail
# allocations of a task, one after the other.
. ./lib.sh
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
[ -d /sys/kernel/debug/failslab ] || skip_all 'the kernel has no CONFIG_FAILSLAB'
[ -e /proc/thread-self/fail-nth ] || skip_all 'the kernel has no CONFIG_FAULT_INJECTION_DEBUG_FS'
start

network
load
# Those that may wait for memory, too, and no words about each.
echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
echo 0 >/sys/kernel/debug/failslab/verbose
heard=$(mktemp)
nsenter --net=/run/netns/d "${TOOLS%% *}" monitor --json --list >"$heard" &
monitor=$!
wait_until 20 grep -q '"state"' "$heard"
said=$(in_netns d python3 ./no-memory.py 2>&1)
result $? 'transactions can be sent'
while IFS='|' read -r description expected found; do
	[ -n "$found" ] || echo "# $description"
	[ -z "$found" ] || check_is "$description" "$expected" "$found"
done <<<"$said"
# Among them were those of events, for which nobody waits.
ipvs -A -t 192.0.2.1:700 -s rr
check 'events that were lost are counted' wait_until 20 grep -qE '"lost":[1-9].*"port":700' "$heard"
check 'and missing' grep -q '"event":"lost"' "$heard"
kill $monitor
web_server s1
ipvs -C
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
check_is 'all works afterwards' s1 "$(get 1)"
ipvs -C
