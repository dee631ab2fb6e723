# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian roots made by mmdebstrap, and running commands in the build root.

SUITE=trixie

# packages FILE...: their package names, comma separated.
packages()
{
	cat "$@" | sed 's/#.*//' | xargs | tr ' ' ,
}

# key TEXT...: a short name for what something was made from.
key()
{
	printf '%s\n' "$@" | sha256sum | cut -c 1-10
}

# Run by mmdebstrap, with the root as $1: what enter mounts things on.
# shellcheck disable=SC2016 # mmdebstrap expands it
BUILD_HOOK='touch "$1/etc/resolv.conf" "$1/etc/hosts"; mkdir -p "$1/usr/lib/modules"'

# debian_root PACKAGES DESTINATION [OPTION...]: a directory, or a tar archive
# if DESTINATION ends in .tar.
debian_root()
{
	local list=$1 dest=$2
	shift 2
	# Left to itself, apt waits for minutes for a mirror that is not there.
	mmdebstrap --variant=apt --include="$list" \
		--aptopt='Acquire::Retries "3"' --aptopt='Acquire::http::Timeout "20"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"$@" "$SUITE" "$dest" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
}

# make_root DIRECTORY PACKAGES: a root to enter.
make_root()
{
	local root=$1 list=$2 tmp=$1.tmp
	rm -rf --one-file-system "$tmp" "$tmp.tar"
	if [ "$UID" -eq 0 ]; then
		debian_root "$list" "$tmp" --customize-hook="$BUILD_HOOK"
	else
		# As a tar archive, so that all files belong to the caller and
		# entering and removing the root need no helper with privileges.
		debian_root "$list" "$tmp.tar" --customize-hook="$BUILD_HOOK"
		mkdir "$tmp"
		tar -x -f "$tmp.tar" -C "$tmp" --no-same-owner --exclude='./dev/*'
		rm -f "$tmp.tar"
	fi
	mv -T "$tmp" "$root"
}

# enter [--bind PATH]... COMMAND...: runs COMMAND in the build root, in the
# same directory, as (its) root.  Replaces this process.
#
# The new root is a tmpfs that shows parts of the build root, of the host and
# the checkout.  It exists in a mount namespace of its own: nothing is written
# to the build root, and nothing stays mounted however COMMAND ends.
# shellcheck disable=SC2153 # BUILD_ROOT is set by whoever sources this
enter()
{
	local flags=(--mount --propagation private)
	[ "$UID" -eq 0 ] || flags+=(--user --map-root-user)
	mkdir -p "$CACHE/mnt" "$CACHE/home" "$CACHE/cargo"
	exec unshare "${flags[@]}" "$LIB/enter" "$BUILD_ROOT" "$CACHE" "$CHECKOUT" "$@"
}

# The same as a child process.
in_root()
{
	(enter "$@")
}
