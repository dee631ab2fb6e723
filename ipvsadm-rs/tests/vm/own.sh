#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# own.sh - what ours has and stock has not: JSON, atomic restore, saves that lose
# nothing. Over C ip_vs, in the guest of tools/vm/run. Output is KTAP.
#
#   tools/vm/run --payload ipvsadm-rs/tests/vm --payload ipvsadm-rs/packaging \
#     ipvsadm-rs/tests/vm/own.sh
set -u

# shellcheck source=/dev/null # lib.sh, checked on its own
. /payload/vm/lib.sh

table()
{
	"$OURS" -Sn
	"$STOCK" -L --timeout
}

# atomic STATUS TEXT RULES [NAME]: a restore by ours that ends so and leaves the
# table alone unless the status is 0.
atomic()
{
	local status
	table >"$WORK/before"
	# shellcheck disable=SC2086 # no word, or one
	printf '%s\n' "$3" | bash -c 'exec -a "$1" "$2" "${@:3}"' - "${4:-ipvsadm}" "$OURS" \
		${5--R} --atomic 2>"$WORK/err"
	status=$?
	sed 's/^/# /' "$WORK/err"
	[ $status = "$1" ] && { [ $status = 0 ] || { table | diff "$WORK/before" -; }; }
	report $? "atomic: $2"
}

setup()
{
	"$STOCK" -C
	"$STOCK" --set 900 120 300
	"$STOCK" -R <<-END
	-A -t 10.0.0.1:80 -s wrr -p 60 -M 255.255.255.0
	-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 3 -x 30 -y 20
	-a -t 10.0.0.1:80 -r 127.0.0.1:8080 -m
	-a -t 10.0.0.1:80 -r 10.1.0.3:80 -i --tun-type gue --tun-port 6080 --tun-csum
	-A -t [2001:db8::1]:80 -s sh -b sh-port,flag-3
	-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m -w 0
	-A -f 4294967295 -6
	-a -f 4294967295 -6 -r [2001:db8::2]:0 -g
	-A -u 10.0.0.1:5060 -p 60 --pe sip -o
	END
}

atomic_restores()
{
	setup
	atomic 255 "the kernel refuses the last line" "-A -f 1
-D -t 10.0.0.1:80
-e -f 4294967295 -6 -r [2001:db8::2]:0 -w 9
-E -u 10.0.0.1:5060 -s rr
--set 1 2 3
-A -f 1"
	grep -qx 'line 6: Service already exists' "$WORK/err" &&
		grep -qx 'No line has been carried out.' "$WORK/err"
	report $? "atomic: the line is named"
	atomic 255 "everything was deleted before" "-C
-A -f 1
-A -f 2 -s nosuch
-A -f 3"
	atomic 255 "servers" "-a -t 10.0.0.1:80 -r 10.1.0.9 -i
-d -t 10.0.0.1:80 -r 10.1.0.1:8080
-e -t 10.0.0.1:80 -r 127.0.0.1:8080 -m -w 77
-d -t 10.0.0.1:80 -r 10.1.0.1:8080"
	atomic 2 "a line that cannot be understood" "-C
-A -t 80"
	atomic 2 "a command that cannot be undone" "-A -f 1
-Z"
	atomic 255 "ipvsadm-restore" "-A -f 1
-A -f 1" ipvsadm-restore ''
	atomic 0 "all is well" "-A -f 1
-D -f 4294967295 -6"
	"$OURS" -L -n -f 1 >"$WORK/shown" && ! "$OURS" -L -n -f 4294967295 -6 2>"$WORK/err"
	report $? "atomic: it has been done"
	atomic 0 "ipvsadm-restore replaces" "# comment
-A -f 2" ipvsadm-restore ''
	[ "$("$OURS" -Sn)" = "-A -f 2 -s wlc" ]
	report $? "atomic: it has been replaced"
}

