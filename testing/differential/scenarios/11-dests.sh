# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Also with ipvsadm-rs.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Without this, no address is one of a host.
ip link set lo up

setup -A -t 192.0.2.1:80 -s rr
setup -A -f 7 -s wlc

note 'the service is missing'
ipvs -a -t 192.0.2.1:81 -r 10.1.1.2:80 -m
ipvs -e -t 192.0.2.1:81 -r 10.1.1.2:80 -m
ipvs -d -t 192.0.2.1:81 -r 10.1.1.2:80
ipvs -a -f 8 -r 10.1.1.2 -m

note 'add, and again'
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 5
ipvs -a -t 192.0.2.1:80 -r 10.1.1.2:8081 -m -w 0
ipvs -a -t 192.0.2.1:80 -r 10.1.1.3 -m -w 2147483647
ipvs -a -f 7 -r 10.1.1.2 -m
ipvs -a -f 7 -r 10.1.1.2:81 -m -x 10 -y 5
ipvs -Ln
ipvs -Ln --thresholds
ipvs -Ln --stats
proc ip_vs

note 'addresses that cannot be servers'
ipvs -a -t 192.0.2.1:80 -r 224.1.1.1:80 -m
ipvs -a -t 192.0.2.1:80 -r 255.255.255.255:80 -m
ipvs -a -t 192.0.2.1:80 -r 0.0.0.0:80 -m
ipvs -a -t 192.0.2.1:80 -r 240.0.0.1:80 -m
ipvs -a -t 192.0.2.1:80 -r 127.0.0.1:80 -m
ipvs -a -t 192.0.2.1:80 -r 192.0.2.77:80 -m

note 'thresholds'
ipvs -a -t 192.0.2.1:80 -r 10.1.2.2:80 -m -x 5 -y 6
ipvs -a -t 192.0.2.1:80 -r 10.1.2.2:80 -m -x 5 -y 5
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:80 -m -x 0 -y 1
ipvs -e -t 192.0.2.1:80 -r 10.1.2.2:80 -m -x 2147483647 -y 2147483647
ipvs -Ln --thresholds

note 'edit'
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8080 -m -w 7
ipvs -e -t 192.0.2.1:80 -r 10.1.1.2:8082 -m -w 7
ipvs -e -t 192.0.2.1:80 -r 224.1.1.1:8082 -m -w 7
ipvs -Ln
ipvs -Ln -t 192.0.2.1:80

note 'an edit of the service keeps its servers'
ipvs -E -t 192.0.2.1:80 -s wlc
ipvs -Ln

note 'delete'
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
ipvs -d -f 7 -r 10.1.1.2:99
ipvs -d -t 192.0.2.1:80 -r 224.1.1.1:80
ipvs -Ln
proc ip_vs

note 'servers go with their service'
ipvs -D -t 192.0.2.1:80
ipvs -A -t 192.0.2.1:80 -s rr
ipvs -Ln
ipvs -C
ipvs -Ln
