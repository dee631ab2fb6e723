# SPDX-License-Identifier: GPL-2.0
"""The schedulers' part of the report: what schedulers.py measured, as rows."""

import glob
import json

SIZES = [4, 64, 1_000, 10_000]
LEAST = ["lc", "wlc", "sed", "nq", "fo", "ovf"]
FEW, SOME, MANY = SIZES[0], SIZES[2], SIZES[3]
LITTLE = 50  # instructions; less is what chains in the table of connections make
CONNECTION, CHANGE = "instructions/connection", "instructions/change"


def read(work, which):
    """The figures of each repetition."""
    repetitions = []
    for path in sorted(glob.glob(f"{work}/{which}-schedulers.[0-9]/schedulers.json")):
        with open(path) as file:
            repetitions.append(json.load(file))
    return repetitions


def share(figures, scheduler, size):
    """What a connection costs more than one that rr gives to one of as many servers."""
    least = "all" if scheduler == "wrr" else "rr"
    return figures[f"{scheduler}.{size}"] - figures[f"{least}.{size}"]


def goal(scheduler, size):
    if size == SOME:
        return 0.2 if scheduler == "wrr" else 0.05
    return 1 if size == FEW and scheduler in LEAST else None


def growth(scheduler, c, ours):
    """How many times the share of a thousand servers that of ten thousand is."""
    shares = [(share(figures, scheduler, SOME), share(figures, scheduler, MANY)) for figures in (c, ours)]
    c, ours = (round(many / some, 2) if some >= LITTLE else None for some, many in shares)
    name = f"{scheduler}, {MANY} servers ÷ {SOME}"
    return {"name": name, "unit": "growth", "c": c, "ours": ours, "ratio": None, "goal": 1.5}


def row(name, unit, c, ours, wanted):
    # What is less than rr costs is nothing.
    ratio = round(max(ours, 0) / c, 3) if c >= 1 else None
    return {"name": name, "unit": unit, "c": round(c, 1), "ours": round(ours, 1), "ratio": ratio, "goal": wanted}


def rows(c, ours):
    found = []
    for scheduler in LEAST + ["wrr"]:
        for size in SIZES:
            values = share(c, scheduler, size), share(ours, scheduler, size)
            found.append(row(f"{scheduler}, {size} servers", CONNECTION, *values, goal(scheduler, size)))
        found.append(growth(scheduler, c, ours))
    for what, text in ("edit", "edit one of"), ("add", "add one to"):
        for scheduler in "wrr", "wlc":
            for size in SIZES:
                key = f"{what}.{scheduler}.{size}"
                wanted = 0.1 if size == MANY else None
                found.append(row(f"{scheduler}, {text} {size}", CHANGE, c[key], ours[key], wanted))
    return found


def cells(result):
    unit = result["unit"].removeprefix("instructions/")
    digits = 1 if unit == "growth" else 0
    text = lambda value: "–" if value is None else f"{value:.{digits}f}"
    plain = lambda value: "–" if value is None else f"{value:g}"
    return [unit, text(result["c"]), text(result["ours"]), plain(result["ratio"]), plain(result["goal"])]


def text_table(results):
    width = max(len(result["name"]) for result in results)
    form = "  {:10}  {:>9}  {:>9}  {:>7}  {:>5}"
    lines = [" " * width + form.format("per", "C ip_vs", "rust_ipvs", "ratio", "goal")]
    lines += [f"{result['name']:{width}}" + form.format(*cells(result)) for result in results]
    return "\n".join(lines) + "\n"


def rst_table(results):
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 34 16 14 14 12 10", ""]
    heads = ["instructions", "per", "C ip_vs", "rust_ipvs", "ratio", "goal"]
    for line in [heads] + [[result["name"], *cells(result)] for result in results]:
        lines.append(f"   * - {line[0]}")
        lines += [f"     - {cell}" for cell in line[1:]]
    return "\n".join(lines) + "\n"
