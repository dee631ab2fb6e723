#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""no-memory.py - transactions of which one allocation fails: the first, the second, and so on.

Prints DESCRIPTION|EXPECTED|FOUND for each thing that is to be so.
"""

import errno
import os
import socket
import struct

from listing import ACK, DEST, DONE, ERROR, GET_SERVICE, LISTING, REQUEST, SERVICE, Netlink, attr, attrs, tell

APPLY, NEST, FLUSH = 69, 0x1005, 17
COMMAND, GENERATION = 3, 0x1009
NEW_SERVICE, SET_SERVICE, DEL_SERVICE, NEW_DEST, SET_DEST, DEL_DEST = 1, 2, 3, 5, 6, 7
AF_INET, TCP = 2, 6
LISTED = 3  # with destinations, without statistics
MANY = 40


def u16(kind, value):
    return attr(kind, struct.pack("H", value))


def u32(kind, value):
    return attr(kind, struct.pack("I", value))


def service(port, scheduler=None):
    key = u16(1, AF_INET) + u16(2, TCP) + attr(3, socket.inet_aton("192.0.2.1") + bytes(12))
    key += attr(4, struct.pack("!H", port))
    if scheduler:
        flags = struct.pack("II", 0, 0xFFFFFFFF)
        key += attr(6, scheduler.encode() + b"\0") + attr(7, flags) + u32(8, 0) + u32(9, 0xFFFFFFFF)
    return attr(SERVICE, key)


def network(attempt):
    """Of the servers of an attempt: none is known from another one."""
    return bytes((10, 100 + attempt // 256, attempt % 256))


def dest(last, weight, attempt):
    """Port 80, by address translation."""
    data = attr(1, network(attempt) + bytes((last,)) + bytes(12)) + attr(2, struct.pack("!H", 80)) + u16(11, AF_INET)
    return attr(DEST, data + u32(3, 0) + u32(4, weight) + u32(5, 0) + u32(6, 0))


def change(command, *of):
    return attr(NEST, u32(COMMAND, command) + b"".join(of))


def first(attempt):
    """What there is before."""
    return [
        change(NEW_SERVICE, service(80, "rr")),
        *(change(NEW_DEST, service(80), dest(last, 1, attempt)) for last in (10, 11, 12)),
        change(NEW_SERVICE, service(81, "wlc")),
        change(NEW_DEST, service(81), dest(20, 1, attempt)),
    ]


def second(attempt):
    """What becomes of it: something of everything."""
    return [
        change(SET_SERVICE, service(80, "mh")),
        change(SET_DEST, service(80), dest(10, 5, attempt)),
        change(DEL_DEST, service(80), dest(11, 0, attempt)),
        change(NEW_DEST, service(80), dest(13, 1, attempt)),
        change(DEL_SERVICE, service(81)),
        change(NEW_SERVICE, service(82, "wlc")),
        *(change(NEW_DEST, service(82), dest(100 + i, 1, attempt)) for i in range(MANY)),
    ]


class Sender(Netlink):
    def __init__(self):
        super().__init__()
        self.fail_nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def fail(self, number):
        os.pwrite(self.fail_nth, b"%d" % number, 0)

    def has_failed(self):
        """Whether the allocation that was to fail has been tried."""
        return int(os.pread(self.fail_nth, 16, 0)) == 0

    def apply(self, changes, failing=0):
        """The error, or 0, and whether an allocation has failed."""
        data = b"".join(changes)
        try:
            self.fail(failing)
            try:
                self.send(APPLY, data, REQUEST | ACK)
            finally:
                failed = self.has_failed()
                self.fail(0)
            return self.answer(), failed
        except OSError as error:
            self.forget()
            return error.errno, failed

    def forget(self):
        """Takes what has come of an answer of which something was lost."""
        try:
            while True:
                self.socket.recv(1 << 17, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass

    def answer(self):
        while True:
            data = self.socket.recv(1 << 17)
            while len(data) >= 16:
                length, kind = struct.unpack_from("IH", data)
                if kind == ERROR:
                    return -struct.unpack_from("i", data, 16)[0]
                data = data[(length + 3) & ~3 :]

    def table(self, attempt):
        """As it would be in attempt 0."""
        found = self.dump(GET_SERVICE, u32(LISTING, LISTED))
        return sorted(m[3].replace(network(attempt), network(0)) for m in found if m[0] != DONE)

    def generation(self):
        self.send(APPLY, b"", REQUEST)
        [(_, _, _, data)] = next(self.pieces())
        return attrs(data)[GENERATION]

    def start(self, attempt):
        """Makes the first table, and nothing else."""
        self.send(FLUSH, b"", REQUEST | ACK)
        return self.answer() or self.apply(first(attempt))[0]


def main():
    netlink = Sender()
    tell("the first table", 0, netlink.start(0))
    before = netlink.table(0)
    tell("the second one", 0, netlink.apply(second(0))[0])
    after = netlink.table(0)
    errors, half, refused, done = {}, [], [], []
    number, failed = 0, True
    while failed:
        number += 1
        netlink.start(number)
        generation = netlink.generation()
        error, failed = netlink.apply(second(number), number)
        found = netlink.table(number)
        errors[error] = errors.get(error, 0) + 1
        if found not in (before, after):
            half.append(number)
        # Without memory for the answer it has been done nevertheless.
        if error not in (0, errno.ENOBUFS) and (found, netlink.generation()) != (before, generation):
            refused.append(number)
        if error == 0 and found != after:
            done.append(number)
    print({errno.errorcode.get(error, error): count for error, count in errors.items()})
    tell("without a failure it is done", 0, error)
    tell("none leaves half of it", [], half)
    tell("what is refused has changed nothing", [], refused)
    tell("what is not is done", [], done)
    tell("new servers were refused for want of memory", True, errors.get(errno.ENOMEM, 0) >= MANY)
    tell("there are no other errors", True, set(errors) <= {0, errno.ENOMEM, errno.ENOBUFS})


main()
