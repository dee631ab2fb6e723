#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""idle PORT COUNT: so many connections to a local port on which nothing is said, until it is ended."""

import signal
import socket
import sys

port, count = map(int, sys.argv[1:])
connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
print("connected", flush=True)
signal.pause()
