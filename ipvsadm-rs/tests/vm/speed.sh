#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# speed.sh [SERVICES [SERVERS]] - what a restore and listings of many services cost
# the machine, with stock ipvsadm and with ours over C ip_vs, in millions of
# instructions of kernel and program:
#
#   tools/vm/run --icount --cpu max,la57=off --timeout 1200 \
#     --payload ipvsadm-rs/tests/vm ipvsadm-rs/tests/vm/speed.sh 10000 10
#
# The clock of a machine under --icount goes by the instructions that are executed,
# one in a nanosecond.  Ours has to do with a tenth of stock's; output is KTAP.
set -u

# shellcheck source=/dev/null # lib.sh, checked on its own
. /payload/vm/lib.sh

SERVICES=${1:-1000} SERVERS=${2:-10}
RULES=$WORK/rules

rules()
{
	awk -v services="$SERVICES" -v servers="$SERVERS" 'BEGIN {
		for (i = 0; i < services; i++) {
			service = sprintf("10.%d.%d.%d:80", 1 + i / 65536, i / 256 % 256, i % 256)
			print "-A -t " service " -s wlc"
			for (j = 0; j < servers; j++)
				print "-a -t " service " -r 192.168." int(j / 250) "." (1 + j % 250) ":8080 -m -w " (1 + j % 9)
		}
	}'
}

# measure INPUT COMMAND...: sets $spent to thousands of instructions.
measure()
{
	local input=$1 start=${EPOCHREALTIME/./} rc=0
	shift
	"$@" <"$input" >"$WORK/shown" 2>&1 || rc=$?
	spent=$((${EPOCHREALTIME/./} - start))
	[ $rc = 0 ] || { echo "# failed: $*"; wrong=1; }
}

# A table that has never been used: what was deleted from it costs whoever comes next.
fresh()
{
	modprobe -r ip_vs_wlc ip_vs
	modprobe -a ip_vs ip_vs_wlc
}

# versus WORD...: the same command line with both.
versus()
{
	local input=/dev/null theirs wrong=0
	if [ "$1" = -R ]; then
		input=$RULES
		fresh
	fi
	measure "$input" "$STOCK" "$@"
	theirs=$spent
	mv "$WORK/shown" "$WORK/stock.shown"
	[ "$1" != -R ] || fresh
	measure "$input" "$OURS" "$@"
	# What costs nothing because it does nothing has not won.
	cmp "$WORK/shown" "$WORK/stock.shown" >/dev/null || { echo "# different output"; wrong=1; }
	echo "# $*: stock $((theirs / 1000)), ours $((spent / 1000)) million instructions"
	[ $wrong = 0 ] && [ $((spent * 10)) -le "$theirs" ]
	report $? "$*: $((spent * 1000 / theirs)) thousandths of stock"
}

rules >"$RULES"
echo "KTAP version 1"
echo "# $SERVICES services of $SERVERS servers"
versus -R
versus -Ln
versus -Ln --stats
versus -Sn
versus -Ln -t 10.1.0.1:80
finish
