#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The schedulers that C does not have: who is given connections.
. ./lib.sh
. ./choices.sh
start

network
load
for IPVSADM in $TOOLS; do
	for scheduler in srr swrr p2c mhb; do
		check "${IPVSADM##*/}: $scheduler" ipvs -A -u $VIP:1 -s $scheduler
		check_is "${IPVSADM##*/} shows $scheduler" "-A -u $VIP:1 -s $scheduler" "$(ipvs -Sn)"
		ipvs -C
	done
done
unset IPVSADM
check 'no module was loaded' test ! -d /sys/module/ip_vs

for scheduler in srr swrr p2c mhb; do
	service $scheduler 0 0
	opened=-3
	open_some $vport 3
	check_is "$scheduler: nobody has a weight" '0 0' "$(counts $vport)"
	ipvs -C
done

service srr 1 1 1 0 5
open_some $vport 8
check_is 'srr: each in turn' '2 2 2 0 2' "$(counts $vport)"
# A connection that comes before there are servers is not the first choice.
firsts=
for ((run = 0; run < 8; run++)); do
	ipvs -C
	service srr
	opened=-1
	open_some $vport 1
	for ((i = 1; i <= 8; i++)); do
		echo "-a -u $VIP:$vport -r 10.2.0.2:$((7000 + i)) -m -w 1"
	done | ipvs -R
	open_some $vport 1
	firsts+="$(counts $vport)"$'\n'
done
check 'srr: not always the same first' test "$(sort -u <<<"$firsts" | grep -c .)" -gt 1
ipvs -C

service swrr 1 2 3 4 0
open_some $vport 10
read -ra n <<<"$(counts $vport)"
check "swrr: a round, ${n[*]}" within 0 5 "${n[@]}"
open_some $vport 90
read -ra n <<<"$(counts $vport)"
check "swrr: by weight, ${n[*]}" within -2 2 $((n[0] - 10)) $((n[1] - 20)) $((n[2] - 30)) $((n[3] - 40)) "${n[4]}"
ipvs -C

service p2c 1 1 1 1 1 1 1 1
open_some $vport 400
read -ra n <<<"$(counts $vport)"
check "p2c: even, ${n[*]}" within 44 56 "${n[@]}"
ipvs -e -u $VIP:$vport -r 10.2.0.2:7001 -m -w 0
ipvs -d -u $VIP:$vport -r 10.2.0.2:7002
opened=$((opened - n[1]))
open_some $vport 60
read -ra after <<<"$(counts $vport)"
check_is 'p2c: none without a weight' "${n[0]}" "${after[0]}"
ipvs -C
service p2c 1 3
open_some $vport 200
read -ra n <<<"$(counts $vport)"
check "p2c: by weight, ${n[*]}" within 40 60 "${n[0]}"
ipvs -C

service mh 1 1 1 1
open_some $vport 1
home=$(counts $vport)
ipvs -C
service mhb 1 1 1 1
open_some $vport 1
check_is 'mhb: a client goes where mh has it go' "$home" "$(counts $vport)"
open_some $vport 99
read -ra n <<<"$(counts $vport)"
check "mhb: all of one client, ${n[*]}" within 1 32 "${n[@]}"
ipvs -C
