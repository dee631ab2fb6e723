#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""guest.py c|ours [GROUP...] - runs in the virtual machine, see testing/bench/run.

Sends packets through a director with and without a load balancer. $OUT/figures.json gets the
instructions per packet of each measured run, here called a window, and bytes per connection:

    {"windows": {NAME: INSTRUCTIONS}, "packets": {NAME: SENT}, "memory": {NAME: BYTES}}

    client c0 --veth-- d0 director d1 --veth-- s1 server
                          sink (dummy)

What the director forwards goes to a dummy device, which drops it: no receiver is in the figures.
It goes by one gateway: neighbours are in a hash table with a random key, and a chain in it shows.
Clients are 10.11.0.0/16, servers 10.30.0.0/16, virtual services 10.99.0.0/16; with IPv6 fd11::/16,
fd30::/16 and fd99::/16. A "6" behind the first word of a window's name stands for IPv6.
"""

import ipaddress
import json
import os
import re
import subprocess
import sys
import time

OUT = os.environ.get("OUT", ".")
PROFILE = os.path.exists("/payload/.profile")
VIP = "10.99.0.1"
VIP6 = "fd99::1"
SERVERS = 4
PACKETS = 10_000
WARM_UP = 2_000
CREATED = 5_000  # connections before those whose creation is measured
# Flows: client ports, client addresses, packets of a window, and the step from the flow of one to
# that of the next, because a hash chain is in the order in which connections were made.
FLOWS = {1: (1, 1, PACKETS, 1), 10_000: (100, 100, PACKETS, 1), 100_000: (1000, 100, 25_000, 4)}

# How ipvsadm is told what is to become of packets.
METHODS = {
    "nat": "-m",
    "dr": "-g",
    "ipip": "-i",
    "gue": "-i --tun-type gue --tun-port 5555",
    "gre": "-i --tun-type gre",
}

CLIENT = {"netns": "client", "dev": "c0", "mac": "02:00:00:00:01:01"}
SERVER = {"netns": "server", "dev": "s1", "mac": "02:00:00:00:02:01"}

windows, packets, memory = {}, {}, {}


def run(*command, stdin=None):
    done = subprocess.run(command, input=stdin, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: status {done.returncode}: {done.stdout}")
    return done.stdout


def settle(seconds=5):
    """Lets deferred work finish. The clock of an idle machine leaps, so this takes no time."""
    time.sleep(seconds)


# The network


def ip(lines):
    run("ip", "-batch", "-", stdin=lines)


def sysctl(**settings):
    for name, value in settings.items():
        with open("/proc/sys/" + name.replace("__", "/"), "w") as file:
            file.write(str(value))


def make_network():
    """Ends in the director's network namespace."""
    # The C module needs nf_conntrack, which scans its whole table now and then. Nothing is tracked
    # here, so a small table will do.
    run("modprobe", "nf_conntrack", "hashsize=256")
    run("modprobe", "-a", "veth", "dummy")
    for name in "client", "director", "server":
        ip(f"netns add {name}\n")
    ip(
        """
        link add c0 netns client type veth peer name d0 netns director address 02:00:00:00:01:01
        link add s1 netns server type veth peer name d1 netns director address 02:00:00:00:02:01
        """
    )
    run("ip", "-n", "client", "link", "set", "c0", "up")
    run("ip", "-n", "server", "link", "set", "s1", "up")
    director = os.open("/run/netns/director", os.O_RDONLY)
    os.setns(director, os.CLONE_NEWNET)
    os.close(director)
    sysctl(
        net__ipv4__ip_forward=1,
        net__ipv6__conf__all__forwarding=1,
        net__ipv4__conf__all__rp_filter=0,
        net__ipv4__conf__default__rp_filter=0,
    )
    # Without addresses of their own the devices have nothing to say to the sink.
    ip(
        """
        link add sink type dummy
        link set lo up
        link set d0 addrgenmode none up
        link set d1 addrgenmode none up
        link set sink addrgenmode none up
        address add 10.10.0.1/24 dev d0
        address add 10.20.0.1/24 dev d1
        address add 10.40.0.1/24 dev sink
        address add fd10::1/64 dev d0 nodad
        address add fd20::1/64 dev d1 nodad
        address add fd40::1/64 dev sink nodad
        route add 10.30.0.0/16 via 10.40.0.2
        route add 10.11.0.0/16 via 10.40.0.2
        route add local 10.99.0.0/16 dev lo
        route add fd30::/16 via fd40::2
        route add fd11::/16 via fd40::2
        route add local fd99::/16 dev lo
        """
    )
    settle(60)  # until all multicast groups have been reported


