#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""listing.py - dumps with the attribute `listing`, beside those that it stands for.

Prints DESCRIPTION|EXPECTED|FOUND for each thing that is to be so.
"""

import os
import socket
import struct
import subprocess
import sys

CTRL, GETFAMILY = 16, 3
DUMP, REQUEST, ACK, MULTI, INTR = 0x300, 1, 4, 2, 0x10
ERROR, DONE = 2, 3
NEW_SERVICE, GET_SERVICE, NEW_DEST, GET_DEST = 1, 4, 5, 8
SERVICE, DEST, LISTING = 1, 2, 0x1000
DESTS, NO_STATS, UNKNOWN = 1, 2, 8
SERVICES, SERVERS = 300, 4


def attr(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def attrs(data):
    """{type: data}"""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found


class Netlink:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.bind((0, 0))
        self.family = CTRL
        [(_, _, _, data)] = self.dump(GETFAMILY, attr(2, b"IPVS\0"), flags=REQUEST, one=True)
        (self.family,) = struct.unpack("H", attrs(data)[1])

    def send(self, command, data, flags):
        body = struct.pack("BBH", command, 1, 0) + data
        self.socket.send(struct.pack("IHHII", 16 + len(body), self.family, flags, 7, 0) + body)

    def pieces(self):
        """Of each answer its messages: type, flags, command, attributes."""
        while True:
            data, messages = self.socket.recv(1 << 17), []
            while len(data) >= 16:
                length, kind, flags = struct.unpack_from("IHH", data)
                if kind == ERROR:
                    sys.exit(f"error {struct.unpack_from('i', data, 16)}")
                messages.append((kind, flags, data[16] if kind != DONE else 0, data[20:length]))
                data = data[(length + 3) & ~3 :]
            yield messages

    def dump(self, command, data=b"", flags=REQUEST | DUMP, one=False, between=None):
        """All messages; `between` is called after the first piece."""
        self.send(command, data, flags)
        found = []
        for messages in self.pieces():
            found += messages
            if one or messages[-1][0] == DONE:
                return found
            if between:
                between()
                between = None


def plain(netlink):
    """What the dumps that C has say: [(service, [its servers])]."""
    services = [m[3] for m in netlink.dump(GET_SERVICE) if m[0] != DONE]
    return [(s, [m[3] for m in netlink.dump(GET_DEST, s) if m[0] != DONE]) for s in services]


def listing(netlink, flags):
    """The same by one dump, without the attribute that says which it is."""
    found = []
    for kind, _, command, data in netlink.dump(GET_SERVICE, attr(LISTING, struct.pack("I", flags))):
        if kind == DONE:
            continue
        if command == NEW_SERVICE:
            (said,) = struct.unpack("I", attrs(data)[LISTING])
            assert said == flags, said
            found.append((data[:-8], []))
        else:
            assert command == NEW_DEST, command
            found[-1][1].append(data)
    return found


def without_statistics(data, kind, of):
    """A message with a nest of this type without its nests of statistics."""
    nest = attrs(data)[kind]
    kept = b""
    while len(nest) >= 4:
        length, inner = struct.unpack_from("HH", nest)
        if inner not in of:
            kept += nest[: (length + 3) & ~3]
        nest = nest[(length + 3) & ~3 :]
    return attr(kind, kept)


def is_interrupted(messages):
    return any(flags & INTR for _, flags, _, _ in messages)


def tell(what, expected, found):
    print(f"{what}|{expected}|{found}", flush=True)


def main():
    netlink = Netlink()
    ipvsadm = sys.argv[1]
    request = attr(LISTING, struct.pack("I", DESTS))

    def change():
        subprocess.run([ipvsadm, "-A", "-u", f"192.0.2.9:{os.getpid() % 60000 + 1}"], check=True)

    def undo():
        subprocess.run([ipvsadm, "-D", "-u", f"192.0.2.9:{os.getpid() % 60000 + 1}"], check=True)

    tell("nothing is listed", 1, len(netlink.dump(GET_SERVICE, request)))
    rules = []
    for i in range(SERVICES):
        vip = f"-t 192.0.{i // 250}.{i % 250 + 1}:80"
        rules.append(f"-A {vip} -s rr")
        rules += [f"-a {vip} -r 10.1.{i % 250}.{k + 1}:80 -m -w {k}" for k in range(i % (SERVERS + 1))]
    subprocess.run([ipvsadm, "-R"], input="\n".join(rules), text=True, check=True)

    wanted = plain(netlink)
    tell("services", SERVICES, len(wanted))
    tell("servers", sum(i % (SERVERS + 1) for i in range(SERVICES)), sum(len(dests) for _, dests in wanted))
    tell("services and their servers are those of the dumps", True, listing(netlink, DESTS) == wanted)
    # As many services as do, and then the rest.
    tell("no servers, statistics", True, listing(netlink, UNKNOWN) == [(s, []) for s, _ in wanted])
    brief = [
        (
            without_statistics(s, SERVICE, (10, 12)),
            [without_statistics(d, DEST, (10, 12)) for d in dests],
        )
        for s, dests in wanted
    ]
    tell("no statistics", True, listing(netlink, DESTS | NO_STATS) == brief)
    tell("services alone, no statistics", True, listing(netlink, NO_STATS) == [(s, []) for s, _ in brief])
    tell("0 is as without it", True, netlink.dump(GET_SERVICE, attr(LISTING, bytes(4))) == netlink.dump(GET_SERVICE))

    tell("without a change nothing is interrupted", False, is_interrupted(netlink.dump(GET_SERVICE, request)))
    found = netlink.dump(GET_SERVICE, request, between=change)
    tell("a change in between is told", True, is_interrupted(found))
    tell("once", 1, sum(bool(flags & INTR) for _, flags, _, _ in found))
    tell("what stayed is there once", SERVICES, len({m[3] for m in found if m[2] == NEW_SERVICE} & kept(netlink, request)))
    found = netlink.dump(GET_SERVICE, between=undo)
    tell("a dump that C has does not tell", False, is_interrupted(found))
    tell("all its messages are parts", {MULTI}, {flags for _, flags, _, _ in found})


def kept(netlink, request):
    """The services that there are, as messages of a listing, but for the one of UDP."""
    found = {m[3] for m in netlink.dump(GET_SERVICE, request) if m[2] == NEW_SERVICE}
    return {data for data in found if attrs(attrs(data)[SERVICE])[2] == struct.pack("H", 6)}


if __name__ == "__main__":
    main()
