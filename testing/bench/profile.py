#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py DIRECTORY... - instructions per packet by function.

A directory has figures.json and symbols of guest.py, and blocks of profile.c. Printed is what a
window has more, or less, than the forwarding of the same packets.
"""

import collections
import json
import os
import sys

from blocks import Symbols, by_module, demangle, read_blocks
from packets import ROWS

LEAST = 0.5  # instructions per packet


def show(which, window, counts):
    print(f"\n{which}, {window}: {sum(counts.values()):.0f} instructions per packet more than forwarding")
    modules = by_module(counts).most_common()
    print("   " + ", ".join(f"{name} {value:.0f}" for name, value in modules if abs(value) >= LEAST))
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
        for row in ROWS:
            if row.window not in blocks:
                continue
            counts = collections.Counter()
            for sign, name in ((1, row.window), (-1, row.floor)):
                for (module, function), instructions in blocks[name].items():
                    counts[module, names[function]] += sign * instructions / packets[name]
            show(os.path.basename(directory), row.window, counts)


main()