def sunk():
    """Packets that have come to the sink."""
    with open("/proc/thread-self/net/dev") as file:
        return int(re.search(r"sink:(.*)", file.read())[1].split()[9])


# Packets


def send(window, options):
    """Sends, under the name of a window or, if that is None, without measuring. None may be lost."""
    count = options["count"]
    if window and PROFILE:
        options["mark"] = 1
    before = sunk()
    per_packet = float(run("/payload/send", *(f"{name}={value}" for name, value in options.items())))
    arrived = sunk() - before
    if arrived != count:
        sys.exit(f"{window or 'warm-up'}: {count} packets sent, {arrived} arrived")
    if window:
        windows[window] = per_packet
        packets[window] = count
        print(f"{window:20} {per_packet:9.1f}", flush=True)


def client(i=1, six=""):
    return f"fd11::{i:x}" if six else f"10.11.0.{i}"


def from_client(window, dst=None, six="", flows=1, **options):
    ports, addresses, count, stride = FLOWS[flows]
    many = {"ports": ports, "addresses": addresses, "count": count, "stride": stride}
    dst = dst or (VIP6 if six else VIP)
    packet = {"proto": "udp", "src": client(six=six), "sport": 5000, "dst": dst, "dport": 80}
    send(window, CLIENT | packet | many | options)


def from_server(window, src, six="", **options):
    packet = {"proto": "udp", "src": src, "sport": 80, "dst": client(six=six), "dport": 5000}
    send(window, SERVER | packet | {"count": PACKETS} | options)


# The load balancer


class Balancer:
    """C ip_vs or rust_ipvs, always configured by stock ipvsadm."""

    def __init__(self, name):
        self.is_c = name == "c"
        self.modules = ["ip_vs", "ip_vs_rr", "ip_vs_wlc"] if self.is_c else ["rust_ipvs"]
        self.loaded = False

    def load(self, *services, parameters=()):
        """Afresh, with these services."""
        self.unload()
        if self.is_c:
            run("modprobe", "ip_vs", *parameters)
            run("modprobe", "-a", *self.modules)
        else:
            run("insmod", "/payload/rust_ipvs.ko", *parameters)
        self.loaded = True
        run("ipvsadm", "-R", stdin="".join(services))
        settle()

    def unload(self):
        if self.loaded:
            run("ipvsadm", "-C")
            run("rmmod", *reversed(self.modules))
            settle()
        self.loaded = False


def server(i, six=""):
    return f"fd30::{1 + i:x}" if six else f"10.30.{i // 250}.{1 + i % 250}"


def service(proto="udp", scheduler="rr", vip=None, port=80, servers=SERVERS, first=0, method="nat", six=""):
    """Lines for ipvsadm -R."""
    option = {"udp": "-u", "tcp": "-t"}[proto]

    def at(address):
        return f"[{address}]:{port}" if six else f"{address}:{port}"

    vip = at(vip or (VIP6 if six else VIP))
    lines = [f"-A {option} {vip} -s {scheduler}"]
    lines += [f"-a {option} {vip} -r {at(server(first + i, six))} {METHODS[method]} -w 1" for i in range(servers)]
    return "\n".join(lines) + "\n"


