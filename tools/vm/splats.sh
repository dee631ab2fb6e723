# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Which kernel messages mean that something is broken.

# At the start of a message, after its time and perhaps the CPU or thread.
# What is common and harmless must not match: a module out of the tree
# "taints kernel", a command line is quoted, a module is not signed.
SPLATS='WARNING: |BUG: |BUG [^ ]+ \(|Oops|kernel BUG at|Kernel panic|KASAN: |UBSAN: |KCSAN: |KFENCE: '
SPLATS+='|general protection fault|divide error|double fault|stack segment|invalid opcode'
SPLATS+='|rust_kernel: panicked|refcount_t: |ODEBUG: |list_(add|del) corruption|slab .* corrupt'
SPLATS+='|INFO: (task .* blocked|rcu|trying to register non-static|possible)'
SPLATS+='|rcu: INFO: |rcu: .* kthread starved|watchdog: BUG|BUG: workqueue lockup'
SPLATS+='|unregister_netdevice: waiting for|DEBUG_LOCKS_WARN_ON|(ref_tracker|leaked reference)'
SPLATS+='|kmemleak: [1-9][0-9]* new suspected|unreferenced object'

# show_splats FILE [IGNORED]...: prints every splat in FILE with what follows
# it; fails if there is none.  IGNORED are extended regular expressions.
show_splats()
{
	local file=$1 ignore
	shift
	ignore=$(printf '|%s' "$@")
	# By the environment, because -v would interpret backslashes.
	SPLAT="^(\\[[^]]*\\] *)*($SPLATS)" IGNORE=${ignore#|} awk -v after=45 '
		BEGIN { splat = ENVIRON["SPLAT"]; ignore = ENVIRON["IGNORE"] }
		$0 ~ splat && !(ignore != "" && $0 ~ ignore) {
			if (!left) print "--"
			left = after
			found = 1
		}
		left > 0 { print; left-- }
		/---\[ end (trace|Kernel panic)/ { left = 0 }
		END { exit !found }
	' "$file"
}
