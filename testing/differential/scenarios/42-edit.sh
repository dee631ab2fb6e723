# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
setup -a -u 192.0.2.1:53 -r 10.1.2.2:5353 -m
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question

note 'numbers survive an edit'
ipvs -e -u 192.0.2.1:53 -r 10.1.1.2:5353 -m -w 9
ipvs -E -u 192.0.2.1:53 -s wlc
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send c udp 10.0.0.2:1001 192.0.2.1:53 data=question
snapshot
stats

note 'an edit with a wrong scheduler changes nothing'
ipvs -E -u 192.0.2.1:53 -s nosuch
ipvs -Ln
send c udp 10.0.0.2:1002 192.0.2.1:53 data=question

note 'zero'
# In C it takes effect from what its thread has summed up.
sleep 2.6
ipvs -Z -u 192.0.2.1:53
ipvs -Ln --stats
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
stats
sleep 2.6
ipvs -Z
ipvs -Ln --stats
send c udp 10.0.0.2:1000 192.0.2.1:53 data=question
send s1 udp 10.1.1.2:5353 10.0.0.2:1000 data=answer
send s2 udp 10.1.2.2:5353 10.0.0.2:1000 data=answer
stats
ipvs -Ln --stats --exact
genl GET_DEST dump 'SERVICE{' AF=2 PROTOCOL=17 ADDR=192.0.2.1 PORT=53 '}'
