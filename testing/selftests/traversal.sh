#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Where rules of nftables and iptables see packets on their way, and for how long hooks are there.
. ./lib.sh
start

network
load
web_server s1

# hooks FAMILY: how many of ours there are.
hooks()
{
	in_netns d nft list hooks "$1" 2>/dev/null | grep -c '\[rust_ipvs\]'
}

# check_hooks DESCRIPTION EXPECTED: of IPv4 and of IPv6, where the kernel lists hooks.
check_hooks()
{
	if modprobe -q nfnetlink_hook; then
		check_is "$1" "$2" "$(hooks ip) $(hooks ip6)"
	else
		result 0 "$1 # SKIP this kernel does not list hooks"
	fi
}

check_hooks 'no hooks without a service' '0 0'
ipvs -A -t '[fd00:ff::1]:80' -s rr
check_hooks 'hooks of IPv6 for a service of IPv6' '0 3'
ipvs -A -u '[fd00:ff::1]:80' -s rr
ipvs -A -t 192.0.2.1:80 -s rr
check_hooks 'of IPv4, too' '3 3'
ipvs -D -t '[fd00:ff::1]:80'
check_hooks 'there is another service of IPv6' '3 3'
ipvs -D -u '[fd00:ff::1]:80'
check_hooks 'the last service of IPv6 takes its hooks away' '3 0'
ipvs -C
check_hooks 'so does the last one of IPv4' '0 0'

ipvs -A -t 192.0.2.1:80 -s rr
ipvs -a -t 192.0.2.1:80 -r 10.2.0.2:8080 -m
# asked: packets to the service; sent: to the server; answered: from it; told: from the service.
chain()
{
	local name=$1 hook=$2 priority=$3 words=(
		'ip daddr 192.0.2.1 tcp dport 80 counter name asked'
		'ip daddr 10.2.0.2 tcp dport 8080 counter name sent'
		'ip saddr 10.2.0.2 tcp sport 8080 counter name answered'
		'ip saddr 192.0.2.1 tcp sport 80 counter name told'
	)
	in_netns d nft -f - <<-END
		table ip $name {
			counter asked { }
			counter sent { }
			counter answered { }
			counter told { }
			chain a {
				type filter hook $hook priority $priority
				$(printf '%s\n' "${words[@]}")
			}
		}
	END
}
chain prerouting prerouting 0
chain input_before input 97
chain input_after input 101
chain forward_before forward 98
chain forward_after forward 101
chain output_before output -101
chain output_after output -97
chain postrouting postrouting 0
in_netns d iptables -A OUTPUT -p tcp -d 10.2.0.2 --dport 8080
in_netns d iptables -A FORWARD -p tcp -s 192.0.2.1 --sport 80

# seen TABLE: which of the four it has counted.
seen()
{
	in_netns d nft -j list counters table ip "$1" |
		jq -r '[.nftables[].counter // empty | select(.packets > 0) | .name] | sort | join(" ")'
}

check_is 'a page' s1 "$(get 1)"
check_is 'before routing: what comes in' 'answered asked' "$(seen prerouting)"
check_is 'for this host, before: the request' asked "$(seen input_before)"
check_is 'after: nothing' '' "$(seen input_after)"
check_is 'from this host, before and after: the request, to the server' 'sent sent' \
	"$(seen output_before) $(seen output_after)"
check_is 'forwarded, before: the reply of the server' answered "$(seen forward_before)"
check_is 'after: of the service' told "$(seen forward_after)"
check_is 'after routing: what goes out' 'sent told' "$(seen postrouting)"

# counts CHAIN: packets that the first rule of iptables has counted.
counts()
{
	in_netns d iptables -nvxL "$1" 1 | awk '{ print ($1 > 0) }'
}
check_is 'iptables: OUTPUT sees requests' 1 "$(counts OUTPUT)"
check_is 'iptables: FORWARD does not see replies of the service' 0 "$(counts FORWARD)"
