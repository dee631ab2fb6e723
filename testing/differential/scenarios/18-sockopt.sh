# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

# Without this, no address is one of a host.
ip link set lo up
ip link add eth7 type dummy

start_agent

# shellcheck disable=SC2086 # words
WEB='proto=6 addr=192.0.2.1 port=80'

note 'nothing yet'
sockopt get VERSION length=64
sockopt get INFO length=12
sockopt get SERVICES length=8
sockopt get SERVICES room=0x8
sockopt get SERVICE length=104
sockopt get DESTS $WEB room=0x24
sockopt get TIMEOUT length=12
sockopt get DAEMON length=48
sockopt set FLUSH
sockopt set ZERO proto=6
sockopt set ZERO $WEB
sockopt set DEL $WEB
sockopt set EDIT $WEB
sockopt set ADDDEST $WEB to=10.1.1.2:80

note 'lengths that are wrong'
for option in ADD EDIT DEL ZERO; do
	for length in 0 1 43 45 68; do
		sockopt set $option $WEB length=$length
	done
done
for option in ADDDEST EDITDEST DELDEST; do
	for length in 0 44 67 69; do
		sockopt set $option $WEB to=10.1.1.2:80 length=$length
	done
done
for option in FLUSH NONE INSERT LIST RESTORE SAVE 1150 1151 1168 1169; do
	for length in 0 1 44; do
		sockopt set $option length=$length
	done
done
for option in TIMEOUT STARTDAEMON STOPDAEMON; do
	for length in 0 11 13 23 25; do
		sockopt set $option length=$length
	done
done
sockopt set ADD $WEB length=-1
sockopt get VERSION length=0
sockopt get VERSION length=63
sockopt get VERSION length=65
sockopt get VERSION length=-1
sockopt get INFO length=11
sockopt get INFO length=16
sockopt get INFO length=0
sockopt get SERVICES length=0
sockopt get SERVICES length=7
sockopt get SERVICES length=9
sockopt get SERVICES room=1x8 length=8
sockopt get SERVICES room=1x8 length=111
sockopt get SERVICES room=1x8 length=112
sockopt get SERVICES room=1x8 length=113
sockopt get SERVICES room=0x8 length=112
sockopt get SERVICES room=4294967295x8 length=8
sockopt get SERVICES room=0x8 length=-1
sockopt get SERVICE $WEB length=103
sockopt get SERVICE $WEB length=104
sockopt get DESTS $WEB room=0x24 length=23
sockopt get DESTS $WEB room=0x24 length=25
sockopt get DESTS $WEB room=1x24 length=24
sockopt get DESTS $WEB room=1x24 length=120
sockopt get DEST length=0
sockopt get DEST length=96
sockopt get TIMEOUT length=11
sockopt get TIMEOUT length=13
sockopt get DAEMON length=47
sockopt get DAEMON length=49
sockopt get 1151 length=64
sockopt get 1160 length=64
sockopt get 1167 length=64

note 'pointers to nothing'
for option in ADD EDIT DEL ZERO; do
	sockopt set $option $WEB bad
done
sockopt set ADD $WEB length=43 bad
sockopt set ADDDEST $WEB to=10.1.1.2:80 bad
sockopt set TIMEOUT length=12 bad
sockopt set STARTDAEMON length=24 bad
sockopt set FLUSH bad
for option in VERSION INFO SERVICE DEST TIMEOUT DAEMON; do
	sockopt get $option length=104 bad
done
sockopt get SERVICES length=8 bad
sockopt get DESTS length=24 bad

