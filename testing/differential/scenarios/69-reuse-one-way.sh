# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a packet that opens a connection does to an old one whose server is not heard.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

TIMEOUTS='4 10 60 61 120 900'

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2 -g
setup -a -t 192.0.2.1:80 -r 10.1.2.2 -g
setup -A --sctp-service 192.0.2.1:80 -s rr
setup -a --sctp-service 192.0.2.1:80 -r 10.1.1.2 -g
setup -a --sctp-service 192.0.2.1:80 -r 10.1.2.2 -g

n=1000
for mode in 0 1 2 3 4 -1; do
	step sysctl -qw net.ipv4.vs.conn_reuse_mode=$mode
	n=$((n + 10))
	note 'TCP: through, aborted, finished by the client, open'
	post c tcp 10.0.0.2:$n 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$n 192.0.2.1:80 flags=FA
	send c tcp 10.0.0.2:$n 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$((n + 1)) 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$((n + 1)) 192.0.2.1:80 flags=A
	post c tcp 10.0.0.2:$((n + 1)) 192.0.2.1:80 flags=R
	send c tcp 10.0.0.2:$((n + 1)) 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$((n + 2)) 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$((n + 2)) 192.0.2.1:80 flags=A
	post c tcp 10.0.0.2:$((n + 2)) 192.0.2.1:80 flags=FA
	send c tcp 10.0.0.2:$((n + 2)) 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$((n + 3)) 192.0.2.1:80 flags=S
	post c tcp 10.0.0.2:$((n + 3)) 192.0.2.1:80 flags=A
	send c tcp 10.0.0.2:$((n + 3)) 192.0.2.1:80 flags=S
	note 'SCTP: through, being finished'
	post c sctp 10.0.0.2:$n 192.0.2.1:80 chunks=init
	post c sctp 10.0.0.2:$n 192.0.2.1:80 chunks=cookie-echo
	post c sctp 10.0.0.2:$n 192.0.2.1:80 chunks=abort
	send c sctp 10.0.0.2:$n 192.0.2.1:80 chunks=init
	post c sctp 10.0.0.2:$n 192.0.2.1:80 chunks=init
	post c sctp 10.0.0.2:$((n + 1)) 192.0.2.1:80 chunks=init
	post c sctp 10.0.0.2:$((n + 1)) 192.0.2.1:80 chunks=cookie-echo
	post c sctp 10.0.0.2:$((n + 1)) 192.0.2.1:80 chunks=shutdown
	send c sctp 10.0.0.2:$((n + 1)) 192.0.2.1:80 chunks=init
	proc ip_vs
done
conns
