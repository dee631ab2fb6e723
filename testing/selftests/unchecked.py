# SPDX-License-Identifier: GPL-2.0
#
# unchecked.py service ADDRESS PORT: adds a service of UDP with the scheduler rr.
# unchecked.py dest ADDRESS PORT SERVER METHOD: adds a destination at the same
# port to one, with a number for the forwarding method.
#
# By options of a socket, with what ipvsadm does not let through.
import socket
import struct
import sys

IP_VS_SO_SET_ADD, IP_VS_SO_SET_ADDDEST = 0x482, 0x487


def address(text):
    return socket.inet_aton(text)


def service(addr, port):
    """struct ip_vs_service_user."""
    head = struct.pack("=H2x4sH2xI", socket.IPPROTO_UDP, address(addr), socket.htons(int(port)), 0)
    return head + struct.pack("=16sIII", b"rr", 0, 0, 0xFFFFFFFF)


def dest(port, server, method):
    """struct ip_vs_dest_user, with weight 1."""
    return struct.pack("=4sH2xIiII", address(server), socket.htons(int(port)), int(method), 1, 0, 0)


def main(what, addr, port, *more):
    option = {"service": IP_VS_SO_SET_ADD, "dest": IP_VS_SO_SET_ADDDEST}[what]
    data = service(addr, port) + (dest(port, *more) if more else b"")
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        s.setsockopt(socket.IPPROTO_IP, option, data)


main(*sys.argv[1:])
