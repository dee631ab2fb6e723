#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""native.py ROUNDS MODE... - runs under User Mode Linux, see testing/bench/run.

What a packet costs in time, with real caches, locks and branches: pktgen sends through the
director of guest.py, in turn through C ip_vs, through rust_ipvs and through none of them.
$OUT/native.json gets nanoseconds per packet of each round:

    {"one": {"floor": [...], "c": [...], "ours": [...]}, "two": {...}}

One processor sends one flow to a service ("one"), or two send one flow each to the same service at
the same time, by a cable of their own ("two"); there it is the time between two packets of either.
"""

import json
import os
import re
import sys

from guest import OUT, VIP, Balancer, ip, make_network, run, server, service, settle, sunk, sysctl

PACKETS = 200_000
WARM_UP = 20_000
# Device, the director's address on it, the client's address.
CABLES = [("c0", "02:00:00:00:01:01", "10.11.0.1"), ("c2", "02:00:00:00:03:01", "10.11.0.2")]
MODES = {"one": CABLES[:1], "two": CABLES}


def second_cable():
    run("ip", "-n", "client", "link", "add", "c2", "type", "veth", "peer", "name", "d2", "netns",
        "director", "address", CABLES[1][1])
    run("ip", "-n", "client", "link", "set", "c2", "up")
    ip("link set d2 up\naddress add 10.12.0.1/24 dev d2\n")


def pktgen(script):
    """Writes to the files of the client's pktgen, which each name the next lines' file; its results."""
    lines = ["cd /proc/thread-self/net/pktgen"]
    for file, *orders in script:
        lines += [f"echo '{order}' >{file}" for order in orders]
    return run("nsenter", "--net=/run/netns/client", "sh", "-e", "-c", "\n".join(lines))


def configure(cables, dst, count):
    """One processor for each cable."""
    script = [(f"kpktgend_{i}", "rem_device_all") for i in range(os.cpu_count())]
    for i, (device, mac, src) in enumerate(cables):
        script += [
            (f"kpktgend_{i}", f"add_device {device}"),
            (device, f"count {count}", "clone_skb 0", "pkt_size 60", "delay 0", "flag UDPCSUM",
             f"dst {dst}", f"src_min {src}", f"src_max {src}", f"dst_mac {mac}",
             "udp_src_min 5000", "udp_src_max 5000", "udp_dst_min 80", "udp_dst_max 80"),
        ]
    pktgen(script)


def elapsed(device):
    """Nanoseconds that it has taken to send."""
    text = run("nsenter", "--net=/run/netns/client", "cat", f"/proc/thread-self/net/pktgen/{device}")
    found = re.search(r"Result: OK: (\d+)\(", text)
    if not found:
        sys.exit(f"pktgen on {device}: {text}")
    return 1000 * int(found[1])


def send(cables, dst, count):
    """Nanoseconds from one packet to the next. All must arrive."""
    configure(cables, dst, count)
    before, sent = sunk(), count * len(cables)
    pktgen([("pgctrl", "start")])
    settle(0.1)
    if sunk() - before != sent:
        sys.exit(f"{sent} packets sent to {dst}, {sunk() - before} arrived")
    return max(elapsed(device) for device, *_ in cables) / sent


def measure(cables, dst):
    send(cables, dst, WARM_UP)
    return send(cables, dst, PACKETS)


def one_round(variant, balancers, results):
    balancer = balancers.get(variant)
    if balancer:
        balancer.load(service())
    for mode, measured in results.items():
        measured[variant].append(measure(MODES[mode], VIP if balancer else server(0)))
    if balancer:
        balancer.unload()


def main():
    rounds, modes = int(sys.argv[1]), sys.argv[2:]
    variants = ["floor", "c", "ours"]
    balancers = {"c": Balancer("c"), "ours": Balancer("ours")}
    results = {mode: {variant: [] for variant in variants} for mode in modes}
    # Losing a packet in a queue would be losing a measurement. Only the first namespace has this.
    sysctl(net__core__netdev_max_backlog=1_000_000)
    make_network()
    second_cable()
    run("modprobe", "pktgen")
    for number in range(rounds):
        # None is always the first or the last.
        for variant in variants if number % 2 == 0 else reversed(variants):
            one_round(variant, balancers, results)
        print(*(f"{mode} {variant} {results[mode][variant][-1]:.0f} ns" for mode in modes for variant in variants),
              sep=", ", flush=True)
        with open(OUT + "/native.json", "w") as file:
            json.dump(results, file, indent=1)


main()
