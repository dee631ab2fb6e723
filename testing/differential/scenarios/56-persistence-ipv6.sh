# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology6

syn()
{
	send c tcp "$1" "$2" flags=S seq=1
}

note 'clients of a prefix'
setup -A -t '[2001:db8::1]:80' -s rr -p 300 -M 126
setup -a -t '[2001:db8::1]:80' -r '[fd01::2]:8080' -m
setup -a -t '[2001:db8::1]:80' -r '[fd02::2]:8080' -m
for client in 2 3 4 5; do
	syn "[fd00::$client]:1000" '[2001:db8::1]:80'
done
snapshot
ipvs -Ln --persistent-conn
setup -C

note 'no port'
setup -A -u '[2001:db8::2]:0' -s rr -p 300
setup -a -u '[2001:db8::2]:0' -r '[fd01::2]:8080' -m
setup -a -u '[2001:db8::2]:0' -r '[fd02::2]:8080' -m
send c udp '[fd00::2]:1001' '[2001:db8::2]:53' data=x
send c udp '[fd00::3]:1001' '[2001:db8::2]:53' data=x
send c udp '[fd00::2]:1001' '[2001:db8::2]:54' data=x
conns
setup -C

note 'a mark'
nft -f - <<-END
	table ip6 t {
		chain marks {
			type filter hook prerouting priority -150
			ip6 daddr { 2001:db8::1, 2001:db8::2 } meta mark set 0x10007
		}
	}
END
setup -A -f 65543 -6 -s rr -p 300
setup -a -f 65543 -6 -r '[fd01::2]:8080' -m
setup -a -f 65543 -6 -r '[fd02::2]:8080' -m
syn '[fd00::2]:1002' '[2001:db8::1]:80'
syn '[fd00::2]:1002' '[2001:db8::2]:443'
send c udp '[fd00::2]:1002' '[2001:db8::1]:53' data=x
syn '[fd00::3]:1002' '[2001:db8::2]:80'
conns
proc ip_vs_conn_sync
step grep Conns: /proc/net/ip_vs_status

note 'templates count'
max=$(grep -c : /proc/net/ip_vs_conn)
sysctl -q net.ipv4.vs.conn_max=$((max + 1))
syn '[fd00::4]:1003' '[2001:db8::1]:80'
syn '[fd00::2]:1003' '[2001:db8::1]:80'
sysctl -q net.ipv4.vs.conn_max=$((max + 2))
syn '[fd00::4]:1004' '[2001:db8::1]:80'
syn '[fd00::4]:1004' '[2001:db8::1]:80'
syn '[fd00::5]:1004' '[2001:db8::1]:80'
conns
