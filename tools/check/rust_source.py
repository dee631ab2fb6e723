# SPDX-License-Identifier: GPL-2.0
"""Reads Rust source files without understanding them."""

import os
import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?c?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\])\'', re.S
)


def rust_files(*roots):
    """Yields the path and the text of all files below these directories."""
    for root in roots:
        for directory, names, files in os.walk(root):
            names[:] = sorted(n for n in names if n not in ("target", "build"))
            for name in sorted(files):
                if name.endswith(".rs"):
                    path = os.path.join(directory, name)
                    with open(path) as f:
                        yield os.path.relpath(path), f.read()


def strip_comments(text, strings=True):
    """The text with comments, and the contents of strings, blanked out; lines stay where they are."""

    def blank(m):
        if m[0][0] != "/" and not strings:
            return m[0]
        return re.sub(r"[^\n]", " ", m[0])

    return TOKEN.sub(blank, text)
