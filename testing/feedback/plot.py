#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""plot.py DIRECTORY: the load of each server over time, with each rule and demand, as SVG."""

import json
import sys
from html import escape

RULES = ("static", "zhang", "relative")
DEMANDS = (55, 88)
SERVERS = ("30 % of a processor", "18 %", "12 %")
COLOURS = ("#2a78b8", "#c4511d", "#5a8f3c")
INK, FAINT = "#1f2328", "#d8dce0"
WIDTH, LEFT, TOP, PANEL_W, PANEL_H, GAP_X, GAP_Y = 900, 54, 74, 260, 170, 20, 66
MOST = 1.25
SMOOTH = 3


def text(x, y, content, anchor="start", size=12, weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{INK}">{escape(content)}</text>'
    )


def rows(path):
    with open(path) as f:
        return [[float(word) for word in line.split()] for line in f]


def panel(out, rule, demand, x, y, clients):
    data = rows(f"{out}/load-{rule}-{demand}")
    last = data[-1][0]
    shapes = []
    for tick in (0, 0.5, 1):
        at = y + PANEL_H * (1 - tick / MOST)
        shapes.append(f'<line x1="{x}" y1="{at:.1f}" x2="{x + PANEL_W}" y2="{at:.1f}" stroke="{FAINT}"/>')
        if rule == RULES[0]:
            shapes.append(text(x - 8, at + 4, f"{tick:g}", "end", 10))
    for column, colour in enumerate(COLOURS, 1):
        points = []
        for index, row in enumerate(data):
            near = data[max(index - SMOOTH + 1, 0) : index + 1]
            load = min(sum(other[column] for other in near) / len(near), MOST)
            points.append(f"{x + PANEL_W * row[0] / last:.1f},{y + PANEL_H * (1 - load / MOST):.1f}")
        shapes.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>')
    name = {"static": "static weights"}.get(rule, rule)
    shapes.append(text(x, y - 8, f"{name}, demand {demand} %", weight="bold"))
    seen = clients[rule, demand]
    shapes.append(
        text(
            x,
            y + PANEL_H + 16,
            f"median {seen['median']:.2f} s, 95 % {seen['p95']:.2f} s, {seen['failed']} of {seen['requests']} failed",
            size=10,
        )
    )
    shapes.append(text(x + PANEL_W, y + PANEL_H + 30, f"{last:.0f} s", "end", 10))
    return shapes


def main(out):
    with open(f"{out}/clients") as f:
        seen = [json.loads(line) for line in f]
    clients = {(row["rule"], row["demand"]): row for row in seen}
    shapes = [text(LEFT, 24, "Load of three servers of unequal speed and equal weights", size=15, weight="bold")]
    for index, (server, colour) in enumerate(zip(SERVERS, COLOURS)):
        x = LEFT + 190 * index
        shapes.append(f'<rect x="{x}" y="36" width="24" height="4" fill="{colour}"/>')
        shapes.append(text(x + 30, 43, server))
    for row, demand in enumerate(DEMANDS):
        for column, rule in enumerate(RULES):
            x = LEFT + column * (PANEL_W + GAP_X)
            y = TOP + row * (PANEL_H + GAP_Y)
            shapes += panel(out, rule, demand, x, y, clients)
    height = TOP + len(DEMANDS) * (PANEL_H + GAP_Y)
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif">'
    )
    print(f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>')
    print("\n".join(shapes))
    print("</svg>")


main(sys.argv[1])
