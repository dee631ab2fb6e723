# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# ovf with few servers and with many; servers change often.
replay \
	ovf,events=600,edits=8 \
	ovf,weights=wide,events=400,edits=8,seed=2 \
	ovf,servers=50,events=600,edits=8,seed=3 \
	ovf,servers=50,weights=wide,events=400,edits=8,seed=4
