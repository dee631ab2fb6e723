# SPDX-License-Identifier: GPL-2.0
"""IPv4 packets: made of words, and turned into words again."""

import socket
import struct

import sctp

TCP, UDP, ICMP, SCTP = 6, 17, 1, 132
IPIP, GRE = 4, 47
# The port of servers that take packets in UDP.
GUE_PORT = 6080
NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp", SCTP: "sctp"}
# Addresses that the director sends tunnels from: it numbers these packets itself.
DIRECTOR = {socket.inet_aton(address) for address in ("10.1.1.1", "10.1.2.1", "192.0.2.2")}
FLAGS = "FSRPAUEC"
MORE_FRAGMENTS, DONT_FRAGMENT = 0x2000, 0x4000


def ones_sum(data, start=0):
    """The sum of 16-bit words that all checksums of IP are made of."""
    if len(data) % 2:
        data += b"\0"
    total = start + sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data, start=0):
    return ~ones_sum(data, start) & 0xFFFF


def pseudo(src, dst, proto, length):
    return ones_sum(src + dst + struct.pack("!BBH", 0, proto, length))


def endpoint(word):
    """10.0.0.2:80, or an address alone."""
    address, _, port = word.partition(":")
    return socket.inet_aton(address), int(port or 0)


def number(word):
    return int(word, 0)


def payload(options):
    """data=TEXT, hex=DIGITS or len=BYTES, the bytes then count upwards."""
    if "data" in options:
        return options["data"].encode()
    if "hex" in options:
        return bytes.fromhex(options["hex"])
    return bytes(i & 0xFF for i in range(number(options.get("len", "0"))))


class Known:
    """Numbers that a scenario chose itself; what the kernels choose differs from run to run."""

    def __init__(self):
        self.ids = set()
        self.sequence = {0}

    def show_id(self, value):
        return str(value) if value in self.ids else "*"

    def show_sequence(self, value):
        return str(value) if value in self.sequence else "*"


