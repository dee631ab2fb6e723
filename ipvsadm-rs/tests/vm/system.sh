#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# system.sh - stock ipvsadm and ours where the system plays a part: without the
# module, without rights, without a place for output, and with traffic.
#
#   tools/vm/run --payload ipvsadm-rs/tests/vm ipvsadm-rs/tests/vm/system.sh
set -u

# What is new in ours is not in its help then.
export IPVSADM_COMPAT=1

# shellcheck source=/dev/null # lib.sh, checked on its own
. /payload/vm/lib.sh

# compare TEXT WORD...
compare()
{
	local text=$1
	shift
	run "$STOCK" "$WORK/stock" "$@"
	run "$OURS" "$WORK/ours" "$@"
	same out err status
	report $? "$text: ipvsadm $*"
}

unload()
{
	lsmod | awk '/^ip_vs_/ { print $1 }' | xargs -r rmmod
	if lsmod | grep -q '^ip_vs '; then rmmod ip_vs; fi
}

# shellcheck disable=SC2034 # AS is for run
everybody()
{
	local words
	for words in -Ln -h -Q "-D -t 10.0.0.1:80" "-A -t 80" ""; do
		AS=(env)
		# shellcheck disable=SC2086 # several words
		compare "$1, root" $words
		AS=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		# shellcheck disable=SC2086
		compare "$1, nobody" $words
		AS=(unshare -Urn)
		# shellcheck disable=SC2086
		compare "$1, root of a user namespace" $words
	done
	AS=(env)
	ipvsadm -C 2>"$WORK/cleared"
}

# A module that cannot be loaded, and one that can.
without_module()
{
	unload
	echo "install ip_vs /bin/false" >/etc/modprobe.d/never.conf
	everybody "no module"
	rm /etc/modprobe.d/never.conf
	unload
	"$OURS" -Ln >"$WORK/loaded" 2>&1 && lsmod | grep -q '^ip_vs '
	report $? "loads the module"
	# autoload by the kernel switched off, but modprobe still works
	everybody "module"
}

without_output()
{
	local program status
	for program in "$STOCK" "$OURS"; do
		"$program" -Ln >/dev/full && "$program" -Ln >&- && "$program" -h >/dev/full
		status=$?
		report $status "${program##*/}: output that fails is no failure"
	done
}

# neighbour NAME NET: a namespace behind a link, with addresses NET.1 here and
# NET.2 there.
neighbour()
{
	ip netns add "$1"
	ip link add "$1" type veth peer name eth0 netns "$1"
	ip addr add "$2.1/24" dev "$1"
	ip link set "$1" up
	ip -n "$1" addr add "$2.2/24" dev eth0
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "$2.1"
}

with_traffic()
{
	local i
	neighbour client 10.7.0
	neighbour server 10.8.0
	ip link set lo up
	ip addr add 10.9.9.9/32 dev lo
	echo 1 >/proc/sys/net/ipv4/ip_forward
	ip netns exec server socat -d0 TCP-LISTEN:8080,fork,reuseaddr PIPE &
	ip netns exec server socat -d0 UDP-LISTEN:53,fork PIPE &
	ipvsadm -A -t 10.9.9.9:80 -s rr
	ipvsadm -a -t 10.9.9.9:80 -r 10.8.0.2:8080 -m
	ipvsadm -A -u 10.9.9.9:53 -s rr -p 77
	ipvsadm -a -u 10.9.9.9:53 -r 10.8.0.2:53 -m
	sleep 1
	for i in 1 2 3; do
		echo "$i" | ip netns exec client socat -t 1 -T 9 - TCP:10.9.9.9:80 >>"$WORK/echo"
	done
	echo 4 | ip netns exec client socat -t 1 - UDP:10.9.9.9:53 >>"$WORK/echo"
	grep -q 3 "$WORK/echo" && grep -q 4 "$WORK/echo"
	report $? "traffic flows"
	sleep 5
	[ "$(grep -c '^TCP' /proc/net/ip_vs_conn)" = 3 ]
	report $? "three connections"
	compare traffic -Lnc
	compare traffic -Lc
	compare traffic -Lnc --persistent-conn
	compare traffic -Ln
	compare traffic -Ln --stats
	compare traffic -Ln --stats --exact
	compare traffic -Ln --rate
	compare traffic -Ln --persistent-conn
	kill %1 %2
	wait
}

fixed_names
echo "KTAP version 1"
without_module
without_output
with_traffic
finish
