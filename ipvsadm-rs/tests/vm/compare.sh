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
# form of ipvsadm-save.
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
}

# A listing of the unchanged table is in the same order of hash buckets.
is_listing()
{
	case $1 in -[Llvh]*|--list|--version|--help) return 0 ;; esac
	return 1
}

# What the table holds after a run. What is refused or listed leaves it alone.
look()
{
	: >"$1.table"
	if grep -q 'status 2$' "$1.status" || is_listing "${2-}"; then return; fi
	{ "$STOCK" -Sn; "$STOCK" -Ln --thresholds; "$STOCK" -L --timeout; } >"$1.table" 2>&1
	changed=1
}

compare()
{
	restore
	run "$STOCK" "$WORK/stock" "$@"
	look "$WORK/stock" "$@"
	restore
	run "$OURS" "$WORK/ours" "$@"
	look "$WORK/ours" "$@"
	same out err status table
}

modprobe -q ip_vs
fixed_names
: >"$STATE"
in_state='' changed=1
echo "KTAP version 1"
while IFS= read -r line || [ -n "$line" ]; do
	case $line in
	'#'*)		continue ;;
	'')		in_state=; continue ;;
	state:)		: >"$STATE"; in_state=1; changed=1; continue ;;
	esac
	if [ -n "$in_state" ]; then
		printf '%s\n' "$line" >>"$STATE"
		continue
	fi
	# shellcheck disable=SC2294 # a line is to be read as the shell reads it
	eval "compare $line"
	report $? "ipvsadm $line"
	{ echo "$ $line"; cat "$WORK/stock.status" "$WORK/stock.err"; } >>"$OUT/answers"
done <"$CASES"
finish
