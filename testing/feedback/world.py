#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Around the web servers: agents that say how loaded they are, clients, and a record of loads.

world.py text LENGTH                  what is dear to compress
world.py agent CGROUP PERCENT         an agent as HAProxy has them, at port 7777
world.py load ADDRESS RATE SECONDS RULE DEMAND   requests, so many in 1000 s, and what became of them
world.py record SECONDS               the load of each server, second by second
"""

import asyncio
import json
import random
import socket
import sys
import time

QUOTAS = {"s1": 30, "s2": 18, "s3": 12}
PATIENCE = 8


def text(length):
    chance = random.Random(1)
    print("".join(chance.choice("ab") for _ in range(int(length))))


class Meter:
    """The processor time of a control group, as a part of what it may have."""

    def __init__(self, cgroup, percent):
        self.stat = open(f"{cgroup}/cpu.stat")
        self.percent = percent
        self.last = self.read()

    def read(self):
        self.stat.seek(0)
        for line in self.stat:
            name, value = line.split()
            if name == "usage_usec":
                return time.monotonic(), int(value)

    def load(self):
        then, before = self.last
        now, after = self.last = self.read()
        return (after - before) / 1e6 / (now - then) / (self.percent / 100)


def agent(cgroup, percent):
    meter = Meter(cgroup, int(percent))
    server = socket.create_server(("", 7777))
    while True:
        client, _ = server.accept()
        with client:
            idle = 100 * (1 - meter.load())
            client.sendall(f"{max(round(idle), 0)}%\n".encode())


def record(seconds):
    meters = {name: Meter(f"/sys/fs/cgroup/{name}", quota) for name, quota in QUOTAS.items()}
    for second in range(int(seconds)):
        time.sleep(1)
        print(second + 1, *(f"{meter.load():.3f}" for meter in meters.values()), flush=True)


async def get(address, done):
    begun = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address, 80)
            writer.write(b"GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
        done.append(time.monotonic() - begun if answer.startswith(b"HTTP/1.1 200") else None)
    except (OSError, TimeoutError):
        done.append(None)
    finally:
        if writer:
            writer.transport.abort()


async def load(address, rate, seconds, rule, demand):
    chance = random.Random(1)
    end = time.monotonic() + int(seconds)
    done, running = [], set()
    at = time.monotonic()
    while at < end:
        await asyncio.sleep(max(at - time.monotonic(), 0))
        request = asyncio.create_task(get(address, done))
        running.add(request)
        request.add_done_callback(running.discard)
        at += chance.expovariate(int(rate) / 1000)
    if running:
        await asyncio.wait(running)
    took = sorted(time for time in done if time is not None)
    percentile = lambda part: round(took[min(int(part * len(took)), len(took) - 1)], 3)
    print(
        json.dumps(
            {
                "rule": rule,
                "demand": int(demand),
                "requests": len(done),
                "failed": len(done) - len(took),
                "median": percentile(0.5),
                "p95": percentile(0.95),
            }
        )
    )


def main():
    what, *words = sys.argv[1:]
    if what == "load":
        asyncio.run(load(*words))
    else:
        {"agent": agent, "record": record, "text": text}[what](*words)


main()
