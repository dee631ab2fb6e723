# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Which service and which connection a packet of each protocol gets.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Those of SCTP and TCP that are seen here.
TIMEOUTS='4 10 61 120 300 900'

# The client's packets with which SCTP and TCP open a connection and end it.
associate()
{
	post c sctp "10.0.0.2:$1" 192.0.2.1:80 chunks=init
	post c sctp "10.0.0.2:$1" 192.0.2.1:80 chunks=init
}

topology
setup -A --sctp-service 192.0.2.1:80 -s rr
setup -a --sctp-service 192.0.2.1:80 -r 10.1.1.2 -m
setup -a --sctp-service 192.0.2.1:80 -r 10.1.2.2 -m

note 'an INIT over a closed association begins another'
associate 1000
post c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=abort
conns
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=init
post c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=init
conns
note 'not over one that is open'
post c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=cookie-echo
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=init
conns
note 'nor with conn_reuse_mode=0'
sysctl -qw net.ipv4.vs.conn_reuse_mode=0
post c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=abort
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=init
conns
note 'nor a packet that is no INIT, or begins with another chunk'
sysctl -qw net.ipv4.vs.conn_reuse_mode=1
post c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=abort
send c sctp 10.0.0.2:1000 192.0.2.1:80 chunks=data,init
conns

note 'servers without weight, expire_nodest_conn'
sysctl -qw net.ipv4.vs.expire_nodest_conn=1 net.ipv4.vs.conn_reuse_mode=0
associate 1001
conns
setup -e --sctp-service 192.0.2.1:80 -r 10.1.1.2 -m -w 0
setup -e --sctp-service 192.0.2.1:80 -r 10.1.2.2 -m -w 0
setup -a --sctp-service 192.0.2.1:80 -r 10.1.1.3 -m
send c sctp 10.0.0.2:1001 192.0.2.1:80 chunks=data
send c sctp 10.0.0.2:1001 192.0.2.1:80 chunks=init
setup -d --sctp-service 192.0.2.1:80 -r 10.1.1.3
send c sctp 10.0.0.2:1001 192.0.2.1:80 chunks=init
send c sctp 10.0.0.2:1002 192.0.2.1:80 chunks=init
setup -C
sysctl -qw net.ipv4.vs.expire_nodest_conn=0 net.ipv4.vs.conn_reuse_mode=1

note 'source port 20, port 21'
setup -A --sctp-service 192.0.2.1:21 -s rr
setup -a --sctp-service 192.0.2.1:21 -r 10.1.1.2 -m
for packet in '10.0.0.2:20 192.0.2.1:21' '10.0.0.2:1003 192.0.2.1:21' '10.0.0.2:1003 192.0.2.1:2000'; do
	# shellcheck disable=SC2086 # words
	send c sctp $packet chunks=init
	# The state after the second lasts longer.
	# shellcheck disable=SC2086 # words
	post c sctp $packet chunks=init
done
setup -e --sctp-service 192.0.2.1:21 -r 10.1.1.2 -m -w 0
send c sctp 10.0.0.2:1004 192.0.2.1:21 chunks=init
setup -C

note 'port 0'
genl NEW_SERVICE 'SERVICE{' AF=2 PROTOCOL=132 ADDR=192.0.2.1 PORT=0 SCHED_NAME=rr FLAGS=00000000ffffffff TIMEOUT=0 NETMASK=255.255.255.255 '}'
genl NEW_DEST 'SERVICE{' AF=2 PROTOCOL=132 ADDR=192.0.2.1 PORT=0 '}' 'DEST{' ADDR=10.1.1.2 PORT=0 FWD_METHOD=0 WEIGHT=1 U_THRESH=0 L_THRESH=0 '}'
send c sctp 10.0.0.2:1005 192.0.2.1:80 chunks=init
send c sctp 10.0.0.2:1005 192.0.2.1:80 chunks=data
send c sctp 10.0.0.2:1005 192.0.2.1:0 chunks=init
post c sctp 10.0.0.2:1005 192.0.2.1:0 chunks=init
send c udp 10.0.0.2:1005 192.0.2.1:80 data=x
setup -C

note 'a mark is for all protocols'
nft -f - <<-END
	table ip t {
		chain marks {
			type filter hook prerouting priority -150
			ip daddr 192.0.2.1 meta mark set 7
		}
	}
END
setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.1.2 -m
send c sctp 10.0.0.2:1006 192.0.2.1:80 chunks=init
post c sctp 10.0.0.2:1006 192.0.2.1:80 chunks=init
send c tcp 10.0.0.2:1006 192.0.2.1:80 flags=S
send c udp 10.0.0.2:500 192.0.2.1:500 data=keys
send c 50 10.0.0.2 192.0.2.1 len=8
send c 51 10.0.0.3 192.0.2.1 len=8
send c 47 10.0.0.2 192.0.2.1 len=8
send c sctp 10.0.0.2:20 192.0.2.1:80 chunks=init
conns
setup -e -f 7 -r 10.1.1.2 -m -w 0
send c sctp 10.0.0.2:1007 192.0.2.1:80 chunks=init
send c sctp 10.0.0.2:1007 192.0.2.1:80 chunks=data
step sysctl -qw net.ipv4.vs.sloppy_sctp=1
send c sctp 10.0.0.2:1007 192.0.2.1:80 chunks=data
send c sctp 10.0.0.2:1007 192.0.2.1:80 chunks=abort
stats
setup -C

note 'drop_packet'
setup -A --sctp-service 192.0.2.1:80 -s rr
setup -a --sctp-service 192.0.2.1:80 -r 10.1.1.2 -m
sysctl -qw net.ipv4.vs.am_droprate=3 net.ipv4.vs.drop_packet=3
nft delete table ip t
burst c 9 sctp 10.0.0.2:2000 192.0.2.1:80 chunks=init
