#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""tables.py c|ours [SERVICESxDESTS...] - runs in the virtual machine, see testing/bench/run.

What it costs to change a little of a large table, and to know what it has counted: by what
rust_ipvs has for that, and by what C has instead. Windows and $OUT/windows.json as in control.py;
a name ends in the size of the table.
"""

import sys

from control import OUTPUT, RULES, execute, expect, forget, save_windows, tools_of, window
from guest import Balancer, make_network, run, save_symbols, settle, sysctl

OURS = "/payload/ipvsadm-rs"
SIZES = ["40x100", "400x100", "1x40000"]
REQUESTS = 100
CHANGES = 1000  # of one transaction


def expect_said(words):
    """In the output of the last program."""
    with open(OUTPUT) as output:
        said = output.read()
    if words not in said:
        sys.exit(f"{words} is not in: {said}")


def copied(path, replace, by):
    """The file to apply: what there is, but for the first of something."""
    saved = run(OURS, "save")
    with open(path, "w") as file:
        file.write(saved.replace(replace, by, 1))


def changes(balancer, name, size):
    """Weights, by requests and by tools."""
    requests = str(REQUESTS)
    expect("sets", window(f"set.{name}", REQUESTS, "sets", requests, *size, "2"), REQUESTS)
    if not balancer.is_c:
        expect("apply", window(f"apply.{name}", REQUESTS, "apply", requests, "1", *size, "3"), REQUESTS)
        expect("apply", window(f"applied.{name}", CHANGES, "apply", "1", str(CHANGES), *size, "4"), CHANGES)
    one = "-t", "10.99.0.1:80", "-r", "172.16.0.1:80", "-m", "-w", "5"
    for suffix, tool in tools_of(balancer):
        execute(f"edit.{suffix}.{name}", 1, tool, "-e", *one)


def file(balancer, name):
    """One weight by a file that has the table."""
    if balancer.is_c:
        return
    copied(RULES, "weight = 5", "weight = 6")
    execute(f"file.{name}", 1, OURS, "apply", RULES)
    expect_said("Servers: 0 added, 1 changed, 0 removed")


def scrape(balancer, name, services, dests):
    """What was counted: of each destination, or summed up."""
    lines = services * (1 + dests)
    expect("dests", window(f"dests.{name}", 1, "dests", str(services)), services * dests)
    expect("-L --stats", execute(f"stats.{name}", 1, "ipvsadm", "-L", "-n", "--stats") - 3, lines)
    if balancer.is_c:
        return
    expect("totals", window(f"totals.{name}", 1, "totals"), 1 + services)
    execute(f"metrics.{name}", 1, OURS, "metrics")
    expect_said(f"ipvs_destinations {services * dests}\n")


def main():
    balancer = Balancer(sys.argv[1])
    sysctl(kernel__watchdog=0, vm__stat_interval=1_000_000)  # no periodic work
    make_network()
    balancer.load()
    if not balancer.is_c:
        run(OURS, "metrics")  # what is read from its file is read once
    save_symbols()
    for name in sys.argv[2:] or SIZES:
        services, dests = map(int, name.split("x"))
        size = str(services), str(dests)
        window(f"load.{name}", services * (1 + dests), "load", *size)
        settle()
        changes(balancer, name, size)
        file(balancer, name)
        scrape(balancer, name, services, dests)
        forget()
    balancer.unload()
    save_windows()


main()
