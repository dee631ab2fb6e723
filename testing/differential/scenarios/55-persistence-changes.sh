# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
vs=/proc/sys/net/ipv4/vs

syn()
{
	send c tcp "$1" 192.0.2.1:80 flags=S seq=1
}

# dest N ARGUMENT...: changes server N.
dest()
{
	setup -e -t 192.0.2.1:80 -r "10.1.$1.2:8080" -m "${@:2}"
}

note 'clients of a network'
setup -A -t 192.0.2.1:80 -s rr -p 300 -M 255.255.255.252
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
for client in 2 3 4 5 7 8; do
	syn 10.0.0.$client:1000
done
snapshot

note 'weight 0 is for others'
dest 1 -w 0
dest 2 -w 0
syn 10.0.0.2:1001
syn 10.0.0.4:1001
syn 10.0.0.12:1001
note 'unless it is not'
dest 1 -w 1
echo 1 >$vs/expire_quiescent_template
syn 10.0.0.2:1002
syn 10.0.0.4:1002
syn 10.0.0.2:1003
snapshot
ipvs -Ln --persistent-conn
echo 0 >$vs/expire_quiescent_template

note 'full is for others, too'
dest 1 -w 1 -x 2
dest 2 -w 1
syn 10.0.0.2:1004
syn 10.0.0.16:1004
syn 10.0.0.20:1004
dest 1 -w 1

note 'a server that is gone, and comes back'
ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:8080
conns
syn 10.0.0.2:1005
syn 10.0.0.2:1004
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
syn 10.0.0.2:1006
syn 10.0.0.4:1006
snapshot
ipvs -Ln --persistent-conn

note 'with a new one for who was there'
echo 1 >$vs/expire_nodest_conn
setup -d -t 192.0.2.1:80 -r 10.1.2.2:8080
# C has another thread do it.
for ((tries = 0; tries < 50; tries++)); do
	grep -q '0A010202' /proc/net/ip_vs_conn || break
	sleep 0.1
done
snapshot
ipvs -Ln --persistent-conn
dest 1 -w 0
syn 10.0.0.2:1004
syn 10.0.0.28:1004
setup -C

note 'the service is edited'
echo 0 >$vs/expire_nodest_conn
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
syn 10.0.0.34:1100
syn 10.0.0.34:1101
ipvs -E -t 192.0.2.1:80 -s rr -p 900
syn 10.0.0.34:1102
syn 10.0.0.34:1103
syn 10.0.0.34:1104
ipvs -E -t 192.0.2.1:80 -s rr
syn 10.0.0.34:1105
syn 10.0.0.34:1106
snapshot
setup -C

# timer PATTERN: seconds to the expiry of an entry, or nothing.
timer()
{
	awk -v "p=$1" '$0 ~ p { print $NF }' /proc/net/ip_vs_conn
}

note 'as long as it controls a connection it stays'
setup -A -t 192.0.2.1:80 -s rr -p 2
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
syn 10.0.0.66:1200
for ((tries = 0; tries < 100; tries++)); do
	left=$(timer '0A000042 0000 C0000201 0050')
	[ "${left:-99}" -le 2 ] || break
	sleep 0.1
done
echo "$left" | sed 's/^[3-6].$/a minute/'
syn 10.0.0.66:1201
left=$(timer '0A000042 0000 C0000201 0050')
echo "$left" | sed 's/^[3-6].$/a minute/'

note 'a service of one packet'
ipvs --set 0 0 2
setup -A -u 192.0.2.1:53 -s rr -p 2 -o
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m
setup -a -u 192.0.2.1:53 -r 10.1.2.2:53 -m
send c udp 10.0.0.70:1000 192.0.2.1:53 data=x
send c udp 10.0.0.70:1001 192.0.2.1:53 data=x
ipvs -Ln --persistent-conn
note 'otherwise it goes'
for ((tries = 0; tries < 100; tries++)); do
	[ -n "$(timer '^UDP')" ] || break
	sleep 0.1
done
proc ip_vs_conn
