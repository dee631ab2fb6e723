# SPDX-License-Identifier: GPL-2.0
"""The part of the report about large tables: what tables.py and profile.c counted."""

from control_report import ONCE, Part

CHANGE = "change"
ONE_SERVICE = ", one service"

# As in control_report.
ROWS = [
    ("a weight, by SET_DEST, kernel", CHANGE, "set", "set", "kernel", None),
    ("a weight, by APPLY, kernel", CHANGE, "set", "apply", "kernel", None),
    ("1,000 weights, by one APPLY, kernel", CHANGE, "set", "applied", "kernel", None),
    ("a weight, by SET_DEST, kernel" + ONE_SERVICE, CHANGE, "set.1x40000", "set.1x40000", "kernel", None),
    ("a weight, by APPLY, kernel" + ONE_SERVICE, CHANGE, "set.1x40000", "apply.1x40000", "kernel", None),
    ("1,000 weights, by one APPLY" + ONE_SERVICE, CHANGE, "set.1x40000", "applied.1x40000", "kernel", None),
    ("ipvsadm -e", ONCE, "edit.stock", "edit.stock", "all", None),
    ("-e, ipvsadm-rs on rust_ipvs", ONCE, "edit.stock", "edit.rs", "all", None),
    ("-e, ipvsadm-rs apply FILE", ONCE, "edit.stock", "file", "all", None),
    ("-e, ipvsadm-rs apply FILE, kernel", ONCE, "edit.stock", "file", "kernel", None),
    ("dump of destinations, totals, kernel", ONCE, "dests", "totals", "kernel", None),
    ("-L -n --stats, ipvsadm-rs metrics", ONCE, "stats", "metrics", "all", None),
    ("-L -n --stats, ipvsadm-rs metrics" + ONE_SERVICE, ONCE, "stats.1x40000", "metrics.1x40000", "all", None),
]
PART = Part("tables", ROWS, ".40x100", ".400x100", ", 4,000 servers")
