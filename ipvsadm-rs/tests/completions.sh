#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# completions.sh [FOLDER] - asks bash, zsh and fish, those that are there, to complete
# lines by the files that `make man` has put into FOLDER (build/manual). Output is KTAP.
set -u

FOLDER=$(readlink -f "${1:-build/manual}")
WORK=$(mktemp -d)
COUNT=0 FAILED=0

# Lines, and words that must be among what they may go on with.
CASES=(
	"ipvsadm --start-d|--start-daemon"
	"ipvsadm-rs -A --sch|--sched-flags"
	"ipvsadm -A -t 10.0.0.1:80 -s l|lblcr"
	"ipvsadm --stop-daemon b|backup"
	"ipvsadm -L --th|--thresholds"
	"ipvsadm -L --js|--json"
	"ipvsadm -a --tun-type g|gre gue"
	"ipvsadm-rs conn |kill list"
	"ipvsadm-rs conn list --client-p|--client-port"
	"ipvsadm-rs conn kill --serv|--server"
	"ipvsadm-rs conn kill -r 10.0.0.1 --res|--reset"
	"ipvsadm-rs conn list --protocol s|sctp"
	"ipvsadm-rs drain -t 10.0.0.1:80 --then |forget keep reset"
	"ipvsadm-rs monitor --json o|overload"
	"ipvsadm-rs top --sort |active bytes connections name weight"
)

# long_options PAGE: those that a page has.
long_options()
{
	sed -n '/^\.BR \\-/ { s/\\-/-/g; p }' "$1" | grep -oE -- '--[a-z0-9-]+' | sort -u | xargs
}

# Every tool that has a page: its word, and its options. Those of words below it have been named.
for page in "$FOLDER"/ipvsadm-rs-*.8; do
	[ -e "$page" ] || continue
	tool=${page##*/ipvsadm-rs-}
	tool=${tool%.8}
	CASES+=("ipvsadm-rs ${tool%?}|$tool")
	case $tool in
	conn)	CASES+=("ipvsadm-rs conn kill --|$(long_options "$page")") ;;
	*)	CASES+=("ipvsadm-rs $tool --|$(long_options "$page")") ;;
	esac
done

# of_bash LINE: what may stand in the place of the last word.
of_bash()
{
	bash --norc -c '
		. "$1/ipvsadm.bash"
		read -ra COMP_WORDS <<<"$2"
		[[ $2 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_ipvsadm
		printf "%s\n" "${COMPREPLY[@]}"' - "$FOLDER" "$1"
}

# Types the line and the key for a list into an interactive shell.
of_zsh()
{
	# shellcheck disable=SC2016 # for zsh
	zsh -f -c '
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z "fpath=($1 $fpath); module_path=($module_path)"
		zpty -w z "autoload -Uz compinit; compinit -u -D; COLUMNS=200 LINES=200; bindkey \"^I\" list-choices"
		zpty -w z "echo READ\"\"Y"
		zpty -r z out "*READY*"
		zpty -w -n z "$2$(printf "\t")"
		out=
		for ((i = 0; i < 60; i++)); do
			while zpty -r -t z chunk; do out+=$chunk; done
			missing=
			for word in ${=3}; do [[ $out == *$word* ]] || missing=$word; done
			[[ -n $missing ]] || break
			sleep 0.25
		done
		print -r -- "$out"' - "$FOLDER" "$1" "$2" | grep -oE -- '[-a-z0-9]+'
}

of_fish()
{
	# shellcheck disable=SC2016 # for fish
	fish --no-config -c 'source $argv[1]/ipvsadm.fish; complete -C $argv[2]' "$FOLDER" "$1" |
		cut -f 1
}

echo "KTAP version 1"
for shell in bash zsh fish; do
	if ! command -v "$shell" >"$WORK/path"; then
		echo "# no $shell"
		continue
	fi
	for case in "${CASES[@]}"; do
		word=ok
		COUNT=$((COUNT + 1))
		"of_$shell" "${case%|*}" "${case#*|}" >"$WORK/found" 2>&1
		missing=
		for it in ${case#*|}; do
			grep -qxF -e "$it" "$WORK/found" || missing+=" $it"
		done
		if [ -n "$missing" ]; then
			FAILED=$((FAILED + 1))
			word="not ok"
			echo "# missing:$missing"
			sed 's/^/# /' "$WORK/found"
		fi
		echo "$word $COUNT $shell: ${case%|*}"
	done
done
echo "1..$COUNT"
echo "# pass:$((COUNT - FAILED)) fail:$FAILED"
rm -rf "$WORK"
[ "$FAILED" = 0 ] && [ "$COUNT" -gt 0 ]
