#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""figures.py DIRECTORY: the second half of each run as a table, and whether it measured what it should.

Shows the mean load of each server, the difference between the highest and the lowest of these, which
part of the requests each server has got, and what clients saw in the whole run.
"""

import json
import sys

RULES = ("static", "zhang", "relative")
DEMANDS = (55, 88)
COLUMNS = ("demand", "rule", "load of the servers", "spread", "share of requests", "median", "95 %", "failed")


def rows(path):
    with open(path) as f:
        return [[float(word) for word in line.split()] for line in f]


def settled(out, rule, demand):
    """The mean load of each server in the second half."""
    data = rows(f"{out}/load-{rule}-{demand}")
    half = data[len(data) // 2 :]
    return [sum(row[server] for row in half) / len(half) for server in (1, 2, 3)]


def doubts(out):
    """Why this would be no measurement."""
    loads = {(rule, demand): settled(out, rule, demand) for demand in DEMANDS for rule in RULES}
    slowest = loads["static", DEMANDS[-1]][-1]
    if slowest < 0.9:
        yield f"the slowest server is not busy with static weights: a load of {slowest:.2f}"
    if rows(f"{out}/counts-static-{DEMANDS[-1]}")[-1][1] == 0:
        yield "the slowest server has never used up its quota"
    for run, of in loads.items():
        if max(of) > 1.1:
            yield f"{run}: a server has more than its quota: {max(of):.2f}"
        if min(of) < 0.05:
            yield f"{run}: a server has nothing to do"


def line(out, seen):
    rule, demand = seen["rule"], seen["demand"]
    loads = settled(out, rule, demand)
    served = [count for count, _ in rows(f"{out}/counts-{rule}-{demand}")]
    return (
        f"{demand} %",
        rule,
        ", ".join(f"{load:.2f}" for load in loads),
        f"{max(loads) - min(loads):.2f}",
        ", ".join(f"{100 * count / sum(served):.0f} %" for count in served),
        f"{seen['median']:.2f} s",
        f"{seen['p95']:.2f} s",
        f"{seen['failed']} of {seen['requests']}",
    )


def main(out):
    with open(f"{out}/clients") as f:
        table = [COLUMNS, *(line(out, json.loads(text)) for text in f)]
    widths = [max(map(len, column)) for column in zip(*table)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    wrong = list(doubts(out))
    for doubt in wrong:
        print(f"not what it should measure: {doubt}", file=sys.stderr)
    return bool(wrong)


sys.exit(main(sys.argv[1]))
