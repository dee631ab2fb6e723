# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Services and servers of IPv6, of marks of IPv6, and of both families.
# Also with ipvsadm-rs.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

ip link set lo up
ip link add dummy0 type dummy
ip link set dummy0 up
ip addr add fe80::77/64 dev dummy0 nodad
ip addr add 2001:db8:1::1/64 dev dummy0 nodad

start_agent

note 'services'
ipvs -A -t '[2001:db8::1]:80' -s rr
ipvs -A -t '[2001:db8::1]:80' -s rr
ipvs -A -u '[2001:db8::1]:53' -s wlc -o
ipvs -A --sctp-service '[2001:db8::1]:99' -s rr
ipvs -A --sctp-service 192.0.2.1:99 -s rr
ipvs -A -f 7 -6 -s rr -p 60 -M 64
ipvs -A -f 7 -s wlc -p 60 -M 255.255.255.0
ipvs -A -t '[2001:db8::2]:0' -p 90
ipvs -A -t '[2001:db8::3]:80' -M 128
ipvs -A -t '[2001:db8::3]:80' -p -M 129
ipvs -A -t '[2001:db8::3]:80' -p -M 0
ipvs -A -t '[::]:80' -s rr
ipvs -A -t '[fe80::1]:80' -s rr
ipvs -Ln
proc ip_vs
genl GET_SERVICE dump

note 'servers'
for server in '[2001:db8:1::2]:80' '[2001:db8:1::2]:81' '[fd00::2]' '[::1]:8080' '[fe80::1]:80' \
	'[fe80::77]:80' '[ff02::1]:80' '[::]:80' '[::ffff:10.1.1.2]:80' '[2001:db8:1::1]:80' 10.1.1.2:80; do
	ipvs -a -t '[2001:db8::1]:80' -r "$server" -m
done
ipvs -a -t '[2001:db8::1]:80' -r '[2001:db8:1::2]:80' -m
ipvs -a -t '[2001:db8::1]:80' -r '[2001:db8:1::3]:80' -g -w 3
ipvs -a -t '[2001:db8::1]:80' -r '[2001:db8:1::3]:80' -g
ipvs -a -t '[2001:db8::1]:80' -r '[2001:db8:1::4]' -i
ipvs -a -f 7 -6 -r '[2001:db8:1::4]' -i
ipvs -a -f 7 -6 -r 10.1.1.2 -i
ipvs -a -f 7 -r '[2001:db8:1::4]' -i
ipvs -a -f 7 -r '[2001:db8:1::4]' -m
ipvs -a -f 7 -r '[2001:db8:1::4]' -g
ipvs -Ln
ipvs -Ln --tun-info
ipvs -Ln --stats
proc ip_vs
genl GET_DEST dump SERVICE\{ AF=10 PROTOCOL=6 ADDR=2001:db8::1 PORT=80 \}
genl GET_DEST dump SERVICE\{ AF=2 FWMARK=7 \}

note 'the same address with another family is another one'
FULL='PORT=80 FWD_METHOD=2 WEIGHT=1 U_THRESH=0 L_THRESH=0'
genl NEW_DEST SERVICE\{ AF=2 FWMARK=7 \} DEST\{ ADDR=10.1.1.2 "$FULL" \}
genl NEW_DEST SERVICE\{ AF=2 FWMARK=7 \} DEST\{ ADDR=a01:102:: ADDR_FAMILY=10 "$FULL" \}
genl NEW_DEST SERVICE\{ AF=2 FWMARK=7 \} DEST\{ ADDR=a01:102:: ADDR_FAMILY=10 "$FULL" \}
genl GET_DEST dump SERVICE\{ AF=2 FWMARK=7 \}
genl DEL_DEST SERVICE\{ AF=2 FWMARK=7 \} DEST\{ ADDR=a01:102:: PORT=80 ADDR_FAMILY=10 \}
genl DEL_DEST SERVICE\{ AF=2 FWMARK=7 \} DEST\{ ADDR=a01:102:: PORT=80 ADDR_FAMILY=10 \}
genl GET_DEST dump SERVICE\{ AF=2 FWMARK=7 \}

note 'edits'
ipvs -E -t '[2001:db8::1]:80' -s wlc -p 77 -M 48
ipvs -E -f 7 -6 -s wlc
ipvs -E -t '[2001:db8::9]:80' -s wlc
ipvs -e -t '[2001:db8::1]:80' -r '[2001:db8:1::3]:80' -m -w 9 -x 5 -y 2
ipvs -e -t '[2001:db8::1]:80' -r '[2001:db8:1::9]:80' -m
ipvs -e -f 7 -6 -r 10.1.1.2 -m
ipvs -e -f 7 -6 -r 10.1.1.2 -i -w 5
ipvs -d -t '[2001:db8::1]:80' -r '[2001:db8:1::2]:81'
ipvs -d -t '[2001:db8::1]:80' -r '[2001:db8:1::2]:81'
ipvs -d -f 7 -6 -r 10.1.1.2
ipvs -Z -t '[2001:db8::1]:80'
ipvs -Z -t '[2001:db8::9]:80'
ipvs -Ln
genl GET_SERVICE SERVICE\{ AF=10 PROTOCOL=6 ADDR=2001:db8::1 PORT=80 \}

note 'prefixes'
for mask in 0 1 64 128 129 4294967295; do
	genl NEW_SERVICE SERVICE\{ AF=10 FWMARK=9 SCHED_NAME=rr FLAGS=00000000ffffffff TIMEOUT=0 NETMASK:u32=$mask \}
	genl SET_SERVICE SERVICE\{ AF=10 FWMARK=9 SCHED_NAME=rr FLAGS=00000000ffffffff TIMEOUT=0 NETMASK:u32=$mask \}
	genl GET_SERVICE SERVICE\{ AF=10 FWMARK=9 \}
done
genl SET_SERVICE SERVICE\{ AF=10 FWMARK=9 SCHED_NAME=nosuch FLAGS=00000000ffffffff TIMEOUT=0 NETMASK:u32=0 \}
genl SET_SERVICE SERVICE\{ AF=10 FWMARK=9 SCHED_NAME=rr PE_NAME=nosuch FLAGS=00000000ffffffff TIMEOUT=0 NETMASK:u32=0 \}

note 'addresses of 16 and of 4 bytes'
genl NEW_SERVICE SERVICE\{ AF=10 PROTOCOL=6 ADDR:hex=20010db8 PORT=80 SCHED_NAME=rr FLAGS=00000000ffffffff TIMEOUT=0 NETMASK:u32=64 \}
genl GET_SERVICE SERVICE\{ AF=10 PROTOCOL=6 ADDR=2001:db8:: PORT=80 \}
genl NEW_SERVICE SERVICE\{ AF=2 PROTOCOL=6 ADDR=2001:db8::1 PORT=80 SCHED_NAME=rr FLAGS=00000000ffffffff TIMEOUT=0 NETMASK=255.255.255.255 \}
genl GET_SERVICE SERVICE\{ AF=2 PROTOCOL=6 ADDR=32.1.13.184 PORT=80 \}

note 'delete'
ipvs -D -t '[2001:db8::1]:80'
ipvs -D -t '[2001:db8::1]:80'
ipvs -D -f 7 -6
ipvs -Ln
ipvs -C
ipvs -Ln
