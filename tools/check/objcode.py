# SPDX-License-Identifier: GPL-2.0
"""The functions of an object file, what they call, and where that is written.

Reads objdump's output for x86-64. A call is an instruction by which control leaves its function,
be it `call`, `jmp` or a conditional jump; the compilers also move unlikely parts of a function out
of it, as functions of their own.
"""

import re
import subprocess
from collections import namedtuple

# `target` is a Function, the name of one outside of the object, or None for an indirect call.
Call = namedtuple("Call", "target addr")

FUNCTION = re.compile(r"^([0-9a-f]{8,}) <(.*)>:$")
SECTION = re.compile(r"^Disassembly of section (.*):$")
INSN = re.compile(r"^ +([0-9a-f]+):\t([^\t]*)(?:\t(.*))?$")
RELOC = re.compile(r"([0-9a-f]+): (R_\S+)\t(\S+?)([+-]0x[0-9a-f]+)?(?:\t|$)")
BRANCH = re.compile(r"^(?:(?:bnd|cs|ds|notrack|data16) )*(?:call|j[a-z]+)[ ,]")
LOCKED = re.compile(r"\block\b|\bxchg +.*\(")
# Not calls: how a function returns, and a place for ftrace.
NO_CALL = {"__x86_return_thunk", "__fentry__"}
INDIRECT = re.compile(r"__x86_indirect_(thunk|call_thunk|jump_thunk|its_thunk)\w*$")


def short(name):
    """A demangled name without generic arguments and the like: `<Counters<5>>::add::<3>` is
    `Counters::add`."""
    out, depth, keep = [], 0, []
    for i, c in enumerate(name):
        if c == "<":
            before = name[:i]
            # One that opens a path, `<Type as Trait>::f`, against one that holds arguments.
            path = (not before or before[-1] in " <(&*[,") and not any(not k for k in keep)
            keep.append(path)
        elif c == ">" and keep and name[i - 1] != "-":
            keep.pop()
        elif all(keep):
            out.append(c)
    name = re.sub(r"\[[0-9a-f]{16}\]", "", "".join(out))
    name = re.sub(r"(::)+", "::", name).rstrip(":")
    return re.sub(r"\{closure#\d+\}", "{closure}", name)


class Function:
    def __init__(self, symbol, section, addr):
        self.symbol, self.section, self.addr = symbol, section, addr
        self.name = symbol  # demangled and short
        self.calls = []
        self.refs = []  # functions of which it takes the address
        self.locked = []  # addresses of instructions that lock the bus

    def __repr__(self):
        return self.name


class Object:
    """The functions of the object file `path`."""

    def __init__(self, path):
        self.path = path
        self.functions = []
        self._starts, self._symbols = {}, {}
        text = run(["objdump", "-drw", "--no-show-raw-insn", path])
        found = self._scan(text.splitlines())
        names = demangle(
            {f.symbol for f in self.functions}
            | {t for _, _, t, _, _ in found if isinstance(t, str)}
        )
        for f in self.functions:
            f.name = names[f.symbol]
        for f, addr, target, offset, branch in found:
            target = self._resolve(f, target, offset, names)
            if not branch:
                if isinstance(target, Function) and target is not f:
                    f.refs.append(target)
            elif target is not f and target not in NO_CALL:
                f.calls.append(Call(target, addr))

    def _scan(self, lines):
        """Fills in the functions, and returns where they lead, yet unresolved."""
        found, section, f = [], None, None
        for line in lines:
            if m := SECTION.match(line):
                section = m[1]
            elif m := FUNCTION.match(line):
                # What lies before a function for patching is none itself; the compiler's own
                # labels are inside of one.
                if m[2].startswith("__pfx_"):
                    f = None
                elif not m[2].startswith(".L"):
                    f = Function(m[2], section, int(m[1], 16))
                    self.functions.append(f)
                    self._starts[section, f.addr] = self._symbols[f.symbol] = f
            elif f and (m := INSN.match(line)):
                addr, insn, reloc = int(m[1], 16), m[2], RELOC.search(m[3] or "")
                branch = bool(BRANCH.match(insn + " "))
                if LOCKED.search(insn):
                    f.locked.append(addr)
                if reloc:
                    pc_relative = reloc[2] in ("R_X86_64_PLT32", "R_X86_64_PC32")
                    offset = int(reloc[4] or "0", 16) + (4 if pc_relative else 0)
                    found.append((f, addr, reloc[3], offset, branch))
                elif branch:
                    direct = re.search(r"\s([0-9a-f]+) <", insn)
                    found.append((f, addr, int(direct[1], 16) if direct else None, 0, True))
        return found

    def _resolve(self, f, target, offset, names):
        if target is None:
            return None
        if isinstance(target, int):
            return self._at(f.section, target)
        if target.startswith(".") and not target.startswith(".L"):
            return self._at(target, offset)
        if target in self._symbols:
            return self._symbols[target]
        return None if INDIRECT.match(target) else names[target]

    def _at(self, section, addr):
        """The function at an address, which may lie inside of it."""
        inside = [f for f in self.functions if f.section == section and f.addr <= addr]
        return max(inside, key=lambda f: f.addr, default=section)

    def calls(self, reached):
        """What the functions of `reached` call beyond the object: tuples of the function, the
        address, and the name of what is called."""
        for f in reached:
            for call in f.calls:
                if not isinstance(call.target, Function):
                    yield f, call.addr, call.target or "(indirect)"

    def reach(self, roots, stop=lambda f: False, refs=False):
        """All functions that `roots` lead to, with the one that led to each; those that are to be
        stopped at are not in it. With `refs`, what has its address taken counts as called."""
        seen, todo = {f: None for f in roots}, list(roots)
        while todo:
            f = todo.pop()
            for t in [c.target for c in f.calls] + (f.refs if refs else []):
                if isinstance(t, Function) and t not in seen and not stop(t):
                    seen[t] = f
                    todo.append(t)
        return seen

    def origins(self, places):
        """For each (function, address) the names of the functions in whose source the instruction
        is written, innermost first."""
        out, by_section = {}, {}
        for f, addr in places:
            by_section.setdefault(f.section, set()).add((f, addr))
        for section, places in by_section.items():
            addrs = sorted({addr for _, addr in places})
            text = run(
                ["addr2line", "-e", self.path, "-j", section, "-aifC"],
                "".join(f"{a:x}\n" for a in addrs),
            )
            frames = {}
            for line in text.splitlines():
                if line.startswith("0x"):
                    current = frames.setdefault(int(line, 16), [])
                    names = True
                else:
                    if names:
                        current.append(short(line))
                    names = not names
            for f, addr in places:
                out[f, addr] = frames[addr]
        return out


OURS = re.compile(r"^[<&]*(?:rust_ipvs|ipvs_core|linux_ext)::")


def ours(frames, f):
    """Of the functions that an instruction of `f` is written in, the innermost of this module."""
    return next((name for name in frames if OURS.match(name)), f.name)


def run(command, stdin=None):
    done = subprocess.run(command, input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


def demangle(symbols):
    symbols = sorted(symbols)
    names = run(["c++filt"], "\n".join(symbols) + "\n").splitlines()
    return {s: short(n) for s, n in zip(symbols, names)}
