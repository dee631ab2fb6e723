# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the host must have.  It is little: mmdebstrap, and either root or user
# namespaces.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

check_host()
{
	[ "$(uname -m)" = x86_64 ] ||
		die "this is a $(uname -m) machine; only x86_64 is supported"
	need_package mmdebstrap type mmdebstrap
	# Ubuntu does not trust Debian's archive unless told to.
	need_package debian-archive-keyring test -f "$KEYRING"
	check_space
	[ "$UID" -eq 0 ] || check_namespaces
}

# need_package NAME TEST...: installs Debian package NAME unless TEST holds.
need_package()
{
	local name=$1
	shift
	"$@" >/dev/null 2>&1 && return
	[ "$UID" -eq 0 ] ||
		die "package $name is missing and only root can install it: apt-get install $name"
	type apt-get >/dev/null 2>&1 ||
		die "package $name is missing and there is no apt-get to install it with; a Debian or Ubuntu host is needed"
	step host "installing $name" install_package "$name"
}

install_package()
{
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$1"
}

# The first run needs about 5 GB: 2 for the build root, 2 for the kernel, 1 in passing.
check_space()
{
	local free
	free=$(df --output=avail -B1M "$CACHE" | tail -n 1)
	[ "$free" -ge 6000 ] ||
		die "$CACHE has $((free)) MB free and 6000 are needed; set RUST_IPVS_CACHE to a roomier place"
}

# Without root, mmdebstrap needs a range of user ids and the kernel's leave
# to use them; entering the root needs only the leave.
check_namespaces()
{
	local user file
	user=$(id -un)

	need_package uidmap type newuidmap
	for file in /etc/subuid /etc/subgid; do
		grep -q -s -E "^($user|$UID):" "$file" ||
			die "user $user has no line in $file; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $user"
	done
	unshare --user --map-root-user --mount true 2>/dev/null ||
		die "user $user may not create user namespaces; run as root, or as root set $(namespace_switch)"
}

# The setting that most likely forbids user namespaces here.
namespace_switch()
{
	local knob
	for knob in kernel/apparmor_restrict_unprivileged_userns=0 \
		    kernel/unprivileged_userns_clone=1 \
		    user/max_user_namespaces=10000; do
		if [ "$(cat "/proc/sys/${knob%=*}" 2>/dev/null)" = $((1 - (${knob#*=} > 0))) ]; then
			printf 'sysctl %s' "${knob//\//.}"
			return
		fi
	done
	printf 'what the container or security module here requires for it'
}
