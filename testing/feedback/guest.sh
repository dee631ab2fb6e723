#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the test machine: servers of different speed, and load for them.
set -euo pipefail
cd /payload/selftests
. ./lib.sh
trap 'destroy_network; rmmod rust_ipvs' EXIT
chmod 755 /payload/* 2>/dev/null || true

SECONDS_EACH=$1
WORLD=/payload/feedback/world.py
TOOL=${TOOLS%% *}
VIP=192.0.2.1
CGROUPS=/sys/fs/cgroup
# Which part of a processor each server has, in percent.
declare -A QUOTA=([s1]=30 [s2]=18 [s3]=12)
ALL=60

# A client c, a director d, three servers.
# shellcheck disable=SC2034 # lib.sh destroys them
NAMESPACES='c d s1 s2 s3'
i=0
ip netns add d
for name in c s1 s2 s3; do
	i=$((i + 1))
	ip netns add $name
	ip -n d link add $name type veth peer name veth0 netns $name
	printf '%s\n' "addr add 10.$i.0.1/24 dev $name" "link set $name up" | ip -n d -batch -
	printf '%s\n' 'link set lo up' "addr add 10.$i.0.2/24 dev veth0" 'link set veth0 up' \
		"route add default via 10.$i.0.1" | ip -n $name -batch -
done
printf '%s\n' 'link set lo up' "addr add $VIP/32 dev lo" | ip -n d -batch -
in_netns d sysctl -qw net.ipv4.ip_forward=1
modprobe -q nf_conntrack
load

# address SERVER
address()
{
	echo "10.$((${1#s} + 1)).0.2"
}

# Each answer is compressed anew, which is work for a processor: short, and full of almost the same.
echo +cpu >$CGROUPS/cgroup.subtree_control
$WORLD text 3000 >/tmp/text
for name in s1 s2 s3; do
	mkdir $CGROUPS/$name
	echo "$((QUOTA[$name] * 1000)) 100000" >$CGROUPS/$name/cpu.max
	dir=/tmp/$name
	mkdir $dir
	cp /tmp/text $dir/
	cat >$dir/nginx.conf <<-END
		daemon off;
		worker_processes 1;
		pid $dir/pid;
		error_log $dir/error.log;
		events { }
		http {
			access_log off;
			default_type text/plain;
			gzip on;
			gzip_comp_level 9;
			gzip_types text/plain;
			server {
				listen 80;
				root $dir;
			}
		}
	END
	(echo "$BASHPID" >$CGROUPS/$name/cgroup.procs; in_netns $name nginx -c $dir/nginx.conf -e $dir/error.log) &
	in_netns $name $WORLD agent $CGROUPS/$name "${QUOTA[$name]}" &
	wait_until 20 listens $name 80
	wait_until 20 listens $name 7777
done

{
	echo "-A -t $VIP:80 -s wrr"
	for i in 2 3 4; do
		echo "-a -t $VIP:80 -r 10.$i.0.2:80 -m -w 10"
	done
} | in_netns d "$TOOL" -R

in_netns c curl -s -o /dev/null -D - --compressed http://10.2.0.2/text | grep -qi '^content-encoding: gzip' ||
	{ echo 'answers are not compressed' >&2; exit 1; }

# used SERVER: processor time so far, in microseconds.
used()
{
	awk '$1 == "usage_usec" { print $2 }' "$CGROUPS/$1/cpu.stat"
}

# held_up SERVER: how often it has used up what it may have in a tenth of a second.
held_up()
{
	awk '$1 == "nr_throttled" { print $2 }' "$CGROUPS/$1/cpu.stat"
}

# served SERVER: connections that it has got from the director.
served()
{
	in_netns d "$TOOL" -Ln --stats --exact | awk -v "server=$(address "$1"):80" '$2 == server { print $3 }'
}

# counts: both, for each server.
counts()
{
	local name
	for name in s1 s2 s3; do
		echo "$(served $name) $(held_up $name)"
	done
}

# What a request costs, in microseconds.
cost()
{
	local before
	before=$(used s1)
	in_netns c curl -s -o /dev/null --compressed "http://10.2.0.2/text?[1-20]"
	echo $((($(used s1) - before) / 20))
}

for rule in zhang relative; do
	cat >/tmp/$rule.toml <<-END
		period = 2
		lifetime = 10
		[[service]]
		tcp = "$VIP:80"
		rule = "$rule"
		[[service.input]]
		kind = "agent"
		port = 7777
	END
done

mkdir -p "$OUT"
for demand in 55 88; do
	for rule in static zhang relative; do
		cost=$(cost)
		# Requests in a thousand seconds.
		rate=$((demand * ALL * 100000 / cost))
		echo "# $rule at $demand %: a request costs $cost us, $rate requests in 1000 s"
		controller=
		if [ $rule != static ]; then
			# Not by a function, whose process would be another one.
			nsenter --net=/run/netns/d "$TOOL" feedback --config /tmp/$rule.toml --json >"$OUT/journal-$rule-$demand" &
			controller=$!
		fi
		counts >/tmp/before
		$WORLD record "$SECONDS_EACH" >"$OUT/load-$rule-$demand" &
		recorder=$!
		in_netns c $WORLD load $VIP "$rate" "$SECONDS_EACH" "$rule" "$demand" | tee -a "$OUT/clients"
		wait $recorder
		counts | paste -d' ' /tmp/before - | awk '{ print $3 - $1, $4 - $2 }' >"$OUT/counts-$rule-$demand"
		in_netns d "$TOOL" feedback | sed 's/^/# /'
		if [ -n "$controller" ]; then
			kill $controller
			in_netns d "$TOOL" feedback --off
		fi
	done
done
