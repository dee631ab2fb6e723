# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For all tests: results in KTAP, a network, the module.

RUST_IPVS=${RUST_IPVS:-/payload/rust_ipvs.ko}
TOOLS=${TOOLS:-/payload/ipvsadm-rs ipvsadm}
KSFT_SKIP=4

results=0 failures=0

# result STATUS DESCRIPTION
result()
{
	results=$((results + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $results $2"
	else
		echo "not ok $results $2"
		failures=$((failures + 1))
	fi
}

# check DESCRIPTION COMMAND...: that it succeeds; what it says is a diagnostic.
check()
{
	local description=$1 rc=0 said
	shift
	said=$("$@" 2>&1) || rc=$?
	result $rc "$description"
	[ $rc -eq 0 ] || printf '%s\n' "$* : exit status $rc" "$said" | sed 's/^/# /'
}

# check_fails DESCRIPTION PATTERN COMMAND...: that it fails and says PATTERN.
check_fails()
{
	local description=$1 pattern=$2 rc=0 said
	shift 2
	said=$("$@" 2>&1) || rc=$?
	if [ $rc -ne 0 ] && grep -qE -- "$pattern" <<<"$said"; then
		result 0 "$description"
	else
		result 1 "$description"
		printf '%s\n' "$* : exit status $rc" "$said" "expected a failure with: $pattern" | sed 's/^/# /'
	fi
}

# check_is DESCRIPTION EXPECTED ACTUAL
check_is()
{
	if [ "$2" = "$3" ]; then
		result 0 "$1"
	else
		result 1 "$1"
		printf '# expected: %s\n# actual:   %s\n' "$2" "$3"
	fi
}

start()
{
	echo 'TAP version 13'
	trap finish EXIT
	backlog=$(sysctl -n net.core.netdev_max_backlog)
	# Our module needs it, and nobody loads it for insmod.
	modprobe -q nf_conntrack
}

is_unused()
{
	[ "$(cat /sys/module/rust_ipvs/refcnt)" -eq 0 ]
}

# At the end of every test, however it ends.
finish()
{
	trap - EXIT
	destroy_network
	sysctl -qw "net.core.netdev_max_backlog=$backlog"
	if [ -d /sys/module/rust_ipvs ]; then
		# A namespace takes its services with it a little later.
		wait_until 20 is_unused
		rmmod rust_ipvs || result 1 'the module goes'
	fi
	echo "1..$results"
	exit $((failures > 0))
}

# skip_all REASON
skip_all()
{
	echo "1..0 # SKIP $1"
	trap - EXIT
	exit $KSFT_SKIP
}

# wait_until SECONDS COMMAND...
wait_until()
{
	local tries=$(($1 * 5))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# capture FILE NAMESPACE SECONDS ARGUMENT...: has tcpdump write to a file what it sees, for so long at
# most, from now on; its process is $capture.
capture()
{
	local file=$1 name=$2 patience=$3
	shift 3
	# That of another test says that it has begun, too.
	rm -f "$file.log"
	in_netns "$name" timeout "$patience" tcpdump -nnq "$@" >"$file" 2>"$file.log" &
	# shellcheck disable=SC2034 # tests have it
	capture=$!
	wait_until 20 grep -q listening "$file.log"
}

# load: the module, with its defaults.
load()
{
	insmod "$RUST_IPVS"
}

# --- a client c, a director d, servers s1 and s2

NAMESPACES='c d s1 s2'

network()
{
	local i=0 name
	destroy_network
	# No packet is lost when many come at once. It is the machine's.
	sysctl -qw net.core.netdev_max_backlog=100000
	ip netns add d
	for name in c s1 s2; do
		i=$((i + 1))
		ip netns add $name
		ip -n d link add $name type veth peer name veth0 netns $name
		printf '%s\n' "addr add 10.$i.0.1/24 dev $name" "link set $name up" | ip -n d -batch -
		printf '%s\n' 'link set lo up' "addr add 10.$i.0.2/24 dev veth0" 'link set veth0 up' \
			"route add default via 10.$i.0.1" | ip -n $name -batch -
	done
	printf '%s\n' 'link set lo up' 'addr add 192.0.2.1/32 dev lo' | ip -n d -batch -
	in_netns d sysctl -qw net.ipv4.ip_forward=1
}

# links_to_client: the servers have the address of the service, and a link of their own to the client.
links_to_client()
{
	local name i
	for name in s1 s2; do
		i=${name#s}
		in_netns c ip link add "to-$name" type veth peer name to-c netns $name
		printf '%s\n' "addr add 10.9.$i.1/24 dev to-$name" "link set to-$name up" | ip -n c -batch -
		printf '%s\n' "addr add 10.9.$i.2/24 dev to-c" 'link set to-c up' 'addr add 192.0.2.1/32 dev lo' \
			"route add 10.1.0.2/32 via 10.9.$i.1" | ip -n $name -batch -
		in_netns $name sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	done
}

# Those who run in a namespace end with it; traffic may go on until then.
destroy_network()
{
	local name pids
	for name in $NAMESPACES; do
		[ -e "/run/netns/$name" ] || continue
		pids=$(ip netns pids "$name")
		# shellcheck disable=SC2086 # words
		[ -z "$pids" ] || kill $pids 2>/dev/null
		ip netns del "$name"
	done
}

in_netns()
{
	nsenter --net="/run/netns/$1" "${@:2}"
}

# ipvs ARGUMENT...: the tool, in the director; IPVSADM says which.
ipvs()
{
	in_netns d "${IPVSADM:-ipvsadm}" "$@"
}

# connections: how many there are in the director.
connections()
{
	in_netns d tail -n +2 /proc/net/ip_vs_conn | wc -l
}

connections_are()
{
	[ "$(connections)" -eq "$1" ]
}

more_connections_than()
{
	[ "$(connections)" -gt "$1" ]
}

# column TITLE SERVER: a number of the only service's server, from -Ln --stats or -Ln.
column()
{
	ipvs -Ln --stats --exact | awk -v title="$1" -v server="$2" '
		/^Prot/ { for (i = 3; i <= NF; i++) if ($i == title) at = i }
		$1 == "->" && $2 == server { print $at }'
}

# echo_server NAMESPACE ADDRESS PORT: UDP, sends back what comes.
echo_server()
{
	in_netns "$1" socat -T 20 "UDP4-LISTEN:$3,bind=$2,fork,reuseaddr" EXEC:cat 2>/dev/null &
	wait_until 10 listens "$1" "$3"
}

# listens NAMESPACE PORT
listens()
{
	in_netns "$1" ss -Hlntu "sport = :$2" | grep -q .
}

# web_server NAMESPACE: nginx at port 8080, which says its name; /large is a file of 2 MB.
web_server()
{
	local dir=/tmp/www-$1
	mkdir -p "$dir"
	echo "$1" >"$dir/index.html"
	[ -f "$dir/large" ] || seq 1 300000 >"$dir/large"
	cat >"$dir/nginx.conf" <<-END
		daemon off;
		pid $dir/pid;
		error_log $dir/error.log;
		events { }
		http {
			access_log off;
			server {
				listen 8080;
				listen [::]:8080;
				root $dir;
			}
		}
	END
	in_netns "$1" nginx -c "$dir/nginx.conf" -e "$dir/error.log" &
	wait_until 15 listens "$1" 8080
}

# get COUNT: so many requests from the client, each by its own connection.
get()
{
	in_netns c curl -s -m 20 -H 'Connection: close' "http://192.0.2.1/?[1-$1]"
}
