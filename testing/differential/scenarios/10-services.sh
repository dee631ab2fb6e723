# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Also with ipvsadm-rs.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

note 'an empty table'
ipvs -Ln
proc ip_vs
proc ip_vs_conn
ipvs -L --timeout

note 'services of all kinds'
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -A -t 192.0.2.1:81
ipvs -A -u 192.0.2.1:80 -s wlc
ipvs -A -f 7 -s rr
ipvs -A -f 4294967295 -s wlc
ipvs -Ln
proc ip_vs

note 'the same again'
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -A -t 192.0.2.1:80 -s wlc
ipvs -A -f 7 -s rr

note 'what does not exist'
ipvs -A -t 192.0.2.1:82 -s nosuch
ipvs -E -t 192.0.2.1:83 -s rr
ipvs -E -u 192.0.2.1:81 -s rr
ipvs -E -f 8 -s rr
ipvs -E -t 192.0.2.1:80 -s nosuch
ipvs -D -t 192.0.2.1:83
ipvs -D -f 8
ipvs -L -n -t 192.0.2.1:83
ipvs -Z -t 192.0.2.1:83
ipvs -A -t 192.0.2.1:84 -s rr --pe nosuch

note 'odd addresses are taken'
ipvs -A -t 0.0.0.0:80 -s rr
ipvs -A -t 224.0.0.1:80 -s rr
ipvs -A -t 255.255.255.255:80 -s rr
ipvs -A -t 127.0.0.1:65535 -s rr
ipvs -Ln

note 'edit'
ipvs -E -t 192.0.2.1:80 -s wlc
ipvs -E -f 7 -s wlc
ipvs -E -f 7 -s wlc
ipvs -Ln
ipvs -Ln -t 192.0.2.1:80
ipvs -Ln -f 7

note 'delete, and all at once'
ipvs -D -t 192.0.2.1:80
ipvs -D -t 192.0.2.1:80
ipvs -D -f 7
ipvs -Ln
ipvs -C
ipvs -C
ipvs -Ln
proc ip_vs
