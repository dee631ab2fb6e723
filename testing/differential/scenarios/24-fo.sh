# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# fo with few servers and with many; servers change often.
replay \
	fo,events=600,edits=8 \
	fo,weights=wide,events=400,edits=8,seed=2 \
	fo,servers=50,events=600,edits=8,seed=3 \
	fo,servers=50,weights=wide,events=400,edits=8,seed=4