class Builder:
    """Makes packets.  Those without id= are numbered from 1000 on."""

    def __init__(self, known):
        self.known = known
        self.next_id = 1000

    def build(self, words):
        """The fragments, or the only packet, that `words` describe."""
        proto, src, dst, *rest = words
        if src.startswith("["):
            # It takes long to load, and few scenarios want it.
            import packets6  # pylint: disable=import-outside-toplevel,cyclic-import

            return packets6.build(self, words)
        options = dict(word.partition("=")[::2] for word in rest)
        (saddr, sport), (daddr, dport) = endpoint(src), endpoint(dst)

        if proto == "tcp":
            number_of, l4 = TCP, self.tcp(sport, dport, options)
        elif proto == "udp":
            number_of, l4 = UDP, self.udp(sport, dport, options)
        elif proto == "sctp":
            number_of, l4 = SCTP, sctp.build(sport, dport, options)
        elif proto == "icmp":
            number_of, l4 = ICMP, self.icmp(options)
        else:
            number_of, l4 = number(proto), payload(options)
        at = {TCP: 16, UDP: 6, ICMP: 2}.get(number_of)
        if at is not None and len(l4) >= at + 2:
            start = 0 if number_of == ICMP else pseudo(saddr, daddr, number_of, len(l4))
            l4 = self.with_sum(l4, at, start, options.get("sum", "good"))
        if "cut" in options:
            l4 = l4[: number(options["cut"])]
        return self.fragments(number_of, saddr, daddr, l4, options)

    def tcp(self, sport, dport, options):
        flags = sum(1 << FLAGS.index(flag) for flag in options.get("flags", ""))
        seq, ack = number(options.get("seq", "0")), number(options.get("ack", "0"))
        self.known.sequence |= {seq, ack, seq + 1, ack + 1}
        extra = bytes.fromhex(options.get("opt", ""))
        offset = number(options.get("doff", str(5 + len(extra) // 4)))
        return (
            struct.pack("!HHIIBBHHH", sport, dport, seq, ack, offset << 4, flags, 8192, 0, 0)
            + extra
            + payload(options)
        )

    def udp(self, sport, dport, options):
        data = payload(options)
        length = number(options.get("ulen", str(8 + len(data))))
        return struct.pack("!HHHH", sport, dport, length, 0) + data

    def icmp(self, options):
        kind, code = number(options.get("type", "8")), number(options.get("code", "0"))
        rest = number(options.get("rest", "0"))
        return struct.pack("!BBHI", kind, code, 0, rest) + self.quote(options) + payload(options)

    def quote(self, options):
        """quote=udp,SOURCE,...: the packet that an error is about; head=BYTES of it, not all."""
        if "quote" not in options:
            return b""
        packet = self.build(options["quote"].split(","))[0]
        return packet[: number(options.get("head", str(len(packet))))]

    @staticmethod
    def with_sum(l4, at, start, how):
        """`how`: good, bad, or the value itself."""
        if how in ("good", "bad"):
            value = checksum(l4, start) or 0xFFFF
            if how == "bad":
                value ^= 0x5555
        else:
            value = number(how)
        return l4[:at] + struct.pack("!H", value) + l4[at + 2 :]

    def fragments(self, proto, saddr, daddr, l4, options):
        identity = number(options.get("id", str(self.next_id)))
        self.next_id += "id" not in options
        self.known.ids.add(identity)

        if "fragments" not in options:
            where = number(options.get("at", "0")) // 8
            where |= MORE_FRAGMENTS if "mf" in options else 0
            return [self.ip(proto, saddr, daddr, l4, identity, where, options)]
        # fragments=SIZE, bytes per fragment; order=1,0 sends the second first.
        size = number(options["fragments"])
        pieces = []
        for start in range(0, len(l4), size):
            last = start + size >= len(l4)
            where = start // 8 | (0 if last else MORE_FRAGMENTS)
            piece = l4[start : start + size]
            pieces.append(self.ip(proto, saddr, daddr, piece, identity, where, options))
        order = options.get("order")
        return [pieces[int(i)] for i in order.split(",")] if order else pieces

    @staticmethod
    def ip(proto, saddr, daddr, l4, identity, where, options):
        where |= DONT_FRAGMENT if "df" in options else 0
        extra = bytes.fromhex(options.get("ipopt", ""))
        ihl = number(options.get("ihl", str(5 + len(extra) // 4)))
        total = number(options.get("iplen", str(20 + len(extra) + len(l4))))
        header = struct.pack(
            "!BBHHHBBH4s4s",
            number(options.get("version", "4")) << 4 | ihl,
            number(options.get("tos", "0")),
            total,
            identity,
            where,
            number(options.get("ttl", "64")),
            proto,
            0,
            saddr,
            daddr,
        )
        value = checksum(header + extra)
        if options.get("ipsum") == "bad":
            value ^= 0x5555
        return header[:10] + struct.pack("!H", value) + header[12:] + extra + l4


def show_sum(l4, at, start, length):
    """Whether a checksum is right, or is still to be completed by a device."""
    if len(l4) < length:
        return "sum cut"
    (value,) = struct.unpack_from("!H", l4, at)
    if ones_sum(l4[:length], start) == 0xFFFF:
        return "sum ok"
    return "sum partial" if value == start else f"sum bad {value:04x}"


def show_data(data):
    if not data:
        return ""
    text = data[:24].hex() + (".." if len(data) > 24 else "")
    return f" data {len(data)} {text} {zlib_sum(data)}"


def zlib_sum(data):
    # Enough to see that long data is the same.
    return f"~{ones_sum(data):04x}"


def show_tcp(l4, start, known):
    sport, dport, seq, ack, offset, flags, window, _, urgent = struct.unpack_from("!HHIIBBHHH", l4)
    letters = "".join(FLAGS[i] for i in range(8) if flags >> i & 1) or "none"
    end = max(20, (offset >> 4) * 4)
    options = l4[20:end]
    ours = known.show_sequence(seq) != "*"
    text = f"{sport} > {dport} {letters} seq {known.show_sequence(seq)} ack {known.show_sequence(ack)}"
    if ours:
        text += f" win {window}"
    if urgent:
        text += f" urg {urgent}"
    if options:
        text += f" opt {options.hex() if ours else '*'}"
    return f"{text} {show_sum(l4, 16, start, len(l4))}{show_data(l4[end:])}"


def show_udp(l4, start, _known):
    sport, dport, length, value = struct.unpack_from("!HHHH", l4)
    shown = "sum none" if value == 0 else show_sum(l4, 6, start, max(8, min(length, len(l4))))
    extra = "" if length == len(l4) else f" ulen {length}"
    return f"{sport} > {dport}{extra} {shown}{show_data(l4[8:])}"


def show_gue(l4, start, known):
    """UDP from a port that is chance, GUE, and the packet in it."""
    _, dport, length, value = struct.unpack_from("!HHHH", l4)
    first, proto, flags = struct.unpack_from("!BBH", l4, 8)
    end = 12 + (first & 0x1F) * 4
    shown = "sum none" if value == 0 else show_sum(l4, 6, start, len(l4))
    extra = "" if length == len(l4) else f" ulen {length}"
    option = f" opt {l4[12:end].hex()}" if end > 12 else ""
    text = f"* > {dport}{extra} {shown} gue {first:#x} proto {proto} flags {flags:#x}{option}"
    return f"{text} [{show(l4[end:], known)}]"


def show_gre(l4, known):
    flags, proto = struct.unpack_from("!HH", l4)
    text, end = f"gre flags {flags:#x} proto {proto:#x}", 4
    if flags & 0x8000:
        text += f" {show_sum(l4, 4, 0, len(l4))}"
        end = 8
    return f"{text} [{show(l4[end:], known)}]"


def show_icmp(l4, known):
    kind, code, _, rest = struct.unpack_from("!BBHI", l4)
    text = f"type {kind} code {code} rest {rest:#x} {show_sum(l4, 2, 0, len(l4))}"
    if kind in (3, 4, 5, 11, 12):
        return f"{text} [{show(l4[8:], known, embedded=True)}]"
    return text + show_data(l4[8:])


def show(packet, known, embedded=False):
    """One line that says all about a packet."""
    if len(packet) < 20:
        return "short " + packet.hex()
    first, tos, total, identity, where, ttl, proto, _, src, dst = struct.unpack_from("!BBHHHBBH4s4s", packet)
    header = packet[: (first & 15) * 4]
    l4 = packet[len(header) : total] if not embedded else packet[len(header) :]
    # What nobody has sent on has the number of a kernel, which may be any, even one of ours.
    made_here = src in DIRECTOR or (ttl == 64 and not embedded)
    text = (
        f"{socket.inet_ntoa(src)} > {socket.inet_ntoa(dst)} {NAMES.get(proto, proto)}"
        f" ttl {ttl} id {'*' if made_here else known.show_id(identity)} len {total}"
    )
    if first >> 4 != 4:
        text += f" version {first >> 4}"
    if tos:
        text += f" tos {tos:#x}"
    if where & DONT_FRAGMENT:
        text += " DF"
    if where & 0x3FFF:
        text += f" frag {(where & 0x1FFF) * 8}{'+' if where & MORE_FRAGMENTS else ''}"
    if len(header) > 20:
        text += f" ipopt {header[20:].hex()}"
    if ones_sum(header) != 0xFFFF:
        text += " ipsum bad"
    start = pseudo(src, dst, proto, len(l4))
    if where & 0x3FFF:
        return f"{text} |{show_data(l4)}"
    if embedded and total > len(packet):
        # The checksum of what was cut off cannot be told.
        return f"{text} | {l4[:8].hex()}{show_data(l4[8:])}"
    if proto == TCP and len(l4) >= 20:
        return f"{text} | {show_tcp(l4, start, known)}"
    if proto == IPIP:
        return f"{text} | [{show(l4, known)}]"
    if proto == GRE and len(l4) >= 4:
        return f"{text} | {show_gre(l4, known)}"
    if proto == UDP and len(l4) >= 12 and struct.unpack_from("!H", l4, 2)[0] == GUE_PORT:
        return f"{text} | {show_gue(l4, start, known)}"
    if proto == UDP and len(l4) >= 8:
        return f"{text} | {show_udp(l4, start, known)}"
    if proto == SCTP and len(l4) >= 12:
        return f"{text} | {sctp.show(l4)}"
    if proto == ICMP and len(l4) >= 8:
        return f"{text} | {show_icmp(l4, known)}"
    return f"{text} |{show_data(l4)}"
