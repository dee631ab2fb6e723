# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
nat_services

note 'both are a connection'
send c tcp 10.0.0.2:0 192.0.2.1:80 flags=S seq=1
send c udp 10.0.0.2:0 192.0.2.1:53 data=x
proc ip_vs
note 'C does not find them again'
send c tcp 10.0.0.2:0 192.0.2.1:80 flags=A seq=2
send c udp 10.0.0.2:0 192.0.2.1:53 data=y
proc ip_vs
note 'replies'
send s1 tcp 10.1.1.2:8080 10.0.0.2:0 flags=A seq=2
send s1 udp 10.1.1.2:5353 10.0.0.2:0 data=z
