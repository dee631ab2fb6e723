# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Two at random: not the same servers, but as many times each. What is printed is whether their
# shares are those of a simulation (chi-square, 0.1 %).
replay twos,shares=1,events=2000,proto=udp
