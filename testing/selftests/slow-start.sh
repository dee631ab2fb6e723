#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Slow start: how it is told and shown, and what servers get that come back.
. ./lib.sh
. ./choices.sh
start

network
load
IPVSADM=${TOOLS%% *}
ipvs -A -u $VIP:1 -s wlc
plain=$(ipvs -Ln)
ipvs -E -u $VIP:1 -s wlc --slow-start 30
check_is 'slow start is saved' "-A -u $VIP:1 -s wlc --slow-start 30" "$(ipvs -Sn)"
check_is 'it is not listed' "$plain" "$(ipvs -Ln)"
check 'it is in JSON' grep -q '"slow_start":30' <(ipvs -L --json)
ipvs -Sn >/tmp/rules
ipvs -C
ipvs -R </tmp/rules
check_is 'it is restored' "$(cat /tmp/rules)" "$(ipvs -Sn)"
for IPVSADM in $TOOLS; do
	ipvs -E -u $VIP:1 -s sed
done
check_is 'who does not know it leaves it' "$plain" "$(IPVSADM=ipvsadm ipvs -Ln | sed s/sed/wlc/)"
IPVSADM=${TOOLS%% *}
check_is 'and it is there' "-A -u $VIP:1 -s sed --slow-start 30" "$(ipvs -Sn)"
ipvs -E -u $VIP:1 -s wlc --slow-start 0
check_is 'no slow start' "-A -u $VIP:1 -s wlc" "$(ipvs -Sn)"
check_fails 'not a number' 'invalid timeout value' ipvs -E -u $VIP:1 --slow-start x
ipvs -C

# One of them recovers when the others have started long ago. The window is long enough for a slow
# machine to open the connections in a part of it.
WINDOW=10
SCHEDULERS='wlc lc wrr swrr p2c mhb'
declare -A had
first=$((vport + 1))
for scheduler in $SCHEDULERS; do
	options=$scheduler,--slow-start,$WINDOW
	[ $scheduler != mhb ] || options+=,-b,flag-2
	service $options 0 1 1 1
	open_some $vport 120
	had[$scheduler]=$opened
done
# And many, which are kept in order.
# shellcheck disable=SC2046 # weights
service wlc,--slow-start,$WINDOW 0 $(printf '1 %.0s' {1..39})
open_some $vport 780
many=$vport
# shellcheck disable=SC2046 # weights
service wlc 0 $(printf '1 %.0s' {1..39})
open_some $vport 780
sleep $WINDOW

# recovered PORT COUNT: the first server comes back, and so many connections are opened; REPLY is what
# it got.
recovered()
{
	ipvs -e -u "$VIP:$1" -r 10.2.0.2:7001 -m -w 1
	open_some "$1" "$2"
	REPLY=$(counts "$1")
	REPLY=${REPLY%% *}
}

at=$first
for scheduler in $SCHEDULERS; do
	opened=${had[$scheduler]}
	recovered $at 40
	at=$((at + 1))
	case $scheduler in
	# Without it these would get all 40; now what a server with a part of the load of 40 may have.
	wlc|lc|mhb)	most=24 ;;
	# Without it half of them.
	p2c)		most=15 ;;
	*)		most=7 ;;
	esac
	check "$scheduler: a part for one that recovers: $REPLY" within 0 $most "$REPLY"
done
opened=780
recovered $vport 20
check_is 'wlc of many, without: all for one that recovers' 20 "$REPLY"
opened=780
recovered $many 20
check "wlc of many: a part for one that recovers: $REPLY" within 1 14 "$REPLY"
sleep $WINDOW
open_some $many 20
read -ra n <<<"$(counts $many)"
check 'wlc of many: as many as all others, later' within 20 21 "${n[@]}"
opened=$((had[wlc] + 40))
open_some $first 60
read -ra n <<<"$(counts $first)"
check "wlc: as many as all others, later: ${n[*]}" within 54 56 "${n[@]}"
