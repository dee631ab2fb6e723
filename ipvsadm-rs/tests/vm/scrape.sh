#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scrape.sh [SERVICES [SERVERS]] - what a scrape of metrics costs the machine, in
# millions of instructions of kernel and program, beside a listing with counters
# by stock ipvsadm over C ip_vs:
#
#   tools/vm/run --icount --cpu max,la57=off --timeout 1200 \
#     --payload ipvsadm-rs/tests/vm ipvsadm-rs/tests/vm/scrape.sh 1000 40
#
# The clock of a machine under --icount goes by the instructions that are executed,
# one in a nanosecond.  A scrape has to do with a tenth of what a listing takes.
set -u

# shellcheck source=/dev/null # lib.sh, checked on its own
. /payload/vm/lib.sh

SERVICES=${1:-1000} SERVERS=${2:-40}
RULES=$WORK/rules

rules()
{
	awk -v services="$SERVICES" -v servers="$SERVERS" 'BEGIN {
		for (i = 0; i < services; i++) {
			service = sprintf("10.%d.%d.%d:80", 1 + i / 65536, i / 256 % 256, i % 256)
			print "-A -t " service " -s rr"
			for (j = 0; j < servers; j++)
				print "-a -t " service " -r 192.168." int(j / 250) "." (1 + j % 250) ":8080 -m -w " (1 + j % 9)
		}
	}'
}

# measure COMMAND...: sets $spent to thousands of instructions.
measure()
{
	local start=${EPOCHREALTIME/./} rc=0
	"$@" >"$WORK/shown" 2>&1 || rc=$?
	spent=$((${EPOCHREALTIME/./} - start))
	echo "# $*: $((spent / 1000)) million instructions, $(wc -l <"$WORK/shown") lines"
	[ $rc = 0 ] || echo "# failed: $*"
}

ip link set lo up
rules >"$RULES"
echo "KTAP version 1"
echo "# $SERVICES services of $SERVERS servers"

echo '# C ip_vs'
modprobe -a ip_vs ip_vs_rr
"$OURS" -R <"$RULES"
measure "$STOCK" -Ln --stats
listing=$spent
measure "$OURS" metrics
measure "$OURS" metrics --per-server
"$STOCK" -C
modprobe -r ip_vs_rr ip_vs

echo '# rust_ipvs'
modprobe -q nf_conntrack
insmod /payload/rust_ipvs.ko
"$OURS" -R <"$RULES"
measure "$STOCK" -Ln --stats
measure "$OURS" metrics
scrape=$spent
[ $((scrape * 10)) -le "$listing" ]
report $? "a scrape: $((scrape * 1000 / listing)) thousandths of a listing by stock over C"
measure "$OURS" metrics --per-address
measure "$OURS" metrics --per-server
finish
