# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# ldirectord drives ipvsadm and reads its lists: servers that fail and come back.
# shellcheck source=testing/differential/lib.sh
. ./lib.sh

CONF=$STATE/ldirectord.cf
LOG=$STATE/ldirectord.log

live_topology
cat >$CONF <<-END
	checktimeout = 1
	checkinterval = 1
	fork = no
	quiescent = no
	logfile = "$LOG"

	virtual = 192.0.2.1:80
	    real = 10.1.1.1:9 masq 3
	    real = 10.1.1.2:8080->10.1.1.3:8080 masq
	    fallback = 10.1.2.2:80 masq
	    scheduler = rr
	    protocol = tcp
	    checktype = connect

	virtual = 192.0.2.1:53
	    real = 10.1.1.2:53 gate 2
	    real = 10.1.2.2:53 ipip 1
	    scheduler = wlc
	    protocol = udp
	    checktype = on
	    persistent = 60
	    netmask = 255.255.255.0

	virtual = 7
	    real = 10.1.1.2 masq 1
	    scheduler = rr
	    protocol = fwm
	    checktype = on
END

# has COUNT PATTERN...: waits until there are so many lines for the patterns
# together, for a while: at first ldirectord adds servers and takes them away again.
has()
{
	local tries pattern count=$1 held=0
	shift
	pattern=$(IFS='|'; echo "$*")
	for ((tries = 0; tries < 150; tries++)); do
		if [ "$("$IPVSADM" -Ln | grep -cE "$pattern")" -eq "$count" ]; then
			held=$((held + 1))
			[ $held -lt 5 ] || return 0
		else
			held=0
		fi
		sleep 0.3
	done
	echo "never $count lines of $pattern"
	cat "$LOG"
}

note 'start: nobody listens at one server, the other ones do not exist'
ldirectord -d $CONF start >$STATE/debug 2>&1 &
ldirectord=$!
has 4 '10.1.2.2:80 ' '10.1.1.2:53 ' '10.1.2.2:53 ' '10.1.1.2:0 '
ipvs -Ln

note 'a server answers'
socat TCP4-LISTEN:9,bind=10.1.1.1,fork,reuseaddr EXEC:true 2>/dev/null &
server=$!
has 4 '10.1.1.1:9 +Masq +3' '10.1.1.2:53 ' '10.1.2.2:53 ' '10.1.1.2:0 '
ipvs -Ln

note 'and fails'
kill $server
has 4 '10.1.2.2:80 ' '10.1.1.2:53 ' '10.1.2.2:53 ' '10.1.1.2:0 '
ipvs -Ln

note 'the end'
kill $ldirectord
wait $ldirectord
has 0 '^(TCP|UDP|FWM)'
ipvs -Ln
