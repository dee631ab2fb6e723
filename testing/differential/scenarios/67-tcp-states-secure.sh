# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# States of TCP under secure_tcp, and of connections whose server is not heard.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh
# shellcheck source=testing/differential/walk.sh
. ./walk.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
setup -A -t 192.0.2.1:81 -s rr
setup -a -t 192.0.2.1:81 -r 10.1.1.2:81 -g

# The client's packets only.
walk_one_way()
{
	local state event
	local -A ways=(
		[synrecv]='cS'
		[established]='cS cA'
		[finwait]='cS cA cFA'
		[timewait]='cS cFA'
		[close]='cS cA cR'
		[reset]='cS cA cFA cR'
	)
	for state in synrecv established finwait timewait close reset; do
		for event in cS cSA cA cFA cR c; do
			# shellcheck disable=SC2086 # words
			walk ${ways[$state]} $event
		done
	done
}

# What opens a connection if anything may.
walk_first()
{
	local event
	for event in cS cSA cA cFA cR c; do
		walk $event
	done
}

# A SYN to a connection that is through is one more event.
sysctl -qw net.ipv4.vs.conn_reuse_mode=0
sysctl -qw net.ipv4.vs.sloppy_tcp=1

note 'any first packet'
walk_first
note 'one way'
SERVICE=192.0.2.1:81 SERVER='s1 192.0.2.1:81'
walk_first
walk cS cA cPA cFA cA
walk_one_way

note 'until a packet of the server comes this way'
# It has an address of ours.
sysctl -qw net.ipv4.conf.s1.accept_local=1 net.ipv4.conf.s1.rp_filter=0 net.ipv4.conf.all.rp_filter=0
walk cS sSA cA cFA sFA cA
walk cS cA sA cFA
walk cS cA cFA sFA

note 'with secure_tcp, one way'
sysctl -qw net.ipv4.vs.secure_tcp=3
walk_first
walk cS cA cPA cFA cA
walk_one_way

note 'with secure_tcp, all events from all states'
SERVICE=192.0.2.1:80 SERVER='s1 10.1.1.2:8080'
walk_first
walk cS sSA cA cFA sA sFA cA
walk cS sSA cA sFA cA cFA sA
walk cS cS sSA sSA cA cA
walk_all_tcp
