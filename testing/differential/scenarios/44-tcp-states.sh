# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

port=1000

# walk EVENT...: a new connection, its state after each event, and what its timer
# was set to.  c: from the client, s: from the server, then the flags.
walk()
{
	local now
	port=$((port + 1))
	ask walk 10.0.0.2:$port 192.0.2.1:80 s1 10.1.1.2:8080 "$@"
	printf '%s:' "$*"
	for now in $REPLY; do
		neutral_timer "${now#*/}"
		printf ' %s (%s)' "${now%/*}" "$REPLY"
	done
	echo
}

note 'the usual ways'
walk cS sSA cA cFA sA sFA cA
walk cS sSA cA sFA cA cFA sA
walk cS sSA cA cFA sFA cA
walk cS cS sSA sSA cA cA
walk cS sRA
walk cS cR
walk cS sSA cR
walk cS sSA cA cR
walk cS sSA cA sR
walk cS sSA cA cFA cR
walk cS sSA cA cFA sR
note 'other flags'
walk cS sSA cPA sPUA cECA
walk cS sSA cA cF sF
walk cS sSA cA cRA
walk cS sSA cA sRA
walk cS sSA cA cSR
walk cS sSA cA cSF
walk cS sSA cA cRF
walk cS sSA cA cP sU
walk cS sSA cA cE

# Every event from every state that a client and a server can bring about.
note 'all events from all states'
declare -A to=(
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
for state in synrecv synrecv2 synsent established finwait closewait timewait close lastack synack; do
	for event in cS cSA cA cFA cR c sS sSA sA sFA sR s; do
		# shellcheck disable=SC2086 # words
		walk ${to[$state]} $event
	done
done
