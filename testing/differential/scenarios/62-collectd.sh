# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# collectd's plugin ipvs, which reads by socket options only.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:80 -m
setup -a -t 192.0.2.1:80 -r 10.1.2.2:8080 -m
setup -A -u 192.0.2.1:53 -s wlc
setup -a -u 192.0.2.1:53 -r 10.1.1.2:53 -m
setup -A -f 7 -s rr
setup -A -t '[fd00::1]:80' -s rr
burst c 4 tcp 10.0.0.2:2000 192.0.2.1:80 flags=S seq=1
burst c 3 udp 10.0.0.2:3000 192.0.2.1:53 data=x
# C adds up what was counted every two seconds.
sleep 2.6

cat >$STATE/collectd.conf <<-END
	Hostname "vm"
	Interval 1
	PIDFile "$STATE/pid"
	BaseDir "$STATE"
	TypesDB "/usr/share/collectd/types.db"
	LoadPlugin csv
	LoadPlugin ipvs
	<Plugin csv>
		DataDir "stdout"
		StoreRates false
	</Plugin>
END

# values: what one reading says, without its time.
values()
{
	timeout 12 collectd -f -C $STATE/collectd.conf 2>$STATE/errors |
		sed -n 's/interval=[0-9.]* [0-9.]*://p' | sort -u
	grep -i 'ipvs' $STATE/errors
}

step values
