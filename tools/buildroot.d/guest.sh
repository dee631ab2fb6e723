# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The test machine's disks.  Its root is an overlay of three read-only erofs
# images: userland (made once), modules (one per kernel), payload (one per
# run, by tools/vm/run), under a tmpfs.

make_guest_archive()
{
	debian_root "$(packages "$LIB/guest.packages")" "$GUEST_IMAGE.tar.tmp" --format=tar
	mv "$GUEST_IMAGE.tar.tmp" "$GUEST_IMAGE.tar"
}

# Not compressed: the emulated processor is slow, the host's page cache is not.
make_guest_image()
{
	in_root mkfs.erofs --quiet --tar=f -T0 "$GUEST_IMAGE.tmp" "$GUEST_IMAGE.tar"
	mv "$GUEST_IMAGE.tmp" "$GUEST_IMAGE"
	rm -f "$GUEST_IMAGE.tar"
}

# boot_modules: names of the modules that the initramfs loads.
boot_modules()
{
	sed -n 's/^boot //p' "$LIB/kernel.modules"
}

# index_modules DIR RELEASE: depmod for a tree below DIR.
index_modules()
{
	ln -sfn usr/lib "$1/lib"
	in_root depmod -b "$(readlink -f "$1")" "$2"
}

# select_modules FROM TO: copies what kernel.modules names, with dependencies,
# from one /lib/modules/RELEASE to another, uncompressed.
select_modules()
{
	local from=$1 to=$2
	mkdir -p "$to"
	index_modules "${from%/usr/lib/modules/*}" "${from##*/}"
	cp "$from"/modules.{builtin,builtin.modinfo,order} "$to/"
	wanted_modules "$from" | sort -u | tar -c -C "$from" -T - | tar -x -C "$to"
	find "$to" -name '*.ko.xz' -print0 | in_root xargs -0 -r xz -d
}

# wanted_modules DIR: the files to copy, with those they depend on.
wanted_modules()
{
	local line patterns
	patterns=$(sed 's/#.*//; /^boot /d; /^ *$/d; s,^,kernel/,' "$LIB/kernel.modules")
	{
		for line in $patterns; do
			(cd "$1" && find kernel -path "$line" -name '*.ko*')
		done
		for line in $(boot_modules); do
			(cd "$1" && find kernel -name "$line.ko*")
		done
	} | awk '
		FNR == NR { file = $1; sub(":", "", file); dep[file] = $0; next }
		{ sub("^[^:]*:", "", dep[$1]); print $1; n = split(dep[$1], d, " "); for (i = 1; i <= n; i++) print d[i] }
	' "$1/modules.dep" -
}

# make_modules_image RELEASE DIR IMAGE: DIR has usr/lib/modules/RELEASE.
make_modules_image()
{
	local release=$1 dir=$2 image=$3
	index_modules "$dir" "$release"
	in_root mkfs.erofs --quiet --all-root -T0 "$image.tmp" "$dir"
	mv "$image.tmp" "$image"
}

# make_initramfs RELEASE DIR OUT MODULE...: busybox, tools/vm/init and the
# modules without which the root cannot be mounted, in loading order.
make_initramfs()
{
	local release=$1 dir=$2 out=$3 work name file
	shift 3
	work=$(mktemp -d)
	mkdir -p "$work"/{bin,dev,proc,modules,layers/top,root}
	: >"$work/modules/order"
	cp "$BUILD_ROOT/usr/bin/busybox" "$work/bin/"
	install -m 755 "$TOOLS/vm/init" "$work/init"
	for name; do
		# "insmod FILE" lines, dependencies first; "builtin NAME" ones.
		in_root modprobe -d "$dir" -S "$release" --show-depends "$name"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
	while read -r file; do
		cp "$file" "$work/modules/"
		basename "$file" >>"$work/modules/order"
	done
	(cd "$work" && find . | LC_ALL=C sort | in_root cpio -o -H newc --quiet --owner=0:0 --reproducible) >"$out.tmp"
	mv "$out.tmp" "$out"
	rm -rf "$work"
}
