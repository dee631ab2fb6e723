#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py DIRECTORY... - instructions per packet by function.

A directory has figures.json and symbols of guest.py, and blocks of profile.c. Printed is what a
window has more, or less, than the forwarding of the same packets.
"""

import bisect
import collections
import json
import os
import re
import subprocess
import sys

WINDOWS = ("nat.udp", "nat.udp.reply", "nat.tcp", "nat.tcp.reply", "new.udp.rr", "new.udp.wlc", "new.tcp.rr", "none.1", "none.1000")
LEAST = 0.5  # instructions per packet


def floor_of(window):
    reply = ".reply" if window.endswith(".reply") else ""
    return f"floor.{'tcp' if '.tcp' in window else 'udp'}{reply}"


class Symbols:
    def __init__(self, path):
        found = []
        with open(path) as file:
            for line in file:
                address, _, name, *module = line.split()
                found.append((int(address, 16), name, module[0].strip("[]") if module else ""))
        found.sort()
        self.addresses = [address for address, _, _ in found]
        self.names = [(module, name) for _, name, module in found]

    def function(self, address):
        if not address >> 63:
            return "user space", ""
        return self.names[bisect.bisect_right(self.addresses, address) - 1]


def read_blocks(path, symbols):
    """For each window {(module, function): instructions}."""
    windows = []
    with open(path) as file:
        for line in file:
            if line == "window\n":
                windows.append(collections.Counter())
            else:
                address, instructions = line.split()
                windows[-1][symbols.function(int(address, 16))] += int(instructions)
    return windows


def demangle(names):
    done = subprocess.run(["c++filt", "-r"], input="\n".join(names), text=True, capture_output=True, check=True)
    plain = re.sub(r"\[[0-9a-f]{16}\]", "", done.stdout)  # the hashes of crates
    return dict(zip(names, plain.split("\n")))


def show(which, window, counts):
    print(f"\n{which}, {window}: {sum(counts.values()):.0f} instructions per packet more than forwarding")
    modules = collections.Counter()
    for (module, _), value in counts.items():
        modules[module or "kernel"] += value
    print("   " + ", ".join(f"{name} {value:.0f}" for name, value in modules.most_common() if abs(value) >= LEAST))
    for (module, name), value in counts.most_common():
        if abs(value) >= LEAST:
            print(f"  {value:8.1f}  {module or 'kernel':16} {name}")


def main():
    for directory in sys.argv[1:]:
        symbols = Symbols(directory + "/symbols")
        with open(directory + "/figures.json") as file:
            packets = json.load(file)["packets"]
        blocks = dict(zip(packets, read_blocks(directory + "/blocks", symbols)))
        names = demangle(sorted({name for counts in blocks.values() for _, name in counts}))
        for window in WINDOWS:
            counts = collections.Counter()
            for sign, name in ((1, window), (-1, floor_of(window))):
                for (module, function), instructions in blocks[name].items():
                    counts[module, names[function]] += sign * instructions / packets[name]
            show(os.path.basename(directory), window, counts)


main()
