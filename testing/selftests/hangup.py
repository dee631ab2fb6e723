#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hangup.py TEXT COMMAND...: runs a command in a terminal, which goes when it shows the text. The shell there, which is
the only one to be told so, does not mind. Prints the exit status of the command if it ends within two seconds."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

SHOWN = 60
ENDED = 2.0
SIZE = struct.pack("HHHH", 24, 80, 0, 0)


def begin(command):
    """The shell, and our end of its terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        fcntl.ioctl(0, termios.TIOCSWINSZ, SIZE)
        os.environ["TERM"] = "xterm"
        os.execvp("sh", ["sh", "-c", '"$@"; exit $?', "sh", *command])
    return pid, terminal


def shows(terminal, text):
    """Whether the text comes in time."""
    seen = b""
    until = time.monotonic() + SHOWN
    while text.encode() not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
        if not ready:
            return False
        seen += os.read(terminal, 4096)
    return True


def status(pid):
    """The exit status of the shell, if it ends in time."""
    until = time.monotonic() + ENDED
    while time.monotonic() < until:
        ended, how = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(how)
        time.sleep(0.05)
    return None


def main():
    text, *command = sys.argv[1:]
    pid, terminal = begin(command)
    if not shows(terminal, text):
        sys.exit(f"it does not show {text}")
    os.close(terminal)
    ended = status(pid)
    if ended is None:
        os.killpg(pid, signal.SIGKILL)
        sys.exit("it does not end with its terminal")
    print(ended)


main()
