# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

topology
setup -A -t 192.0.2.1:80 -s rr
setup -a -t 192.0.2.1:80 -r 10.1.1.2:8080 -m

note 'a whole connection'
handshake 10.0.0.2:1024 192.0.2.1:80 s1 10.1.1.2:8080
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=PA seq=101 ack=501 data=hello
send s1 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=PA seq=501 ack=106 data=world!
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=106 ack=507 len=1200
send s1 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=A seq=507 ack=1306 len=1460
snapshot

note 'header fields stay as they are'
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 ttl=5 tos=0x10 id=7 df
send s1 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=A seq=1967 ack=1306 ttl=9 tos=0xb8 id=0 df
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 tos=3
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 opt=0101080a0000000100000002
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=AU seq=1306 ack=1967 len=1
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=AEC seq=1306 ack=1967 len=3

note 'IP options'
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 ipopt=01010100
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 ipopt=0703040094040000
send s1 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=A seq=1967 ack=1306 ipopt=9404000001010100
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 ipopt=8307040a01010200

note 'checksums that are wrong stay wrong'
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 sum=bad len=4
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 sum=0
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 sum=0xffff
send s1 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=A seq=1967 ack=1306 sum=bad len=4
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1306 ack=1967 ipsum=bad

note 'to another port, from another port'
send c tcp 10.0.0.2:1024 192.0.2.1:81 flags=A seq=1
send c tcp 10.0.0.2:1025 192.0.2.1:80 flags=A seq=1
send s1 tcp 10.1.1.2:8081 10.0.0.2:1024 flags=A seq=1
send s1 tcp 10.1.1.3:8080 10.0.0.2:1024 flags=A seq=1
send s2 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=A seq=1967

note 'source port 20'
send c tcp 10.0.0.2:20 192.0.2.1:80 flags=S seq=1
send c tcp 10.0.0.2:65535 192.0.2.1:80 flags=S seq=1
conns

note 'the end'
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=FA seq=1306 ack=1967
send s1 tcp 10.1.1.2:8080 10.0.0.2:1024 flags=FA seq=1967 ack=1307
send c tcp 10.0.0.2:1024 192.0.2.1:80 flags=A seq=1307 ack=1968
snapshot
stats
