#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# compare.sh [CASES] - runs stock ipvsadm and ours side by side over C ip_vs, in
# the guest of tools/vm/run, and compares stdout, stderr, exit status and what the
# table holds afterwards. Output is KTAP.
#
#   tools/vm/run --timeout 900 --payload ipvsadm-rs/tests/vm ipvsadm-rs/tests/vm/compare.sh
#
# What stock answered is left in $OUT/answers: ipvsadm-rs/tests/answers, which
# tests/options.rs checks without a guest, is made from it.
#
# A line of CASES is a command line as the shell reads it, without the program's
# name; it starts from the table of the last "state:" paragraph, which is in the
# form of ipvsadm-save.  "compat: 1" sets IPVSADM_COMPAT for ours from there on,
# "name: ipvsadm-save" calls both by this name.
set -u

# shellcheck source=/dev/null # lib.sh, checked on its own
. /payload/vm/lib.sh

CASES=${1:-/payload/vm/cases}
STATE=$WORK/state

# Sets the table up again, if it may have changed.
restore()
{
	[ -n "$changed" ] || return
	changed=
	"$STOCK" -C && "$STOCK" -R <"$STATE"
	"$STOCK" --set 900 120 300
	"$STOCK" --stop-daemon master 2>/dev/null
	"$STOCK" --stop-daemon backup 2>/dev/null
}

# A listing of the unchanged table is in the same order of hash buckets.
is_listing()
{
	case $1 in -[Llvh]*|--list|--version|--help) return 0 ;; esac
	return 1
}

# What the table holds after a run. What is refused or listed leaves it alone,
# unless it is one of many lines.
look()
{
	: >"$1.table"
	if is_listing "${2-}"; then return; fi
	if [ ! -s "$WORK/stdin" ] && grep -q 'status 2$' "$1.status"; then return; fi
	{
		"$STOCK" -Sn
		"$STOCK" -Ln --thresholds
		"$STOCK" -L --timeout
		"$STOCK" -L --daemon
	} >"$1.table" 2>&1
	changed=1
}

compare()
{
	cat >"$WORK/stdin"
	restore
	run "${STOCK%/*}/$NAME" "$WORK/stock" "$@"
	look "$WORK/stock" "$@"
	restore
	IPVSADM_COMPAT=$compat run "$OURS" "$WORK/ours" "$@"
	look "$WORK/ours" "$@"
	same out err status table
}

modprobe -q ip_vs
fixed_names
: >"$STATE"
in_state='' changed=1 compat=0 NAME=ipvsadm
ip link set lo multicast on up
echo "KTAP version 1"
while IFS= read -r line || [ -n "$line" ]; do
	case $line in
	'#'*)		continue ;;
	'')		in_state=; continue ;;
	state:)		: >"$STATE"; in_state=1; changed=1; continue ;;
	'compat: '*)	compat=${line#compat: }; continue ;;
	'name: '*)	NAME=${line#name: }; continue ;;
	esac
	if [ -n "$in_state" ]; then
		printf '%s\n' "$line" >>"$STATE"
		continue
	fi
	# shellcheck disable=SC2294 # a line is to be read as the shell reads it
	eval "compare $line" </dev/null
	report $? "$NAME $line"
	case $NAME:$line in
	ipvsadm-*:*|*'<<<'*)	continue ;;
	esac
	{ echo "$ $line"; cat "$WORK/stock.status" "$WORK/stock.err"; } >>"$OUT/answers"
done <"$CASES"
finish
