# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Also with ipvsadm-rs.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

ipvs -L --timeout
ipvs --set 5 3 4
ipvs -L --timeout
ipvs --set 0 0 7
ipvs -L --timeout
ipvs --set 0 0 0
ipvs -L --timeout
ipvs --set 2147483 2147483 2147483
ipvs -L --timeout
ipvs --set 2147484 1 1
ipvs --set 8589935 1 1
ipvs --set 1 8589935 1
ipvs --set 1 1 8589935
ipvs --set -1 1 1
ipvs -L --timeout
ipvs --set 1 1
ipvs --set a b c

note 'they outlive the table'
ipvs --set 11 12 13
setup -A -t 192.0.2.1:80
ipvs -C
ipvs -L --timeout
