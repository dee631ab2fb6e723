# SPDX-License-Identifier: GPL-2.0
"""Does for a scenario what the shell cannot: packets, raw netlink, sockets.

Reads one command per line, answers with lines and a lone dot.  One process
for a whole scenario, because starting Python takes long under emulation.
"""

import os
import select
import shlex
import socket
import struct
import sys
import time

import genl
import packets

# How long the wire has to be silent before a step is over, in seconds.
QUIET = 0.02
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
PACKET_OUTGOING = 4
SO_MARK, SO_RCVBUFFORCE = 36, 33
IP_NODEFRAG, IP_MTU_DISCOVER, IP_MTU, IP_PMTUDISC_DO = 22, 10, 14, 2
IPV6_MTU_DISCOVER, IPV6_MTU = 23, 24

# Where scenarios send and see packets: the far ends of the director's links.
LINKS = ("c", "s1", "s2")


def inside(namespace, action):
    """The result of `action`, done in a network namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        os.setns(there, os.CLONE_NEWNET)
        return action()
    finally:
        os.setns(home, os.CLONE_NEWNET)
        os.close(home)
        os.close(there)


def mac(name, peer=False):
    """As lib.sh has given them: the director's end of a link has the peer's."""
    return bytes([2, 0, 0, 0, int(peer), 1 + LINKS.index(name)])


def place(word):
    """The address and the port of 10.0.0.2:80 or [fd00::2]:80."""
    address, _, port = word.rpartition(":")
    return address.strip("[]"), int(port)


NO_STATE = "none/0"


def state(client):
    """STATE/SECONDS of the connection of a client."""
    address, port = place(client)
    if ":" in address:
        octets = socket.inet_pton(socket.AF_INET6, address).hex()
        shown = ":".join(octets[at : at + 4] for at in range(0, 32, 4))
    else:
        shown = f"{int.from_bytes(socket.inet_aton(address)):08X}"
    start = f" {shown} {port:04X} "
    with open("/proc/net/ip_vs_conn", encoding="ascii") as file:
        for line in file:
            if start in line:
                fields = line.split()
                return f"{fields[7]}/{fields[8]}"
    return NO_STATE


class Link:
    """The end of a veth pair that is in the namespace of the same name."""

    def __init__(self, name):
        self.name = name
        self.sock = inside(name, self.open)

    def send(self, packet, to=""):
        """`to`: nothing is the director, else broadcast, or other for one that is not there."""
        kind = ETH_P_IPV6 if packet[0] >> 4 == 6 else ETH_P_IP
        target = {"": mac(self.name, peer=True), "broadcast": b"\xff" * 6, "other": bytes([2, 0, 0, 0, 9, 9])}[to]
        self.sock.send(target + mac(self.name) + struct.pack("!H", kind) + packet)

    def open(self):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sock.bind(("veth0", ETH_P_ALL))
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        sock.setblocking(False)
        return sock


class Capture:
    """What is seen on all links, also kept in a file for tcpdump -r."""

    def __init__(self, links, known):
        self.links = links
        self.known = known
        self.file = open("/run/scenario/capture.pcap", "wb")
        self.file.write(struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def store(self, frame):
        now = time.time()
        self.file.write(struct.pack("=IIII", int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame)
        self.file.flush()

    def show(self, frame):
        """What is in a frame, if it is something that scenarios are about."""
        (kind,) = struct.unpack_from("!H", frame, 12)
        if kind == ETH_P_IP:
            return packets.show(frame[14:], self.known)
        if kind == ETH_P_IPV6:
            # As in packets.py.
            import packets6  # pylint: disable=import-outside-toplevel

            if not packets6.is_chatter(frame[14:]):
                return packets6.show(frame[14:], self.known)
        return None

    def drain(self, wait=QUIET):
        """Lines for the packets until silence, each link's in their order."""
        lines = {name: [] for name in self.links}
        sockets = {link.sock: link for link in self.links.values()}
        while True:
            ready = select.select(list(sockets), [], [], wait)[0]
            if not ready:
                break
            for sock in ready:
                frame, address = sock.recvfrom(65600)
                self.store(frame)
                shown = self.show(frame)
                if shown is None:
                    continue
                arrow = "sent" if address[2] == PACKET_OUTGOING else "got "
                name = sockets[sock].name
                lines[name].append(f"{name} {arrow} {shown}")
        return [line for name in self.links for line in lines[name]]