def server_of(client):
    """The server that a client's connection was given to."""
    client = ipaddress.ip_address(client)
    client = client.exploded if client.version == 6 else client.packed.hex().upper()
    with open("/proc/thread-self/net/ip_vs_conn") as file:
        found = re.search(rf"^\w+ +{client} \w+ \S+ \w+ (\S+) \w+ ", file.read(), re.MULTILINE)
    if not found:
        sys.exit(f"no connection of {client}")
    if ":" in found[1]:
        return found[1]
    return str(ipaddress.ip_address(bytes.fromhex(found[1])))


def expect_counted(requests, replies):
    """What was measured must have been the balancer's work, by its own counters."""
    settle()  # C sums its counters up every other second
    total = [0, 0]
    for line in run("ipvsadm", "-Ln", "--stats", "--exact").splitlines():
        if re.match(r"(TCP|UDP) ", line):
            fields = line.split()
            total[0] += int(fields[3])
            total[1] += int(fields[4])
    if total != [requests, replies]:
        sys.exit(f"{requests} requests and {replies} replies sent, {total[0]} and {total[1]} counted")


# Groups of windows


def floor(_):
    """The same packets, forwarded by the same director, without a balancer."""
    for six in "", "6":
        to = server(0, six)
        from_client(None, dst=to, six=six, count=WARM_UP)
        from_client(f"floor{six}.udp", dst=to, six=six)
        if not six:
            from_client("floor.udp.10000", dst=to, flows=10_000)
        from_client(f"floor{six}.udp.100000", dst=to, six=six, flows=100_000)
        from_client(f"floor{six}.tcp", dst=to, six=six, proto="tcp", flags="A")
        from_server(None, src=to, six=six, count=WARM_UP)
        from_server(f"floor{six}.udp.reply", src=to, six=six)
        from_server(f"floor{six}.tcp.reply", src=to, six=six, proto="tcp", flags="A")


def established(balancer):
    """One flow; with NAT both directions."""
    for six in "", "6":
        for method in "nat", "dr":
            balancer.load(service("udp", method=method, six=six), service("tcp", method=method, six=six))
            one_flow(f"{method}{six}", six, replies=method == "nat")


def one_flow(name, six, replies):
    from_client(None, six=six, count=WARM_UP)
    from_client(f"{name}.udp", six=six)
    if replies:
        to = server_of(client(six=six))
        from_server(None, src=to, six=six, count=WARM_UP)
        from_server(f"{name}.udp.reply", src=to, six=six)

    tcp = {"proto": "tcp", "six": six, "src": client(2, six)}
    reply = {"proto": "tcp", "six": six, "dst": client(2, six)}
    from_client(None, count=1, flags="S", **tcp)
    if replies:
        to = server_of(client(2, six))
        from_server(None, src=to, count=1, flags="SA", **reply)
    from_client(None, count=WARM_UP, flags="A", **tcp)
    from_client(f"{name}.tcp", flags="A", **tcp)
    if replies:
        from_server(None, src=to, count=WARM_UP, flags="A", **reply)
        from_server(f"{name}.tcp.reply", src=to, flags="A", **reply)
    both = 2 * (WARM_UP + PACKETS) + 1
    expect_counted(both, both if replies else 0)


def tunnels(balancer):
    """One flow, into tunnels."""
    for six, method in ("", "ipip"), ("", "gue"), ("", "gre"), ("6", "ipip"):
        balancer.load(service(method=method, six=six))
        from_client(None, six=six, count=WARM_UP)
        from_client(f"tun{six}.{method}", six=six)
        expect_counted(WARM_UP + PACKETS, 0)


def many(balancer, suffix="", parameters=()):
    """Many flows: what it costs to find the right one, and the memory they take."""
    balancer.load(service(), parameters=parameters)
    from_client(None, flows=10_000)
    settle(10)
    from_client("nat.udp.10000" + suffix, flows=10_000)

    # All that the module takes, its code and tables as well.
    balancer.unload()
    before = memory_in_use()
    balancer.load(service(), parameters=parameters)
    from_client(None, flows=100_000, count=100_000, stride=1)
    memory["connection" + suffix] = (memory_in_use() - before) / 100_000
    from_client("nat.udp.100000" + suffix, flows=100_000)