saves()
{
	setup
	ip link set lo up
	table >"$WORK/before"
	"$OURS" -Sn >"$WORK/saved"
	"$OURS" -C && "$OURS" -R <"$WORK/saved" && table | diff "$WORK/before" -
	report $? "what is saved is all that there is"
	"$OURS" -S >"$WORK/saved"
	"$OURS" -C && "$OURS" -R <"$WORK/saved" && table | diff "$WORK/before" -
	report $? "by name as well"
	bash -c 'exec -a ipvsadm-save "$1" -n' - "$OURS" |
		bash -c 'exec -a ipvsadm-restore "$1"' - "$OURS"
	table | diff "$WORK/before" -
	report $? "ipvsadm-save | ipvsadm-restore"
}

# Where output or errors cannot be written, or rules not be read.
failures()
{
	setup
	"$OURS" -Sn >/dev/full 2>"$WORK/err"
	[ $? = 1 ] && grep -qx 'cannot write the output: No space left on device' "$WORK/err"
	report $? "a save that cannot be written has failed"
	IPVSADM_COMPAT=1 "$OURS" -Sn >/dev/full
	report $? "but not with IPVSADM_COMPAT"
	for words in "-L --json" "-L --timeout --json" metrics "metrics --text" "monitor --help"; do
		# shellcheck disable=SC2086 # words
		"$OURS" $words >/dev/full 2>"$WORK/err"
		[ $? = 1 ] && grep -qx 'cannot write the output: No space left on device' "$WORK/err"
		report $? "as has other output that stock does not have: $words"
		# shellcheck disable=SC2086 # words
		(trap '' PIPE; "$OURS" $words 2>"$WORK/err"; echo $? >"$WORK/status") | true
		grep -qx 0 "$WORK/status" && [ ! -s "$WORK/err" ]
		report $? "but not if nobody reads it: $words"
	done
	"$OURS" -Q 2>/dev/full
	[ $? = 255 ]
	report $? "an error that cannot be written"
	table >"$WORK/before"
	printf '%s\n' "-A -f 1" "-A -f 1" | "$OURS" -R --atomic 2>/dev/full
	[ $? = 255 ] && table | diff "$WORK/before" -
	report $? "atomic: what was done is undone even if nobody can be told"
	printf '%s\n' "-D -f 9" "-D -f 9" "-A -f 1" | "$OURS" -R 2>/dev/full
	"$OURS" -Ln -f 1 >"$WORK/shown"
	report $? "a restore goes on as well"
	setup
	for words in -R "-R --atomic"; do
		# shellcheck disable=SC2086 # words
		"$OURS" $words </ 2>"$WORK/err"
		[ $? = 2 ] && grep -q 'cannot read the input: Is a directory' "$WORK/err"
		report $? "input that cannot be read: $words"
	done
	bash -c 'exec -a ipvsadm-restore "$1" </' - "$OURS" 2>"$WORK/err"
	[ $? = 2 ] && table | diff "$WORK/before" -
	report $? "input that cannot be read: ipvsadm-restore clears nothing"
}

# lines WORD: -WORD for each of 300 marks.
lines()
{
	seq -f "-$1 -f %g" 300
}

# With as little room for messages as the kernel allows.
narrow()
{
	local name
	"$STOCK" -C
	for name in rmem_default rmem_max wmem_default wmem_max; do
		cat "/proc/sys/net/core/$name" >"$WORK/$name"
		echo 4608 >"/proc/sys/net/core/$name"
	done
	lines D | "$OURS" -R 2>"$WORK/err"
	[ $? = 255 ] && [ "$(grep -c '^line [0-9]*: No such service$' "$WORK/err")" = 300 ]
	report $? "little room: each of 300 refusals is told"
	lines A | "$OURS" -R && [ "$("$OURS" -Sn | wc -l)" = 300 ]
	report $? "little room: 300 services"
	for name in rmem_default rmem_max wmem_default wmem_max; do
		cat "$WORK/$name" >"/proc/sys/net/core/$name"
	done
}

