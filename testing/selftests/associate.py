#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""associate.py - SCTP in the style of TCP.

    associate.py serve ADDRESS PORT        sends back what comes, until it is killed
    associate.py echo ADDRESS PORT BYTES   sends so many bytes and prints whether they came back
    associate.py hold ADDRESS PORT FILE    sends a word and prints the answer, then waits for FILE
    associate.py abort ADDRESS PORT        sends a word, prints the answer, and aborts
"""

import os
import socket
import struct
import sys
import threading
import time

IPPROTO_SCTP = 132


def answer(connection):
    with connection:
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except ConnectionResetError:
            pass


def new(address):
    if ":" not in address:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SCTP)
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, IPPROTO_SCTP)
    # The other end is not told of addresses of IPv4.
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return s


def serve(address, port):
    listener = new(address)
    listener.bind((address, int(port)))
    listener.listen(16)
    while True:
        threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()


def connect(address, port):
    s = new(address)
    s.settimeout(20)
    s.connect((address, int(port)))
    return s


def receive(s, count):
    got = b""
    while len(got) < count:
        data = s.recv(65536)
        if not data:
            break
        got += data
    return got


def echo(address, port, count):
    message = bytes(range(251)) * (int(count) // 251 + 1)
    message = message[: int(count)]
    with connect(address, port) as s:
        # Messages of one piece may not be larger than a buffer.
        back = b""
        for start in range(0, len(message), 50000):
            piece = message[start : start + 50000]
            s.sendall(piece)
            back += receive(s, len(piece))
    print("the same" if back == message else f"{len(back)} bytes, or others")


def hold(address, port, stop):
    with connect(address, port) as s:
        s.sendall(b"word")
        print(receive(s, 4).decode(), flush=True)
        while not os.path.exists(stop):
            time.sleep(0.1)


def abort(address, port):
    s = connect(address, port)
    s.sendall(b"word")
    print(receive(s, 4).decode(), flush=True)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


if __name__ == "__main__":
    {"serve": serve, "echo": echo, "hold": hold, "abort": abort}[sys.argv[1]](*sys.argv[2:])
