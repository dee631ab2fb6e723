# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Weighted round robin; the last two jobs have more servers than are looked at one by one.
replay \
	wrr,events=600 \
	wrr,weights=even,events=500,seed=2 \
	wrr,servers=50,weights=wide,events=500,seed=3 \
	wrr,servers=60,weights=even,events=500,seed=4
