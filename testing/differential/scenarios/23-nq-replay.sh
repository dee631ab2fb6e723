# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# nq with few servers and with many, of equal and of very different weights.
replay \
	nq,events=600 \
	nq,weights=wide,events=400,seed=2 \
	nq,servers=50,events=600,seed=3 \
	nq,servers=50,weights=wide,proto=udp,events=400,seed=4
