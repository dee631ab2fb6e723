# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# States of connections after packets, for the scenarios that go through all of
# them.  They set what follows.

# What the agent is asked, the service, and the other end's link and address.
WALK=walk
SERVICE=192.0.2.1:80
SERVER='s1 10.1.1.2:8080'

port=1000

# walk EVENT...: a new connection, its state after each event, and what its timer
# was set to.  c: from the client, s: from the server, then the flags.
walk()
{
	local now
	port=$((port + 1))
	# shellcheck disable=SC2086 # words
	ask $WALK 10.0.0.2:$port $SERVICE $SERVER "$@"
	printf '%s:' "$*"
	for now in $REPLY; do
		neutral_timer "${now#*/}"
		printf ' %s (%s)' "${now%/*}" "$REPLY"
	done
	echo
}

# Ways to the states of TCP that a client and a server can bring about.
declare -A TCP_WAYS=(
	[synrecv]='cS'
	[synrecv2]='cS sSA'
	[synsent]='cSA sS'
	[established]='cS sSA cA'
	[finwait]='cS sSA cA sFA'
	[closewait]='cS sSA cA cFA'
	[timewait]='cS sSA cA cFA sFA'
	[close]='cS sSA cA cR'
	[lastack]='cS sSA cA cFA sFA cA'
	[synack]='cSA'
)

# Every event from every such state.
walk_all_tcp()
{
	local state event
	for state in synrecv synrecv2 synsent established finwait closewait timewait close lastack synack; do
		for event in cS cSA cA cFA cR c sS sSA sA sFA sR s; do
			# shellcheck disable=SC2086 # words
			walk ${TCP_WAYS[$state]} $event
		done
	done
}
