# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The collector ipvs of prometheus-node-exporter, which reads /proc/net/ip_vs
# and ip_vs_stats.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:80 -m -w 3
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
setup -A -u 192.0.2.1:53 -s wlc
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m
setup -A -f 7 -s rr
setup -a -f 7 -r 10.1.1.2 -m
setup -A -t '[fd00::1]:80' -s rr
burst c 4 tcp 10.0.0.2:2000 192.0.2.1:80 flags=S seq=1
burst c 3 udp 10.0.0.2:3000 192.0.2.1:53 data=x
# C adds up what was counted every two seconds.
sleep 2.6

prometheus-node-exporter --collector.disable-defaults --collector.ipvs \
	--web.disable-exporter-metrics --web.listen-address=127.0.0.1:9100 2>$STATE/errors &
exporter=$!
for ((tries = 0; tries < 200; tries++)); do
	curl -s -o /dev/null http://127.0.0.1:9100/ && break
	sleep 0.1
done

metrics()
{
	curl -s -m 30 http://127.0.0.1:9100/metrics | grep -E '^node_ipvs|success' | sort
}

step metrics
kill $exporter
