# SPDX-License-Identifier: GPL-2.0
"""What profile.c counted, by function."""

import bisect
import collections
import re
import subprocess

USER = "user space"


class Symbols:
    """Of /proc/kallsyms, as guest.py saved them."""

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
        """Module ("" is the kernel) and name."""
        if not address >> 63:
            return USER, ""
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
    """{name: name as it is in the source}."""
    done = subprocess.run(["c++filt", "-r"], input="\n".join(names), text=True, capture_output=True, check=True)
    plain = re.sub(r"\[[0-9a-f]{16}\]", "", done.stdout)  # the hashes of crates
    return dict(zip(names, plain.split("\n")))


def by_module(counts):
    modules = collections.Counter()
    for (module, _), value in counts.items():
        modules[module or "kernel"] += value
    return modules