def many_big(balancer):
    """The C module told to make its table large."""
    if balancer.is_c:
        many(balancer, ".big", ["conn_tab_bits=20"])


def many_others(balancer):
    """The same by direct routing, and with IPv6."""
    for six, method in ("", "dr"), ("6", "nat"), ("6", "dr"):
        balancer.load(service(method=method, six=six))
        from_client(None, six=six, flows=100_000, count=100_000, stride=1)
        settle(10)
        from_client(f"{method}{six}.udp.100000", six=six, flows=100_000)


def memory_in_use():
    """Bytes in use for what a module allocates in numbers."""
    settle(10)
    with open("/proc/meminfo") as file:
        kib = dict(re.findall(r"^(\w+): +(\d+) kB$", file.read(), re.MULTILINE))
    return 1024 * sum(int(kib[name]) for name in ("Slab", "VmallocUsed", "Percpu"))


def new(balancer):
    """Each packet makes a connection."""
    for scheduler in "rr", "wlc":
        for proto in "udp", "tcp":
            balancer.load(service(proto, scheduler))
            create(f"new.{proto}.{scheduler}", proto)


def create(window, proto):
    """So many connections, and then those that are measured."""
    packet = {"proto": proto, "flags": "S", "sport": 2000}
    from_client(None, src="10.11.2.1", ports=CREATED, count=CREATED, **packet)
    settle(10)
    from_client(window, src="10.11.2.2", ports=PACKETS, **packet)


def policies(balancer):
    """Ours has policies of services: that of the one that is asked for (own), or of another (beside)."""
    if balancer.is_c:
        return
    for whose, port in ("own", 80), ("beside", 81):
        for proto in "udp", "tcp":
            balancer.load(service(proto), service(proto, port=81))
            option = {"udp": "-u", "tcp": "-t"}[proto]
            own = "--policy", "tcp=1000,fin=70,udp=77,synrecv=40"
            run("/payload/ipvsadm-rs", "-E", option, f"{VIP}:{port}", "-s", "rr", *own)
            create(f"new.{proto}.rr.{whose}", proto)
            packet = {"proto": proto, "src": client(2)}
            if proto == "tcp":
                from_client(None, count=1, flags="S", **packet)
                from_server(None, src=server_of(client(2)), count=1, flags="SA", proto="tcp", dst=client(2))
            from_client(None, count=WARM_UP, flags="A", **packet)
            from_client(f"nat.{proto}.{whose}", flags="A", **packet)


def others(balancer):
    """Packets of no service."""
    for services in (1, 1000) if PROFILE else (1, 1000, 10_000):
        # Not port 21: C ip_vs has connections tracked for FTP.
        where = [(f"10.99.1.{1 + i // 250}", 1000 + i % 250) for i in range(services)]
        balancer.load(*(service(vip=vip, port=port, servers=1, first=1 + i) for i, (vip, port) in enumerate(where)))
        from_client(None, dst=server(0), count=WARM_UP)
        from_client(f"none.{services}", dst=server(0))


ALL = (floor, established, tunnels, many, many_big, many_others, new, policies, others)
GROUPS = {group.__name__: group for group in ALL}


def save_symbols():
    sysctl(kernel__kptr_restrict=0)
    with open("/proc/kallsyms") as symbols, open(OUT + "/symbols", "w") as file:
        file.writelines(line for line in symbols if line.split()[1] in "tTwW")


def main():
    balancer = Balancer(sys.argv[1])
    sysctl(kernel__watchdog=0, vm__stat_interval=1_000_000)  # no periodic work
    make_network()
    for name in sys.argv[2:] or GROUPS:
        GROUPS[name](balancer)
        if PROFILE and balancer.loaded:
            save_symbols()
    balancer.unload()
    with open(OUT + "/figures.json", "w") as file:
        json.dump({"windows": windows, "packets": packets, "memory": memory}, file, indent=1)


if __name__ == "__main__":
    main()
