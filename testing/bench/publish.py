#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""publish.py OUT DOCUMENTATION PART... - puts tables of OUT and the plot into the documentation."""

import re
import shutil
import sys

out, documentation, *parts = sys.argv[1:]
page = documentation + "/performance.rst"
with open(page) as file:
    text = file.read()
for part in parts:
    with open(f"{out}/{part}.rst") as file:
        table = file.read()
    text, found = re.subn(
        rf"(\.\. {part}: begin\n).*?(\.\. {part}: end\n)",
        lambda match: f"{match[1]}\n{table}\n{match[2]}",
        text,
        flags=re.DOTALL,
    )
    if found != 1:
        sys.exit(f"{page}: no place for the table of {part}")
with open(page, "w") as file:
    file.write(text)
if "packets" in parts:
    shutil.copy(out + "/plot.svg", documentation + "/performance.svg")
