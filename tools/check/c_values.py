# SPDX-License-Identifier: GPL-2.0
"""What the C compiler makes of names, out of the headers of the kernel tree."""

import re
import subprocess
import sys
import tempfile


def evaluate(build, headers, expressions):
    """The values of the expressions, compiled as the module's own C in `build` is."""
    saved = open(f"{build}/helpers/.helpers.o.cmd").readline().partition(":=")[2]
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/c.c", "w") as f:
            f.writelines(f"#include <{h}>\n" for h in headers)
            f.write("const long table[] __section(\".table\") = {\n")
            f.writelines(f"\t(long)({e}),\n" for e in expressions)
            f.write("};\n")
        command = re.sub(r"-Wp,-MMD,\S+| -o \S+ \S+\.c\b.*", " ", saved.strip())
        run(f"cd {build}/.. && {command} -w -o {work}/c.o {work}/c.c")
        run(f"objcopy -O binary -j .table --set-section-flags=.table=alloc {work}/c.o {work}/c")
        with open(f"{work}/c", "rb") as f:
            blob = f.read()
    return [int.from_bytes(blob[i:i + 8], "little", signed=True) for i in range(0, len(blob), 8)]


def run(command):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[:4000])
