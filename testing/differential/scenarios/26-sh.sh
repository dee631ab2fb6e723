# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Source hashing, slot for slot; flags: 8 is fallback, 10 is port.
replay \
	sh,events=600 \
	sh,flags=8,events=500,seed=2 \
	sh,flags=10,servers=50,events=500,seed=3 \
	sh,flags=18,weights=wide,events=400,seed=4
