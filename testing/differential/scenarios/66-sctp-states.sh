# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh
# shellcheck source=testing/differential/walk.sh
. ./walk.sh

# Those of SCTP.
TIMEOUTS='4 61 900'
WALK=walk-sctp

topology
setup -A --sctp-service 192.0.2.1:80 -s rr
setup -a --sctp-service 192.0.2.1:80 -r 10.1.1.2:8080 -m
sysctl -qw net.ipv4.vs.sloppy_sctp=1

note 'the usual ways'
walk c:init s:init-ack c:cookie-echo s:cookie-ack c:data s:sack c:shutdown s:shutdown-ack c:shutdown-complete
walk c:init s:init-ack c:cookie-echo s:cookie-ack s:shutdown c:shutdown-ack s:shutdown-complete
walk c:init c:init s:init-ack c:cookie-echo s:error
walk c:init s:abort
walk c:init s:init-ack c:cookie-echo s:abort
walk c:init s:init-ack c:cookie-echo s:cookie-ack c:abort
walk c:init s:init-ack c:cookie-echo s:cookie-ack s:abort c:data c:init
note 'more than one chunk'
walk c:init s:init-ack c:cookie-echo:9,data:20 s:cookie-ack,sack:16 c:data:20,shutdown:8
walk c:init s:init-ack c:cookie-echo:9,abort
walk c:init s:init-ack c:cookie-echo:9:12,abort
walk c:init s:init-ack c:cookie-echo:9:8,abort
walk c:init s:init-ack c:cookie-echo:4:3,abort
walk c:init s:init-ack c:cookie-echo:4:0,abort
walk c:init s:init-ack c:cookie-echo:9,error,abort
walk c:init s:init-ack c:cookie-echo s:cookie-ack,abort
walk c:init s:init-ack c:cookie-echo s:cookie-ack:4:65535,abort
walk c:init s:init-ack c:error,abort
note 'any packet'
for chunk in data init-ack cookie-echo cookie-ack shutdown shutdown-ack shutdown-complete error 63 192; do
	walk c:$chunk
done
walk c:cookie-echo,abort

# Every event from every state that a client and a server can bring about.
note 'all events from all states'
declare -A to=(
	[init1]='c:init'
	[init]='c:init c:init'
	[c-sent]='c:init s:init-ack'
	[c-replied]='c:init s:init-ack c:cookie-echo'
	[c-wait]='c:init s:init'
	[cookie]='c:init s:init c:init-ack'
	[c-echoed]='c:init s:cookie-echo'
	[established]='c:data'
	[s-sent]='c:init s:shutdown'
	[s-received]='c:data c:shutdown'
	[s-ack-sent]='c:init s:shutdown-ack'
	[rejected]='c:init s:abort'
	[closed]='c:data c:abort'
)
for state in init1 init c-sent c-replied c-wait cookie c-echoed established s-sent s-received s-ack-sent \
	rejected closed; do
	for event in data init init-ack cookie-echo cookie-ack shutdown shutdown-ack shutdown-complete error abort; do
		for side in c s; do
			# shellcheck disable=SC2086 # words
			walk ${to[$state]} $side:$event
		done
	done
done