# Who waits for the answer to a line before writing the next one.
dialogue()
{
	local answer
	"$STOCK" -C
	coproc "$OURS" -R 2>&1
	echo "-D -f 7" >&"${COPROC[1]}"
	read -r -t 30 answer <&"${COPROC[0]}" && [ "$answer" = "line 1: No such service" ]
	report $? "a dialogue: a refusal"
	printf '%s\n' "-A -f 7" "-S -n" >&"${COPROC[1]}"
	read -r -t 30 answer <&"${COPROC[0]}" && [ "$answer" = "-A -f 7 -s wlc" ]
	report $? "a dialogue: a list"
	kill "$COPROC_PID"
	wait
}

# json WORD...: is well-formed.
json()
{
	"$OURS" "$@" --json >"$WORK/json" && python3 -m json.tool "$WORK/json" "$WORK/pretty"
	report $? "JSON: $*"
}

documents()
{
	setup
	"$STOCK" --start-daemon backup --mcast-interface lo
	json -L
	[ "$(grep -c '^{"family"' "$WORK/json")" = 4 ] && cat "$WORK/json" >"$OUT/services.json"
	report $? "JSON: a line for each service"
	json -L --stats -n
	json -L -t 10.0.0.1:80
	json -L -c
	json -L --timeout
	json -L --daemon
	grep -q '"role":"backup"' "$WORK/json"
	report $? "JSON: the daemon"
	"$STOCK" -C
	json -L
	! "$OURS" -L -f 9 --json >"$WORK/json" 2>"$WORK/err"
	report $? "JSON: no such service"
	[ "$(IPVSADM_COMPAT=1 "$OURS" -L --json 2>&1)" = "--json: unknown option" ]
	report $? "JSON: not with IPVSADM_COMPAT"
}

# service STATUS WORD TEXT: the helper of the service, with the settings in
# $WORK/settings.
service()
{
	IPVSADM=$OURS CONFIG=$WORK/settings RULES=$WORK/rules /payload/packaging/service "$2" \
		>"$WORK/shown" 2>&1
	[ $? = "$1" ]
	report $? "service: $3"
}

services()
{
	setup
	"$OURS" -Sn >"$WORK/before"
	"$STOCK" --stop-daemon backup 2>/dev/null
	printf 'AUTO=false\nDAEMON=none\n' >"$WORK/settings"
	service 0 start "nothing to do"
	printf 'AUTO=true\nDAEMON=both\nIFACE=lo\nSYNCID=3\n' >"$WORK/settings"
	service 0 save "save"
	"$OURS" -C
	service 0 start "start"
	[ "$("$OURS" -L --daemon | grep -c 'mcast=lo, syncid=3')" = 2 ] &&
		"$OURS" -Sn | diff "$WORK/before" -
	report $? "service: rules and daemons are there"
	echo "-A -t 80" >>"$WORK/rules"
	service 2 reload "a wrong rule"
	"$OURS" -Sn | diff "$WORK/before" -
	report $? "service: the rules are as before"
	mv "$WORK/rules" "$WORK/away"
	service 1 reload "no rules"
	"$OURS" -Sn | diff "$WORK/before" -
	report $? "service: without rules nothing is cleared"
	grep -v -x -e '-A -t 80' "$WORK/away" >"$WORK/rules"
	service 0 force-reload "force-reload"
	service 0 status "status"
	service 0 rate "rate"
	grep -q 'CPS' "$WORK/shown"
	report $? "service: rates are shown"
	service 1 nonsense "an unknown word"
	service 0 stop "stop"
	[ -z "$("$OURS" -Sn; "$OURS" -L --daemon)" ]
	report $? "service: nothing is left"
	: >"$WORK/settings"
	AUTO=true service 0 start "settings from the environment"
	"$OURS" -Sn | diff "$WORK/before" -
	report $? "service: the rules are there"
}

fixed_names
modprobe ip_vs
ip link set lo multicast on up
echo "KTAP version 1"
atomic_restores
saves
failures
narrow
dialogue
documents
services
finish
