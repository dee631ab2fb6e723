#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two modules want the same: the second is refused, the first goes on.
. ./lib.sh
start

network
web_server s1

check 'C ip_vs is loaded' modprobe -a ip_vs ip_vs_rr
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
check_is 'C balances' s1 "$(get 1)"
dmesg -C
check_fails 'rust_ipvs is refused' 'Device or resource busy' load
check 'the log says why' eval 'dmesg | grep -q "rust_ipvs: .*IPVS belongs to another module"'
dmesg | sed 's/^/# /'
check 'nothing of it is left' test ! -d /sys/module/rust_ipvs
check_is 'C still balances' s1 "$(get 1)"
check 'C still has its table' eval 'ipvs -Ln | grep -q 10.2.0.2:8080'
ipvs -a -t 192.0.2.1:80 -r 10.3.0.2:8080 -m
check_is 'and takes orders' 2 "$(ipvs -Ln | grep -c Masq)"
ipvs -C
check 'C ip_vs goes' modprobe -r ip_vs_rr ip_vs

check 'rust_ipvs is loaded' load
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
check_is 'rust_ipvs balances' s1 "$(get 1)"
check_fails 'C ip_vs is refused' . modprobe ip_vs
check 'nothing of it is left' test ! -d /sys/module/ip_vs
check_is 'rust_ipvs still balances' s1 "$(get 1)"
check 'its /proc files still work' in_netns d grep -q '0A020002:1F90' /proc/net/ip_vs
ipvs -C
check 'rust_ipvs goes' rmmod rust_ipvs
