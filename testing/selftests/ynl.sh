#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A program that knows the family from Documentation/netlink/specs/ipvs.yaml
# alone, the kernel's own tools/net/ynl, drives the module.
. ./lib.sh
[ -f /payload/pyynl/cli.py ] || skip_all 'tools/net/ynl is not at hand'
start

ynl()
{
	in_netns d python3 /payload/pyynl/cli.py --spec /payload/specs/ipvs.yaml --no-schema --output-json "$@"
}

# ynl_fails DESCRIPTION PATTERN ARGUMENT...
ynl_fails()
{
	check_fails "$1" "$2" ynl "${@:3}"
}

SERVICE='"service": {"af": 2, "protocol": 6, "addr": "192.0.2.1", "port": 80'
SERVICE6='"service": {"af": 10, "protocol": 17, "addr": "2001:db8::1", "port": 53'
DEST='"dest": {"addr": "10.1.0.2", "port": 8080'
REST='"sched-name": "wlc", "timeout": 300, "flags": {"flags": 1, "mask": 4294967295}'

network
load
check_is 'get-info' 66049 "$(ynl --do get-info | jq .version)"
check 'set-config' ynl --do set-config --json '{"timeout-udp": 10}'
check_is 'get-config, and it is set' '[900,120,10]' \
	"$(ynl --do get-config | jq -c '[."timeout-tcp", ."timeout-tcp-fin", ."timeout-udp"]')"
check_is 'dump of services, none' '[]' "$(ynl --dump get-service | jq -c .)"
check 'new-service' ynl --do new-service --json "{$SERVICE, $REST, \"netmask\": 4294967295}}"
ynl_fails 'new-service, again' 'SERVICE exists' --do new-service --json "{$SERVICE, $REST, \"netmask\": 4294967295}}"
# Where it is wrong is in the extended acknowledgement as an offset, which ynl looks up.
ynl_fails 'new-service, not all of it' "needs SCHED_NAME.*bad-attr': '\\.service'" --do new-service --json "{$SERVICE}}"
ynl_fails 'it is said in which attribute' "bad-attr': '\.service\.sched-name'" --do new-service \
	--json "{${SERVICE/80/81}, ${REST/wlc/nobody}, \"netmask\": 4294967295}}"
ynl_fails 'and one of the message itself' "bad-attr': '\.timeout-tcp-fin'" --do set-config \
	--json '{"timeout-tcp": 1, "timeout-tcp-fin": 4294967295}'
ynl_fails 'or what is missing' "miss-type'?: '?service'?" --do del-service
check 'new-service of IPv6' ynl --do new-service --json "{$SERVICE6, $REST, \"netmask\": 64}}"
said=$(ynl --do get-service --json "{$SERVICE}}")
check_is 'get-service' '["wlc",80,300]' "$(jq -c '.service | [."sched-name", .port, .timeout]' <<<"$said")"
check_is 'its flags' '["hashed","persistent"]' "$(jq -c '.service.flags.flags | sort' <<<"$said")"
check 'new-dest' ynl --do new-dest --json "{$SERVICE}, $DEST, \"fwd-method\": \"tunnel\", \"weight\": 3, \
	\"u-thresh\": 9, \"l-thresh\": 4, \"tun-type\": \"gue\", \"tun-port\": 5555, \"tun-flags\": [\"csum\"]}}"
check_is 'dump of destinations' '["tunnel",3,9,4,"gue",5555,["csum"],2,0]' \
	"$(ynl --dump get-dest --json "{$SERVICE}}" | jq -c '.[0].dest | [."fwd-method", .weight, ."u-thresh",
		."l-thresh", ."tun-type", ."tun-port", ."tun-flags", ."addr-family", .stats64.inbytes]')"
ynl_fails 'what is wrong with a destination' "bad-attr': '\.dest\.l-thresh'" --do set-dest \
	--json "{$SERVICE}, $DEST, \"fwd-method\": \"masq\", \"weight\": 1, \"u-thresh\": 1, \"l-thresh\": 2}}"
check 'set-dest' ynl --do set-dest --json "{$SERVICE}, $DEST, \"fwd-method\": \"masq\", \"weight\": 1, \
	\"u-thresh\": 0, \"l-thresh\": 0}}"
check_is 'it is set' '["masq",1,"ipip",0]' "$(ynl --dump get-dest --json "{$SERVICE}}" |
	jq -c '.[0].dest | [."fwd-method", .weight, ."tun-type", ."tun-port"]')"
check_is 'dump of services' '[2,10]' "$(ynl --dump get-service | jq -c 'map(.service.af) | sort')"
check 'zero' ynl --do zero --json "{$SERVICE}}"
check 'del-dest' ynl --do del-dest --json "{$SERVICE}, $DEST}}"
check_is 'no destination is left' '[]' "$(ynl --dump get-dest --json "{$SERVICE}}" | jq -c .)"
check_is 'dump of daemons' '[]' "$(ynl --dump get-daemon | jq -c .)"
ynl_fails 'del-daemon' 'DAEMON is not running' --do del-daemon --json '{"daemon": {"state": "master"}}'
check 'del-service' ynl --do del-service --json "{$SERVICE}}"
check 'flush' ynl --do flush
check_is 'no service is left' '[]' "$(ynl --dump get-service | jq -c .)"
