# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of schedulers: services over UDP, and who is given connections.

VIP=192.0.2.1

# Each service has a port of its own: servers come back with their connections.
vport=10

# Each connection comes from a port that no other one had.
port=10000

# open_some SERVICE COUNT: so many connections to a port of the virtual address.
open_some()
{
	in_netns c ./flows.py churn $VIP "$1" "$2" $port
	port=$((port + $2))
	opened=$((opened + $2))
	wait_until 20 counted "$1" $opened
}

# counts SERVICE: how many connections each of its servers has, in the order of their ports.
counts()
{
	ipvs -Ln -u "$VIP:$1" | awk '
		$1 == "->" && $2 ~ /^10/ {
			port = substr($2, 10) - 7000
			n[port] = $6
			if (port > last)
				last = port
		}
		END {
			for (port = 1; port <= last; port++)
				if (port in n) {
					printf("%s%s", sep, n[port])
					sep = " "
				}
		}'
}

counted()
{
	local n sum=0
	for n in $(counts "$1"); do
		sum=$((sum + n))
	done
	[ $sum -eq "$2" ]
}

# service SCHEDULER[,OPTION...] WEIGHT...: one with servers of these weights, at $vport.
service()
{
	local words=$1 i=0 weight
	shift
	vport=$((vport + 1))
	{
		echo "-A -u $VIP:$vport -s ${words//,/ }"
		for weight; do
			i=$((i + 1))
			echo "-a -u $VIP:$vport -r 10.2.0.2:$((7000 + i)) -m -w $weight"
		done
	} | ipvs -R
	opened=0
}

# within LEAST MOST NUMBER...
within()
{
	local least=$1 most=$2 n
	shift 2
	for n; do
		[ "$n" -ge "$least" ] && [ "$n" -le "$most" ] || return 1
	done
}
