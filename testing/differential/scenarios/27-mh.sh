# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Maglev hashing, slot for slot; flags: 8 is fallback, 10 is port.
replay \
	mh,events=600 \
	mh,flags=8,weights=wide,events=500,seed=2 \
	mh,flags=10,servers=50,events=500,seed=3 \
	mh,flags=18,weights=even,events=400,seed=4
