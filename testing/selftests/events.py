#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""events.py COUNT [DELAY]: joins the group of events, says so, and after DELAY seconds prints the
kinds and numbers of so many as they come. A receive buffer that was too small is a line, too.

events.py state: reads what `monitor --list --json` has written, and prints the services and servers
that there are after the last line, as ipvsadm -S would sort them.
"""

import errno
import json
import socket
import struct
import sys
import time

NETLINK_GENERIC, SOL_NETLINK, ADD_MEMBERSHIP = 16, 270, 1


def attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3:]


def group(sock):
    """The number of IPVS's group, from the family that knows the others."""
    name = b"IPVS\0"
    body = struct.pack("BBHHH", 3, 1, 0, 4 + len(name), 2) + name + b"\0" * 3
    sock.send(struct.pack("IHHII", 16 + len(body), 16, 1, 1, 0) + body)
    family = dict(attributes(sock.recv(65536)[20:]))
    for _, entry in attributes(family[7]):
        entry = dict(attributes(entry))
        if entry[1] == b"events\0":
            return struct.unpack("I", entry[2])[0]
    sys.exit("no group")


def listen(count, delay):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
    sock.bind((0, 0))
    sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group(sock))
    print("joined", flush=True)
    time.sleep(delay)
    while count:
        try:
            message = sock.recv(65536)
        except OSError as error:
            print(errno.errorcode[error.errno], flush=True)
            continue
        event = dict(attributes(dict(attributes(message[20:]))[0x1002]))
        print(struct.unpack("I", event[1])[0], struct.unpack("Q", event[2])[0], flush=True)
        count -= 1


def name(row, *keys):
    return " ".join(str(row[key]) for key in keys if key in row)


def state(lines):
    services = {}
    for line in map(json.loads, lines):
        what, service, server = line["event"], line.get("service"), line.get("server")
        key = service and name(service, "protocol", "address", "port", "fwmark")
        if what in ("state", "flushed"):
            services = {}
        elif what in ("service", "service-added", "service-changed"):
            services.setdefault(key, {})
        elif what == "service-removed":
            services.pop(key, None)
        elif what in ("dest", "dest-added", "dest-changed"):
            services[key][name(server, "address", "port")] = server["weight"]
        elif what == "dest-removed":
            services[key].pop(name(server, "address", "port"), None)
    for key in sorted(services):
        print(key)
        for server in sorted(services[key]):
            print(f"{key} {server} {services[key][server]}")


if sys.argv[1] == "state":
    state(sys.stdin)
else:
    listen(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0)
