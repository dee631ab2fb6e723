# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What scenarios are made of.  A scenario runs in the namespace of the
# director; all it prints is its transcript.  What differs between two runs of
# the same module is made neutral here, and nowhere else.

# The tool under test; transcripts call it ipvsadm.
IPVSADM=${IPVSADM:-ipvsadm}

# Timers are read a while after they were set: show what they were set to, the
# next of these.
TIMEOUTS='2 10 30 60 120 300 900'

STATE=/run/scenario
mkdir -p $STATE

# note TEXT: what the next steps are about.
note()
{
	printf '\n# %s\n' "$*"
}

# step COMMAND...: the command, its output, its errors and its exit status.
step()
{
	local rc=0
	printf '$ %s\n' "$*"
	"$@" >$STATE/stdout 2>$STATE/stderr </dev/null || rc=$?
	show_output $rc
}

# ipvs ARGUMENT...: the same for ipvsadm.
ipvs()
{
	local rc=0
	printf '$ ipvsadm %s\n' "$*"
	"$IPVSADM" "$@" >$STATE/stdout 2>$STATE/stderr </dev/null || rc=$?
	show_output $rc
}

# setup ARGUMENT...: ipvsadm where there is nothing to see.
setup()
{
	"$IPVSADM" "$@" || echo "setup failed: $*"
}

# Only what the shell itself can do: to start a process takes long here.
show_output()
{
	local first=
	read -r first <$STATE/stdout
	case $first in
	'IP Virtual Server version'*|'Prot LocalAddress'*)
		sorted_services $STATE/stdout | show_lines '  ' ;;
	*)
		show_lines '  ' <$STATE/stdout ;;
	esac
	show_lines '! ' <$STATE/stderr
	[ "$1" -eq 0 ] || echo "= exit $1"
}

# show_lines PREFIX: with the size of the table of connections made neutral.  It
# is the module's own affair, except that there is none before the first service.
show_lines()
{
	local line
	while IFS= read -r line; do
		if [[ $line =~ ^(.*size=)[1-9][0-9]*(.*)$ ]]; then
			line=${BASH_REMATCH[1]}N${BASH_REMATCH[2]}
		fi
		printf '%s%s\n' "$1" "$line"
	done
}

# proc FILE: a file below /proc/net, services in a fixed order.
proc()
{
	printf '$ cat /proc/net/%s\n' "$1"
	if [ ! -e "/proc/net/$1" ]; then
		echo '! no such file'
	elif [ "$1" = ip_vs_conn ]; then
		show_lines '  ' < <(head -n 1 /proc/net/ip_vs_conn)
		neutral_connections
	elif [ "$1" = ip_vs_conn_sync ]; then
		show_lines '  ' < <(head -n 1 /proc/net/ip_vs_conn_sync)
		# As those of ip_vs_conn, with a column before the timer.
		sed -E '1d; s/ +[0-9]+$/ N/' /proc/net/ip_vs_conn_sync | sort | show_lines '  '
	elif [ "$1" = ip_vs_status ]; then
		# Where hashes fall is chance: how many buckets have entries, and how long
		# chains are, cannot be compared.
		sed -E '/ buckets (empty|len-)/s/[0-9]+ \([0-9]+%\)/N (N%)/' /proc/net/ip_vs_status |
			grep -v ' len-' | show_lines '  '
	elif [ "$1" = ip_vs_stats ]; then
		neutral_rates <"/proc/net/$1" | show_lines '  '
	elif [ "$1" = ip_vs_stats_percpu ]; then
		cpus_as_one <"/proc/net/$1" | neutral_rates | show_lines '  '
	else
		sorted_services "/proc/net/$1" | show_lines '  '
	fi
}

# neutral_rates: when a rate is computed is each module's own affair.
neutral_rates()
{
	sed '$s/[0-9A-F ]/./g'
}

# cpus_as_one: which CPU has counted what is chance.  Of their lines there are the
# sum and the shape.
cpus_as_one()
{
	local line numbers sum=(0 0 0 0 0) shapes='' i
	while IFS= read -r line; do
		if [[ $line =~ ^\ *[0-9A-F]+(\ +[0-9A-F]+){5}$ ]]; then
			read -ra numbers <<<"$line"
			for i in 0 1 2 3 4; do
				sum[i]=$((sum[i] + 0x${numbers[i + 1]}))
			done
			shapes+="${line//[0-9A-F ]/.}"$'\n'
		else
			if [ -n "$shapes" ]; then
				printf '%sall %s\n' "$shapes" "${sum[*]}"
				shapes=
			fi
			printf '%s\n' "$line"
		fi
	done
}

