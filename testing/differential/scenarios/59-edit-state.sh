# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# What a scheduler has in mind when its service or one of its servers is edited.

topology
next=1000

# chosen COUNT: which servers so many connections are given to.
chosen()
{
	local i
	for ((i = 0; i < $1; i++)); do
		send c udp 10.0.0.2:$((next++)) 192.0.2.1:53 data=x
	done
}

servers()
{
	setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m -w 3
	setup -a -u 192.0.2.1:53 -r 10.1.1.3:53 -m -w 2
	setup -a -u 192.0.2.1:53 -r 10.1.2.2:53 -m -w 1
}

for scheduler in rr wrr; do
	note "$scheduler: goes on behind the one that it has chosen"
	setup -A -u 192.0.2.1:53 -s $scheduler
	servers
	chosen 2
	note 'the service is edited, with the same scheduler'
	ipvs -E -u 192.0.2.1:53 -s $scheduler -p 100
	ipvs -E -u 192.0.2.1:53 -s $scheduler
	chosen 2
	note 'a server is edited'
	ipvs -e -u 192.0.2.1:53 -r 10.1.1.3:53 -m -w 2
	chosen 4
	note 'the weight of one changes'
	ipvs -e -u 192.0.2.1:53 -r 10.1.2.2:53 -m -w 4
	chosen 4
	note 'another scheduler, and back: it begins anew'
	ipvs -E -u 192.0.2.1:53 -s lc
	ipvs -E -u 192.0.2.1:53 -s $scheduler
	chosen 4
	note 'none'
	genl SET_SERVICE 'SERVICE{' AF=2 PROTOCOL=17 ADDR=192.0.2.1 PORT=53 SCHED_NAME=none FLAGS=00000000ffffffff TIMEOUT=0 NETMASK=255.255.255.255 '}'
	chosen 1
	ipvs -E -u 192.0.2.1:53 -s $scheduler
	chosen 2
	ipvs -C
done
snapshot
