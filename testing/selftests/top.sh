#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ipvsadm-rs top in a terminal, as tmux has it: sizes, keys, changes, and the
# terminal afterwards.  What is seen is left in $OUT, if that is set.
. ./lib.sh
start
command -v tmux >/dev/null || skip_all 'there is no tmux'

IPVSADM=${TOOLS%% *}
VIP=192.0.2.1
export LC_ALL=C.UTF-8 TERM=screen-256color

tmux_()
{
	in_netns d tmux -u -L top "$@"
}

keys()
{
	tmux_ send-keys "$@"
}

screen()
{
	tmux_ capture-pane -p
}

# seen PATTERN
seen()
{
	screen | grep -qE -- "$1"
}

# check_seen DESCRIPTION PATTERN
check_seen()
{
	check "$1" wait_until 30 seen "$2"
	seen "$2" || screen | sed 's/^/# /'
}

# shows DESCRIPTION PATTERN LINE: it is that line of the screen.
shows()
{
	wait_until 30 line_is "$3" "$2"
	check_is "$1" 1 "$(line_is "$3" "$2" && echo 1)"
	line_is "$3" "$2" || screen | sed 's/^/# /'
}

line_is()
{
	screen | sed -n "$1p" | grep -qE -- "$2"
}

# size_is WIDTH HEIGHT: nothing is wider, and the last line has the prompt.
size_is()
{
	screen | awk -v width="$1" -v height="$2" '
		length($0) > width { wrong = 1 }
		{ last = $0 }
		END { exit wrong || NR != height || last !~ /^\? help/ }'
}

weight_is()
{
	ipvs -Ln | grep -q "$1:8080 *Masq *$2 "
}

traffic()
{
	while :; do
		in_netns c curl -s -o /dev/null -m 5 http://$VIP/ || return
		sleep 0.2
	done
}

network
web_server s1
web_server s2
load
ipvs -A -t $VIP:80 -s wrr --name shop/web
ipvs -a -t $VIP:80 -r 10.2.0.2:8080 -m -w 3
ipvs -a -t $VIP:80 -r 10.3.0.2:8080 -m -w 1 -x 1
ipvs -A -u $VIP:53 -s wlc
ipvs -a -u $VIP:53 -r 10.2.0.2:53 -m -w 0
ipvs -a -u $VIP:53 -r 10.3.0.2:53 -m -w 5
ipvs -A -t '[2001:db8::1]:443' -s mhb --name shop/tls
ipvs -a -t '[2001:db8::1]:443' -r '[2001:db8:2::2]:8443' -m
ipvs -A -f 171 -s sh
ipvs -a -f 171 -r 10.2.0.2 -g -w 2 -x 20
# Four that take a while, of which one fills its server.
for _ in 1 2 3 4; do
	in_netns c curl -s -o /dev/null --limit-rate 10k http://$VIP/large &
	disown
done
traffic &
disown

check 'not in a terminal: one listing' grep -q 'shop/web' <(ipvs top </dev/null)
check_is 'filtered' 1 "$(ipvs top --once --filter 10.3.0.2:53 | grep -c '^  ')"
for member in '"ipvs":{' '"answers":{'; do
	check "JSON has $member" grep -qF "$member" <(ipvs top --json)
done
check_fails 'an interval that is none' 'seconds are expected' ipvs top --interval 0

tmux_ new-session -d -x 80 -y 24 'bash --norc'
tmux_ set -g status off
keys 'PS1=ready:' Enter
wait_until 30 seen '^ready:'
keys 'stty -g >/tmp/before; clear; echo what was there' Enter
wait_until 30 seen '^what was there'
keys "$IPVSADM top --interval 0.5" Enter
check_seen 'a service' "TCP $VIP:80 shop/web \(wrr\)"
check '80x24' wait_until 30 size_is 80 24
shows 'addresses come first, in their order' "UDP $VIP:53" 3
check_seen 'a server without weight' '10.2.0.2:53 nat .* idle'
check_seen 'a server that is full' '10.3.0.2:8080 nat .* full'
check_seen 'rates' "TCP $VIP:80.* [1-9][0-9]* +[0-9.]+k? +[0-9.]+[kM]? +1 full$"
keys a
shows 'by active connections' "TCP $VIP:80" 3
check_seen 'it says so' '^\? help  sort: active'
[ -z "${OUT-}" ] || tmux_ capture-pane -pe >"$OUT/top-80x24"
keys r
shows 'the other way round' 'FWM 171|TCP \[2001|UDP' 3
keys r n
keys '?'
check_seen 'help' 'Keys .*'
check_seen 'with the keys' 'q +quit'
keys x
keys / 1 0 . 3 . 0 . 2 Enter
check_seen 'filtered by an address' 'filter: 10.3.0.2'
check_is 'the others are not seen' 0 "$(screen | grep -c 10.2.0.2)"
keys Escape
check_seen 'no filter' '10.2.0.2:53'

