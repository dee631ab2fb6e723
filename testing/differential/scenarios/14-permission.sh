# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Also with ipvsadm-rs.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Without this, no address is one of a host.
ip link set lo up

setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:80 -m

as_nobody()
{
	local rc=0
	printf '$ [as nobody] ipvsadm %s\n' "$*"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$IPVSADM" "$@" \
		>$STATE/stdout 2>$STATE/stderr </dev/null || rc=$?
	show_output $rc
}

# Root of a user namespace of its own, but in the network of the director.
as_guest()
{
	local rc=0
	printf '$ [as root of a user namespace] ipvsadm %s\n' "$*"
	unshare --user --map-root-user "$IPVSADM" "$@" >$STATE/stdout 2>$STATE/stderr </dev/null || rc=$?
	show_output $rc
}

# And with a network of its own.
as_guest_with_network()
{
	local rc=0
	printf '$ [as root of user and network namespaces] ipvsadm %s\n' "$*"
	unshare --user --map-root-user --net "$IPVSADM" "$@" >$STATE/stdout 2>$STATE/stderr </dev/null || rc=$?
	show_output $rc
}

for who in as_nobody as_guest as_guest_with_network; do
	$who -Ln
	$who -A -t 192.0.2.1:81 -s rr
	$who -a -t 192.0.2.1:80 -r 10.1.1.3:80 -m
	$who -D -t 192.0.2.1:80
	$who -C
	$who --set 1 1 1
	$who -L --timeout
done

note 'everybody may read'
step setpriv --reuid 65534 --regid 65534 --clear-groups cat /proc/net/ip_vs_conn
step stat -c '%A %u:%g %n' /proc/net/ip_vs /proc/net/ip_vs_conn
step setpriv --reuid 65534 --regid 65534 --clear-groups sed s/size=.*// /proc/net/ip_vs
ipvs -Ln
ipvs -L --timeout
