# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Stock ipvsadm and ours side by side; sourced by the scripts of this folder, which
# run in the guest of tools/vm/run.

STOCK=${STOCK:-$(command -v ipvsadm)}
OURS=${OURS:-/payload/ipvsadm-rs}
WORK=$(mktemp -d)
OUT=${OUT:-$WORK}
: >"$WORK/stdin"
COUNT=0 FAILED=0

# run PROGRAM RESULT WORD...: the same argv[0] for both. What is in the array AS
# goes before it, what is in the file $WORK/stdin into it.
run()
{
	local program=$1 result=$2
	shift 2
	# shellcheck disable=SC2016 # for the inner shell
	"${AS[@]}" bash -c 'name=$1; shift; exec -a "$name" "$@"' - \
		"${NAME:-ipvsadm}" "$program" "$@" \
		>"$result.out" 2>"$result.err" <"$WORK/stdin"
	echo "status $?" >"$result.status"
	# the clock goes on between two listings of connections
	sed -i -E 's/^((TCP|UDP) )[0-9]{2}:[0-9]{2} /\1mm:ss /' "$result.out"
}
# shellcheck disable=SC2034 # the scripts set it
AS=(env)

# same PART...: whether both results are the same in these parts.
same()
{
	local part
	for part; do
		cmp -s "$WORK/stock.$part" "$WORK/ours.$part" && continue
		diff -u --label "stock $part" --label "our $part" \
			"$WORK/stock.$part" "$WORK/ours.$part" | sed 's/^/# /'
		return 1
	done
}

# report STATUS TEXT: a line of KTAP.
report()
{
	local word=ok
	COUNT=$((COUNT + 1))
	if [ "$1" != 0 ]; then
		FAILED=$((FAILED + 1))
		word="not ok"
	fi
	echo "$word $COUNT $2"
}

finish()
{
	echo "1..$COUNT"
	echo "# pass:$((COUNT - FAILED)) fail:$FAILED"
	rm -rf "$WORK"
	[ "$FAILED" = 0 ] && [ "$COUNT" -gt 0 ]
}

# Names without a network.
fixed_names()
{
	echo "hosts: files" >/etc/nsswitch.conf
	cat >/etc/hosts <<-END
	127.0.0.1 localhost
	10.0.0.1 vip.example
	10.1.0.1 a-name-of-more-than-28-characters.example
	2001:db8::1 vip6.example
	2001:db8::2 a-rather-long-name-of-an-ipv6-server-that-is-cut.example.net
	END
}
