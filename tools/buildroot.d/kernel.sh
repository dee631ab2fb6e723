# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2164 # whoever sources this sets -e
#
# Debian's kernel: choosing the version, getting its packages, and preparing
# its source tree so that Rust modules built in it load into the stock image.

KERNEL_ARCH=amd64
KERNEL_CC=x86_64-linux-gnu-gcc-14

# The version is chosen once and then kept, so that working offline works and
# results stay comparable; --refresh chooses anew.
resolved_file()
{
	printf '%s/kernel-version-%s' "$CACHE" "$(key "$(cat "$TOOLS/kernels")")"
}

# Sets SERIES, KVER (Debian's version), KREL (uname -r), KERNEL and IMAGES
# (directories).
load_resolved()
{
	local file
	file=$(resolved_file)
	[ -f "$file" ] || return 1
	read -r SERIES KVER KREL <"$file"
	# Rust metadata is tied to the very compiler that made it, hence the
	# build root in the key.
	KERNEL=$CACHE/kernel-$KREL-$(key "$KVER" "${BUILD_ROOT##*/}")
	IMAGES=$KERNEL/images-$(key "$(cat "$LIB/kernel.modules" "$LIB/guest.sh" "$TOOLS/vm/init")")
}

# backports TOOL...: apt-get or apt-cache with Debian's backports as the only
# source and all state in the cache; the build root is left as it is.
backports()
{
	local tool=$1 dir=$CACHE/apt
	shift
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	in_root "$tool" \
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State="$dir" -o Dir::State::status=/dev/null -o Dir::Cache="$dir" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none \
		-o Acquire::Retries=3 -o Acquire::http::Timeout=20 "$@"
}

# The mirror is the one that mmdebstrap chose or was told.
write_backports_list()
{
	local mirror
	mirror=$(grep -rhoE '(https?|file|ftp)://[^ ]+' "$BUILD_ROOT"/etc/apt/sources.list* |
		grep -v security | head -n 1)
	[ -n "$mirror" ] || { echo "no mirror in $BUILD_ROOT/etc/apt/sources.list*" >&2; return 1; }
	mkdir -p "$CACHE/apt"
	echo "deb $mirror $SUITE-backports main" >"$CACHE/apt/sources.list"
}

# kernel_packages SERIES RELEASE: source; configuration and Module.symvers;
# lists of what is built in; image; modules.
kernel_packages()
{
	printf '%s\n' "linux-source-$1" linux-{headers,base,binary,modules}-"$2"
}

# Does the archive have package $1 in version $2?
has_version()
{
	backports apt-cache madison "$1" |
		awk -F ' *[|] *' -v want="$2" '$2 == want { found = 1 } END { exit !found }'
}

# The newest release of series $1 that has all packages in one version.
newest_of_series()
{
	local series=$1 rel ver pkg
	backports apt-cache pkgnames "linux-binary-$series." |
		sed -n "s/^linux-binary-\($series\.[0-9]*+deb[0-9]*-$KERNEL_ARCH\)\$/\1/p" | sort -rV |
	while read -r rel; do
		ver=$(backports apt-cache madison "linux-binary-$rel" | awk '{ print $3; exit }')
		for pkg in $(kernel_packages "$series" "$rel"); do
			has_version "$pkg" "$ver" || { echo "$rel: no $pkg $ver" >&2; continue 2; }
		done
		echo "$series $ver $rel"
		break
	done
}

resolve_kernel()
{
	local series found
	write_backports_list
	backports apt-get update -q
	# shellcheck disable=SC2013 # words are wanted
	for series in $(sed 's/#.*//' "$TOOLS/kernels"); do
		found=$(newest_of_series "$series")
		[ -n "$found" ] || { echo "series $series: not in $SUITE-backports"; continue; }
		echo "chosen: $found"
		echo "$found" >"$(resolved_file).tmp"
		mv "$(resolved_file).tmp" "$(resolved_file)"
		return
	done
	echo "none of the series in tools/kernels is in $SUITE-backports"
	return 1
}

