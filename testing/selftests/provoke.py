# SPDX-License-Identifier: GPL-2.0
#
# provoke.py KIND SOURCE SPORT DESTINATION DPORT [COUNT]: sends packets of IPv4,
# or IPv6 if the addresses are, as programs do not send them, with all headers
# written here.
import socket
import struct
import sys

kind, src, sport, dst, dport = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
count = int(sys.argv[6]) if len(sys.argv) > 6 else 1
family = socket.AF_INET6 if ":" in src else socket.AF_INET
A, B = socket.inet_pton(family, src), socket.inet_pton(family, dst)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    s = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def ip(proto, body, a=A, b=B, ttl=64, df=False):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0x4000 if df else 0, ttl, proto, 0) + a + b
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def fragment6(proto, body, offset, more):
    """A part of a packet of IPv6, which begins at a multiple of eight bytes."""
    part = struct.pack("!BBHI", proto, 0, offset | more, 7) + body
    return struct.pack("!IHBB", 6 << 28, len(part), 44, 64) + A + B + part


def udp(body=b"hello", a=A, b=B, sp=sport, dp=dport):
    head = struct.pack("!HHHH", sp, dp, 8 + len(body), 0)
    pseudo = a + b + struct.pack("!BBH", 0, 17, 8 + len(body))
    return head[:6] + struct.pack("!H", checksum(pseudo + head + body) or 0xFFFF) + body


def tcp(flags):
    head = struct.pack("!HHIIBBHHH", sport, dport, 1000, 0, 0x50, flags, 8192, 0, 0)
    pseudo = A + B + struct.pack("!BBH", 0, 6, 20)
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


def unreachable(quoted, spoil=0):
    """An error about a packet that has gone the other way."""
    body = struct.pack("!BBHI", 3, 3, 0, 0) + quoted
    return body[:2] + struct.pack("!H", checksum(body) ^ spoil) + body[4:]


def quoted():
    return ip(17, udp(a=B, b=A, sp=dport, dp=sport), a=B, b=A)


packet = {
    "udp": lambda: ip(17, udp()),
    "last-hop": lambda: ip(17, udp(), ttl=1),
    "big": lambda: ip(17, udp(b"x" * 1000), df=True),
    "syn": lambda: ip(6, tcp(2)),
    "syn-ack": lambda: ip(6, tcp(18)),
    "ack": lambda: ip(6, tcp(16)),
    "rst": lambda: ip(6, tcp(4)),
    "short": lambda: ip(17, b"\0\1"),
    "cut": lambda: ip(17, struct.pack("!HH", sport, dport)),
    "no-chunk": lambda: ip(132, struct.pack("!HHII", sport, dport, 1, 0)),
    "other": lambda: ip(253, b"what is this?"),
    "error": lambda: ip(1, unreachable(quoted())),
    "bad-error": lambda: ip(1, unreachable(quoted(), spoil=1)),
    # An error of ICMPv6, and a part of a message that does not say what it is.
    "error-begun": lambda: fragment6(58, struct.pack("!BBHI", 3, 0, 0, 0) + b"x" * 48, 0, 1),
    "error-end": lambda: fragment6(58, b"x" * 16, 56, 0),
}[kind]()
with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
    for _ in range(count):
        s.sendto(packet, (dst, 0))
