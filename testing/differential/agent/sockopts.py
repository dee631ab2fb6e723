# SPDX-License-Identifier: GPL-2.0
"""Options of the old control interface: structures made of words, however wrong, and turned into words again."""

import ctypes
import os
import re
import socket
import struct

SET = {
    name: 1152 + number
    for number, name in enumerate(
        "NONE INSERT ADD EDIT DEL FLUSH LIST ADDDEST DELDEST EDITDEST TIMEOUT STARTDAEMON STOPDAEMON"
        " RESTORE SAVE ZERO".split()
    )
}
GET = {
    name: 1152 + number
    for number, name in enumerate("VERSION INFO SERVICES SERVICE DESTS DEST TIMEOUT DAEMON".split())
}
SERVICE, DEST, DAEMON = struct.Struct("=H2x4s2s2xI16sII4s"), struct.Struct("=4s2s2xIiII"), struct.Struct("=i16si")
STATS = struct.Struct("=3I4x2Q5I4x")
ENTRY, ENTRY_DEST = 104, 96
LIBC = ctypes.CDLL(None, use_errno=True)


def port(value):
    return struct.pack("!H", int(value, 0))


def padded(text):
    """A name, which may be too long for its NUL; \\0 ends one early."""
    return text.replace("\\0", "\0").encode().ljust(16, b"\0")[:16]


def service(words):
    return SERVICE.pack(
        int(words.get("proto", "6"), 0),
        socket.inet_aton(words.get("addr", "0.0.0.0")),
        port(words.get("port", "0")),
        int(words.get("mark", "0"), 0),
        padded(words.get("sched", "rr")),
        int(words.get("flags", "0"), 0),
        int(words.get("timeout", "0"), 0),
        socket.inet_aton(words.get("mask", "255.255.255.255")),
    )


def dest(words):
    address, _, number = words["to"].partition(":")
    return DEST.pack(
        socket.inet_aton(address),
        port(number),
        int(words.get("conn", "0"), 0),
        int(words.get("weight", "1"), 0),
        int(words.get("upper", "0"), 0),
        int(words.get("lower", "0"), 0),
    )


def question(option, words):
    """The bytes that an option wants, of words like proto=6."""
    if "raw" in words:
        data = bytes.fromhex(words["raw"])
    elif option in (SET["TIMEOUT"],) and "tcp" in words:
        data = struct.pack("=3i", *(int(words[name], 0) for name in ("tcp", "fin", "udp")))
    elif "state" in words:
        data = DAEMON.pack(int(words["state"], 0), padded(words.get("ifn", "")), int(words.get("id", "0"), 0))
    elif "to" in words:
        data = service(words) + dest(words)
    elif "proto" in words or "mark" in words:
        data = service(words)
    else:
        data = b""
    if "room" in words:
        count, size = (int(number, 0) for number in words["room"].split("x"))
        data = {8: struct.pack("=I4x", count), 24: data[:16] + struct.pack("=I4x", count)}.get(size, data)
    return data


def show_stats(data):
    # When a rate is computed is each module's own affair.
    return "stats=" + "/".join(str(number) for number in STATS.unpack(data)[:5])


def show_service(data):
    proto, address, number, mark, sched, flags, timeout, mask = SERVICE.unpack(data[:44])
    return (
        f"proto={proto} {socket.inet_ntoa(address)}:{int.from_bytes(number)} mark={mark}"
        f" sched={sched.rstrip(bytes(1)).decode()} flags={flags:#x} timeout={timeout}"
        f" mask={socket.inet_ntoa(mask)} dests={struct.unpack_from('=I', data, 44)[0]}"
        f" {show_stats(data[48:104])} gaps={data[2:4].hex()},{data[10:12].hex()},{data[60:64].hex()}"
    )


def show_dest(data):
    address, number, flags, weight, upper, lower, active, inactive, persistent = struct.unpack_from(
        "=4s2s2xIiIIIII", data
    )
    return (
        f"{socket.inet_ntoa(address)}:{int.from_bytes(number)} flags={flags:#x} weight={weight}"
        f" thresholds={upper}/{lower} conns={active}/{inactive}/{persistent} {show_stats(data[40:96])}"
    )


def table(data, size, show):
    """Services come in an order of their own."""
    lines = []
    while len(data) >= size:
        entry, data = data[:size], data[size:]
        lines.append(show(entry) if any(entry) else "nothing")
    return lines


def answer(option, data):
    if option == GET["VERSION"]:
        return [re.sub("size=[1-9][0-9]*", "size=N", repr(data))]
    if option == GET["INFO"] and len(data) >= 12:
        version, size, services = struct.unpack_from("=3I", data)
        return [f"version={version:#x} size={'N' if size else 0} services={services} rest={data[12:].hex()}"]
    if option == GET["SERVICES"]:
        return [data[:8].hex()] + sorted(table(data[8:], ENTRY, show_service))
    if option == GET["SERVICE"] and len(data) >= ENTRY:
        return [show_service(data), f"rest={data[ENTRY:].hex()}"]
    if option == GET["DESTS"]:
        return [data[:24].hex()] + table(data[24:], ENTRY_DEST, show_dest)
    return [data.hex()]


def parse(words):
    return dict(word.split("=", 1) if "=" in word else (word, "") for word in words)


def request(sock, words):
    """set|get OPTION [WORD=VALUE]...: what came of it.

    length=N lies about the length, and pads what is there to it; bad is a pointer to nothing.
    """
    way, name, *rest = words
    rest = parse(rest)
    option = (SET if way == "set" else GET).get(name)
    option = int(name, 0) if option is None else option
    data = question(option, rest)
    length = int(rest.get("length", str(len(data))), 0)
    room = ctypes.create_string_buffer(data.ljust(max(length, 0), b"\0"), max(length, len(data), 1))
    pointer = ctypes.c_void_p(8) if "bad" in rest else room
    if way == "set":
        result = LIBC.setsockopt(sock.fileno(), 0, option, pointer, length)
        return ["done" if result == 0 else f"error {ctypes.get_errno()}"]
    value = ctypes.c_int(length)
    if LIBC.getsockopt(sock.fileno(), 0, option, pointer, ctypes.byref(value)):
        return [f"error {ctypes.get_errno()}"]
    return [f"length {value.value if option != GET['VERSION'] else '*'}"] + answer(option, room.raw[: value.value])


def as_guest(words, flags):
    """As `request`, by root of a user namespace of its own, which may have a network of its own."""
    there, here = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            user, group = os.getuid(), os.getgid()
            os.unshare(flags)
            if flags:
                for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
                    with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                        file.write(text)
            else:
                os.setresuid(65534, 65534, 65534)
            lines = []
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                for one in " ".join(words).split(";"):
                    lines += request(sock, one.split())
        except Exception as error:  # pylint: disable=broad-except
            lines = [f"SCENARIO ERROR {type(error).__name__}: {error}"]
        os.write(here, "\n".join(lines).encode())
        os._exit(0)
    os.close(here)
    with open(there, encoding="ascii") as file:
        lines = file.read().split("\n")
    os.waitpid(child, 0)
    return lines
