# SPDX-License-Identifier: GPL-2.0
"""The bar chart of a benchmark's results, as SVG."""

from html import escape

WIDTH, LEFT, RIGHT, TOP = 860, 330, 110, 64
BAR, GAP, PANEL_GAP = 11, 10, 48
C_COLOUR, OURS_COLOUR, INK, FAINT = "#8a929c", "#c4511d", "#1f2328", "#d8dce0"


def text(x, y, content, anchor="start", size=12, weight="normal", colour=INK):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{colour}">{escape(content)}</text>'
    )


def bar(x, y, width, colour):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{BAR}" fill="{colour}"/>'


def round_step(limit):
    """A step of the axis: 1, 2 or 5 times a power of ten, at most six of them."""
    step = 1
    while True:
        for factor in 1, 2, 5:
            if limit / (step * factor) <= 6:
                return step * factor
        step *= 10


def panel(title, rows, y):
    """Returns the shapes and where the next panel may begin."""
    limit = max(max(row["c"], row["ours"]) for row in rows)
    scale = (WIDTH - LEFT - RIGHT) / limit
    height = len(rows) * (2 * BAR + GAP)
    shapes = [text(LEFT, y, title, weight="bold")]
    y += 12
    step = round_step(limit)
    for value in range(0, int(limit) + 1, step):
        x = LEFT + value * scale
        shapes.append(f'<line x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + height}" stroke="{FAINT}"/>')
        shapes.append(text(x, y + height + 14, f"{value}", anchor="middle", size=10))
    for row in rows:
        y += GAP / 2
        c, ours = row["c"] * scale, row["ours"] * scale
        shapes.append(text(LEFT - 8, y + BAR + 4, row["name"], anchor="end"))
        shapes.append(bar(LEFT, y, c, C_COLOUR))
        shapes.append(bar(LEFT, y + BAR, ours, OURS_COLOUR))
        shapes.append(text(LEFT + c + 4, y + BAR - 1.5, f"{row['c']:.0f}", size=10))
        shapes.append(text(LEFT + ours + 4, y + 2 * BAR - 1.5, f"{row['ours']:.0f}", size=10))
        shapes.append(text(WIDTH - 12, y + BAR + 4, f"× {row['ratio']:.2f}", anchor="end", weight="bold"))
        y += 2 * BAR + GAP / 2
    return shapes, y + PANEL_GAP


def plot(results):
    shapes, y = [], TOP + 12
    units = list(dict.fromkeys(row["unit"] for row in results))
    for unit in units:
        title = {"instructions": "instructions per packet, forwarding subtracted"}.get(unit, unit)
        more, y = panel(title, [row for row in results if row["unit"] == unit], y)
        shapes += more
    legend = []
    for x, colour, label in ((LEFT, C_COLOUR, "C ip_vs"), (LEFT + 100, OURS_COLOUR, "rust_ipvs")):
        legend.append(bar(x, 36, 24, colour))
        legend.append(text(x + 30, 46, label))
    legend.append(text(LEFT, 24, "What a packet costs", size=15, weight="bold"))
    legend.append(text(WIDTH - 12, 46, "rust_ipvs ÷ C", anchor="end", size=10))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:.0f}" '
            f'width="{WIDTH}" height="{y:.0f}" font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{y:.0f}" fill="#ffffff"/>',
            *legend,
            *shapes,
            "</svg>\n",
        ]
    )
