# SPDX-License-Identifier: GPL-2.0
"""The rows of the table of packets."""

from collections import namedtuple

INSTRUCTIONS = "instructions"
BIG = ", C with conn_tab_bits=20"

# What is shown, the window that guest.py measures, the window of the same packets that are merely
# forwarded, and what the ratio should not exceed (None: nothing was aimed at).
Row = namedtuple("Row", "name window floor goal")


def established():
    """One flow and many, by method, version of IP and protocol."""
    for flows, suffix, goal in ("1 flow", "", 0.6), ("100 000 flows", ".100000", 0.5):
        for six, version in ("", ""), ("6", ", IPv6"):
            for method in "nat", "dr":
                for proto in ("udp", "tcp") if flows == "1 flow" else ("udp",):
                    name = f"{proto.upper()} {method.upper()}{version}, {flows}"
                    yield Row(name, f"{method}{six}.{proto}{suffix}", f"floor{six}.{proto}{suffix}", goal)


ROWS = [
    *established(),
    Row("UDP NAT, 100 000 flows" + BIG, "nat.udp.100000.big", "floor.udp.100000", None),
    Row("UDP NAT, 10 000 flows", "nat.udp.10000", "floor.udp.10000", None),
    Row("UDP NAT, 10 000 flows" + BIG, "nat.udp.10000.big", "floor.udp.10000", None),
    Row("UDP tunnel, IPIP", "tun.ipip", "floor.udp", 0.7),
    Row("UDP tunnel, GUE", "tun.gue", "floor.udp", 0.7),
    Row("UDP tunnel, GRE", "tun.gre", "floor.udp", 0.7),
    Row("UDP tunnel, IPv6 in IPv6", "tun6.ipip", "floor6.udp", 0.7),
    Row("UDP NAT, reply", "nat.udp.reply", "floor.udp.reply", 0.5),
    Row("TCP NAT, reply", "nat.tcp.reply", "floor.tcp.reply", 0.5),
    Row("UDP NAT, IPv6, reply", "nat6.udp.reply", "floor6.udp.reply", 0.5),
    Row("TCP NAT, IPv6, reply", "nat6.tcp.reply", "floor6.tcp.reply", 0.5),
    Row("of no service, 1 service", "none.1", "floor.udp", 0.5),
    Row("of no service, 1000 services", "none.1000", "floor.udp", 0.5),
    Row("of no service, 10 000 services", "none.10000", "floor.udp", 0.5),
    Row("new UDP connection, rr", "new.udp.rr", "floor.udp", 0.7),
    Row("new UDP connection, wlc", "new.udp.wlc", "floor.udp", 0.7),
    Row("new TCP connection, rr", "new.tcp.rr", "floor.tcp", 0.7),
    Row("new TCP connection, wlc", "new.tcp.wlc", "floor.tcp", 0.7),
]

# Those of services that may have a policy. C has none.
for whose, text in ("own", ", with a policy"), ("beside", ", beside a policy"):
    for proto in "udp", "tcp":
        name = proto.upper()
        ROWS.append(Row(f"{name} NAT, 1 flow{text}", f"nat.{proto}.{whose}", f"floor.{proto}", None))
        ROWS.append(Row(f"new {name} connection, rr{text}", f"new.{proto}.rr.{whose}", f"floor.{proto}", None))

# The same for bytes: name, what guest.py calls it, goal.
MEMORY = [
    ("memory of a connection", "connection", 0.6),
    ("memory of a connection" + BIG, "connection.big", None),
]
