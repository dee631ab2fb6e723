#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ipvsadm-rs metrics: beside node_exporter, scraped by Prometheus, over C ip_vs's
# way of asking and over ours; and what services are called.
. ./lib.sh
start
command -v prometheus >/dev/null || skip_all 'there is no prometheus'

IPVSADM=${TOOLS%% *}
VIP=192.0.2.1

# metrics FILTER <TEXT: the lines of metrics whose names match, in one order.
metrics()
{
	python3 ./metrics.py "$1"
}

scrape()
{
	in_netns d curl -s -m 20 "$@"
}

# value NAME LABELS: of what Prometheus has, by its HTTP interface.
value()
{
	in_netns d curl -s -m 20 -G http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$1{$2}" |
		jq -r '.data.result[0].value[1] // "none"'
}

# has_value EXPECTED NAME LABELS
has_value()
{
	[ "$(value "$2" "$3")" = "$1" ]
}

network
web_server s1
web_server s2
load

# --- names
ipvs -A -t $VIP:80 -s rr --name shop/web
plain=$(ipvs -Ln)
check_is 'a name is saved' "-A -t $VIP:80 -s rr --name shop/web" "$(ipvs -Sn)"
check 'it is in JSON' grep -q '"name":"shop/web"' <(ipvs -L --json)
check_is 'stock does not see it' "$plain" "$(IPVSADM=ipvsadm ipvs -Ln)"
ipvs -E -t $VIP:80 -s wrr
check_is 'an edit leaves it' "-A -t $VIP:80 -s wrr --name shop/web" "$(ipvs -Sn)"
IPVSADM=ipvsadm ipvs -E -t $VIP:80 -s rr
check_is 'one of stock, too' "-A -t $VIP:80 -s rr --name shop/web" "$(ipvs -Sn)"
ipvs -Sn >/tmp/rules
ipvs -C
ipvs -R </tmp/rules
check_is 'it is restored' "$(cat /tmp/rules)" "$(ipvs -Sn)"
ipvs -E -t $VIP:80 -s rr --name ''
check_is 'it is taken away' "-A -t $VIP:80 -s rr" "$(ipvs -Sn)"
check_fails 'not a word' 'invalid name' ipvs -E -t $VIP:80 --name 'a b'
check_fails 'too long' 'invalid name' ipvs -E -t $VIP:80 --name "$(printf 'x%.0s' {1..64})"
ipvs -E -t $VIP:80 -s rr --name shop/web

# --- traffic, and services of all kinds
ipvs -a -t $VIP:80 -r 10.2.0.2:8080 -m -w 3
ipvs -a -t $VIP:80 -r 10.3.0.2:8080 -m -w 2 -x 1000
ipvs -A -u $VIP:53 -s wlc
ipvs -a -u $VIP:53 -r 10.2.0.2:53 -m -w 0
ipvs -A -f 171 -s wlc -p 300
ipvs -a -f 171 -r 10.2.0.2 -g
ipvs -A -t '[2001:db8::1]:443' -s wlc
ipvs -a -t '[2001:db8::1]:443' -r '[2001:db8:2::2]:443' -m
ipvs -Sn >/tmp/everything
get 12 >/dev/null

ipvs metrics --per-server --per-address >/tmp/metrics
check_is 'connections' 12 "$(metrics 'node_ipvs_connections_total' </tmp/metrics | awk '{ print $2 }')"
shop="ipvs_service_connections_total{family=inet,local_address=$VIP,local_mark=,local_port=80,proto=TCP,service=shop/web} 12"
check_is 'of the service, by its name' "$shop" "$(metrics 'ipvs_service_connections_total' </tmp/metrics | grep shop)"
check_is 'servers at an address, of three services' 3 \
	"$(metrics ipvs_address_destinations </tmp/metrics | awk '/10.2.0.2/ { print $2 }')"
check_is 'and what they have counted' "$(metrics ipvs_server_connections_total </tmp/metrics | awk '/10.2.0.2/ { sum += $2 } END { print sum }')" \
	"$(metrics ipvs_address_connections_total </tmp/metrics | awk '/10.2.0.2/ { print $2 }')"

# --- what was dropped, and why
# dropped NAME REASON: how many packets, by the metric of that name.
dropped()
{
	ipvs metrics | metrics "$1" | awk -v reason="reason=$2[,}]" '$0 ~ reason { print $2 }'
}

# dropped_are EXPECTED NAME REASON
dropped_are()
{
	[ "$(dropped "$2" "$3")" = "$1" ]
}

check_is 'nothing yet, which is said' 0 "$(dropped ipvs_dropped_packets_total truncated)"
in_netns c python3 -ES ./provoke.py short 10.1.0.2 0 $VIP 0 2
in_netns c python3 -ES ./provoke.py udp 10.1.0.2 4000 $VIP 53 3
check 'of no service' wait_until 10 dropped_are 2 ipvs_dropped_packets_total truncated
check 'of a service' wait_until 10 dropped_are 3 ipvs_service_dropped_packets_total quiescent
check_is 'which is named' "{family=inet,fate=answered,local_address=$VIP,local_mark=,local_port=53,proto=UDP,reason=quiescent,service=udp/$VIP:53}" \
	"$(ipvs metrics | metrics ipvs_service_dropped_packets_total | sed 's/^[^{]*//; s/ .*//')"
check_is 'what passes is not dropped' '' "$(dropped ipvs_dropped_packets_total no-service)"
check_is 'the older format, to the linter of Prometheus' '' \
	"$(ipvs metrics --per-server --per-address --text | promtool check metrics 2>&1)"
check_fails 'no address' 'cannot listen' ipvs metrics --listen 127.0.0.1

