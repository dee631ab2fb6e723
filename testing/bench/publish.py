#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""publish.py OUT DOCUMENTATION - puts OUT/table.rst and OUT/plot.svg into the documentation."""

import re
import shutil
import sys

out, documentation = sys.argv[1:]
page = documentation + "/performance.rst"
with open(out + "/table.rst") as file:
    table = file.read()
with open(page) as file:
    text = file.read()
text, found = re.subn(
    r"(\.\. measured: begin\n).*?(\.\. measured: end\n)",
    lambda match: f"{match[1]}\n{table}\n{match[2]}",
    text,
    flags=re.DOTALL,
)
if found != 1:
    sys.exit(f"{page}: no place for the table")
with open(page, "w") as file:
    file.write(text)
shutil.copy(out + "/plot.svg", documentation + "/performance.svg")