download_kernel()
{
	local pkg names=()
	for pkg in $(kernel_packages "$SERIES" "$KREL"); do
		names+=("$pkg=$KVER")
	done
	rm -rf "$KERNEL/debs.tmp"
	mkdir -p "$KERNEL/debs.tmp"
	cd "$KERNEL/debs.tmp"
	backports apt-get download "${names[@]}" || {
		echo "$KVER may have left the archive; take a newer one: tools/buildroot --refresh"
		return 1
	}
	mv -T "$KERNEL/debs.tmp" "$KERNEL/debs"
}

unpack_kernel()
{
	local deb
	cd "$KERNEL"
	rm -rf unpacked
	mkdir unpacked
	for deb in debs/*.deb; do
		in_root dpkg-deb -x "$deb" unpacked
	done
	cp "unpacked/usr/lib/modules/$KREL/vmlinuz" vmlinuz
}

prepare_kernel()
{
	in_root "$TOOLS/prepare-kdir" "$KERNEL/unpacked/usr/src/linux-source-$SERIES.tar.xz" \
		"$KERNEL/unpacked/usr/src/linux-headers-$KREL" "$KERNEL/src"
}

# Symbol names and layouts agree with the image only if the compiler, the
# configuration and the release string are Debian's own.
check_kernel()
{
	local src=$KERNEL/src deb=$KERNEL/unpacked/usr
	same "release" "$KREL" "$(cat "$src/include/config/kernel.release")"
	same "CONFIG_RUSTC_VERSION_TEXT and rustc --version" \
		"$(sed -n 's/^CONFIG_RUSTC_VERSION_TEXT="\(.*\)"/\1/p' "$deb/src/linux-headers-$KREL/.config")" \
		"$(in_root rustc --version)"
	same "configuration, but for the compiler's name" \
		"$(config_of "$deb/src/linux-headers-$KREL/.config")" "$(config_of "$src/.config")"

	rm -rf "$KERNEL/probe"
	in_root make -C "$src" CC=$KERNEL_CC KERNELRELEASE="$KREL" \
		M="$LIB/probe" MO="$KERNEL/probe" modules
	same "vermagic of Debian's dummy.ko and of a Rust module built here" \
		"$(in_root modinfo -F vermagic "$deb/lib/modules/$KREL/kernel/drivers/net/dummy.ko.xz")" \
		"$(in_root modinfo -F vermagic "$KERNEL/probe/probe.ko")"
}

config_of()
{
	grep '^CONFIG_' "$1" | grep -v '^CONFIG_CC_VERSION_TEXT='
}

# same WHAT WANTED FOUND
same()
{
	if [ "$2" = "$3" ]; then
		echo "same: $1"
	else
		echo "differs: $1"
		diff <(echo "$2") <(echo "$3") | sed 's/^</wanted:/; s/^>/found: /'
		return 1
	fi
}

# What the machine boots.  vmlinux is Debian's vmlinuz, unpacked: an emulated
# processor takes seconds to do that itself.
make_kernel_images()
{
	local from=$KERNEL/unpacked/usr/lib/modules/$KREL
	# Another checkout may be using others.
	find "$KERNEL" -maxdepth 1 -name 'images-*' -mtime +7 -exec rm -rf {} +
	mkdir "$IMAGES.tmp"
	cd "$IMAGES.tmp"
	in_root bash "$KERNEL/src/scripts/extract-vmlinux" "$KERNEL/vmlinuz" >vmlinux
	select_modules "$from" "modules/usr/lib/modules/$KREL"
	make_modules_image "$KREL" modules modules.erofs
	# shellcheck disable=SC2046 # one word per module
	make_initramfs "$KREL" modules initramfs.cpio $(boot_modules)
	rm -rf modules
	mv -T "$IMAGES.tmp" "$IMAGES"
}

make_kernel()
{
	[ ! -f "$KERNEL/ready" ] || return 0
	mkdir -p "$KERNEL"
	[ -d "$KERNEL/debs" ] || step kernel "downloading $KREL" download_kernel
	[ -f "$KERNEL/vmlinuz" ] || step kernel "unpacking $KVER" unpack_kernel
	step kernel "preparing the tree of $KREL (make modules_prepare)" prepare_kernel
	step kernel "comparing it with Debian's image" check_kernel
	rm -rf "$KERNEL/debs" "$KERNEL/probe"
	: >"$KERNEL/ready"
}
