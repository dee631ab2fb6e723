# SPDX-License-Identifier: GPL-2.0
"""What control.py, or tables.py, and profile.c counted, as rows of a table."""

import glob
import json
from collections import namedtuple

from blocks import USER, Symbols, by_module, demangle, read_blocks

LINE, MESSAGE, ONCE, SECOND = "line", "message", "once", "second"
LEAST = 1  # instructions of a function that is worth a line

# Name, what it is divided by, window of C, window of rust_ipvs, which instructions ("all",
# "kernel", which is without those of user space, or "module"), and the goal for the ratio.
ROWS = [
    ("ipvsadm -R", LINE, "restore.stock", "restore.stock", "all", 1.0),
    ("-R, ipvsadm-rs on rust_ipvs", LINE, "restore.stock", "restore.rs", "all", 0.1),
    ("ipvsadm -L -n", LINE, "list.stock", "list.stock", "all", 1.0),
    ("-L -n, ipvsadm-rs on rust_ipvs", LINE, "list.stock", "list.rs", "all", 0.1),
    ("ipvsadm -e", ONCE, "edit.stock", "edit.stock", "all", 1.0),
    ("-e, ipvsadm-rs on rust_ipvs", ONCE, "edit.stock", "edit.rs", "all", None),
    ("ipvsadm -C", LINE, "flush.stock", "flush.stock", "all", 1.0),
    ("-C, ipvsadm-rs on rust_ipvs", LINE, "flush.stock", "flush.rs", "all", None),
    ("made by netlink, kernel", LINE, "load", "load", "kernel", None),
    ("made by netlink after -C, kernel", LINE, "reload", "reload", "kernel", None),
    ("dump of services, kernel", MESSAGE, "services", "services", "kernel", None),
    ("dump of services, module", MESSAGE, "services", "services", "module", 0.3),
    ("dump of destinations, kernel", MESSAGE, "dests", "dests", "kernel", None),
    ("dump of destinations, module", MESSAGE, "dests", "dests", "module", 0.3),
    ("/proc/net/ip_vs, kernel", LINE, "proc", "proc", "kernel", 0.1),
    ("/proc/net/ip_vs_conn, kernel", LINE, "conns", "conns", "kernel", 1.0),
    ("idle, module", SECOND, "idle", "idle", "module", 0.0),
]


# A part of the report: its name, its rows, the sizes that windows are named after, the small and the
# large one, and what is said of a row of the small one.
Part = namedtuple("Part", "name rows small large of_small")
PART = Part("control", ROWS, ".1000", ".10000", ", 1 000 services")


def part(counts, which):
    """Of the instructions of a window, those of a part of the machine."""
    if which == "module":
        return sum(n for module, n in by_module(counts).items() if module.startswith(("ip_vs", "rust_ipvs")))
    return sum(n for (module, _), n in counts.items() if which == "all" or module != USER)


def read_windows(directory):
    """{name: ({(module, function): instructions}, items)}"""
    blocks = read_blocks(directory + "/blocks", Symbols(directory + "/symbols"))
    with open(directory + "/windows.json") as file:
        names = json.load(file)
    return {name: (counts, items) for (name, items), counts in zip(names, blocks, strict=True)}


def read(work, which, name):
    """The figures of each repetition: {(window, part): instructions for an item}."""
    repetitions = []
    for path in sorted(glob.glob(f"{work}/{which}-{name}.[0-9]")):
        windows = read_windows(path)
        repetitions.append(
            {
                (name, what): part(counts, what) / items
                for name, (counts, items) in windows.items()
                for what in ("all", "kernel", "module")
            }
        )
    return repetitions


def growth(figures, window, what, of):
    """What an item costs with many services, by what it costs with few; 1 is linear."""
    few, many = (figures.get((window + size, what)) for size in (of.small, of.large))
    return round(many / few, 2) if few and many else None


def rows(c, ours, of):
    """A row is of the largest size that both have."""
    found = []
    for name, unit, window_c, window_ours, what, goal in of.rows:
        for suffix in (of.large, of.small, ""):
            value_c, value_ours = c.get((window_c + suffix, what)), ours.get((window_ours + suffix, what))
            if value_c is None or value_ours is None:
                continue
            found.append(
                {
                    "name": name + (of.of_small if suffix == of.small else ""),
                    "unit": f"instructions/{unit}",
                    "c": round(value_c, 1),
                    "ours": round(value_ours, 1),
                    "ratio": round(value_ours / value_c, 3),
                    "goal": goal,
                    "growth": [growth(c, window_c, what, of), growth(ours, window_ours, what, of)],
                }
            )
            break
    return found


def factor(value):
    return "–" if value is None else f"{value:.2f}"


def cells(row):
    """All but the name, as text."""
    goal = "–" if row["goal"] is None else f"{row['goal']:g}"
    unit = row["unit"].removeprefix("instructions/")
    return [unit, f"{row['c']:.0f}", f"{row['ours']:.0f}", factor(row["ratio"]), goal, *map(factor, row["growth"])]


def text_table(results):
    width = max(len(row["name"]) for row in results)
    heads = ["per", "C ip_vs", "rust_ipvs", "ratio", "goal", "C grows", "ours"]
    form = "  {:7}  {:>9}  {:>9}  {:>5}  {:>4}  {:>7}  {:>5}"
    lines = [" " * width + form.format(*heads)]
    lines += [f"{row['name']:{width}}" + form.format(*cells(row)) for row in results]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def rst_table(results):
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 38 10 11 11 8 7 8 8", ""]
    heads = ["instructions", "per", "C ip_vs", "rust_ipvs", "ratio", "goal", "C grows", "rust_ipvs grows"]
    for row in [heads] + [[row["name"], *cells(row)] for row in results]:
        lines.append(f"   * - {row[0]}")
        lines += [f"     - {cell}" for cell in row[1:]]
    return "\n".join(lines) + "\n"


def profile(directory):
    """For each window, what its functions cost an item."""
    windows = read_windows(directory)
    names = demangle(sorted({name for counts, _ in windows.values() for _, name in counts}))
    lines = []
    for window, (counts, items) in windows.items():
        lines.append(f"\n{window}: {sum(counts.values()) / items:.0f} instructions per item, {items} items")
        modules = by_module(counts).most_common()
        lines.append("   " + ", ".join(f"{name} {n / items:.0f}" for name, n in modules if n >= LEAST * items))
        for (module, name), n in counts.most_common():
            if n >= LEAST * items:
                lines.append(f"  {n / items:10.1f}  {module or 'kernel':12} {names[name]}".rstrip())
    return "\n".join(lines) + "\n"
