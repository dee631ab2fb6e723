#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# compare.sh [CASES] - runs stock ipvsadm and ours side by side over C ip_vs, in
# the guest of tools/vm/run, and compares stdout, stderr, exit status and what the
# table holds afterwards. Output is KTAP.
#
#   tools/vm/run --payload ipvsadm-rs/tests/vm/cases ipvsadm-rs/tests/vm/compare.sh
#
# A line of CASES is a command line as the shell reads it, without the program's
# name; it starts from the table of the last "state:" paragraph, which is in the
# form of ipvsadm-save.
set -u

CASES=${1:-/payload/cases}
STOCK=${STOCK:-$(command -v ipvsadm)}
OURS=${OURS:-/payload/ipvsadm-rs}
WORK=$(mktemp -d)
STATE=$WORK/state

# run PROGRAM RESULT WORD...: the same argv[0] for both.
run()
{
	local program=$1 result=$2
	shift 2
	(exec -a ipvsadm "$program" "$@") >"$result.out" 2>"$result.err" </dev/null
	echo "status $?" >"$result.status"
	# the clock goes on between two listings of connections
	sed -i -E 's/^((TCP|UDP) )[0-9]{2}:[0-9]{2} /\1mm:ss /' "$result.out"
	"$STOCK" -Sn >"$result.table" 2>&1
	{ "$STOCK" -Ln --thresholds; "$STOCK" -L --timeout; } >>"$result.table" 2>&1
}

restore()
{
	"$STOCK" -C && "$STOCK" -R <"$STATE"
	"$STOCK" --set 900 120 300
}

# A listing of the unchanged table is in the same order of hash buckets.
is_listing()
{
	case $1 in -[Llvh]*|--list|--version|--help) return 0 ;; esac
	return 1
}

compare()
{
	local part
	restore
	run "$STOCK" "$WORK/stock" "$@"
	is_listing "${1-}" || restore
	run "$OURS" "$WORK/ours" "$@"
	for part in out err status table; do
		if ! cmp -s "$WORK/stock.$part" "$WORK/ours.$part"; then
			diff -u --label "stock $part" --label "our $part" \
				"$WORK/stock.$part" "$WORK/ours.$part" | sed 's/^/# /'
			return 1
		fi
	done
}

modprobe -q ip_vs
# names without a network
echo "hosts: files" >/etc/nsswitch.conf
cat >/etc/hosts <<END
127.0.0.1 localhost
10.0.0.1 vip.example
10.1.0.1 a-name-of-more-than-28-characters.example
2001:db8::1 vip6.example
2001:db8::2 a-rather-long-name-of-an-ipv6-server-that-is-cut.example.net
END
: >"$STATE"
count=0 failed=0 in_state=
echo "KTAP version 1"
while IFS= read -r line || [ -n "$line" ]; do
	case $line in
	'#'*)		continue ;;
	'')		in_state=; continue ;;
	state:)		: >"$STATE"; in_state=1; continue ;;
	esac
	if [ -n "$in_state" ]; then
		printf '%s\n' "$line" >>"$STATE"
		continue
	fi
	count=$((count + 1))
	# shellcheck disable=SC2294 # a line is to be read as the shell reads it
	if eval "compare $line"; then
		echo "ok $count ipvsadm $line"
	else
		failed=$((failed + 1))
		echo "not ok $count ipvsadm $line"
	fi
done <"$CASES"
echo "1..$count"
echo "# pass:$((count - failed)) fail:$failed"
rm -r "$WORK"
[ "$failed" = 0 ] && [ "$count" -gt 0 ]
