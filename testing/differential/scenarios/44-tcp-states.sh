# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

port=1000
client()	{ post c tcp 10.0.0.2:$port 192.0.2.1:80 "flags=$1" seq=1; }
server()	{ post s1 tcp 10.1.1.2:8080 10.0.0.2:$port "flags=$1" seq=1; }

# now: the state of the connection and what its timer was set to.
now()
{
	local hex line
	printf -v hex ' 0A000002 %04X ' "$port"
	while IFS= read -r line; do
		if [[ $line == *"$hex"* ]]; then
			neutral_timer "${line:57:8}"
			line=${line:46:11}
			printf ' %s/%s' "${line%% *}" "$REPLY"
			return
		fi
	done </proc/net/ip_vs_conn
	printf ' nothing'
}

# walk EVENT...: a new connection and what each event makes of it; c: from the
# client, s: from the server.
walk()
{
	local event
	port=$((port + 1))
	printf '%s:' "$*"
	for event; do
		case $event in
		c*)	client "${event#c}" ;;
		s*)	server "${event#s}" ;;
		esac
		now
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
	for event in cS cSA cA cFA cF cR cRA c cP sS sSA sA sFA sF sR sRA s sP; do
		# shellcheck disable=SC2086 # words
		walk ${to[$state]} $event
	done
done
proc ip_vs
