#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module and its namespaces go while settings are read and written.
. ./lib.sh
start

DIR=/proc/sys/net/ipv4/vs
load
check 'settings are there' test -e $DIR/drop_entry
exec 5<$DIR/drop_entry 6>$DIR/amemthresh
check_is 'one is read' 0 "$(cat <&5)"

# use_all: reads and writes all of them for ever, whether they are there or not.
use_all()
{
	local file value
	while :; do
		for file in $DIR/*; do
			read -r value <"$file"
			echo "$value" >"$file"
		done
	done 2>/dev/null
}

use_all & users=$!
use_all & users+=" $!"
check 'the module goes with files open and in use' rmmod rust_ipvs
check_fails 'the open one leads nowhere' 'No such file' cat <&5
check_fails 'for writing, too' 'No such file' bash -c 'echo 1 >&6'
check_fails 'there are no others' 'No such file' cat $DIR/drop_entry
for i in 1 2 3; do
	load
	sleep 0.3
	check "the module goes, $i" rmmod rust_ipvs
done
check_fails 'the old file is not of the new module' 'No such file' cat <&5

# shellcheck disable=SC2086 # they are two
kill $users
load
check_is 'a setting is what it is at first' 1024 "$(cat $DIR/amemthresh)"
# Defences that look at memory every second.
echo 1 >$DIR/drop_packet
echo 1 >$DIR/secure_tcp
for i in 1 2 3; do
	ip netns add d2
	ip netns exec d2 sh -c "echo 1 >$DIR/drop_packet; echo 1000000000 >$DIR/amemthresh"
	check_is "a defence is up, $i" 2 "$(ip netns exec d2 cat $DIR/drop_packet)"
	ip netns del d2
done
check_is 'here it is not' 1 "$(cat $DIR/drop_packet)"
sleep 1.5
check 'the module goes with defences up' wait_until 20 rmmod rust_ipvs
