#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""guest.py c|ours [WINDOW...] - runs in the virtual machine.

Sends packets through a director with and without a load balancer and writes
the instructions of each measured stretch, here called a window, to
$OUT/windows.json:

    {"window": {"packets": N, "instructions": N}, "memory": {"NAME": BYTES}}

With names of windows, only the groups that contain them are run.

    client c0 --veth-- d0 director d1 --veth-- s1 server
                       sink (dummy)

The director routes all that is forwarded to a dummy device, which drops it:
no receiver is in the figures.  Client addresses are 10.11.0.0/16, servers
10.30.0.0/16, the virtual service is 10.99.0.1.
"""
import json
import os
import subprocess
import sys
import time

OUT = os.environ.get('OUT', '.')
VIP = '10.99.0.1'
SERVERS = 4
PACKETS = 20000
WARM_UP = 2000
# So many client ports and addresses make so many flows.
FLOWS = {1: (1, 1), 10_000: (100, 100), 100_000: (1000, 100)}

CLIENT = {'netns': 'client', 'dev': 'c0', 'mac': '02:00:00:00:01:01'}
SERVER = {'netns': 'server', 'dev': 's1', 'mac': '02:00:00:00:02:01'}


def run(*command, stdin=None):
    done = subprocess.run(command, input=stdin, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f'{" ".join(command)}: status {done.returncode}: {done.stdout}')
    return done.stdout


def ip(lines):
    for line in lines.strip().splitlines():
        run('ip', *line.split())


def sysctl(**settings):
    for name, value in settings.items():
        with open('/proc/sys/' + name.replace('__', '/'), 'w') as file:
            file.write(str(value))


def quieten():
    """Keeps periodic work out of the windows."""
    sysctl(kernel__watchdog=0, vm__stat_interval=1000000)


def network():
    # The C module needs nf_conntrack, which scans its whole table now and
    # then; nothing is tracked here, so a small table will do.
    run('modprobe', 'nf_conntrack', 'hashsize=256')
    run('modprobe', '-a', 'veth', 'dummy')
    ip('''
        netns add client
        netns add director
        netns add server
        link add c0 netns client type veth peer name d0 netns director address 02:00:00:00:01:01
        link add s1 netns server type veth peer name d1 netns director address 02:00:00:00:02:01
        -n client link set c0 up
        -n server link set s1 up
    ''')
    director = os.open('/run/netns/director', os.O_RDONLY)
    os.setns(director, os.CLONE_NEWNET)
    os.close(director)
    sysctl(net__ipv4__ip_forward=1, net__ipv4__conf__all__rp_filter=0,
           net__ipv4__conf__default__rp_filter=0)
    ip('''
        link set lo up
        link add sink type dummy
        link set d0 up
        link set d1 up
        link set sink up
        addr add 10.10.0.1/24 dev d0
        addr add 10.20.0.1/24 dev d1
        addr add 10.30.255.254/16 dev sink
        route add 10.11.0.0/16 dev sink
        route add local 10.99.0.0/16 dev lo
    ''')


def sunk():
    with open('/proc/thread-self/net/dev') as file:
        for line in file:
            name, _, numbers = line.partition(':')
            if name.strip() == 'sink':
                return int(numbers.split()[9])
    sys.exit('no device sink')


class Results:
    def __init__(self):
        self.windows, self.memory = {}, {}

    def save(self):
        with open(OUT + '/windows.json', 'w') as file:
            json.dump({'windows': self.windows, 'memory': self.memory}, file, indent=1)


RESULTS = Results()


def send(window, origin, count=PACKETS, flows=1, **options):
    """Sends; a window of None is not measured. Nothing may get lost."""
    ports, addresses = FLOWS[flows]
    options = {'ports': ports, 'addresses': addresses, 'count': count} | origin | options
    before = sunk()
    instructions = int(run('/payload/send', *(f'{k}={v}' for k, v in options.items())))
    arrived = sunk() - before
    if arrived != count:
        sys.exit(f'{window or "warm-up"}: {count} packets sent, {arrived} arrived')
    if window:
        RESULTS.windows[window] = {'packets': count, 'instructions': instructions}
        print(f'{window:24} {instructions / count:10.1f}', flush=True)


def from_client(window, dst=VIP, **options):
    options = {'proto': 'udp', 'src': '10.11.0.1', 'sport': 5000, 'dport': 80} | options
    send(window, CLIENT, dst=dst, **options)


def from_server(window, src, **options):
    options = {'proto': 'udp', 'sport': 80, 'dst': '10.11.0.1', 'dport': 5000} | options
    send(window, SERVER, src=src, **options)


def settle(seconds=5):
    """Lets deferred work finish; idle time costs nothing here."""
    time.sleep(seconds)


# ------------------------------------------------------------- load balancer

class Balancer:
    def __init__(self, name):
        self.name = name
        self.module = {'c': 'ip_vs', 'ours': 'rust_ipvs'}[name]
        self.loaded = False

    def load(self, *parameters):
        self.unload()
        if self.name == 'c':
            run('modprobe', 'ip_vs', *parameters)
            run('modprobe', '-a', 'ip_vs_rr', 'ip_vs_wlc')
        else:
            run('insmod', '/payload/rust_ipvs.ko', *parameters)
        self.loaded = True

    def unload(self):
        if self.loaded:
            run('ipvsadm', '-C')
            if self.name == 'c':
                run('modprobe', '-r', 'ip_vs_rr', 'ip_vs_wlc')
            if os.path.exists('/sys/module/' + self.module):
                run('rmmod', self.module)
            self.loaded = False
            settle(1)


def server(i):
    return f'10.30.{i // 250}.{1 + i % 250}'


def service(proto='udp', scheduler='rr', port=80, vip=VIP, servers=SERVERS):
    option = {'udp': '-u', 'tcp': '-t'}[proto]
    lines = [f'-A {option} {vip}:{port} -s {scheduler}']
    lines += [f'-a {option} {vip}:{port} -r {server(i)}:{port} -m -w 1' for i in range(servers)]
    return '\n'.join(lines) + '\n'


def configure(*services):
    run('ipvsadm', '-R', stdin=''.join(services))
    settle()


def server_of(client, port=5000):
    """The server that the connection of a client was given."""
    with open('/proc/thread-self/net/ip_vs_conn') as file:
        for line in file:
            fields = line.split()
            if fields[1] == '%02X%02X%02X%02X' % tuple(map(int, client.split('.'))) and \
               fields[2] == '%04X' % port:
                return '.'.join(str(byte) for byte in bytes.fromhex(fields[5]))
    sys.exit(f'no connection of {client}:{port}')


def memory():
    """Bytes in use by the kernel for what a load balancer could allocate."""
    settle()
    with open('/proc/meminfo') as file:
        info = {line.split(':')[0]: int(line.split()[1]) for line in file}
    return {name: info[name] * 1024 for name in ('Slab', 'VmallocUsed', 'Percpu')}


# -------------------------------------------------------------------- groups

def floors(_):
    """The same packets, forwarded by the same director without a balancer."""
    to = server(0)
    from_client(None, dst=to, count=WARM_UP)
    from_client('forward.udp', dst=to)
    for flows in 10_000, 100_000:
        from_client(f'forward.udp.{flows}', dst=to, flows=flows, count=max(PACKETS, flows))
    from_client('forward.tcp', dst=to, proto='tcp', flags='A')
    from_server(None, src=to, count=WARM_UP)
    from_server('forward.reply.udp', src=to)
    from_server('forward.reply.tcp', src=to, proto='tcp', flags='A')


def established(balancer):
    """One flow, both directions, through NAT."""
    balancer.load()
    configure(service('udp'), service('tcp'))
    from_client(None, count=WARM_UP)
    settle()
    from_client('nat.udp')
    to = server_of('10.11.0.1')
    from_server(None, src=to, count=WARM_UP)
    from_server('nat.reply.udp', src=to)

    tcp = {'proto': 'tcp', 'src': '10.11.0.2'}
    reply = {'proto': 'tcp', 'dst': '10.11.0.2'}
    from_client(None, count=1, flags='S', **tcp)
    to = server_of('10.11.0.2')
    from_server(None, src=to, count=1, flags='SA', **reply)
    from_client(None, count=WARM_UP, flags='A', **tcp)
    settle()
    from_client('nat.tcp', flags='A', **tcp)
    from_server(None, src=to, count=WARM_UP, flags='A', **reply)
    from_server('nat.reply.tcp', src=to, flags='A', **reply)


def many(balancer, suffix='', *parameters):
    """Many flows: what it costs to find one, and the memory they take."""
    balancer.load(*parameters)
    configure(service('udp'))
    from_client(None, count=WARM_UP, flows=10_000, src='10.11.1.1')
    before = memory()
    from_client(None, count=100_000, flows=100_000)
    after = memory()
    for name in before:
        RESULTS.memory[f'connections{suffix}.{name}'] = (after[name] - before[name]) / 100_000
    settle(10)
    from_client(f'nat.udp.100000{suffix}', count=100_000, flows=100_000)

    balancer.load(*parameters)
    configure(service('udp'))
    from_client(None, count=10_000, flows=10_000)
    settle(10)
    from_client(f'nat.udp.10000{suffix}', flows=10_000)


def many_big(balancer):
    """The C module with a table that suits so many flows."""
    if balancer.name == 'c':
        many(balancer, '.big', 'conn_tab_bits=20')


def new(balancer):
    """Each packet makes a connection."""
    for scheduler in 'rr', 'wlc':
        for proto in 'udp', 'tcp':
            balancer.load()
            configure(service(proto, scheduler))
            # Each server gets its route, the table its size.
            packets = {'proto': proto, 'flags': 'S', 'sport': 2000}
            from_client(None, src='10.11.2.1', ports=5000, count=5000, **packets)
            settle(6)
            from_client(f'new.{proto}.{scheduler}', src='10.11.2.2', ports=PACKETS, **packets)


def others(balancer):
    """Packets of no service."""
    for services in 1, 1000:
        balancer.load()
        configure(*(service('udp', port=1 + i % 500, vip=f'10.99.1.{1 + i // 500}', servers=1)
                    for i in range(services)))
        from_client(None, dst=server(0), count=WARM_UP)
        from_client(f'none.{services}', dst=server(0))


def main():
    balancer = Balancer(sys.argv[1])
    chosen = sys.argv[2:]
    quieten()
    network()
    for group in floors, established, many, many_big, new, others:
        if not chosen or group.__name__ in chosen:
            group(balancer)
    RESULTS.save()
    if os.path.exists('/payload/want-symbols'):
        sysctl(kernel__kptr_restrict=0)
        run('sh', '-c', f"grep -i ' [tw] ' /proc/kallsyms > {OUT}/symbols")
    balancer.unload()


main()
