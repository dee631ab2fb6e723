#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module is loaded, and leaves nothing when it goes.
. ./lib.sh
start

# family: whether generic netlink knows it.  All are listed, because to ask for
# this one would load C ip_vs.
family()
{
	genl ctrl list | grep -q 'Name: IPVS$'
}

network
! family
result $? 'no family before'

for round in first second; do
	check "insmod, the $round time" load
	check 'the family is there' family
	check '/proc/net/ip_vs is there' in_netns d grep -q 'IP Virtual Server version 1.2.1 (size=0)' /proc/net/ip_vs
	check '/proc/net/ip_vs_conn is there' in_netns d grep -q '^Pro FromIP' /proc/net/ip_vs_conn
	check 'in the first namespace, too' test -f /proc/net/ip_vs
	check 'ipvsadm lists an empty table' ipvs -Ln
	check_fails 'not a second time' 'File exists' load
	check 'rmmod' rmmod rust_ipvs
	check 'no family is left' eval '! family'
	check 'no file is left in /proc' in_netns d test ! -e /proc/net/ip_vs -a ! -e /proc/net/ip_vs_conn
done

note=$(modinfo -F license "$RUST_IPVS")
check_is 'the licence' GPL "${note%% *}"
for bits in 8:8 20:20 0:8 -3:8 99:21; do
	check "conn_tab_bits=${bits%:*}" insmod "$RUST_IPVS" "conn_tab_bits=${bits%:*}"
	check_is 'what it became, in a machine of 1 GiB' "${bits#*:}" \
		"$(cat /sys/module/rust_ipvs/parameters/conn_tab_bits)"
	rmmod rust_ipvs
done
load
check_is 'by itself it follows the memory' 16 "$(cat /sys/module/rust_ipvs/parameters/conn_tab_bits)"
ipvs -A -t 192.0.2.1:80
check_is 'a table is small at first' 'size=256' "$(ipvs -Ln | grep -o 'size=[0-9]*')"
ipvs -C
rmmod rust_ipvs
check_fails 'conn_tab_bits=x' 'Invalid' insmod "$RUST_IPVS" conn_tab_bits=x
tainted=$(cat /proc/sys/kernel/tainted)
check 'the kernel is not tainted by a bug' test $((tainted & 0x280)) -eq 0
