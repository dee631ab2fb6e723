# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# More services and servers than an answer has room for: orders in one stream, dumps in
# many pieces.

topology

# rules: 120 services, of every kind that has a line of its own, with up to four servers;
# and one with 180.
rules()
{
	local i k service
	for ((i = 0; i < 120; i++)); do
		case $((i % 5)) in
		0)	service="-u 198.51.100.$((i + 1)):53" ;;
		1)	service="-f $((i + 1))" ;;
		*)	service="-t 198.51.100.$((i + 1)):80" ;;
		esac
		echo "-A $service -s wlc$([ $((i % 7)) -ne 0 ] || echo " -p $((i + 60))")"
		for ((k = 0; k < i % 5; k++)); do
			echo "-a $service -r 10.$((i + 1)).0.$((k + 1)):80 -m -w $k"
		done
	done
	echo '-A -t 203.0.113.1:80 -s rr'
	for ((k = 0; k < 180; k++)); do
		echo "-a -t 203.0.113.1:80 -r 10.250.$((k / 100)).$((k % 100 + 1)):80 -i -w $((k % 9))"
	done
}

# listed: all of it, by each way to ask.
listed()
{
	ipvs -Ln
	proc ip_vs
	sockopt get INFO length=12
}

note 'in one stream'
rules >$STATE/rules
"$IPVSADM" -R <$STATE/rules || echo "SCENARIO ERROR -R: $?"
listed
"$IPVSADM" -Sn | sort | cksum

note 'every other server goes, and some services'
for ((k = 0; k < 180; k += 2)); do
	echo "-d -t 203.0.113.1:80 -r 10.250.$((k / 100)).$((k % 100 + 1)):80"
done >$STATE/rules
for ((i = 2; i < 120; i += 10)); do
	echo "-D -t 198.51.100.$((i + 1)):80"
done >>$STATE/rules
"$IPVSADM" -R <$STATE/rules || echo "SCENARIO ERROR -R: $?"
listed

note 'they come back as the newest'
setup -a -t 203.0.113.1:80 -r 10.250.0.1:80 -i
setup -a -t 203.0.113.1:80 -r 10.250.0.5:80 -i
ipvs -Ln -t 203.0.113.1:80

note 'all go'
ipvs -C
ipvs -Ln
proc ip_vs
sockopt get INFO length=12
