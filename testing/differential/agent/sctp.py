# SPDX-License-Identifier: GPL-2.0
"""SCTP: packets made of words, and turned into words again."""

import struct

CHUNKS = (
    "data init init-ack sack heartbeat heartbeat-ack abort shutdown shutdown-ack error "
    "cookie-echo cookie-ack ecne cwr shutdown-complete"
).split()


def table():
    """For each byte what it does to the checksum: CRC32c, the lowest bit first."""
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


TABLE = list(table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def chunk(word):
    """NAME or number, then :LENGTH with the header, then :LENGTH that the header claims."""
    name, *lengths = word.split(":")
    number = CHUNKS.index(name) if name in CHUNKS else int(name, 0)
    length = int(lengths[0]) if lengths else 4
    claimed = int(lengths[1]) if len(lengths) > 1 else length
    body = bytes(i & 0xFF for i in range(length - 4))
    return struct.pack("!BBH", number, 0, claimed) + body + bytes(-length % 4)


def build(sport, dport, options):
    """chunks=NAME[:LENGTH[:LENGTH]],... and sum=good, bad or a number."""
    header = struct.pack("!HHI", sport, dport, int(options.get("tag", "7"), 0))
    words = options.get("chunks", "")
    body = b"".join(chunk(word) for word in words.split(",")) if words else b""
    how = options.get("sum", "good")
    if how in ("good", "bad"):
        value = crc32c(header + bytes(4) + body) ^ (0x5555 if how == "bad" else 0)
    else:
        value = int(how, 0)
    return header + struct.pack("<I", value) + body


def show(l4):
    sport, dport, tag, value = struct.unpack_from("!HHII", l4)
    right = crc32c(l4[:8] + bytes(4) + l4[12:])
    (value,) = struct.unpack_from("<I", l4, 8)
    said = "sum ok" if value == right else f"sum bad {value:08x}"
    text = f"{sport} > {dport} tag {tag} {said}"
    rest = l4[12:]
    while len(rest) >= 4:
        number, _, length = struct.unpack_from("!BBH", rest)
        name = CHUNKS[number] if number < len(CHUNKS) else number
        text += f" {name}:{length}"
        rest = rest[max(4, length + -length % 4) :]
    return text + (f" and {rest.hex()}" if rest else "")
