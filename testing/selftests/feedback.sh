#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Feedback: what servers get of whom less or more is reported, with each scheduler that counts
# weights, and how reports end.
. ./lib.sh
. ./choices.sh
start

network
load
IPVSADM=${TOOLS%% *}
DIR=/tmp/feedback
mkdir -p $DIR

# watched PORT...: a configuration that has the first server of each service count half.
watched()
{
	local port
	printf '%s\n' 'lifetime = 600' 'timeout = 30' 'workers = 2'
	for port; do
		cat <<-END
			[[service]]
			udp = "$VIP:$port"
			[[service.input]]
			kind = "command"
			command = ["sh", "-c", "[ {port} = 7001 ] && exit 7; exit 12"]
			output = "status"
		END
	done
}

SCHEDULERS='rr wrr lc wlc swrr p2c mhb sed'
declare -A at
for scheduler in $SCHEDULERS; do
	options=$scheduler
	[ $scheduler != mhb ] || options+=,-b,flag-2
	service $options 10 10
	at[$scheduler]=$vport
done
# And many, which are kept in order.
# shellcheck disable=SC2046 # weights
service wlc $(printf '10 %.0s' {1..40})
many=$vport

plain=$(ipvs -Ln)
check_is 'nothing is reported' '' "$(ipvs feedback)"
watched "${at[@]}" $many >$DIR/half.toml
check 'a dry run' ipvs feedback --config $DIR/half.toml --once --dry-run
check_is 'nothing is reported by it' '' "$(ipvs feedback)"
check 'reports' ipvs feedback --config $DIR/half.toml --once
check_is 'a report is told' "udp $VIP:${at[wlc]} 10.2.0.2:7001: weight 10 times 0.500" \
	"$(ipvs feedback -u "$VIP:${at[wlc]}")"
check 'it is in JSON' grep -q '"weight":10,"feedback":0.5' <(ipvs -L --json)
check_is 'listings are what they were' "$plain" "$(ipvs -Ln)"
check_is 'and saved tables' '' "$(ipvs -Sn | grep -i feedback)"
ipvs -Sn >$DIR/rules

for scheduler in $SCHEDULERS; do
	opened=0
	open_some "${at[$scheduler]}" 60
	read -ra n <<<"$(counts "${at[$scheduler]}")"
	case $scheduler in
	# Connections over UDP are not active, all that counts is the weight.
	sed)	least=0 most=0 ;;
	p2c|mhb) least=10 most=30 ;;
	*)	least=19 most=21 ;;
	esac
	check "$scheduler: half for the first one: ${n[*]}" within $least $most "${n[0]}"
done
opened=0
open_some $many 79
read -ra n <<<"$(counts $many)"
check "wlc of many: half for the first one: ${n[0]}" within 1 1 "${n[0]}"
check 'wlc of many: all others the same' within 2 2 "${n[@]:1}"

# An edit leaves it, a scheduler that is another one does, too.
ipvs -e -u "$VIP:${at[rr]}" -r 10.2.0.2:7001 -m -w 20
ipvs -E -u "$VIP:${at[rr]}" -s wrr
check_is 'it stays' "udp $VIP:${at[rr]} 10.2.0.2:7001: weight 20 times 0.500" \
	"$(ipvs feedback -u "$VIP:${at[rr]}")"
opened=60
open_some "${at[rr]}" 60
read -ra m <<<"$(counts "${at[rr]}")"
check "wrr: 20 times a half are 10: ${m[*]}" within 47 53 "${m[0]}"
ipvs -e -u "$VIP:${at[rr]}" -r 10.2.0.2:7001 -m -w 0
opened=120
open_some "${at[rr]}" 10
read -ra n <<<"$(counts "${at[rr]}")"
check_is 'nothing is nothing' "${m[0]}" "${n[0]}"

# The switch.
check 'an end for one' ipvs feedback --off -u "$VIP:${at[wrr]}"
check_is 'that one has ended' '' "$(ipvs feedback -u "$VIP:${at[wrr]}")"
check 'others have not' grep -q 0.500 <(ipvs feedback)
opened=60
ipvs feedback --off
check_is 'all have ended' '' "$(ipvs feedback)"
open_some "${at[wrr]}" 20
read -ra n <<<"$(counts "${at[wrr]}")"
check "wrr: even again: ${n[*]}" within 29 51 "${n[@]}"
check_fails 'an end for one that is not there' 'No such service' ipvs feedback --off -u $VIP:9

# Who comes back begins anew.
ipvs feedback --config $DIR/half.toml --once >/dev/null
ipvs -d -u "$VIP:${at[wlc]}" -r 10.2.0.2:7001
ipvs -a -u "$VIP:${at[wlc]}" -r 10.2.0.2:7001 -m -w 10
check_is 'who comes back' '' "$(ipvs feedback -u "$VIP:${at[wlc]}")"

# Reports fade.
sed -i '1s/.*/period = 1\nlifetime = 2/' $DIR/half.toml
ipvs feedback --config $DIR/half.toml --once >/dev/null
check 'a report that is not renewed ends' \
	wait_until 10 sh -c "[ -z \"\$(nsenter --net=/run/netns/d $IPVSADM feedback)\" ]"
check_fails 'a file that is not there' 'cannot read /nonexistent: No such file' ipvs feedback --config /nonexistent
echo 'service = 1' >$DIR/wrong.toml
check_fails 'a file that is wrong' 'wrong.toml: ' ipvs feedback --config $DIR/wrong.toml
watched 7 7 >$DIR/twice.toml
check_fails 'a service that is there twice' "twice.toml: line 10: udp $VIP:7 is there twice, first in line 4" \
	ipvs feedback --config $DIR/twice.toml --once
ipvs -C
rm -r $DIR