note 'services'
sockopt set ADD $WEB sched=rr
sockopt set ADD $WEB sched=rr
sockopt set ADD $WEB sched=nosuch
sockopt set ADD proto=6 addr=192.0.2.1 port=81 sched=nosuch
sockopt set ADD proto=6 addr=192.0.2.1 port=81 sched=
sockopt set ADD proto=6 addr=192.0.2.1 port=81 sched=sixteencharacter
sockopt set ADD proto=6 addr=192.0.2.1 port=81 sched=fifteencharacte
sockopt set ADD $WEB sched=sixteencharacter
sockopt set ADD proto=99 addr=192.0.2.1 port=81 sched=sixteencharacter
sockopt set ADD proto=99 addr=192.0.2.1 port=81
sockopt set ADD proto=0 addr=192.0.2.1 port=81
sockopt set ADD proto=262 addr=192.0.2.1 port=81
sockopt set ADD proto=99 mark=7
sockopt set ADD proto=17 addr=192.0.2.1 port=80 sched='wlc\0junk'
sockopt set ADD proto=6 addr=192.0.2.1 port=82 sched=none
sockopt set ADD proto=6 mark=7 sched=wlc
sockopt set ADD proto=6 mark=7 sched=wlc
sockopt set ADD proto=6 addr=192.0.2.1 port=83 flags=0x38 timeout=9 mask=255.0.0.255
sockopt get INFO length=12
sockopt get SERVICES room=5x8 length=528
sockopt get SERVICES room=6x8 length=632
sockopt get SERVICES room=7x8 length=736
sockopt get SERVICES room=4x8 length=528
sockopt get SERVICE $WEB length=104
sockopt get SERVICE $WEB length=110
sockopt get SERVICE proto=6 mark=7 length=104
sockopt get SERVICE proto=99 mark=7 addr=1.2.3.4 port=5 length=104
sockopt get SERVICE proto=17 addr=192.0.2.1 port=81 length=104
sockopt get SERVICE proto=6 mark=8 length=104
sockopt get SERVICE raw=0600eeeec00002010050eeee00000000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
proc ip_vs
genl GET_SERVICE dump

note 'edit'
sockopt set EDIT $WEB sched=wlc flags=0x8 timeout=300 mask=255.255.255.0
sockopt get SERVICE $WEB length=104
sockopt set EDIT $WEB sched=nosuch
sockopt set EDIT $WEB sched=sixteencharacter
sockopt set EDIT proto=6 addr=192.0.2.9 port=80
sockopt set EDIT proto=6 addr=192.0.2.9 port=80 sched=sixteencharacter
sockopt set EDIT proto=132 addr=192.0.2.1 port=80
sockopt set EDIT proto=1 addr=192.0.2.1 port=80
sockopt set EDIT proto=6 mark=8
sockopt set EDIT proto=6 mark=7 sched=rr
sockopt get SERVICE proto=6 mark=7 length=104

note 'servers'
sockopt set ADDDEST $WEB to=10.1.1.2:80
sockopt set ADDDEST $WEB to=10.1.1.2:80
sockopt set ADDDEST $WEB to=10.1.1.3:80 weight=5 upper=10 lower=5
sockopt set ADDDEST $WEB to=10.1.1.4:80 weight=-1
sockopt set ADDDEST $WEB to=10.1.1.4:80 upper=1 lower=2
sockopt set ADDDEST $WEB to=10.1.1.4:80 upper=0x80000000
sockopt set ADDDEST $WEB to=224.0.0.1:80
sockopt set ADDDEST proto=6 addr=192.0.2.9 port=80 to=10.1.1.2:80
sockopt set ADDDEST proto=99 addr=192.0.2.1 port=80 to=10.1.1.2:80
sockopt set ADDDEST proto=6 addr=192.0.2.1 port=80 sched=sixteencharacter to=10.1.1.5:0
sockopt set ADDDEST $WEB to=10.1.1.6:80 conn=0xfffedff8
sockopt set ADDDEST proto=6 mark=7 to=10.1.1.2:80
sockopt get DESTS $WEB room=4x24 length=408
sockopt get DESTS $WEB room=2x24 length=216
sockopt get DESTS $WEB room=5x24 length=504
sockopt get DESTS proto=6 mark=7 room=1x24 length=120
sockopt get DESTS proto=6 mark=8 room=1x24 length=120
sockopt get SERVICE $WEB length=104
sockopt set EDITDEST $WEB to=10.1.1.2:80 weight=7 upper=3
sockopt set EDITDEST $WEB to=10.1.1.9:80 weight=7
sockopt set EDITDEST $WEB to=10.1.1.9:80 weight=-7
sockopt set EDITDEST $WEB to=10.1.1.9:80 lower=1
sockopt get DESTS $WEB room=4x24 length=408
sockopt set DELDEST $WEB to=10.1.1.9:80
sockopt set DELDEST $WEB to=10.1.1.3:80
sockopt set DELDEST $WEB to=10.1.1.3:80
sockopt set DELDEST proto=17 addr=192.0.2.1 port=81 to=10.1.1.2:80
sockopt get DESTS $WEB room=3x24 length=312
proc ip_vs
genl GET_DEST dump SERVICE\{ AF=2 PROTOCOL=6 ADDR=192.0.2.1 PORT=80 \}

