# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Servers that were removed and are added again: what is the same one, and what it
# brings along. 41-delete has the plain case.

topology
nft -f - <<-END
	table ip marks {
		chain set_mark {
			type filter hook prerouting priority -150
			ip daddr 192.0.2.2 meta mark set 7
		}
	}
END

shown()
{
	proc ip_vs
	conns
}

setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.1.2:80 -m
setup -A -u 192.0.2.1:80 -s rr
setup -a -u 192.0.2.1:80 -r 10.1.1.2:80 -m -x 3 -y 2
for port in 1 2 3; do
	post c udp 10.0.0.2:100$port 192.0.2.1:80 data=x
done
post c udp 10.0.0.2:2001 192.0.2.2:80 data=x
shown

note 'another port, another method, another service: another server'
setup -d -u 192.0.2.1:80 -r 10.1.1.2:80
setup -d -f 7 -r 10.1.1.2:80
ipvs -a -u 192.0.2.1:80 -r 10.1.1.2:81 -m
ipvs -A -u 192.0.2.1:81 -s rr
ipvs -a -u 192.0.2.1:81 -r 10.1.1.2:80 -m
shown

note 'the same, with other thresholds and another method: its connections count'
ipvs -a -u 192.0.2.1:80 -r 10.1.1.2:80 -g -x 9 -w 4
send c udp 10.0.0.2:1001 192.0.2.1:80 data=x
send c udp 10.0.0.2:1004 192.0.2.1:80 data=x
shown

# By the route that was remembered nobody is there: three seconds, then an error that counts.
sleep 2
stats

note 'overloaded as soon as it is there'
setup -d -u 192.0.2.1:80 -r 10.1.1.2:80
ipvs -a -u 192.0.2.1:80 -r 10.1.1.2:80 -m -x 2 -y 1
send c udp 10.0.0.2:1005 192.0.2.1:80 data=x
send c udp 10.0.0.2:1006 192.0.2.1:80 data=x
shown

note 'that of a mark, whatever the address'
ipvs -a -f 7 -r 10.1.1.2:80 -m
send c udp 10.0.0.2:2001 192.0.2.2:80 data=x
shown

note 'removed and added many times'
for _ in 1 2 3 4 5; do
	setup -d -f 7 -r 10.1.1.2:80
	setup -a -f 7 -r 10.1.1.2:80 -m
done
send c udp 10.0.0.2:2001 192.0.2.2:80 data=x
shown

note 'removed with its service, while another one has it'
ipvs -D -u 192.0.2.1:80
ipvs -A -u 192.0.2.1:80 -s lc
ipvs -a -u 192.0.2.1:80 -r 10.1.1.2:80 -m
send c udp 10.0.0.2:1001 192.0.2.1:80 data=x
shown
stats
