# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Locality: what was chosen for an address is remembered.
replay \
	lblcr,events=1000 \
	lblcr,servers=50,events=1000,seed=2

note 'how long it is remembered'
file=/proc/sys/net/ipv4/vs/lblcr_expiration
for value in '' 5 0 99999999 -1 x; do
	[ -z "$value" ] || step sh -c "echo $value >$file"
	step cat $file
done
step stat -c %a $file
