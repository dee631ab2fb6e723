# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Forwarding methods, tunnels, flags: what is stored and comes back, and what
# of it can be seen in packets so far.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
SERVICE='AF=2 PROTOCOL=6 ADDR=192.0.2.1 PORT=80'
NAME='SCHED_NAME=rr TIMEOUT=0 NETMASK=255.255.255.255'
LIMITS='WEIGHT=1 U_THRESH=0 L_THRESH=0'

note 'all methods, with bits that are none'
genl NEW_SERVICE SERVICE\{ "$SERVICE" "$NAME" FLAGS=00000000ffffffff \}
for method in 0 1 2 3 4 5 6 7 8 11 4294967295; do
	genl NEW_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=10.1.1.2 PORT=$((100 + method % 1000)) FWD_METHOD=$method "$LIMITS" \}
done
genl GET_DEST dump SERVICE\{ "$SERVICE" \}
proc ip_vs

note 'tunnels'
for tunnel in 'TUN_TYPE=0 TUN_PORT=0 TUN_FLAGS=0' 'TUN_TYPE=1 TUN_PORT=6080 TUN_FLAGS=2' \
	'TUN_TYPE=1 TUN_PORT=0' 'TUN_TYPE=1' 'TUN_TYPE=2 TUN_FLAGS=1' 'TUN_TYPE=2 TUN_PORT=7' \
	'TUN_TYPE=77 TUN_PORT=65535 TUN_FLAGS=65535' 'TUN_TYPE:u32=513 TUN_PORT=5 TUN_FLAGS:u32=66051' \
	'TUN_FLAGS=256' ''; do
	genl SET_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=10.1.1.2 PORT=102 FWD_METHOD=2 "$LIMITS" "$tunnel" \}
	genl SET_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=10.1.1.2 PORT=100 FWD_METHOD=0 "$LIMITS" "$tunnel" \}
	genl GET_DEST dump SERVICE\{ "$SERVICE" \}
done
genl NEW_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=10.1.1.3 PORT=1 FWD_METHOD=2 "$LIMITS" TUN_TYPE=1 TUN_PORT=5555 TUN_FLAGS=1 \}
genl SET_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=10.1.1.3 PORT=1 FWD_METHOD=3 "$LIMITS" \}
genl GET_DEST dump SERVICE\{ "$SERVICE" \}

note 'flags'
for flags in 00000000ffffffff 01000000ffffffff 05000000ffffffff 0400000004000000 0200000002000000 \
	0000000002000000 0000000001000000 ffffffffffffffff 00000000ffffff7f 38000000 38000000ff 3800000038000000; do
	genl SET_SERVICE SERVICE\{ "$SERVICE" "$NAME" FLAGS=$flags \}
	genl GET_SERVICE SERVICE\{ "$SERVICE" \}
done
genl NEW_SERVICE SERVICE\{ AF=2 FWMARK=1 "$NAME" FLAGS=0200000002000000 \}
genl NEW_SERVICE SERVICE\{ AF=2 FWMARK=2 "$NAME" FLAGS=ffffffff00000000 \}
genl NEW_SERVICE SERVICE\{ AF=2 FWMARK=3 "$NAME" FLAGS=ffffffffffffffff TIMEOUT=4294967295 \}
genl GET_SERVICE dump
ipvs -Ln
ipvs -Ln --persistent-conn
genl FLUSH

note 'any protocol'
for proto in 0 1 17 47 50 132 255 256 262 65535; do
	genl NEW_SERVICE SERVICE\{ AF=2 PROTOCOL=$proto ADDR=192.0.2.1 PORT=80 "$NAME" FLAGS=00000000ffffffff \}
	genl NEW_DEST SERVICE\{ AF=2 PROTOCOL=$proto ADDR=192.0.2.1 PORT=80 \} DEST\{ ADDR=10.1.1.2 PORT=80 FWD_METHOD=0 "$LIMITS" \}
	genl GET_SERVICE SERVICE\{ AF=2 PROTOCOL=$proto ADDR=192.0.2.1 PORT=80 \}
done
genl GET_SERVICE dump
proc ip_vs
ipvs -C

note 'a server at this host'
setup -A -t 192.0.2.1:80 -s rr
genl NEW_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=192.0.2.1 PORT=80 FWD_METHOD=1 "$LIMITS" \}
send c tcp 10.0.0.2:4000 192.0.2.1:80 flags=S seq=100
send c tcp 10.0.0.2:4000 192.0.2.1:80 flags=R seq=101
stats
snapshot
ipvs -C
no_connections

note 'servers that answer elsewhere: states follow from the client alone'
setup -A -t 192.0.2.1:80 -s rr
for method in 5 6 7; do
	genl NEW_DEST SERVICE\{ "$SERVICE" \} DEST\{ ADDR=10.1.1.2 PORT=80 FWD_METHOD=$method "$LIMITS" \}
	send c tcp 10.0.0.2:500$method 192.0.2.1:80 flags=S seq=100
	send c tcp 10.0.0.2:600$method 192.0.2.1:80 flags=A seq=100
	snapshot
	ipvs -d -t 192.0.2.1:80 -r 10.1.1.2:80
	no_connections
done
stats
