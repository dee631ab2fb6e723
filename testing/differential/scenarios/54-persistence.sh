# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
servers()
{
	setup -A "$@" -s rr -p 300
	setup -a "$@" -r 10.1.1.2:8080 -m
	setup -a "$@" -r 10.1.2.2:8080 -m
}

syn()
{
	send c tcp "$1" "$2" flags=S seq=1
}

note 'a port: each client has its server'
servers -t 192.0.2.1:80
for port in 1000 1001 1002; do
	syn 10.0.0.2:$port 192.0.2.1:80
	syn 10.0.0.3:$port 192.0.2.1:80
done
snapshot
ipvs -Ln --persistent-conn
proc ip_vs_conn_sync

note 'a template is assured as soon as one of its connections is established'
send s1 tcp 10.1.1.2:8080 10.0.0.3:1001 flags=SA seq=1 ack=2
send s2 tcp 10.1.2.2:8080 10.0.0.2:1001 flags=SA seq=1 ack=2
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=A seq=2 ack=2
conns

note 'what is over is not scheduled anew'
send c tcp 10.0.0.2:1001 192.0.2.1:80 flags=R seq=2
syn 10.0.0.2:1001 192.0.2.1:80
syn 10.0.0.2:1001 192.0.2.1:80
conns
setup -C

note 'no port'
servers -u 192.0.2.2:0
send c udp 10.0.0.2:1000 192.0.2.2:53 data=x
send c udp 10.0.0.2:1000 192.0.2.2:54 data=x
send c udp 10.0.0.3:1000 192.0.2.2:54 data=x
send c udp 10.0.0.2:1000 192.0.2.2:55 data=x
conns
note 'an answer is enough for UDP'
send s1 udp 10.1.1.2:54 10.0.0.3:1000 data=y
send s2 udp 10.1.2.2:54 10.0.0.2:1000 data=y
conns
setup -C

note 'FTP: control and data'
servers -t 192.0.2.1:21
syn 10.0.0.2:1010 192.0.2.1:21
syn 10.0.0.2:1011 192.0.2.1:40000
syn 10.0.0.3:1011 192.0.2.1:40001
syn 10.0.0.3:1010 192.0.2.1:21
syn 10.0.0.3:1012 192.0.2.1:80
snapshot
setup -C

note 'a mark: any address, port and protocol'
nft -f - <<-END
	table ip t {
		chain marks {
			type filter hook prerouting priority -150
			ip daddr { 192.0.2.1, 192.0.2.2 } meta mark set 0x10007
		}
	}
END
servers -f 65543
syn 10.0.0.2:1020 192.0.2.1:80
syn 10.0.0.2:1020 192.0.2.2:443
send c udp 10.0.0.2:1020 192.0.2.1:53 data=x
syn 10.0.0.3:1020 192.0.2.2:80
syn 10.0.0.2:1020 192.0.2.1:0
snapshot
proc ip_vs_conn_sync
ipvs -Ln --persistent-conn
