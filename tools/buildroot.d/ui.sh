# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a person sees: messages, steps with their elapsed time, and a sign of
# life while a step runs.  Everything goes to stderr; stdout is for results.

die()
{
	clear_line
	printf 'buildroot: %s\n' "$*" >&2
	exit 1
}

say()
{
	clear_line
	printf '[%3ds] %s\n' "$SECONDS" "$*" >&2
}

clear_line()
{
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# step WHAT TEXT COMMAND...: runs COMMAND with its output in a log file.
# COMMAND may be a function; it runs as a job of its own, so that `set -e`
# holds inside it and so that a signal interrupts the wait.
step()
{
	local what=$1 text=$2 log=$CACHE/log/$1.log start=$SECONDS rc=0
	shift 2

	printf '\n=== %s, %s\n' "$text" "$(date)" >>"$log"
	say "$what: $text …"
	printf '%s: %s' "$what" "$text" >"$STATUS/$what"
	"$@" >>"$log" 2>&1 &
	wait $! || rc=$?
	rm -f "$STATUS/$what"
	if [ "$rc" -ne 0 ]; then
		clear_line
		tail -n 20 "$log" | sed 's/^/    /' >&2
		die "$what: $text: failed with status $rc; all of its output is in $log"
	fi
	say "$what: $text: done, $((SECONDS - start))s"
}

# The steps under way right now, for ticker.
under_way()
{
	local f all=
	for f in "$STATUS"/*; do
		[ ! -f "$f" ] || all+="${all:+; }$(cat "$f" 2>/dev/null)"
	done
	printf '%s' "$all"
}

# A line that ticks on a terminal, a line every 20 s elsewhere.
ticker()
{
	local now
	while sleep 1; do
		now=$(under_way)
		if [ -z "$now" ]; then
			continue
		elif [ -t 2 ]; then
			printf '\r\033[K[%3ds] %.*s' "$SECONDS" "$((${COLUMNS:-80} - 9))" "$now" >&2
		elif [ $((SECONDS % 20)) -eq 0 ]; then
			printf '[%3ds] still: %s\n' "$SECONDS" "$now" >&2
		fi
	done
}

# start_work LOCKFILE: before the first step.  Waits until nobody else works
# under that lock; from here to end_work, our end is the end of all jobs.
start_work()
{
	exec 9>"$1"
	flock -n 9 || {
		say "another ${0##*/} is at work in $CACHE; waiting for it"
		flock 9
	}
	STATUS=$(mktemp -d)
	mkdir -p "$CACHE/log"
	ticker &
	trap stop_jobs EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

end_work()
{
	trap - EXIT INT TERM HUP
	stop_jobs
	exec 9>&-
}

# Jobs of a script ignore ^C, so they have to be told, with all that they have
# started; and mmdebstrap is told twice, because it waits for its children.
stop_jobs()
{
	local jobs tree
	jobs=$(jobs -p)
	tree=$(for job in $jobs; do descendants "$job"; done)
	# shellcheck disable=SC2086 # one word per process
	[ -z "$tree" ] || kill $tree 2>/dev/null || :
	if [ -n "$(alive "$tree")" ]; then
		sleep 1
		tree=$(for job in $(alive "$tree"); do descendants "$job"; done)
		# shellcheck disable=SC2086
		[ -z "$tree" ] || kill -KILL $tree 2>/dev/null || :
	fi
	# Or the shell reports each of them as terminated.
	wait 2>/dev/null || :
	rm -rf "$STATUS"
	clear_line
}

# PID and all that it started, itself first: so told, it cannot report, or
# replace, the others.
descendants()
{
	local child
	echo "$1"
	# shellcheck disable=SC2013 # words are wanted
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		descendants "$child"
	done
}

# alive PIDS: those of them that run.
alive()
{
	local pid state
	for pid in $1; do
		{ read -r _ _ state _ <"/proc/$pid/stat"; } 2>/dev/null || continue
		[ "$state" = Z ] || echo "$pid"
	done
}
