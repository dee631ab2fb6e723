#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""conn.py - what `ipvsadm-rs conn' says and does, against /proc/net/ip_vs_conn.

    conn.py TOOL lists                 for each line "WHICH | OPTION..." of stdin: what is listed is what
                                       the file has of WHICH
    conn.py TOOL kill WHICH OPTION...  what is ended is WHICH, and nothing else
    conn.py TOOL steady N SECONDS      while others come and go, the connections that are there now are
                                       listed exactly once each time, by clients 10.11.0.0/16: N
    conn.py TOOL counts                servers count what is in the table
    conn.py - flood ADDRESS PORT N     N flows of UDP by clients 10.11.0.0/16 that do not exist
    conn.py - hold ADDRESS PORT [FROM] connects, says a word, hears it, and waits: prints how it ends

WHICH is an expression of Python about proto, client, cport, virtual, vport, server, sport, state.
"""

import collections
import ipaddress
import json
import socket
import struct
import subprocess
import sys
import time

FIELDS = "proto client cport virtual vport server sport state"
Conn = collections.namedtuple("Conn", FIELDS)


def address(text):
    return str(ipaddress.ip_address(int(text, 16) if len(text) == 8 and ":" not in text else text))


def table():
    with open("/proc/net/ip_vs_conn") as f:
        rows = [line.split() for line in f][1:]
    return collections.Counter(
        Conn(r[0].lower(), address(r[1]), int(r[2], 16), address(r[3]), int(r[4], 16), address(r[5]), int(r[6], 16), r[7])
        for r in rows
    )


def run(tool, *args):
    done = subprocess.run([tool, "conn", *args], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{args}: exit status {done.returncode}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def listed(tool, *args):
    rows = run(tool, "list", "--json", *args)["connections"]
    ends = ("client", "virtual", "server")
    return collections.Counter(
        Conn(r["protocol"], *(r[end][part] for end in ends for part in ("address", "port")), r["state"]) for r in rows
    )


def chosen(conns, which):
    return collections.Counter({c: n for c, n in conns.items() if eval(which, {"ip": ipaddress}, c._asdict())})


def show(title, conns):
    return f"{title}: {sum(conns.values())}, such as {list(conns)[:3]}"


def same(expected, actual, what):
    if expected != actual:
        sys.exit(f"{what}: " + show("missing", expected - actual) + "; " + show("too many", actual - expected))
    print(sum(actual.values()))


def check_lists(tool):
    for line in sys.stdin:
        which, args = (part.strip() for part in line.rsplit("|", 1))
        expected = chosen(table(), which)
        if not expected:
            sys.exit(f"{line}: the test has no such connection")
        same(expected, listed(tool, *args.split()), line)


def flood(address, port, count):
    dst = socket.inet_aton(address)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        for i in range(int(count)):
            src = bytes((10, 11, i >> 8 & 255, i & 255))
            header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 29, 0, 0, 64, socket.IPPROTO_UDP, 0, src, dst)
            s.sendto(header + struct.pack("!HHHHc", 1024, int(port), 9, 0, b"x"), (address, 0))


def check_kill(tool, which, *args):
    before = table()
    meant = chosen(before, which)
    if not meant:
        sys.exit("the test has no such connection")
    told = run(tool, "kill", "--json", *args)
    if told["ended"] != sum(meant.values()):
        sys.exit(f"{told['ended']} ended, not {sum(meant.values())}")
    same(before - meant, table(), "left")


def steady(tool, count, seconds):
    def ours(conns):
        return chosen(conns, "client.startswith('10.11.') and cport")

    there = ours(table())
    if sum(there.values()) != int(count):
        sys.exit(show("there are not that many", there))
    end = time.monotonic() + float(seconds)
    rounds = 0
    others = set()
    while time.monotonic() < end or rounds < 3:
        now = listed(tool)
        same(there, ours(now), "listed while others come and go")
        others.update(set(now) - set(there))
        rounds += 1
    if not others:
        sys.exit("nobody came")


def counts(tool):
    expected = collections.Counter((c.server, c.sport) for c in table().elements() if c.cport)
    rows = subprocess.run([tool, "-L", "--json"], capture_output=True, text=True, check=True).stdout
    actual = collections.Counter()
    for service in json.loads(rows)["services"]:
        for server in service["servers"]:
            n = server["active_connections"] + server["inactive_connections"]
            actual[(server["address"], server["port"])] += n
    same(expected, +actual, "counted")


def hold(address, port, source=0):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", int(source)))
        s.settimeout(300)
        s.connect((address, int(port)))
        s.sendall(b"word\n")
        if s.recv(100) != b"word\n":
            sys.exit("no echo")
        print("holds", flush=True)
        try:
            print("end" if s.recv(100) == b"" else "data", flush=True)
        except ConnectionResetError:
            print("reset", flush=True)
        except TimeoutError:
            print("nothing", flush=True)


tool, verb, *args = sys.argv[1:]
if tool == "-":
    {"hold": hold, "flood": flood}[verb](*args)
else:
    {"lists": check_lists, "kill": check_kill, "steady": steady, "counts": counts}[verb](tool, *args)
