#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""policy.py - single packets of connections that nobody answers, and connections of which half goes.

    policy.py tcp PORT ADDRESS PORT FLAGS...      one segment for each word of S, A, F, R
    policy.py udp PORT ADDRESS PORT
    policy.py sctp PORT ADDRESS PORT TYPE...      one chunk in a packet for each number
    policy.py listen PORT                         TCP connections are made, and nothing comes of them
    policy.py finish PORT ADDRESS PORT            makes one, and says that no more comes; both until killed
"""

import signal
import socket
import struct
import sys

BITS = {"F": 1, "S": 2, "R": 4, "A": 16}


def tcp(sport, dport, flags):
    bits = sum(BITS[flag] for flag in flags)
    # Nobody looks at the checksum.
    return struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, bits, 1024, 0, 0)


def sctp(sport, dport, kind):
    return struct.pack("!HHIIBBH", sport, dport, 1, 0, int(kind), 0, 20) + bytes(16)


def listen(port):
    with socket.create_server(("", port)):
        signal.pause()


def finish(sport, address, dport):
    with socket.create_connection((address, dport), source_address=("", sport)) as s:
        s.shutdown(socket.SHUT_WR)
        signal.pause()


def main(proto, sport, address="", dport=0, *words):
    sport, dport = int(sport), int(dport)
    if proto == "listen":
        return listen(sport)
    if proto == "finish":
        return finish(sport, address, dport)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if proto == "udp":
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.bind(("", sport))
            s.sendto(b"x", (address, dport))
        return
    make, number = {"tcp": (tcp, socket.IPPROTO_TCP), "sctp": (sctp, 132)}[proto]
    with socket.socket(family, socket.SOCK_RAW, number) as s:
        for word in words:
            s.sendto(make(sport, dport, word), (address, 0))


main(*sys.argv[1:])
