#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""flows.py - UDP flows, many at once, and what else curl does not do.

    flows.py serve ADDRESS PORT...       sends back what comes, until it is killed
    flows.py keep ADDRESS PORT N FILE    N flows that send and wait for the answers, round by round,
                                         until FILE is there; then prints how many rounds there were
                                         and how many answers were missing
    flows.py churn ADDRESS PORT N [FROM] N flows of one packet each, one after the other; from the
                                         ports that begin with FROM, or from any
    flows.py syns ADDRESS PORT N         N TCP connections that are only begun, by clients 10.11.0.0/16
                                         that do not exist
    flows.py ask NETWORK PORT FROM N     asks N addresses of a network, one after the other, all from one
                                         port, and prints how many have answered themselves
    flows.py spray NETWORK PORT FROM N   the same without answers
    flows.py get ADDRESS PORT FROM       a request of HTTP from a port, which the server ends: so the
                                         same port is free for the next
"""

import ipaddress
import os
import select
import socket
import struct
import sys


def serve(address, *ports):
    poll = select.poll()
    sockets = {}
    for port in ports:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        s.bind((address, int(port)))
        sockets[s.fileno()] = s
        poll.register(s, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            data, sender = sockets[fd].recvfrom(2048)
            sockets[fd].sendto(data, sender)


def keep(address, port, count, stop):
    flows = []
    for _ in range(int(count)):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect((address, int(port)))
        flows.append(s)
    rounds = missing = 0
    while not os.path.exists(stop):
        rounds += 1
        # A few at a time, so that no queue runs over.
        for start in range(0, len(flows), 50):
            some = flows[start : start + 50]
            text = str(rounds).encode()
            for s in some:
                s.send(text)
            for s in some:
                s.settimeout(15)
                try:
                    while s.recv(2048) != text:
                        pass
                except OSError:
                    missing += 1
    print(rounds, missing)


def churn(address, port, count, first=None):
    for i in range(int(count)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            if first is not None:
                s.bind(("", int(first) + i))
            s.sendto(b"x", (address, int(port)))


def syns(address, port, count):
    dst = socket.inet_aton(address)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        for i in range(int(count)):
            src = bytes((10, 11, i >> 8 & 255, i & 255))
            header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0, src, dst)
            # Nobody answers to it: the checksum of TCP is missing.
            s.sendto(header + struct.pack("!HHIIBBHHH", 1024, int(port), 1, 0, 0x50, 2, 1024, 0, 0), (address, 0))


def ask(network, port, local, count, waits=True):
    answers = 0
    first = int(ipaddress.ip_network(network)[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("", int(local)))
        s.settimeout(5)
        for i in range(int(count)):
            to = (str(ipaddress.ip_address(first + i)), int(port))
            s.sendto(b"x", to)
            answers += waits and s.recvfrom(2048)[1] == to
    print(answers)


def spray(network, port, local, count):
    ask(network, port, local, count, False)


def get(address, port, local):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.settimeout(20)
        s.bind(("", int(local)))
        s.connect((address, int(port)))
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while more := s.recv(4096):
            answer += more
    print(answer.decode().partition("\r\n\r\n")[2], end="")


{"serve": serve, "keep": keep, "churn": churn, "syns": syns, "ask": ask, "spray": spray, "get": get}[sys.argv[1]](*sys.argv[2:])