note 'zero and delete'
sockopt set ZERO proto=99
sockopt set ZERO proto=99 addr=192.0.2.1
sockopt set ZERO $WEB
sockopt set ZERO $WEB sched=sixteencharacter
sockopt set ZERO proto=6 addr=192.0.2.1
sockopt set ZERO proto=6 mark=8
sockopt set DEL proto=6 mark=8
sockopt set DEL proto=6 mark=7 addr=1.2.3.4 port=5
sockopt set DEL $WEB sched=sixteencharacter
sockopt set DEL $WEB
sockopt get INFO length=12
sockopt set FLUSH
sockopt set FLUSH
sockopt get INFO length=12
sockopt get SERVICES length=8

note 'lifetimes'
sockopt set TIMEOUT tcp=11 fin=12 udp=13
sockopt get TIMEOUT length=12
sockopt set TIMEOUT tcp=0 fin=22 udp=0
sockopt set TIMEOUT tcp=-1 fin=1 udp=1
sockopt set TIMEOUT tcp=1 fin=-1 udp=1
sockopt set TIMEOUT tcp=1 fin=1 udp=-2147483648
sockopt set TIMEOUT tcp=1 fin=1 udp=8589935
sockopt set TIMEOUT tcp=2147483 fin=2147483 udp=2147483
sockopt get TIMEOUT length=12
sockopt get TIMEOUT length=20

note 'daemons'
sockopt set STARTDAEMON state=1 ifn= id=1
sockopt set STARTDAEMON state=1 ifn=sixteencharacter id=1
sockopt set STARTDAEMON state=1 ifn=fifteencharacte id=1
sockopt set STARTDAEMON state=3 ifn=nosuch id=1
sockopt set STARTDAEMON state=0 ifn=eth7 id=1
sockopt set STARTDAEMON state=3 ifn=eth7 id=1
sockopt set STOPDAEMON state=1
sockopt set STOPDAEMON state=2
sockopt set STOPDAEMON state=0
sockopt set STOPDAEMON state=-1
sockopt get DAEMON length=48

note 'others'
sockopt set ADD $WEB sched=rr
agent sockopt-as nobody get INFO length=12
agent sockopt-as nobody get VERSION length=1
agent sockopt-as nobody get 1160 length=1
agent sockopt-as nobody set NONE
agent sockopt-as nobody set DEL $WEB
agent sockopt-as nobody set DEL $WEB bad
agent sockopt-as guest get INFO length=12
agent sockopt-as guest set DEL $WEB
agent sockopt-as guest set FLUSH
agent sockopt-as guest-with-network \
	'get INFO length=12;' "set ADD $WEB sched=rr; set ADD $WEB; get VERSION length=64;" \
	"get SERVICES room=1x8 length=112; set ADDDEST $WEB to=127.0.0.1:80; get INFO length=12;" \
	'set TIMEOUT tcp=5 fin=5 udp=5; set FLUSH; get INFO length=12'
sockopt get INFO length=12
sockopt get TIMEOUT length=12

note 'a table of its own for a backup'
agent sockopt-as guest-with-network \
	'get INFO length=12; set STARTDAEMON state=2 ifn= id=1; get INFO length=12;' \
	'set STARTDAEMON state=2 ifn=nosuch id=1; get INFO length=12; get VERSION length=64'
