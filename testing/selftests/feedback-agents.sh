#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The controller of feedback, with agents as HAProxy has them, which say what they should, nonsense,
# and nothing; how it is switched off; and with node_exporter.
. ./lib.sh
. ./choices.sh
start

network
load
IPVSADM=${TOOLS%% *}
DIR=/tmp/feedback-agents
mkdir -p $DIR

ipvs -A -t $VIP:80 -s wlc
for name in s1 s2; do
	echo 'up 50%' >$DIR/$name
	# Not by a function, whose process would be another one.
	nsenter --net=/run/netns/$name socat TCP4-LISTEN:7777,fork,reuseaddr "SYSTEM:cat $DIR/$name" 2>/dev/null &
	agents[${name#s}]=$!
	wait_until 10 listens $name 7777
	ipvs -a -t $VIP:80 -r "10.$((${name#s} + 1)).0.2:80" -m -w 10
done
cat >$DIR/agents.toml <<END
period = 0.5
lifetime = 1
timeout = 2
off_file = "$DIR/off"
[[service]]
tcp = "$VIP:80"
[[service.input]]
kind = "agent"
port = 7777
END
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/agents.toml >$DIR/journal &
controller=$!

# factor SERVER: what its weight counts, in thousandths.
factor()
{
	ipvs feedback | awk -v server="10.$(($1 + 1)).0.2:80:" '
		$3 == server { factor = $NF }
		END { printf("%d", factor == "" ? 1000 : factor * 1000) }'
}

# factors LEAST1 MOST1 LEAST2 MOST2
factors()
{
	within "$1" "$2" "$(factor 1)" && within "$3" "$4" "$(factor 2)"
}

sleep 2
check 'the same load: nothing is done' factors 1000 1000 1000 1000
echo 'up 10%' >$DIR/s1
echo '90%' >$DIR/s2
check 'the loaded one gets less' wait_until 20 factors 50 800 1200 2000
check 'it is told why' grep -q '10.2.0.2:80: factor 1.000 -> 0\..*relative, mean load' $DIR/journal
echo '?75%' >$DIR/s1
check 'nonsense: back to its weight' wait_until 20 factors 1000 1000 1000 2000
check 'that is told' grep -q "10.2.0.2:80: input 1: .?75%' is no word of an agent" $DIR/journal
kill "${agents[2]}"
check 'nobody there: back to its weight' wait_until 20 factors 1000 1000 1000 1000
check 'that is told, too' grep -q '10.3.0.2:80: input 1: Connection refused' $DIR/journal
echo 'drain' >$DIR/s1
check 'a drain' wait_until 10 factors 50 50 1000 1000
touch $DIR/off
check 'switched off' wait_until 10 factors 1000 1000 1000 1000
rm $DIR/off
check 'and on again' wait_until 10 factors 50 50 1000 1000
kill $controller
check 'a controller that dies does no harm' wait_until 20 factors 1000 1000 1000 1000

# --- node_exporter, of which the gauge differs: what it says of the machine is the same for both
for name in s1 s2; do
	mkdir $DIR/gauges-$name
	in_netns $name prometheus-node-exporter --collector.disable-defaults --collector.cpu --collector.loadavg \
		--collector.textfile --collector.textfile.directory=$DIR/gauges-$name >/tmp/exporter-$name.log 2>&1 &
done
echo 'shop_busy 9' >$DIR/gauges-s1/shop.prom
echo 'shop_busy 1' >$DIR/gauges-s2/shop.prom
for name in s1 s2; do
	wait_until 60 listens $name 9100
done
cat >$DIR/exporter.toml <<END
period = 1
lifetime = 10
timeout = 5
[[service]]
tcp = "$VIP:80"
[[service.input]]
kind = "node-exporter"
[[service.input]]
kind = "node-exporter"
metric = "load"
[[service.input]]
kind = "node-exporter"
metric = "shop_busy"
full = 10
ratio = 20
END
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/exporter.toml >$DIR/journal &
controller=$!
check 'node_exporter: the loaded one gets less' wait_until 60 factors 50 900 1100 4000
kill $controller
ipvs feedback --off

# --- one service whose servers are silent does not hold up the others
ipvs -A -t $VIP:81 -s wlc
ipvs -a -t $VIP:81 -r 10.2.0.2:81 -m -w 10
ipvs -a -t $VIP:81 -r 10.3.0.2:81 -m -w 10
cat >$DIR/silent.toml <<END
period = 20
timeout = 10
workers = 2
[[service]]
tcp = "$VIP:81"
[[service.input]]
kind = "command"
command = ["sh", "-c", "sleep 600 | cat"]
[[service]]
tcp = "$VIP:80"
[[service.input]]
kind = "command"
command = ["sh", "-c", "yes | head -n 90000; exit 7"]
output = "status"
END
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/silent.toml >$DIR/journal &
controller=$!
check 'the silent ones are told' wait_until 40 grep -q '10.3.0.2:81: input 1: no answer in time' $DIR/journal
check_is 'nobody has waited for them' '80 80 81 81' "$(grep -oP -m 4 '10\.[23]\.0\.2:\K8[01]' $DIR/journal | xargs)"
check 'what the others had said counts' factors 500 500 500 500
kill $controller

# --- nor in later rounds, and what it runs ends with it
sed -i "s/^period.*/period = 1/; s/^timeout.*/timeout = 60/; s/^workers.*/workers = 3/
	s|exit 7|echo >>$DIR/rounds; exit 7|" $DIR/silent.toml
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/silent.toml >$DIR/journal &
controller=$!
check 'a command runs' wait_until 40 pgrep -xf 'sleep 600'
check 'others have rounds meanwhile' wait_until 40 eval '[ "$(wc -l <$DIR/rounds)" -ge 8 ]'
kill $controller
check 'and ends with the controller' wait_until 40 eval '! pgrep -xf "sleep 600"'
wait $controller
check_is 'which ends as by the signal' 143 $?

# --- the module goes, and comes back
cat >$DIR/half.toml <<END
period = 1
[[service]]
tcp = "$VIP:80"
[[service.input]]
kind = "command"
command = ["sh", "-c", "exit 7"]
output = "status"
END
ipvs feedback --off
nsenter --net=/run/netns/d "$IPVSADM" feedback --config $DIR/half.toml >$DIR/journal &
controller=$!
check 'before' wait_until 15 factors 500 500 500 500
ipvs -C
check 'the module goes while it is watched' wait_until 10 rmmod rust_ipvs
check 'that it is gone is told' wait_until 15 grep -qx 'IPVS is gone' $DIR/journal
sleep 3
load
check 'and that it is there again' wait_until 15 grep -qx 'IPVS is there again' $DIR/journal
ipvs -A -t $VIP:80 -s wlc
for name in s1 s2; do
	ipvs -a -t $VIP:80 -r "10.$((${name#s} + 1)).0.2:80" -m -w 10
done
check 'afterwards' wait_until 15 factors 500 500 500 500
check_is 'once' 'IPVS is gone IPVS is there again' "$(grep -x 'IPVS is.*' $DIR/journal | xargs)"
kill $controller
ipvs -C
rm -r $DIR
