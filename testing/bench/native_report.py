#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""native_report.py WORK OUT - turns what native.py measured into native.{txt,rst,json}."""

import json
import sys
from statistics import median, quantiles


def ratios(above, below):
    return [a / b for a, b in zip(above, below)]


def minus(values, floor):
    return [value - least for value, least in zip(values, floor)]


def rows(packet, scaling):
    """Name, C, ours, the ratio in each round, goal."""
    one = packet["one"]
    c, ours = minus(one["c"], one["floor"]), minus(one["ours"], one["floor"])
    scale = {which: ratios(scaling["one"][which], scaling["two"][which]) for which in ("c", "ours")}
    return [
        ("established UDP NAT, ns/packet", median(c), median(ours), ratios(ours, c), "≤ 0.75"),
        ("two processors, throughput ÷ that of one", median(scale["c"]), median(scale["ours"]),
         ratios(scale["ours"], scale["c"]), "≥ 1"),
    ]


def cells(name, c, ours, ratio, goal):
    low, _, high = quantiles(ratio, n=4)
    digits = 0 if c > 10 else 2
    return [name, f"{c:.{digits}f}", f"{ours:.{digits}f}", f"{median(ratio):.2f}", f"{low:.2f}–{high:.2f}", goal]


HEADS = ["", "C ip_vs", "rust_ipvs", "ratio", "half of all", "goal"]


def text_table(results):
    form = "{:42}  {:>8}  {:>9}  {:>5}  {:>11}  {:>6}"
    return "\n".join(form.format(*line) for line in [HEADS] + results) + "\n"


def rst_table(results, last):
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 42 12 12 10 16 10", ""]
    for line in [HEADS] + results:
        lines += [f"   {'*' if number == 0 else ' '} - {cell}".rstrip() for number, cell in enumerate(line)]
    return "\n".join(lines) + f"\n\n{last}"


def main():
    work, out = sys.argv[1:]
    measured = {}
    for kind in "uml-one", "uml":
        with open(f"{work}/{kind}/native.json") as file:
            measured[kind] = json.load(file)
    packet, scaling = measured["uml-one"], measured["uml"]
    results = [cells(*row) for row in rows(packet, scaling)]
    floor, rounds = median(packet["one"]["floor"]), len(packet["one"]["floor"])
    last = (f"{rounds} rounds, medians. Forwarding a packet without a load balancer takes {floor:.0f} ns, which are\n"
            "subtracted.\n")
    for name, content in {
        "native.json": json.dumps(measured, indent=1) + "\n",
        "native.txt": text_table(results) + last,
        "native.rst": rst_table(results, last),
    }.items():
        with open(f"{out}/{name}", "w") as file:
            file.write(content)
    print(text_table(results) + last)


main()
