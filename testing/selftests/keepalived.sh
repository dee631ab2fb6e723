#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# keepalived with VRRP and a sync daemon: there is no daemon yet, so it is
# refused; all else works, from the address that moves to the servers.
. ./lib.sh
start

DIR=/tmp/keepalived
mkdir -p $DIR

configuration()
{
	cat <<-END
		global_defs {
			router_id vm
			script_user root
			lvs_sync_daemon c VI id 51 maxlen 1400 port 8849 ttl 2 group 224.0.0.82
		}
		vrrp_instance VI {
			state MASTER
			interface c
			virtual_router_id 51
			priority 100
			advert_int 1
			virtual_ipaddress {
				192.0.2.80/32 dev lo
			}
		}
		virtual_server 192.0.2.80 80 {
			delay_loop 1
			protocol TCP
			lvs_sched rr
			lvs_method NAT
			real_server 10.2.0.2 8080 {
				TCP_CHECK {
					connect_timeout 5
				}
			}
			real_server 10.3.0.2 8080 {
				TCP_CHECK {
					connect_timeout 5
				}
			}
		}
	END
}

servers_are()
{
	[ "$(ipvs -Ln -t 192.0.2.80:80 | grep -c Masq)" -eq "$1" ]
}

ask()
{
	in_netns c curl -s -m 20 -H 'Connection: close' "http://192.0.2.80/?[1-$1]" | sort | uniq -c | xargs
}

network
load
web_server s1
web_server s2
configuration >$DIR/conf
in_netns d keepalived --dont-fork --log-console --log-detail -f $DIR/conf \
	-p $DIR/pid -r $DIR/vrrp -c $DIR/checkers >$DIR/log 2>&1 &
keepalived=$!

check 'it is master of the address' wait_until 60 grep -q 'Entering MASTER STATE' $DIR/log
check 'both servers are found' wait_until 60 servers_are 2
check_is 'requests are answered in turn' '5 s1 5 s2' "$(ask 10)"
check_is 'there is no sync daemon' '' "$(ipvs -L --daemon)"
check 'it says why' grep -qi 'operation not supported' $DIR/log

pkill -F /tmp/www-s1/pid
check 'a server that fails is removed' wait_until 60 servers_are 1
check_is 'requests go to the other one' '4 s2' "$(ask 4)"
web_server s1
check 'it is taken back' wait_until 60 servers_are 2

pkill -F $DIR/pid
wait $keepalived
check_is 'it cleans up' 0 "$(ipvs -Ln | grep -c '^TCP')"
