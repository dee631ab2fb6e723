#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""schedulers.py c|ours [SERVERS...] - runs in the virtual machine, see testing/bench/run.

What a new connection costs with each scheduler and so many servers, and what it costs to change
one of them. $OUT/schedulers.json gets instructions: {"SCHEDULER.SERVERS": PER CONNECTION,
"edit.SCHEDULER.SERVERS": PER CHANGE}.
"""

import json
import sys

from guest import OUT, Balancer, from_client, ip, make_network, run, settle, sysctl, windows

SIZES = [4, 64, 1000, 10_000]
SCHEDULERS = ["rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf"]
ALL = SCHEDULERS + ["dh", "sh", "mh", "lblc", "lblcr", "twos"]
EDITS = 100
# More than the connections that are opened: ovf would stop there.
WEIGHT = 100_000
VIP = "10.99.0.1"
SERVICE = "-t", f"{VIP}:80"


def address(i):
    """As in window.c."""
    value = 0xAC100001 + i
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def measure(size, scheduler):
    run("ipvsadm", "-E", *SERVICE, "-s", scheduler)
    settle()
    clients = f"10.11.{SIZES.index(size) * 20 + ALL.index(scheduler)}.1"
    # All servers get some, so that nothing is idle any more.
    warm = max(500, 2 * size) if size <= 1000 else 500
    count = 2000 if size <= 1000 else 640
    many = {"proto": "tcp", "flags": "S", "ports": 50_000, "addresses": 1, "stride": 1, "src": clients}
    from_client(None, count=warm, sport=1024, **many)
    from_client(f"{scheduler}.{size}", count=count, sport=1024 + warm, **many)


def edited(size, scheduler):
    """One server changes, again and again."""
    run("ipvsadm", "-E", *SERVICE, "-s", scheduler)
    settle()
    windows[f"edit.{scheduler}.{size}"] = float(run("/payload/window", "edits", str(EDITS), str(size)))


def main():
    balancer = Balancer(sys.argv[1])
    if balancer.is_c:
        balancer.modules = ["ip_vs"] + [f"ip_vs_{name}" for name in ALL]
    sizes = [int(size) for size in sys.argv[2:]] or SIZES
    sysctl(kernel__watchdog=0, vm__stat_interval=1_000_000)  # no periodic work
    make_network()
    ip("route add 172.16.0.0/12 via 10.40.0.2\n")
    for size in sizes:
        balancer.load()
        run("/payload/window", "load", "1", str(size), str(WEIGHT))
        settle()
        for scheduler in SCHEDULERS:
            if scheduler == "wrr":
                # One of them is a hundred times as strong as most, and some are ten times.
                for i in range(0, size, max(1, size // 4)):
                    weight = WEIGHT * (100 if i == 0 else 10)
                    run("ipvsadm", "-e", *SERVICE, "-r", f"{address(i)}:80", "-m", "-w", str(weight))
            measure(size, scheduler)
        for scheduler in "wrr", "wlc":
            edited(size, scheduler)
        with open(OUT + "/schedulers.json", "w") as file:
            json.dump(windows, file, indent=1)
    balancer.unload()


main()
