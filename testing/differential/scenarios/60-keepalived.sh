# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# keepalived with servers of all kinds: what it configures, changes when servers
# fail and when it is told to read its file again, and leaves behind.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

CONF=$STATE/keepalived.conf
LOG=$STATE/keepalived.log

live_topology
printf '%s\n' 'link set c addrgenmode eui64' 'addr add fd00::1/64 dev c nodad' 'addr add fd01::1/64 dev s1 nodad' \
	'addr add fd00::80/128 dev lo nodad' | ip -batch -

# head: what stands before the services.
head()
{
	cat <<-END
		global_defs {
			router_id vm
			lvs_timeouts tcp 600 tcpfin 60 udp 200
			lvs_flush
			script_user root
		}
		virtual_server_group several {
			192.0.2.2 8000
			192.0.2.2-3 8001
			fwmark 9
		}
		virtual_server 192.0.2.1 80 {
			protocol TCP
			lvs_sched rr
			lvs_method NAT
			persistence_timeout 300
			persistence_granularity 255.255.255.0
			real_server 10.1.1.2 8080 {
				weight $1
				uthreshold 100
				lthreshold 50
			}
			real_server 10.1.2.2 8080 {
				weight 2
				inhibit_on_failure
			}
		}
		virtual_server 192.0.2.1 443 {
			protocol TCP
			lvs_sched wlc
			lvs_method DR
			sorry_server 10.1.2.2 443
			real_server 10.1.1.2 443 {
				weight 3
			}
		}
		virtual_server 192.0.2.1 53 {
			protocol UDP
			ops
			lvs_sched rr
			lvs_method TUN type gue port 6080 nocsum
			real_server 10.1.1.2 53 {
				weight 1
			}
			real_server 10.1.2.2 53 {
				weight 1
				lvs_method TUN type gre csum
			}
			real_server 10.1.2.3 53 {
				weight 1
				lvs_method TUN
			}
		}
		virtual_server fd00::80 80 {
			protocol TCP
			lvs_sched wlc
			lvs_method NAT
			persistence_timeout 60
			persistence_granularity 64
			real_server fd01::2 8080 {
				weight 1
			}
		}
		virtual_server fwmark 7 {
			protocol TCP
			lvs_sched rr
			lvs_method NAT
			real_server 10.1.1.2 0 {
				weight 1
			}
		}
		virtual_server fwmark 8 {
			protocol TCP
			ip_family inet6
			lvs_sched rr
			lvs_method DR
			real_server fd01::3 0 {
				weight 1
			}
		}
		virtual_server 192.0.2.1 5060 {
			protocol SCTP
			lvs_sched wlc
			lvs_method NAT
			real_server 10.1.1.2 5060 {
				weight 1
			}
		}
		virtual_server group several {
			protocol TCP
			lvs_sched rr
			lvs_method NAT
			real_server 10.1.1.2 80 {
				weight 1
			}
		}
	END
}

# checked PORT: a service whose servers are looked at; nobody listens at PORT,
# which is the director's own, so that the answer comes at once.
checked()
{
	cat <<-END
		virtual_server 192.0.2.1 81 {
			delay_loop 1
			protocol TCP
			lvs_sched rr
			lvs_method NAT
			alpha
			sorry_server 10.1.2.2 81
			real_server 10.1.1.1 $1 {
				weight 1
				TCP_CHECK {
					connect_timeout 1
					retry 0
				}
			}
		}
	END
}

# all: everything that keepalived has set.
all()
{
	ipvs -Ln
	ipvs -Ln --thresholds
	ipvs -Ln --persistent-conn
	ipvs -Ln --tun-info
	ipvs -Ln --timeout
	proc ip_vs
}

# complaints: what keepalived says of orders that failed, without the time.
complaints()
{
	grep -iE 'error|failed|refused|invalid|unable' "$LOG" | grep -v TCP_CHECK | cut -d: -f4-
}

# has COUNT PATTERN: waits until so many lines of the table match.
has()
{
	local tries
	for ((tries = 0; tries < 150; tries++)); do
		[ "$("$IPVSADM" -Ln | grep -cE "$2")" -ne "$1" ] || return 0
		sleep 0.1
	done
	echo "never $1 lines of $2"
	cat "$LOG"
}

{ head 1; checked 9; } >"$CONF"
# It is removed at the start.
setup -A -t 192.0.2.9:9 -s rr

note 'start'
keepalived --dont-fork --log-console --log-detail --check -f "$CONF" -p $STATE/pid -c $STATE/checkers >"$LOG" 2>&1 &
keepalived=$!
has 1 '10.1.2.2:81 +Masq'
all

note 'a server that answers takes the place of the sorry server'
socat TCP4-LISTEN:9,bind=10.1.1.1,fork,reuseaddr EXEC:true 2>/dev/null &
server=$!
has 0 '10.1.2.2:81 +Masq'
has 1 '10.1.1.1:9 +Masq'
ipvs -Ln -t 192.0.2.1:81

note 'and goes again'
kill $server
has 0 '10.1.1.1:9 +Masq'
has 1 '10.1.2.2:81 +Masq'
ipvs -Ln -t 192.0.2.1:81

note 'other weights, and no server that is looked at'
head 5 >"$CONF"
kill -HUP $keepalived
has 0 'TCP +192.0.2.1:81'
has 1 '10.1.1.2:8080 +Masq +5 '
all

note 'the end'
kill $keepalived
wait $keepalived
step ipvsadm -Ln
ipvs -Ln --timeout
# But for servers that do not answer, of which it tells as often as it has looked.
step complaints
