#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""trace.py ADDRESS PORT: who sends errors about datagrams that may take 1, 2, ... hops, until the
port of the last one is what cannot be reached."""

import select
import socket
import sys

IP_RECVERR, MSG_ERRQUEUE = 11, 0x2000
ICMP_DEST_UNREACH = 3


def error(address, port, hops):
    """Type of the error, and its sender."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sock.connect((address, port))
        sock.send(b"where")
        poll = select.poll()
        poll.register(sock, select.POLLERR)
        if not poll.poll(5000):
            return None, "nobody"
        _, [(_, _, data)], _, _ = sock.recvmsg(64, 512, MSG_ERRQUEUE)
        # struct sock_extended_err, and the sender as struct sockaddr_in.
        return data[5], socket.inet_ntoa(data[20:24])


def main():
    way = []
    kind = None
    while kind != ICMP_DEST_UNREACH and len(way) < 10:
        kind, sender = error(sys.argv[1], int(sys.argv[2]), len(way) + 1)
        way.append(sender)
    print(*way)


main()
