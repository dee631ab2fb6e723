# SPDX-License-Identifier: GPL-2.0
"""Messages of the IPVS family: made of words, however wrong, and turned into words again."""

import re
import socket
import struct

NLMSG_ERROR, NLMSG_DONE = 2, 3
REQUEST, ACK, DUMP = 1, 4, 0x300
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2

COMMANDS = {
    name: value
    for value, name in enumerate(
        "UNSPEC NEW_SERVICE SET_SERVICE DEL_SERVICE GET_SERVICE NEW_DEST SET_DEST DEL_DEST GET_DEST"
        " NEW_DAEMON DEL_DAEMON GET_DAEMON SET_CONFIG GET_CONFIG SET_INFO GET_INFO ZERO FLUSH".split()
    )
}

STATS = [
    (n, "CONNS INPKTS OUTPKTS INBYTES OUTBYTES CPS INPPS OUTPPS INBPS OUTBPS PAD".split()[n - 1], "uint", None)
    for n in range(1, 12)
]
SERVICE = [
    (1, "AF", "u16", None),
    (2, "PROTOCOL", "u16", None),
    (3, "ADDR", "addr", None),
    (4, "PORT", "be16", None),
    (5, "FWMARK", "u32", None),
    (6, "SCHED_NAME", "str", None),
    (7, "FLAGS", "hex", None),
    (8, "TIMEOUT", "u32", None),
    (9, "NETMASK", "addr4", None),
    (10, "STATS", "nest", STATS),
    (11, "PE_NAME", "str", None),
    (12, "STATS64", "nest", STATS),
]
DEST = [
    (1, "ADDR", "addr", None),
    (2, "PORT", "be16", None),
    (3, "FWD_METHOD", "u32", None),
    (4, "WEIGHT", "u32", None),
    (5, "U_THRESH", "u32", None),
    (6, "L_THRESH", "u32", None),
    (7, "ACTIVE_CONNS", "u32", None),
    (8, "INACT_CONNS", "u32", None),
    (9, "PERSIST_CONNS", "u32", None),
    (10, "STATS", "nest", STATS),
    (11, "ADDR_FAMILY", "u16", None),
    (12, "STATS64", "nest", STATS),
    (13, "TUN_TYPE", "u8", None),
    (14, "TUN_PORT", "be16", None),
    (15, "TUN_FLAGS", "u16", None),
]
DAEMON = [
    (1, "STATE", "u32", None),
    (2, "MCAST_IFN", "str", None),
    (3, "SYNC_ID", "u32", None),
    (4, "SYNC_MAXLEN", "u16", None),
    (5, "MCAST_GROUP", "addr4", None),
    (6, "MCAST_GROUP6", "addr", None),
    (7, "MCAST_PORT", "u16", None),
    (8, "MCAST_TTL", "u8", None),
]
COMMAND = [
    (1, "SERVICE", "nest", SERVICE),
    (2, "DEST", "nest", DEST),
    (3, "DAEMON", "nest", DAEMON),
    (4, "TIMEOUT_TCP", "u32", None),
    (5, "TIMEOUT_TCP_FIN", "u32", None),
    (6, "TIMEOUT_UDP", "u32", None),
]
INFO = [(1, "VERSION", "u32", None), (2, "CONN_TAB_SIZE", "u32", None)]
INTEGERS = {"u8": "B", "u16": "H", "u32": "I", "be16": "!H", "u64": "Q"}

# NAME, or NAME:KIND where the value is written otherwise than usual,
# ~LENGTH for a length that lies; then =VALUE or {MORE}.
TOKEN = re.compile(r"\s*(?:(\w+)(?::(\w+))?(?:~(-?\d+))?(?:=([^\s{}]*)|(\{))|(\}))")


def encode_value(kind, value):
    if kind in INTEGERS:
        return struct.pack(INTEGERS[kind], int(value, 0))
    if kind == "addr":
        if ":" in value:
            return socket.inet_pton(socket.AF_INET6, value)
        return socket.inet_aton(value) + bytes(12)
    if kind == "addr4":
        return socket.inet_aton(value)
    if kind == "str":
        return value.encode() + b"\0"
    if kind in ("hex", "nest", "uint"):
        return bytes.fromhex(value)
    raise ValueError(kind)


def attribute(number, data, length=None):
    length = 4 + len(data) if length is None else length
    return struct.pack("=HH", length, number) + data + bytes(-len(data) % 4)


