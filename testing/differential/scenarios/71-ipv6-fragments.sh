# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
#
# Fragments of IPv6 and the MTU, and those that nobody has put together.
. ./lib.sh

C='[fd00::2]' V='[2001:db8::1]'

topology6
# Behind smaller links.
ip route add fd09:1::2/128 via fd02::2 mtu 1280 dev s2
ip route add fd09:2::2/128 via fd02::2 mtu 1400 dev s2
# Between c and s1 and not balanced.
other()
{
	send c udp "$C:1000" '[fd01::2]:9' len=64 fragments=32 order=2,0,1
}

note 'without a service fragments go through as they come'
other
note 'a server of IPv6 has them put together, though the service is of IPv4'
setup -A -u 192.0.2.1:53 -s rr
setup -a -u 192.0.2.1:53 -r '[fd01::2]:53' -i
other

setup -A -u "$V:2000" -s rr
setup -a -u "$V:2000" -r '[fd01::2]:2000' -g
setup -A -u "$V:2001" -s rr
setup -a -u "$V:2001" -r '[fd09:1::2]:2001' -g
setup -A -u "$V:2010" -s rr
setup -a -u "$V:2010" -r '[fd01::2]:2010' -m
setup -A -u "$V:2011" -s rr
setup -a -u "$V:2011" -r '[fd09:1::2]:2011' -m
setup -A -u "$V:2020" -s rr
setup -a -u "$V:2020" -r '[fd01::2]:2020' -i
setup -A -u "$V:2021" -s rr
setup -a -u "$V:2021" -r '[fd09:2::2]:2021' -i

# In pairs: what each link and tunnel takes, and what it does not.
for port in 2000 2001 2010 2011 2020 2021; do
	note "of a packet that is too long for any link, in fragments that may fit: $port"
	for size in 1000 1232 1240 1312 1320 1408 1416; do
		send c udp "$C:1000" "$V:$port" len=1992 fragments=$size
	done
done
conns

note 'what nobody has put together: the first one has ports, others pass'
nft -f - <<-END
	table ip6 t {
		counter input { }
		chain p { type filter hook prerouting priority -450; ip6 saddr fd00::3 notrack; }
		chain i { type filter hook input priority 150; ip6 saddr fd00::3 counter name input; }
	}
END
C='[fd00::3]'
setup -A -t "$V:80" -s rr
setup -a -t "$V:80" -r '[fd01::2]:8080' -m
send c udp "$C:1000" "$V:2000" len=64 fragments=32 order=0
send c udp "$C:1000" "$V:2010" len=64 fragments=32 order=0
send c tcp "$C:1000" "$V:80" flags=S seq=100 opt=020405a0 len=64 fragments=24 order=0
step nft list counters
send c udp "$C:1000" "$V:2000" len=64 fragments=32 order=1
send c udp "$C:1000" "$V:2010" len=64 fragments=32 order=2
send c tcp "$C:1000" "$V:80" flags=S seq=100 opt=020405a0 len=64 fragments=24 order=1
step nft list counters
note 'nor are they scheduled'
send c udp "$C:1001" "$V:2010" len=64 fragments=32 order=1
conns
step nft list counters
stats
