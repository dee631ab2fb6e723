#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py WORK OUT RELEASE - turns what the machines measured into results.

Reads WORK/{c,ours}.N/figures.json of N = 1, 2, ... and what control.py left in
WORK/{c,ours}-control.N, or one of the two. For packets, writes packets.json, packets.txt,
packets.rst and plot.svg to OUT; for the control plane control.json, control.txt, control.rst and
control-profile.txt; and the tables to standard output. Fails if repeated measurements differ.
"""

import glob
import json
import os
import sys

import control_report
import schedulers_report
from plot import plot

TOLERANCE = 0.01
LEAST = 10  # instructions; less is not compared
PACKET = "instructions/packet"
BIG = ", C with conn_tab_bits=20"
# Name, window, and the window of the same packets that are merely forwarded.
PACKETS = [
    ("UDP NAT, 1 flow", "nat.udp", "floor.udp"),
    ("UDP NAT, 1 flow, reply", "nat.udp.reply", "floor.udp.reply"),
    ("TCP NAT, 1 flow", "nat.tcp", "floor.tcp"),
    ("TCP NAT, 1 flow, reply", "nat.tcp.reply", "floor.tcp.reply"),
    ("UDP NAT, 10 000 flows", "nat.udp.10000", "floor.udp.10000"),
    ("UDP NAT, 10 000 flows" + BIG, "nat.udp.10000.big", "floor.udp.10000"),
    ("UDP NAT, 100 000 flows", "nat.udp.100000", "floor.udp.100000"),
    ("UDP NAT, 100 000 flows" + BIG, "nat.udp.100000.big", "floor.udp.100000"),
    ("new UDP connection, rr", "new.udp.rr", "floor.udp"),
    ("new UDP connection, wlc", "new.udp.wlc", "floor.udp"),
    ("new TCP connection, rr", "new.tcp.rr", "floor.tcp"),
    ("new TCP connection, wlc", "new.tcp.wlc", "floor.tcp"),
    ("of no service, 1 service", "none.1", "floor.udp"),
    ("of no service, 1000 services", "none.1000", "floor.udp"),
]
MEMORY = [
    ("memory of a connection", "connection"),
    ("memory of a connection" + BIG, "connection.big"),
]


def read(work, which):
    """The figures of each repetition: {name: value}, floors subtracted."""
    repetitions = []
    for path in sorted(glob.glob(f"{work}/{which}.[0-9]/figures.json")):
        with open(path) as file:
            measured = json.load(file)
        windows, memory = measured["windows"], measured["memory"]
        figures = {}
        for name, window, floor in PACKETS:
            # One figure of ours stands beside both tables of C.
            window = window if window in windows else window.removesuffix(".big")
            figures[name] = windows[window] - windows[floor]
        for name, key in MEMORY:
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
    units = {name: PACKET for name, _, _ in PACKETS} | {name: "bytes" for name, _ in MEMORY}
    return [
        {
            "name": name,
            "unit": unit,
            "c": round(c[name], 1),
            "ours": round(ours[name], 1),
            "ratio": round(ours[name] / c[name], 3),
        }
        for name, unit in units.items()
    ]


def text_table(results, floor, release):
    width = max(len(row["name"]) for row in results)
    lines = [f"{'':{width}}  {'C ip_vs':>8}  {'rust_ipvs':>9}  {'ratio':>5}"]
    unit = None
    for row in results:
        if row["unit"] != unit:
            unit = row["unit"]
            lines.append(unit)
        lines.append(f"{row['name']:{width}}  {row['c']:8.0f}  {row['ours']:9.0f}  {row['ratio']:5.2f}")
    lines.append(f"Kernel {release}; forwarding alone takes {floor:.0f} instructions, subtracted above.")
    return "\n".join(lines) + "\n"


def rst_table(results, floor, release):
    lines = [
        ".. list-table::",
        "   :header-rows: 1",
        "   :widths: 52 12 12 12 12",
        "",
        "   * - packet",
        "     - unit",
        "     - C ip_vs",
        "     - rust_ipvs",
        "     - ratio",
    ]
    for row in results:
        unit = "instructions" if row["unit"] == PACKET else row["unit"]
        lines.append(f"   * - {row['name']}")
        lines += [f"     - {cell}" for cell in (unit, f"{row['c']:.0f}", f"{row['ours']:.0f}", f"{row['ratio']:.2f}")]
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


def report_control(c, ours, work, out):
    """Returns whether the figures can be relied on."""
    results = control_report.rows(c[0], ours[0])
    table = control_report.text_table(results)
    write(
        out,
        {
            "control.json": json.dumps(results, indent=1) + "\n",
            "control.txt": table,
            "control.rst": control_report.rst_table(results),
            "control-profile.txt": "".join(
                f"== {which}\n{control_report.profile(f'{work}/{which}-control.1')}\n" for which in ("ours", "c")
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
    c, ours = control_report.read(work, "c"), control_report.read(work, "ours")
    if c:
        good &= report_control(c, ours, work, out)
    c, ours = schedulers_report.read(work, "c"), schedulers_report.read(work, "ours")
    if c:
        good &= report_schedulers(c, ours, out)
    sys.exit(0 if good else "bench: not deterministic")


main()