# sorted_services FILE: each service with its servers is kept together, servers
# in their order.  That of services is random in the kernel, and what ipvsadm
# sorts them by depends on it.
sorted_services()
{
	awk '
		!listed { print; listed = /^  -> RemoteAddress/; next }
		!/^  ->/ { n++ }
		{ block[n] = block[n] $0 "\n" }
		END {
			for (i = 1; i <= n; i++)
				for (j = i + 1; j <= n; j++)
					if (block[j] < block[i]) { t = block[i]; block[i] = block[j]; block[j] = t }
			for (i = 1; i <= n; i++)
				printf "%s", block[i]
		}' "$1"
}

# neutral_timer SECONDS: sets REPLY to what the timer was set to.
neutral_timer()
{
	local known
	for known in $TIMEOUTS; do
		if ((known >= $1)); then
			REPLY="of $known"
			return
		fi
	done
	REPLY=$1
}

# Columns are fixed; the timer is the ninth field, of seven characters.  Names of
# protocols have three, or one too many.
neutral_connections()
{
	local line lines=() at
	{
		read -r _
		while IFS= read -r line; do
			at=57
			[[ $line != SCTP* ]] || at=58
			# With IPv6 columns are where the addresses leave them.
			[[ $line != *:* ]] || at=$((${#line} - 8))
			neutral_timer "${line:at:8}"
			# The next smaller timer is one that such a connection never has.
			[[ $line != *' CLOSE '* || $REPLY != 'of 2' ]] || REPLY='of 10'
			[[ $line != *' SYN_RECV '* || $REPLY != 'of 30' ]] || REPLY='of 60'
			lines+=("  ${line:0:at} $REPLY${line:at+8}")
		done
	} </proc/net/ip_vs_conn
	[ ${#lines[@]} -eq 0 ] || printf '%s\n' "${lines[@]}" | sort
}

# conns: the connections, as the kernel has them and as ipvsadm shows them.
conns()
{
	proc ip_vs_conn
	echo '$ ipvsadm -Lnc'
	"$IPVSADM" -Lnc 2>&1 | sed 's/ [0-9][0-9]:[0-9][0-9] / MM:SS /; 1,2s/^/ /' | sort
}

# snapshot: all that can be listed.
snapshot()
{
	proc ip_vs
	conns
	ipvs -Ln
}

# no_connections: waits until the timers of all have run out.
no_connections()
{
	local tries
	for ((tries = 0; tries < 150; tries++)); do
		[ "$(wc -l </proc/net/ip_vs_conn)" -gt 1 ] || return
		sleep 0.2
	done
	echo 'SCENARIO ERROR connections do not go'
}

# stats: statistics.  C shows what a thread has summed up to 2 s ago.
stats()
{
	sleep 3
	ipvs -Ln --stats
}

# topology: a client, a director, two servers.  The ends of c, s1 and s2 only
# exist on the wire, so that nothing answers for them.
topology()
{
	make_links
	start_agent
}

# live_topology: the same, but they are hosts.
live_topology()
{
	make_links
	make_host c 10.0.0.2/24 10.0.0.1
	make_host s1 10.1.1.2/24 10.1.1.1
	make_host s2 10.1.2.2/24 10.1.2.1
	start_agent
}

make_links()
{
	local i=0 name
	for name in c s1 s2; do
		i=$((i + 1))
		ip netns add $name
		printf '%s\n' \
			"link add $name address 02:00:00:00:01:0$i type veth peer name veth0 address 02:00:00:00:00:0$i netns $name" \
			"link set $name addrgenmode none" \
			"link set $name up"
	done | ip -batch -
	ip -batch - <<-END
		link set lo up
		addr add 10.0.0.1/24 dev c
		addr add 10.1.1.1/24 dev s1
		addr add 10.1.2.1/24 dev s2
		addr add 192.0.2.1/32 dev lo
		addr add 192.0.2.2/32 dev lo
		neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev c
		neigh add 10.0.0.3 lladdr 02:00:00:00:00:01 dev c
		neigh add 10.1.1.2 lladdr 02:00:00:00:00:02 dev s1
		neigh add 10.1.1.3 lladdr 02:00:00:00:00:02 dev s1
		neigh add 10.1.2.2 lladdr 02:00:00:00:00:03 dev s2
		neigh add 10.1.2.3 lladdr 02:00:00:00:00:03 dev s2
	END
	echo 1 >/proc/sys/net/ipv4/ip_forward
	# Errors must not depend on how many there were before.
	echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
	for name in c s1 s2; do
		printf '%s\n' 'link set veth0 addrgenmode none' 'link set veth0 up' | ip -n $name -batch -
	done
}

# topology6: the same with addresses of IPv6, which the topology gets besides.
topology6()
{
	local name
	make_links
	for name in all default c s1 s2; do
		echo 0 >"/proc/sys/net/ipv6/conf/$name/accept_dad"
		echo 0 >"/proc/sys/net/ipv6/conf/$name/router_solicitations"
	done
	ip -batch - <<-END
		addr add fd00::1/64 dev c nodad
		addr add fd01::1/64 dev s1 nodad
		addr add fd02::1/64 dev s2 nodad
		addr add 2001:db8::1/128 dev lo nodad
		addr add 2001:db8::2/128 dev lo nodad
		neigh add fd00::2 lladdr 02:00:00:00:00:01 dev c
		neigh add fd00::3 lladdr 02:00:00:00:00:01 dev c
		neigh add fd01::2 lladdr 02:00:00:00:00:02 dev s1
		neigh add fd01::3 lladdr 02:00:00:00:00:02 dev s1
		neigh add fd02::2 lladdr 02:00:00:00:00:03 dev s2
	END
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
	start_agent
}

# make_host NAME ADDRESS/LENGTH GATEWAY
make_host()
{
	printf '%s\n' 'link set lo up' "addr add $2 dev veth0" "route add default via $3" |
		ip -n "$1" -batch -
}

# --- the agent: see agent/agent for its commands

start_agent()
{
	coproc AGENT { exec agent/agent; }
	agent_answer
}

agent_answer()
{
	local line
	while IFS= read -r line <&"${AGENT[0]}"; do
		[ "$line" != . ] || return 0
		[ -z "$line" ] || printf '  %s\n' "$line"
	done
	echo 'SCENARIO ERROR the agent is gone'
	exit 1
}

# post LINK ...: as send, but shows nothing.
post()
{
	printf 'post %s\n' "$*" >&"${AGENT[1]}"
	agent_answer
}

# ask COMMAND...: sets REPLY to the only line the agent says, and shows nothing.
ask()
{
	local end
	printf '%s\n' "$*" >&"${AGENT[1]}"
	IFS= read -r REPLY <&"${AGENT[0]}"
	IFS= read -r end <&"${AGENT[0]}"
	[ "$end" = . ] || echo "SCENARIO ERROR $REPLY $end"
}

# agent COMMAND...
agent()
{
	printf '> %s\n' "$*"
	printf '%s\n' "$*" >&"${AGENT[1]}"
	agent_answer
}

# nat_services: TCP and UDP by NAT to the first server.
nat_services()
{
	setup -A -t 192.0.2.1:80 -s rr
	setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m
	setup -A -u 192.0.2.1:53 -s rr
	setup -a -u 192.0.2.1:53 -r 10.1.1.2:5353 -m
}

# count_passed: what is let through is dropped silently by the host behind: rules count it.
count_passed()
{
	nft -f - <<-END
		table ip after {
			counter input { }
			counter forward { }
			chain a { type filter hook input priority 150; counter name input; }
			chain b { type filter hook forward priority 150; counter name forward; }
		}
	END
}

send()	{ agent send "$@"; }
burst()	{ agent burst "$@"; }
genl()	{ agent genl d "$@"; }
sockopt() { agent sockopt "$@"; }

# handshake CLIENT:PORT VIP:PORT LINK SERVER:PORT: three packets make it ESTABLISHED.
handshake()
{
	send c tcp "$1" "$2" flags=S seq=100
	send "$3" tcp "$4" "$1" flags=SA seq=500 ack=101
	send c tcp "$1" "$2" flags=A seq=101 ack=501
}

# replay JOB...: connections and changes that follow from a seed, and which server each connection
# was given to; see agent/replay.
replay()
{
	make_links
	echo 100000 >/proc/sys/net/ipv4/icmp_msgs_per_sec
	echo 100000 >/proc/sys/net/ipv4/icmp_msgs_burst
	ip route add 10.64.0.0/16 via 10.0.0.2 dev c
	ip route add local 198.51.100.0/24 dev lo
	nft -f - <<-END
		table ip replay {
			chain set_mark {
				type filter hook prerouting priority -150
				ip daddr 198.51.100.0/24 meta mark set 7
			}
		}
	END
	agent/replay "$@"
}
