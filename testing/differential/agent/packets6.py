# SPDX-License-Identifier: GPL-2.0
"""IPv6 packets: made of words, and turned into words again."""

import socket
import struct

import packets
import sctp

ICMPV6, IPV6 = 58, 41
FRAGMENT = 44
# Extension headers by the words that scenarios use.
EXTENSIONS = {"hbh": 0, "rt": 43, "frag": FRAGMENT, "ah": 51, "dst": 60}
NAMES = {**packets.NAMES, ICMPV6: "icmp6", packets.ICMP: packets.ICMP}
# Nothing that a scenario is about: neighbours, routers and group membership.
CHATTER = {*range(130, 138), 143}


def is_chatter(packet):
    proto, rest = packet[6], packet[40:]
    if proto == 0 and len(rest) > 8:
        proto, rest = rest[0], rest[(rest[1] + 1) * 8 :]
    return proto == ICMPV6 and rest[0] in CHATTER


def pseudo(src, dst, proto, length):
    return packets.ones_sum(src + dst + struct.pack("!II", length, proto))


def endpoint(word):
    """[fd00::1]:80, or [fd00::1] alone."""
    address, _, port = word[1:].partition("]")
    return socket.inet_pton(socket.AF_INET6, address), int(port[1:] or 0)


def extension(word, following):
    """One header: its name, or its name and the bytes after its first two, in hexadecimal."""
    name, _, digits = word.partition("/")
    rest = bytes.fromhex(digits)
    kind = EXTENSIONS[name]
    if kind == FRAGMENT:
        return kind, struct.pack("!BB", following, 0) + rest.ljust(6, b"\0")
    unit = 4 if kind == 51 else 8
    if not rest:
        # PadN, a routing header without segments left, or an AH without a sum.
        rest = {0: b"\x01\x04", 60: b"\x01\x04"}.get(kind, b"").ljust(10 if kind == 51 else 6, b"\0")
    length = (2 + len(rest)) // unit - (2 if kind == 51 else 1)
    return kind, struct.pack("!BB", following, length) + rest


def build(builder, words):
    """The fragments, or the only packet, that `words` describe."""
    proto, src, dst, *rest = words
    options = dict(word.partition("=")[::2] for word in rest)
    (saddr, sport), (daddr, dport) = endpoint(src), endpoint(dst)
    if proto == "tcp":
        number_of, l4 = packets.TCP, builder.tcp(sport, dport, options)
    elif proto == "udp":
        number_of, l4 = packets.UDP, builder.udp(sport, dport, options)
    elif proto == "sctp":
        number_of, l4 = packets.SCTP, sctp.build(sport, dport, options)
    elif proto == "icmp6":
        number_of, l4 = ICMPV6, builder.icmp({"type": "128", **options})
    else:
        number_of, l4 = packets.number(proto), packets.payload(options)
    at = {packets.TCP: 16, packets.UDP: 6, ICMPV6: 2}.get(number_of)
    if at is not None and len(l4) >= at + 2:
        l4 = builder.with_sum(l4, at, pseudo(saddr, daddr, number_of, len(l4)), options.get("sum", "good"))
    if "cut" in options:
        l4 = l4[: packets.number(options["cut"])]
    payload, following = l4, number_of
    for word in reversed(options["ext"].split(",") if "ext" in options else []):
        following, header = extension(word, following)
        payload = header + payload
    if "fragments" not in options:
        return [ip(following, saddr, daddr, payload, options)]
    # fragments=SIZE, bytes per fragment; order=1,0 sends the second first.
    size, pieces = packets.number(options["fragments"]), []
    identity = packets.number(options.get("id", str(builder.next_id)))
    builder.next_id += 1
    for start in range(0, len(payload), size):
        where = start | (0 if start + size >= len(payload) else 1)
        header = struct.pack("!BBHI", following, 0, where, identity)
        pieces.append(ip(FRAGMENT, saddr, daddr, header + payload[start : start + size], options))
    order = options.get("order")
    return [pieces[int(i)] for i in order.split(",")] if order else pieces


def ip(following, saddr, daddr, payload, options):
    first = packets.number(options.get("version", "6")) << 28
    first |= packets.number(options.get("tc", "0")) << 20 | packets.number(options.get("label", "0"))
    length = packets.number(options.get("plen", str(len(payload))))
    hops = packets.number(options.get("hops", "64"))
    return struct.pack("!IHBB16s16s", first, length, following, hops, saddr, daddr) + payload


def show_icmp6(l4, start, known):
    kind, code, _, rest = struct.unpack_from("!BBHI", l4)
    text = f"type {kind} code {code} rest {rest:#x} {packets.show_sum(l4, 2, start, len(l4))}"
    if kind < 128:
        return f"{text} [{show(l4[8:], known, embedded=True)}]"
    return text + packets.show_data(l4[8:])


def show(packet, known, embedded=False):
    """One line that says all about a packet."""
    if len(packet) < 40:
        return "short " + packet.hex()
    first, length, proto, hops, src, dst = struct.unpack_from("!IHBB16s16s", packet)
    rest = packet[40:] if embedded else packet[40 : 40 + length]
    extensions, fragment = "", None
    while proto in EXTENSIONS.values() and len(rest) >= 8 and fragment in (None, 0, 1):
        size = (rest[1] + 2) * 4 if proto == 51 else 8 if proto == FRAGMENT else (rest[1] + 1) * 8
        if proto == FRAGMENT:
            (fragment,) = struct.unpack_from("!H", rest, 2)
            extensions += f" frag {fragment & ~7}{'+' if fragment & 1 else ''}"
        else:
            extensions += f" ext {proto} {rest[2:size].hex()}"
        proto, rest = rest[0], rest[size:]
    source, target = (socket.inet_ntop(socket.AF_INET6, address) for address in (src, dst))
    text = f"{source} > {target} {NAMES.get(proto, proto)} hops {hops} len {length}{extensions}"
    if first >> 20 & 0xFF:
        text += f" tc {first >> 20 & 0xFF:#x}"
    if first >> 28 != 6:
        text += f" version {first >> 28}"
    if fragment:
        return f"{text} |{packets.show_data(rest)}"
    if embedded and 40 + length > len(packet):
        return f"{text} | {rest[:8].hex()}{packets.show_data(rest[8:])}"
    start = pseudo(src, dst, proto, len(rest))
    if proto == IPV6:
        return f"{text} | [{show(rest, known)}]"
    if proto == packets.TCP and len(rest) >= 20:
        return f"{text} | {packets.show_tcp(rest, start, known)}"
    if proto == packets.UDP and len(rest) >= 8:
        return f"{text} | {packets.show_udp(rest, start, known)}"
    if proto == packets.SCTP and len(rest) >= 12:
        return f"{text} | {sctp.show(rest)}"
    if proto == ICMPV6 and len(rest) >= 8:
        return f"{text} | {show_icmp6(rest, start, known)}"
    return f"{text} |{packets.show_data(rest)}"
