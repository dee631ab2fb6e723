#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""control.py c|ours SIZE... - runs in the virtual machine, see testing/bench/run.

Gives orders to a load balancer and asks it for what it has, with as many services as SIZE says,
each of DESTS destinations of its own. What is done between marks, here called a window, is counted
by profile.c outside; $OUT/windows.json gets the names of the windows in their order, and how many
lines, messages or seconds each was about:

    [[NAME, ITEMS], ...]

A name ends in the program (".stock" or ".rs") if there is one, and the size.
"""

import json
import os
import sys

from guest import FLOWS, OUT, VIP, Balancer, from_client, make_network, run, save_symbols, service, settle, sysctl

DESTS = 10
LARGEST = 10_000
CONNECTIONS = 100_000
IDLE_SECONDS = 10
FULL = os.path.exists("/payload/.full")
RULES, OUTPUT = "/tmp/rules", "/tmp/output"

windows = []


def save_windows():
    with open(OUT + "/windows.json", "w") as file:
        json.dump(windows, file)


def address(first, i):
    """As in window.c."""
    a, b, c, d = first
    value = (a << 24 | b << 16 | c << 8 | d) + i
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def window(name, items, *command):
    seen = int(run("/payload/window", *command))
    windows.append((name, items))
    print(f"{name:24} {seen}", flush=True)
    return seen


def execute(name, items, *command, stdin="/dev/null"):
    """A program, from its start to its end. Returns the lines of its output."""
    window(name, items, "exec", stdin, OUTPUT, *command)
    return count_lines(OUTPUT)


def count_lines(path):
    with open(path, "rb") as file:
        return file.read().count(b"\n")


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found} instead of {wanted}")


def write_rules(size):
    """For ipvsadm -R, the same that window.c makes."""
    with open(RULES, "w") as file:
        for i in range(size):
            to = f"-t {address((10, 99, 0, 1), i)}:80"
            file.write(f"-A {to} -s rr\n")
            for k in range(DESTS):
                file.write(f"-a {to} -r {address((172, 16, 0, 1), i * DESTS + k)}:80 -m -w 1\n")


def idle(name):
    settle(10)
    window(name, IDLE_SECONDS, "sleep", str(IDLE_SECONDS))


def tools_of(balancer):
    """Suffix and program; ipvsadm-rs is measured on its own module."""
    tools = [("stock", "ipvsadm")]
    if not balancer.is_c:
        tools.append(("rs", "/payload/ipvsadm-rs"))
    return tools


def forget():
    """Lets removed destinations be forgotten, which takes C three minutes."""
    run("ipvsadm", "-C")
    settle(300)


def restore(balancer, size):
    """Tool by tool."""
    write_rules(size)
    lines = size * (1 + DESTS)
    for suffix, tool in tools_of(balancer):
        if suffix == "stock" and size == LARGEST and not FULL:
            continue
        forget()
        execute(f"restore.{suffix}.{size}", lines, tool, "-R", stdin=RULES)
        expect(f"{tool} -R", count_lines("/proc/thread-self/net/ip_vs") - 3, lines)
        if suffix != "stock":
            execute(f"flush.{suffix}.{size}", lines, tool, "-C")


def load(name, size):
    lines = size * (1 + DESTS)
    expect(name, window(name, lines, "load", str(size), str(DESTS)), lines)


def listed(balancer, size):
    """With the services there: lists, dumps, one change, nothing, and their end."""
    lines = size * (1 + DESTS)
    forget()
    load(f"load.{size}", size)
    settle()
    one = "-t", "10.99.0.1:80", "-r", "172.16.0.1:80", "-m", "-w", "2"
    for suffix, tool in tools_of(balancer):
        expect(f"{tool} -L -n", execute(f"list.{suffix}.{size}", lines, tool, "-L", "-n") - 3, lines)
        execute(f"edit.{suffix}.{size}", 1, tool, "-e", *one)
    expect("services", window(f"services.{size}", size, "services"), size)
    expect("dests", window(f"dests.{size}", size * DESTS, "dests", str(size)), size * DESTS)
    window(f"proc.{size}", lines, "read", "/proc/thread-self/net/ip_vs")
    if size == LARGEST:
        idle("idle")
    execute(f"flush.stock.{size}", lines, "ipvsadm", "-C")
    if size < LARGEST or FULL and not balancer.is_c:
        # With the removed ones not yet forgotten. C goes through them for each that is added.
        load(f"reload.{size}", size)
    forget()


def connections(balancer):
    """All of them with the same service; they outlive the measurement."""
    run("ipvsadm", "-R", stdin=service())
    from_client(None, flows=CONNECTIONS, count=CONNECTIONS, stride=1)
    window("conns", CONNECTIONS, "read", "/proc/thread-self/net/ip_vs_conn")


def main():
    balancer = Balancer(sys.argv[1])
    sizes = [int(size) for size in sys.argv[2:]] or [1000, LARGEST]
    sysctl(kernel__watchdog=0, vm__stat_interval=1_000_000)  # no periodic work
    make_network()
    balancer.load()
    save_symbols()
    idle("idle.empty")
    for size in sizes:
        restore(balancer, size)
        listed(balancer, size)
    connections(balancer)
    balancer.unload()
    save_windows()


if __name__ == "__main__":
    main()