# --- beside node_exporter
in_netns d prometheus-node-exporter --collector.disable-defaults --collector.ipvs \
	--web.listen-address=127.0.0.1:9100 >/tmp/exporter.log 2>&1 &
in_netns d "$IPVSADM" metrics --listen 127.0.0.1:9913 --per-server 2>/tmp/own.log &
in_netns d "$IPVSADM" metrics --listen unix:/tmp/metrics.socket 2>>/tmp/own.log &
wait_until 40 listens d 9100
wait_until 40 listens d 9913
wait_until 40 test -S /tmp/metrics.socket
theirs=$(scrape http://127.0.0.1:9100/metrics | metrics 'node_ipvs_.*')
check 'node_exporter has numbers' grep -q 'node_ipvs_backend_weight.* 3' <<<"$theirs"
check_is 'node_exporter says the same' "$theirs" "$(scrape http://127.0.0.1:9913/metrics | metrics 'node_ipvs_.*')"
check_is 'to OpenMetrics, too' "$theirs" \
	"$(scrape -H 'Accept: application/openmetrics-text' http://127.0.0.1:9913/metrics | metrics 'node_ipvs_.*')"
check_is 'over a local socket' 'ipvs_services 4' \
	"$(scrape --unix-socket /tmp/metrics.socket http://localhost/metrics | metrics ipvs_services)"

# --- clients of bad manners
in_netns d python3 -ES ./idle.py 9913 200 & idle=$!
wait_until 40 eval '[ "$(in_netns d ss -Hnt "dport = :9913" | wc -l)" -ge 32 ]'
check_is 'beside 200 who say nothing' 'ipvs_services 4' \
	"$(scrape http://127.0.0.1:9913/metrics | metrics ipvs_services)"
kill $idle
check_is 'a body is not waited for' 'ipvs_services 4' \
	"$(scrape -H 'Content-Length: 1000000000000000' http://127.0.0.1:9913/metrics | metrics ipvs_services)"
in_netns d sh -c 'ulimit -n 16; exec "$@"' - "$IPVSADM" metrics --listen 127.0.0.1:9914 2>/tmp/few.log & few=$!
wait_until 40 listens d 9914
in_netns d python3 -ES ./idle.py 9914 20 & idle=$!
check 'no file descriptor is left, which is said' wait_until 40 grep -q 'cannot accept a connection: Too many' /tmp/few.log
kill $idle
check 'and waited for' wait_until 40 eval \
	'[ "$(scrape http://127.0.0.1:9914/metrics | metrics ipvs_services)" = "ipvs_services 4" ]'
kill $few

# --- Prometheus
cat >/tmp/prometheus.yml <<-END
	global:
	  scrape_interval: 1s
	scrape_configs:
	  - job_name: ipvs
	    static_configs:
	      - targets: ['127.0.0.1:9913']
END
mkdir -p /tmp/prometheus
in_netns d prometheus --config.file=/tmp/prometheus.yml --storage.tsdb.path=/tmp/prometheus \
	--web.listen-address=127.0.0.1:9090 --storage.tsdb.retention.time=1h >/tmp/prometheus.log 2>&1 &
check 'Prometheus scrapes it' wait_until 40 has_value 1 up 'job="ipvs"'
check 'connections of the service' wait_until 40 has_value 12 ipvs_service_connections_total 'service="shop/web"'
get 8 >/dev/null
check 'more of them, later' wait_until 40 has_value 20 ipvs_service_connections_total 'service="shop/web"'
check_is 'the weight of a server' 3 "$(value node_ipvs_backend_weight 'remote_address="10.2.0.2",local_port="80"')"
check_is 'why packets were dropped' '2 3' "$(value ipvs_dropped_packets_total 'reason="truncated"') $(
	value ipvs_service_dropped_packets_total 'reason="quiescent"')"
check_is 'a mark' 1 "$(value ipvs_service_destinations 'local_mark="000000AB"')"
check_is 'an idle server' 1 "$(value ipvs_service_destinations_idle 'proto="UDP"')"
ipvs -C
wait_until 20 rmmod rust_ipvs
check_is 'no IPVS: no numbers' 503 "$(scrape -o /dev/null -w '%{http_code}' http://127.0.0.1:9913/metrics)"
check_is 'nor to who asks once' 2 "$(ipvs metrics >/dev/null 2>&1; echo $?)"
check_is 'and it is not loaded' 0 "$(grep -c '^ip_vs ' /proc/modules)"
load
ipvs -A -t $VIP:81 -s rr
check 'the module was loaded anew' wait_until 40 has_value 1 ipvs_services ''
ipvs -C

# --- C ip_vs, which has no sums and no names: the same, summed up here
everything()
{
	ipvs metrics --per-server --per-address | metrics '(node_ipvs|ipvs_(service|address|server|timeout)).*'
}

sed 's/ --name [^ ]*//' /tmp/everything | ipvs -R
ours=$(everything)
ipvs -C
wait_until 20 rmmod rust_ipvs
modprobe -a ip_vs ip_vs_rr ip_vs_wlc
sed 's/ --name [^ ]*//' /tmp/everything | ipvs -R
check_is 'over C ip_vs' "$ours" "$(everything)"
check_is 'C does not count what it drops' '' "$(ipvs metrics | metrics '.*dropped.*')"
check_fails 'C has no names' 'does not know --name' ipvs -E -t $VIP:80 -s rr --name web
ipvs -C
wait_until 20 modprobe -r ip_vs_rr ip_vs_wlc ip_vs
# Prometheus has gone on to ask while it went.
sleep 3
check_is 'nobody who counts has loaded it again' 0 "$(grep -c '^ip_vs ' /proc/modules)"
