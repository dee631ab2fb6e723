# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What is wrong with requests about sync daemons, in the order in which it is
# reported; dumps with attributes that are not what they should be.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

ip link set lo up
start_agent

note 'none'
genl GET_DAEMON dump
genl GET_DAEMON
genl DEL_DAEMON
genl DEL_DAEMON DAEMON\{ \}
genl DEL_DAEMON DAEMON\{ STATE=1 \}
genl DEL_DAEMON DAEMON\{ STATE=2 SYNC_ID=5 \}
for state in 0 3 4294967295; do
	genl DEL_DAEMON DAEMON\{ STATE=$state \}
done
genl DEL_DAEMON DAEMON\{ STATE:u16=1 \}
genl DEL_DAEMON DAEMON\{ STATE=1 MCAST_TTL:hex= \}

note 'without this or that'
NAME='MCAST_IFN=nosuch0'
genl NEW_DAEMON
genl NEW_DAEMON DAEMON\{ \}
genl NEW_DAEMON DAEMON\{ STATE=1 "$NAME" \}
genl NEW_DAEMON DAEMON\{ STATE=1 SYNC_ID=1 \}
genl NEW_DAEMON DAEMON\{ "$NAME" SYNC_ID=1 \}
genl NEW_DAEMON DAEMON\{ STATE=1 SYNC_ID=1 MCAST_IFN=sixteencharacter \}
genl NEW_DAEMON DAEMON\{ STATE=1 SYNC_ID=1 MCAST_IFN:hex=6c6f \}
genl NEW_DAEMON DAEMON\{ STATE=1 SYNC_ID=1 "$NAME" \}
genl NEW_DAEMON DAEMON\{ STATE=7 SYNC_ID=1 "$NAME" \}
genl NEW_DAEMON DAEMON\{ STATE=7 SYNC_ID=1 MCAST_IFN=lo \}
genl NEW_DAEMON DAEMON\{ STATE=0 SYNC_ID=1 MCAST_IFN=lo \}

note 'groups'
FULL="STATE=1 SYNC_ID=1 $NAME"
for group in 'MCAST_GROUP=224.0.0.81' 'MCAST_GROUP=223.1.1.1' 'MCAST_GROUP6=ff02::81' 'MCAST_GROUP6=fe02::81' \
	'MCAST_GROUP=224.0.0.81 MCAST_GROUP6=fe02::81' 'MCAST_GROUP=1.1.1.1 MCAST_GROUP6=ff02::81' \
	'MCAST_GROUP:hex=e000' 'MCAST_GROUP6:hex=ff02' 'MCAST_PORT:hex=01' 'SYNC_MAXLEN:hex=01'; do
	genl NEW_DAEMON DAEMON\{ "$FULL" "$group" \}
done

note 'beside servers of another family'
setup -A -f 7 -s rr
# ipvsadm takes none for a mark of IPv4.
MIXED='SERVICE{ AF=2 FWMARK=7 }'
SERVER='ADDR=2001:db8::2 PORT=0 ADDR_FAMILY=10'
genl NEW_DEST "$MIXED" DEST\{ "$SERVER" FWD_METHOD=2 WEIGHT=1 U_THRESH=0 L_THRESH=0 \}
genl NEW_DAEMON DAEMON\{ "$FULL" \}
genl NEW_DAEMON DAEMON\{ "$FULL" MCAST_GROUP=223.1.1.1 \}
genl DEL_DEST "$MIXED" DEST\{ "$SERVER" \}
genl NEW_DAEMON DAEMON\{ "$FULL" \}
genl NEW_DEST "$MIXED" DEST\{ "$SERVER" FWD_METHOD=2 WEIGHT=1 U_THRESH=0 L_THRESH=0 \}
setup -D -f 7
genl NEW_DAEMON DAEMON\{ "$FULL" \}

note 'dumps of what is not there, or not said well'
setup -A -f 8 -s rr
setup -a -f 8 -r 10.1.1.2 -m
SERVICE='SERVICE{ AF=2 FWMARK=8 }'
genl GET_DEST dump "$SERVICE"
genl GET_DEST dump "$SERVICE" TIMEOUT_UDP:u16=1
genl GET_DEST dump "$SERVICE" TIMEOUT_UDP:u64=1
genl GET_DEST dump "$SERVICE" DAEMON:hex=010203
genl GET_DEST dump "$SERVICE" DEST:hex=
genl GET_DEST dump "$SERVICE" 77:hex=01 RAW=0102
genl GET_DEST dump SERVICE:hex= "$SERVICE"
genl GET_DEST dump "$SERVICE" SERVICE:hex=
genl GET_DEST dump SERVICE\{ AF=10 FWMARK=8 \}
genl GET_SERVICE dump TIMEOUT_UDP:u16=1