class Agent:
    def __init__(self):
        self.known = packets.Known()
        self.builder = packets.Builder(self.known)
        self.links = {name: Link(name) for name in LINKS if os.path.exists(f"/run/netns/{name}")}
        self.capture = Capture(self.links, self.known)
        self.sockets = {}
        self.genl = {}

    def send(self, words):
        """send LINK PROTOCOL SOURCE DESTINATION [WORD=VALUE]..., ether=broadcast|other for who gets the frame"""
        link = self.links[words[0]]
        to = "".join(word.partition("=")[2] for word in words if word.startswith("ether="))
        for packet in self.builder.build(words[1:]):
            link.send(packet, to)
        return self.capture.drain()

    def post(self, words):
        """post LINK ...: as send, but what came of it is not waited for."""
        link = self.links[words[0]]
        for packet in self.builder.build(words[1:]):
            link.send(packet)
        self.capture.drain(wait=0)
        return []

    def walk(self, words):
        """walk CLIENT SERVICE LINK SERVER EVENT...: states of a connection.

        An event is c or s, for the side that sends, with the flags of its packet.
        """
        return self.walk_by("tcp", "flags", words)

    def walk_sctp(self, words):
        """walk-sctp CLIENT SERVICE LINK SERVER EVENT...: the same; an event is c: or s: with chunks."""
        return self.walk_by("sctp", "chunks", words)

    def walk_by(self, proto, word, words):
        client, service, link, server, *events = words
        said = []
        for event in events:
            what = f"{word}={event[1:].lstrip(':')}"
            if event[0] == "c":
                self.post(["c", proto, client, service, what])
            else:
                self.post([link, proto, server, client, what])
            said.append(self.settled_state(client))
        return [" ".join(said)]

    @staticmethod
    def settled_state(client):
        """The state of a client's connection; a busy machine may make it a little later."""
        for _ in range(5):
            now = state(client)
            if now != NO_STATE:
                break
            time.sleep(QUIET)
        return now

    def burst(self, words):
        """burst LINK COUNT ...: as send, with source ports counting up; nothing shown but how much was got."""
        link, count, proto, source, *rest = words
        address, _, port = source.partition(":")
        for i in range(int(count)):
            for packet in self.builder.build([proto, f"{address}:{int(port) + i}", *rest]):
                self.links[link].send(packet)
        tally = {}
        for line in self.capture.drain():
            words = line.split()
            if words[1] == "got":
                key = f"{words[0]} got from {words[2]}"
                tally[key] = tally.get(key, 0) + 1
        return [f"{key}: {tally[key]}" for key in sorted(tally)]

    def watch(self, _words):
        """watch: packets since the last command."""
        return self.capture.drain()

    def request(self, words):
        """genl NAMESPACE COMMAND ...: see genl.py."""
        namespace = words[0]
        if namespace not in self.genl:
            self.genl[namespace] = inside(namespace, genl.Genl)
        return self.genl[namespace].request(words[1:])

    def sockopt(self, words):
        """sockopt set|get OPTION ...: see sockopts.py."""
        # It takes long to load, and few scenarios want it.
        import sockopts  # pylint: disable=import-outside-toplevel

        if "sockopt" not in self.sockets:
            self.sockets["sockopt"] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return sockopts.request(self.sockets["sockopt"], words)

    def sockopt_as(self, words):
        """sockopt-as nobody|guest|guest-with-network set|get OPTION ... [; ...]: the same by others."""
        import sockopts  # pylint: disable=import-outside-toplevel

        flags = {
            "nobody": 0,
            "guest": os.CLONE_NEWUSER,
            "guest-with-network": os.CLONE_NEWUSER | os.CLONE_NEWNET,
        }
        return sockopts.as_guest(words[1:], flags[words[0]])

    def open(self, words):
        """open NAME NAMESPACE tcp|tcp-listen|udp|raw SOURCE [mark=N] [nodefrag] [df]: a socket.

        nodefrag is for a raw one, whose packets are to be left as they are; df for one that is to
        discover the MTU.
        """
        name, namespace, proto, source, *rest = words
        kinds = {"udp": socket.SOCK_DGRAM, "raw": socket.SOCK_RAW}
        kind = kinds.get(proto, socket.SOCK_STREAM)
        number = socket.IPPROTO_RAW if proto == "raw" else 0
        family = socket.AF_INET6 if source.startswith("[") else socket.AF_INET
        sock = inside(namespace, lambda: socket.socket(family, kind, number))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for word in rest:
            if word.startswith("mark="):
                sock.setsockopt(socket.SOL_SOCKET, SO_MARK, int(word[5:], 0))
            elif word == "nodefrag":
                sock.setsockopt(socket.IPPROTO_IP, IP_NODEFRAG, 1)
            elif word == "df" and family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
            elif word == "df":
                sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO)
        sock.bind(place(source))
        sock.settimeout(3)
        if proto == "tcp-listen":
            sock.listen(8)
        self.sockets[name] = sock
        return []

    def socket_do(self, action):
        """What the action says, or the name of its error, and the packets it caused."""
        try:
            said = action()
        except OSError as error:
            said = [f"error {error.errno or type(error).__name__}"]
        return said + self.capture.drain()

    def connect(self, words):
        """connect NAME DESTINATION"""

        def action():
            self.sockets[words[0]].connect(place(words[1]))
            return ["connected"]

        return self.socket_do(action)

    def accept(self, words):
        """accept LISTENER NAME"""

        def action():
            sock, peer = self.sockets[words[0]].accept()
            sock.settimeout(3)
            self.sockets[words[1]] = sock
            return [f"accepted from {peer[0]}:{peer[1]}"]

        return self.socket_do(action)

    def write(self, words):
        """write NAME TEXT|len=BYTES [DESTINATION]"""
        sock, data = self.sockets[words[0]], words[1].encode()
        if words[1].startswith("len="):
            data = packets.payload({"len": words[1][4:]})

        def action():
            if len(words) == 3:
                return [f"wrote {sock.sendto(data, place(words[2]))}"]
            return [f"wrote {sock.send(data)}"]

        return self.socket_do(action)

    def inject(self, words):
        """inject NAME PROTOCOL SOURCE DESTINATION [WORD=VALUE]...: packets by a raw socket."""

        def action():
            for packet in self.builder.build(words[1:]):
                self.sockets[words[0]].sendto(packet, (place(words[3])[0], 0))
            return []

        return self.socket_do(action)

    def mtu(self, words):
        """mtu NAME: the path MTU that a connected socket knows of."""
        sock = self.sockets[words[0]]
        if sock.family == socket.AF_INET:
            return [f"mtu {sock.getsockopt(socket.IPPROTO_IP, IP_MTU)}"]
        return [f"mtu {sock.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)}"]

    def read(self, words):
        """read NAME"""

        def action():
            data, peer = self.sockets[words[0]].recvfrom(65536)
            return [f"read {data.decode()!r}" + (f" from {peer[0]}:{peer[1]}" if peer else "")]

        return self.socket_do(action)

    def close(self, words):
        """close NAME"""
        self.sockets.pop(words[0]).close()
        return self.capture.drain()

    def run(self):
        commands = {
            "send": self.send,
            "post": self.post,
            "walk": self.walk,
            "walk-sctp": self.walk_sctp,
            "burst": self.burst,
            "watch": self.watch,
            "genl": self.request,
            "sockopt": self.sockopt,
            "sockopt-as": self.sockopt_as,
            "open": self.open,
            "connect": self.connect,
            "accept": self.accept,
            "write": self.write,
            "inject": self.inject,
            "mtu": self.mtu,
            "read": self.read,
            "close": self.close,
        }
        print(".", flush=True)
        for line in sys.stdin:
            words = shlex.split(line)
            try:
                answer = commands[words[0]](words[1:])
            except Exception as error:  # pylint: disable=broad-except
                # A scenario's mistake: seen in the transcript, and in the same
                # way on both sides, so make it fail.
                answer = [f"SCENARIO ERROR {type(error).__name__}: {error}"]
            print("\n".join(answer + ["."]), flush=True)
