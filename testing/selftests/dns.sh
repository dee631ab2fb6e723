#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Name servers behind one-packet scheduling: each question goes to the next, whoever asks.
. ./lib.sh
start

network
load
links_to_client
for name in s1 s2; do
	i=${name#s}
	in_netns $name dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root \
		--pid-file --bind-interfaces --listen-address=192.0.2.1 --address="/www.test/10.99.0.$i" &
	wait_until 15 listens $name 53
done
in_netns c sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0

# question PORT: the last number of the address of www.test; the answer ends with that.
question()
{
	printf '\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\4test\0\0\1\0\1' |
		in_netns c nc -u -p "$1" -w 2 -W 1 192.0.2.1 53 | tail -c 4 | od -An -tu1 | awk '{ print $1 "." $2 "." $3 "." $4 }'
}

# questions: eight of them, by the same port; which server has answered how many.
questions()
{
	for _ in 1 2 3 4 5 6 7 8; do
		question 4000
	done | sort | uniq -c | xargs
}

ipvs -A -u 192.0.2.1:53 -s rr --ops
ipvs -a -u 192.0.2.1:53 -r 10.2.0.2 -g
ipvs -a -u 192.0.2.1:53 -r 10.3.0.2 -g
check_is 'servers take turns' '4 10.99.0.1 4 10.99.0.2' "$(questions)"
check_is 'there is no connection' 0 "$(connections)"
check_is 'each was counted' 8 "$(ipvs -Ln --stats --exact | awk '$1 == "->" { n += $3 } END { print n }')"
check_is 'each was one packet' 8 "$(ipvs -Ln --stats --exact | awk '$1 == "->" { n += $4 } END { print n }')"

ipvs -E -u 192.0.2.1:53 -s rr
one=$(questions)
check_is 'otherwise one server answers' '8 10.99.0.' "${one%[12]}"
check_is 'there is one connection' 1 "$(connections)"