def encode(text, names=None, position=0, inside=False):
    """The attributes that `text` lists: (bytes, where the text ended)."""
    names = COMMAND if names is None else names
    out = b""
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if not match:
            raise ValueError(text[position:])
        position = match.end()
        name, kind, length, value, opening, closing = match.groups()
        if closing:
            return out, position
        if name == "RAW":
            out += bytes.fromhex(value)
            continue
        entry = next((e for e in names if e[1] == name), None)
        number, usual, inner = (entry[0], entry[2], entry[3]) if entry else (int(name, 0), "hex", None)
        if opening:
            data, position = encode(text, inner or [], position, True)
        else:
            data = encode_value(kind or usual, value)
        out += attribute(number, data, None if length is None else int(length))
    if inside:
        raise ValueError("unclosed {")
    return out, position


def decode_value(kind, inner, data):
    if kind == "nest":
        return "{" + decode(data, inner) + "}"
    if kind == "uint" and len(data) in (4, 8):
        return f"={int.from_bytes(data, 'little')}/{len(data) * 8}"
    if kind in INTEGERS and len(data) == struct.calcsize(INTEGERS[kind]):
        return f"={struct.unpack(INTEGERS[kind], data)[0]}"
    if kind == "str" and data.endswith(b"\0"):
        return "=" + data[:-1].decode()
    if kind == "addr" and len(data) == 16 and not any(data[4:]):
        return "=" + socket.inet_ntoa(data[:4])
    if kind == "addr" and len(data) == 16:
        return "=" + socket.inet_ntop(socket.AF_INET6, data)
    if kind == "addr4" and len(data) == 4:
        return "=" + socket.inet_ntoa(data)
    return "=hex:" + data.hex()


def decode(data, names):
    """All attributes in their order."""
    parts = []
    while len(data) >= 4:
        length, number = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            break
        entry = next((e for e in names if e[0] == number & 0x3FFF), (0, str(number & 0x3FFF), "hex", None))
        marks = "N" * (number >> 15) + "B" * (number >> 14 & 1)
        value = decode_value(entry[2], entry[3], data[4:length])
        # When a rate is computed is each module's own affair.
        if entry[1].endswith("PS"):
            value = re.sub("=[0-9]+", "=*", value)
        parts.append(entry[1] + ("!" + marks if marks else "") + value)
        data = data[(length + 3) & ~3 :]
    return " ".join(parts) + (" rest:" + data.hex() if data else "")


class Genl:
    """A socket, opened in the namespace of its creator."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.settimeout(5)
        self.seq = 0
        self.family = None

    def resolve(self):
        request = attribute(CTRL_ATTR_FAMILY_NAME, b"IPVS\0")
        for kind, body in self.transact(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, REQUEST | ACK, request):
            data = body[4:] if kind == GENL_ID_CTRL else b""
            while len(data) >= 4:
                length, number = struct.unpack_from("=HH", data)
                if number == CTRL_ATTR_FAMILY_ID:
                    self.family = struct.unpack_from("=H", data, 4)[0]
                data = data[(length + 3) & ~3 :]

    def transact(self, kind, command, flags, attributes, version=1):
        """Sends a request; the answers as (type, body) until the last."""
        self.seq += 1
        body = struct.pack("=BBH", command, version, 0) + attributes
        self.sock.send(struct.pack("=IHHII", 16 + len(body), kind, flags, self.seq, 0) + body)
        answers = []
        while True:
            data = self.sock.recv(1 << 20)
            while len(data) >= 16:
                length, kind, flags, _, _ = struct.unpack_from("=IHHII", data)
                answers.append((kind, data[16:length]))
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    return answers
                data = data[(length + 3) & ~3 :]

    def request(self, words):
        """genl COMMAND [dump] [version=N] ATTRIBUTES: the answers as lines."""
        command, *rest = words
        flags, version = REQUEST | ACK, 1
        while rest and (rest[0] == "dump" or rest[0].startswith("version=")):
            word = rest.pop(0)
            if word == "dump":
                flags = REQUEST | DUMP
            else:
                version = int(word.partition("=")[2])
        if self.family is None:
            self.resolve()
            if self.family is None:
                return ["no such family"]
        number = COMMANDS.get(command)
        number = int(command, 0) if number is None else number
        attributes = encode(" ".join(rest))[0]
        lines, end = [], ""
        for kind, body in self.transact(self.family, number, flags, attributes, version):
            if kind == NLMSG_ERROR:
                code = -struct.unpack_from("=i", body)[0]
                end = "ack" if code == 0 else f"error {code}"
            elif kind == NLMSG_DONE:
                code = -struct.unpack_from("=i", body)[0]
                end = "done" if code == 0 else f"done error {code}"
            else:
                reply, version = body[0], body[1]
                names = INFO if reply == COMMANDS["SET_INFO"] else COMMAND
                line = f"cmd {reply} version {version}: {decode(body[4:], names)}"
                # As in lib.sh.
                lines.append(re.sub("CONN_TAB_SIZE=[1-9][0-9]*", "CONN_TAB_SIZE=N", line))
        # C walks its hash table, the order of which is random.
        if command == "GET_SERVICE":
            lines.sort()
        return lines + [end]
