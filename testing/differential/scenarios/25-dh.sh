# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Destination hashing, slot for slot.
replay \
	dh,events=1000 \
	dh,servers=50,events=1000,seed=2
