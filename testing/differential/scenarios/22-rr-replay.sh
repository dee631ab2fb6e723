# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Round robin with few servers and with many.
replay \
	rr,events=1000 \
	rr,servers=50,events=1000,seed=2