# The second line of shop/web: a server.
keys / s h o p / w e b Enter Home Down
wait_until 30 seen ' 2/3$'
keys w BSpace 7 Enter
check_seen 'it asks about a weight' "^\(y/n\) weight 7 for 10.2.0.2:8080 of TCP $VIP:80\?"
keys n
check_seen 'no is no' 'nothing was changed'
check 'and nothing was' weight_is 10.2.0.2 3
keys w BSpace 7 Enter y
check_seen 'yes' "^done: weight 7 for 10.2.0.2:8080 of TCP $VIP:80"
check 'the weight is set' weight_is 10.2.0.2 7
# Others change it meanwhile: the weight that was seen, and what is not seen.
keys w BSpace 5
ipvs weight -t $VIP:80 -r 10.2.0.2:8080 -w 6
keys Enter y
check_seen 'a weight that is another one by now is left' '^it has another weight by now; nothing has been changed'
check 'it is the new one' weight_is 10.2.0.2 6
wait_until 10 seen '10.2.0.2:8080 nat +6 '
keys w BSpace 7 Enter
ipvs -e -t $VIP:80 -r 10.2.0.2:8080 -m -w 6 -x 77
keys y
check_seen 'others may change the rest' "^done: weight 7 for 10.2.0.2:8080 of TCP $VIP:80"
check 'which is left' grep -q '"upper_threshold":77' <(ipvs -L --json)
keys d
check_seen 'it asks about draining' "^\(y/n\) drain 10.2.0.2:8080 of TCP $VIP:80\?"
keys y
check_seen 'drained' '^done: drain 10.2.0.2:8080'
check_seen 'as the table shows' '10.2.0.2:8080 nat .* drain'
check_seen 'and the service' "TCP $VIP:80.* (1d 1f|1 drain)$"
check 'and JSON says' grep -q '"draining"' <(ipvs -L --json)
keys Escape

tmux_ resize-window -x 200 -y 50
check_seen '200x50: more columns' 'OutBytes +State'
check 'of that size' wait_until 30 size_is 200 50
[ -z "${OUT-}" ] || tmux_ capture-pane -pe >"$OUT/top-200x50"
tmux_ resize-window -x 40 -y 10
check '40x10' wait_until 30 size_is 40 10
check_is 'fewer columns' 0 "$(screen | grep -c State)"
keys End
check_seen 'the last line is seen' ' ([0-9]+)/\1$'
tmux_ resize-window -x 80 -y 24
keys q
check_seen 'what was there is there again' '^what was there'
check_seen 'the shell goes on' '^ready:$'
keys 'stty -g >/tmp/after; cmp /tmp/before /tmp/after && echo same-terminal' Enter
check_seen 'the terminal is as it was' '^same-terminal'

keys "clear; NO_COLOR=1 $IPVSADM top" Enter
check_seen 'once more' 'idle'
check_is 'NO_COLOR' 0 "$(tmux_ capture-pane -pe | grep -c $'\e\\[3[0-9]')"
pid=$(pgrep -f "$IPVSADM top$" | tail -1)
kill "$pid"
check_seen 'it ends by a signal' '^ready:'
check_is 'and shows the cursor again' 1 "$(tmux_ display-message -p '#{cursor_flag}')"
keys 'echo status $?' Enter
check_seen 'as one that does not catch it' '^status 143'
keys 'clear; stty -g >/tmp/after; cmp /tmp/before /tmp/after && echo same-again' Enter
check_seen 'and leaves the terminal as it was' '^same-again'

# By ssh, in a terminal that the server has made.
ssh=/root/.ssh
mkdir -p $ssh && chmod 700 /root $ssh
dropbearkey -t ed25519 -f $ssh/host >/dev/null 2>&1
dropbearkey -t ed25519 -f $ssh/id 2>/dev/null | grep ^ssh- >$ssh/authorized_keys
in_netns d dropbear -F -E -s -p 127.0.0.1:22 -r $ssh/host 2>/tmp/sshd &
disown
wait_until 30 listens d 22
keys "clear; dbclient -y -t -i $ssh/id 127.0.0.1 $IPVSADM top --interval 0.5" Enter
check_seen 'by ssh' "TCP $VIP:80 shop/web \(wrr\)"
check '80x24' wait_until 30 size_is 80 24
tmux_ resize-window -x 100 -y 30
check 'it follows the size' wait_until 30 size_is 100 30
tmux_ resize-window -x 80 -y 24
keys q
check_seen 'the shell is back' '^ready:$'

keys "clear; $IPVSADM top --interval 0.5" Enter
check_seen 'a third time' shop/web
ipvs -C
check_seen 'nothing is left' 'There is no service'
keys q
check_seen 'the end' '^ready:$'

# The terminal goes: who is told so, and who is not, ends.
keys "clear; $IPVSADM top --interval 7" Enter
check_seen 'a last time' 'There is no service'
tmux_ kill-server
ended()
{
	! pgrep -f "$IPVSADM top --interval 7$"
}
check 'it ends with its terminal' wait_until 2 ended
check_is 'also if only somebody else is told' 129 "$(in_netns d python3 ./hangup.py There "$IPVSADM" top --interval 0.1 2>&1)"
