#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""metrics.py PATTERN <TEXT: the metrics whose names match as a whole, with labels in the order of
their names and numbers written in one way, in one order.
"""

import re
import sys

LINE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def main():
    lines = []
    for line in sys.stdin:
        found = LINE.match(line)
        if not found or line.startswith("#") or not re.fullmatch(sys.argv[1], found[1]):
            continue
        labels = ",".join(f"{name}={value}" for name, value in sorted(LABEL.findall(found[2] or "")))
        number = float(found[3])
        number = int(number) if number.is_integer() else number
        lines.append(f"{found[1]}{{{labels}}} {number}" if labels else f"{found[1]} {number}")
    print("\n".join(sorted(lines)))


main()
