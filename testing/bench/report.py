#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py WORK OUT RELEASE - turns what the machines measured into results.

Reads WORK/{c,ours}.N/figures.json of N = 1, 2, ... and what control.py left in
WORK/{c,ours}-control.N, or tables.py in WORK/{c,ours}-tables.N, or one of them. For packets, writes
packets.json, packets.txt, packets.rst and plot.svg to OUT; for orders and lists control.json,
control.txt, control.rst and control-profile.txt, and the same for tables; and the tables to standard
output. Fails if repeated measurements differ.
"""

import glob
import json
import os
import sys

import control_report
import schedulers_report
import tables_report
from packets import INSTRUCTIONS, MEMORY, ROWS
from plot import plot

TOLERANCE = 0.01
LEAST = 10  # instructions; less is not compared


def read(work, which):
    """The figures of each repetition: {name: value}, floors subtracted."""
    repetitions = []
    for path in sorted(glob.glob(f"{work}/{which}.[0-9]/figures.json")):
        with open(path) as file:
            measured = json.load(file)
        windows, memory = measured["windows"], measured["memory"]
        figures = {}
        for row in ROWS:
            # What only one of the two has stands beside the plain figure of the other.
            window = row.window if row.window in windows else row.window.rpartition(".")[0]
            figures[row.name] = windows[window] - windows[row.floor]
        for name, key, _ in MEMORY:
            figures[name] = memory.get(key, memory[key.removesuffix(".big")])
        figures[None] = windows["floor.udp"]
        repetitions.append(figures)
    return repetitions


def check(which, repetitions):
    """Whether repeated measurements agree; says how well."""
    worst, where = 0, None
    for name in repetitions[0]:
        values = [figures[name] for figures in repetitions]
        if max(values) < LEAST:
            continue
        spread = (max(values) - min(values)) / max(values)
        if spread >= worst:
            worst, where = spread, name or "forwarding"
    print(f"{which}: {len(repetitions)} measurements differ by {100 * worst:.2f} % at most ({where})")
    return worst <= TOLERANCE


def rows(c, ours):
    kinds = [(row.name, INSTRUCTIONS, row.goal) for row in ROWS]
    kinds += [(name, "bytes", goal) for name, _, goal in MEMORY]
    return [
        {
            "name": name,
            "unit": unit,
            "c": round(c[name], 1),
            "ours": round(ours[name], 1),
            "ratio": round(ours[name] / c[name], 3),
            "goal": goal,
        }
        for name, unit, goal in kinds
    ]


def shown(goal):
    return "–" if goal is None else f"{goal:g}"


def text_table(results, floor, release):
    width = max(len(row["name"]) for row in results)
    lines = [f"{'':{width}}  {'C ip_vs':>8}  {'rust_ipvs':>9}  {'ratio':>5}  {'goal':>4}"]
    unit = None
    for row in results:
        if row["unit"] != unit:
            unit = row["unit"]
            lines.append(unit)
        lines.append(f"{row['name']:{width}}  {row['c']:8.0f}  {row['ours']:9.0f}  {row['ratio']:5.2f}  {shown(row['goal']):>4}")
    lines.append(f"Kernel {release}; forwarding alone takes {floor:.0f} instructions, subtracted above.")
    return "\n".join(lines) + "\n"


def rst_table(results, floor, release):
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 46 14 12 12 10 8",
        "",
        "   * - packet",
        "     - unit",
        "     - C ip_vs",
        "     - rust_ipvs",
        "     - ratio",
        "     - goal",
    ]
    for row in results:
        lines.append(f"   * - {row['name']}")
        cells = row["unit"], f"{row['c']:.0f}", f"{row['ours']:.0f}", f"{row['ratio']:.2f}", shown(row["goal"])
        lines += [f"     - {cell}" for cell in cells]
    lines += [
        "",
        f"Kernel {release}. Forwarding a packet without a load balancer takes {floor:.0f}",
        "instructions, which are subtracted.",
    ]
    return "\n".join(lines) + "\n"


def write(out, files):
    for name, content in files.items():
        with open(os.path.join(out, name), "w") as file:
            file.write(content)


def repeated(c, ours):
    return len(c) < 2 or check("C ip_vs", c) & check("rust_ipvs", ours)


def report_packets(c, ours, out, release):
    """Returns whether the figures can be relied on."""
    results = rows(c[0], ours[0])
    floors = [figures[None] for figures in c + ours]
    table = text_table(results, floors[0], release)
    write(
        out,
        {
            "packets.json": json.dumps(results, indent=1) + "\n",
            "packets.txt": table,
            "packets.rst": rst_table(results, floors[0], release),
            "plot.svg": plot(results),
        },
    )
    print(table)
    good = repeated(c, ours)
    if max(floors) / min(floors) - 1 > TOLERANCE / 10:
        print(f"forwarding alone differs between machines: {floors}")
        good = False
    return good


def report_control(c, ours, part, work, out):
    """Returns whether the figures can be relied on."""
    results = control_report.rows(c[0], ours[0], part)
    table = control_report.text_table(results)
    write(
        out,
        {
            f"{part.name}.json": json.dumps(results, indent=1) + "\n",
            f"{part.name}.txt": table,
            f"{part.name}.rst": control_report.rst_table(results),
            f"{part.name}-profile.txt": "".join(
                f"== {which}\n{control_report.profile(f'{work}/{which}-{part.name}.1')}\n" for which in ("ours", "c")
            ),
        },
    )
    print(table)
    return repeated(c, ours)


def report_schedulers(c, ours, out):
    """Returns whether the figures can be relied on."""
    results = schedulers_report.rows(c[0], ours[0])
    table = schedulers_report.text_table(results)
    write(
        out,
        {
            "schedulers.json": json.dumps(results, indent=1) + "\n",
            "schedulers.txt": table,
            "schedulers.rst": schedulers_report.rst_table(results),
        },
    )
    print(table)
    return repeated(c, ours)


def main():
    work, out, release = sys.argv[1:]
    good = True
    c, ours = read(work, "c"), read(work, "ours")
    if c:
        good &= report_packets(c, ours, out, release)
    for part in control_report.PART, tables_report.PART:
        c, ours = (control_report.read(work, which, part.name) for which in ("c", "ours"))
        if c:
            good &= report_control(c, ours, part, work, out)
    c, ours = schedulers_report.read(work, "c"), schedulers_report.read(work, "ours")
    if c:
        good &= report_schedulers(c, ours, out)
    sys.exit(0 if good else "bench: not deterministic")


main()
