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


def files(*endings):
    """The files of the repository with these endings; `all` has listed them."""
    with open(os.environ["FILES"]) as f:
        paths = f.read().splitlines()
    return [p for p in paths if p.endswith(endings) and os.path.exists(p)]


def strip_comments(text, strings=True):
    """The text with comments, and the contents of strings, blanked out; lines stay where they are."""

    def blank(m):
        if m[0][0] != "/" and not strings:
            return m[0]
        return re.sub(r"[^\n]", " ", m[0])

    return TOKEN.sub(blank, text)


def _value(expr, names):
    """What a simple constant expression is, or None."""
    expr = re.sub(r"\b(?:Self|\w+)(?:::\w+)*\((.*)\)$", r"\1", expr.strip())  # a newtype
    expr = re.sub(r"\b(0x[0-9a-fA-F_]+|[0-9][0-9_]*)(?:[iu](?:8|16|32|64|128|size))?\b", r"\1", expr)
    expr = re.sub(r"\s+as\s+\w+", "", expr).replace("!", "~").replace("Self::", "")
    try:
        return int(eval(expr, {"__builtins__": {}}, dict(names)))
    except Exception:
        return None


def constants(text):
    """Yields the name, with the modules around it in this file, and the value of each constant and
    each variant of an enumeration with a number. The value is None if it is not a simple one."""
    code = strip_comments(text)
    scopes, names, depth = [], {}, 0
    opened = re.compile(r"\b(?:(mod|enum|impl|fn|trait|struct)\s+(?:<.*?>\s*)?(\w+)[^{};]*)?\{")
    token = re.compile(
        opened.pattern + r"|\}|\bconst\s+(?P<name>[A-Z][A-Z0-9_]*)\s*:(?P<type>[^=;]+)="
        r"(?P<value>[^;]+);|^\s*(?P<variant>[A-Z]\w*)\s*=\s*(?P<number>[^,]+),", re.M | re.S
    )
    for m in token.finditer(code):
        if m["name"] or m["variant"]:
            name, expr = m["name"] or m["variant"], m["value"] or m["number"]
            value = _value(expr, names)
            if value is not None:
                names[name] = value
            path = [s for s in scopes if s]
            yield "::".join(path + [name]), value, (m["type"] or "").strip()
        elif m[0] == "}":
            if scopes:
                scopes.pop()
        else:
            scopes.append(m[2] if m[1] in ("mod", "enum", "impl") else None)
