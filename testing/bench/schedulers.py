#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""schedulers.py c|ours [SERVERS...] - runs in the virtual machine, see testing/bench/run.

What a new connection costs with each scheduler and so many servers, and what it costs to change
one of them. $OUT/schedulers.json gets instructions: {"SCHEDULER.SERVERS": PER CONNECTION,
"edit.SCHEDULER.SERVERS": PER CHANGE,
"add.SCHEDULER.SERVERS": PER SERVER}. The window "all" is rr, measured as wrr is.
"""

import json
import math
import sys

from guest import OUT, Balancer, from_client, ip, make_network, run, settle, sysctl, windows

SIZES = [4, 64, 1000, 10_000]
SCHEDULERS = ["rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf"]
ALL = SCHEDULERS + ["dh", "sh", "mh", "lblc", "lblcr", "twos"]
CHANGED = ["wrr", "wlc"]
CHANGES = 100
COUNT = 2000
# More than the connections that are opened: ovf would stop there.
WEIGHT = 100_000
VIP = "10.99.0.1"
SERVICE = "-t", f"{VIP}:80"


def address(i):
    """As in window.c."""
    value = 0xAC100001 + i
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def weights(size):
    """For wrr: one server is a hundred times as strong as most, and three are ten times."""
    return [100 if i == 0 else 10 if i % (size // 4) == 0 else 1 for i in range(size)]


def turns_of_round(size):
    """After so many connections wrr begins anew."""
    strength = weights(size)
    return sum(strength) // math.gcd(*strength)


def load(balancer, size, scheduler):
    """One service with so many servers, which all have a connection and a route."""
    balancer.load()
    run("/payload/window", "load", "1", str(size), str(WEIGHT))
    if scheduler == "wrr":
        for i, weight in enumerate(weights(size)):
            if weight > 1:
                run("ipvsadm", "-e", *SERVICE, "-r", f"{address(i)}:80", "-m", "-w", str(weight * WEIGHT))
    warm = max(500, size)
    connect(None, "10.11.0.1", warm)
    run("ipvsadm", "-E", *SERVICE, "-s", scheduler)
    settle()


def connect(window, clients, count, **options):
    from_client(window, src=clients, count=count, proto="tcp", flags="S", sport=1024, ports=50_000,
                addresses=1, stride=1, **options)


def measure(balancer, size, scheduler):
    load(balancer, size, scheduler)
    turns = turns_of_round(size)
    whole = turns * max(1, COUNT // turns)
    if scheduler == "wrr":
        # Whole rounds: the first turns of one cost more than the last.
        connect(f"wrr.{size}", "10.11.0.2", whole, all=1)
        return
    connect(f"{scheduler}.{size}", "10.11.0.2", COUNT if size <= 1000 else COUNT // 3)
    if scheduler == "rr":
        connect(f"all.{size}", "10.11.0.3", whole, all=1)


def changed(size, scheduler):
    """Servers change, again and again, and new ones come."""
    for what in "edit", "add":
        windows[f"{what}.{scheduler}.{size}"] = float(run("/payload/window", f"{what}s", str(CHANGES), str(size)))


def main():
    balancer = Balancer(sys.argv[1])
    if balancer.is_c:
        balancer.modules = ["ip_vs"] + [f"ip_vs_{name}" for name in ALL]
    sizes = [int(size) for size in sys.argv[2:]] or SIZES
    sysctl(kernel__watchdog=0, vm__stat_interval=1_000_000)  # no periodic work
    make_network()
    ip("route add 172.16.0.0/12 via 10.40.0.2\n")
    measure(balancer, sizes[0], "rr")  # whatever is done once only; measured again below
    for size in sizes:
        for scheduler in SCHEDULERS:
            measure(balancer, size, scheduler)
            if scheduler in CHANGED:
                changed(size, scheduler)
        with open(OUT + "/schedulers.json", "w") as file:
            json.dump(windows, file, indent=1)
    balancer.unload()


main()
