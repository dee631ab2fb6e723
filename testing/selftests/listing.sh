#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The dump of services with their servers, which C does not have, says what the
# dumps that it stands for say; and that it was interrupted.
. ./lib.sh
start

network
load
said=$(in_netns d python3 ./listing.py "${TOOLS%% *}" 2>&1)
result $? 'the dumps can be made'
while IFS='|' read -r description expected found; do
	[ -n "$found" ] || echo "# $description"
	[ -z "$found" ] || check_is "$description" "$expected" "$found"
done <<<"$said"
