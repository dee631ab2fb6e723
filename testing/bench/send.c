// SPDX-License-Identifier: GPL-2.0
/*
 * send - puts raw IPv4 frames on a device and prints how many instructions the
 * machine executed per frame: under `qemu -icount shift=0` the time stamp
 * counter advances by one with each.
 *
 *   send netns=NAME dev=NAME mac=MAC proto=udp|tcp [flags=SAFRP]
 *        src=ADDRESS sport=N dst=ADDRESS dport=N count=N
 *        [ports=N] [addresses=N] [stride=N] [mark=1]
 *
 * The k-th frame belongs to flow f = k * stride, which has the source port
 * sport + f % ports and the source address src + f / ports % addresses.
 *
 * All frames are built before the first one is sent, and a frame has gone its
 * whole way through the network namespaces, in softirq context, when the
 * system call that sent it returns: the machine is never idle meanwhile.
 *
 * The clock is read after each batch.  The result is the mean of the middle
 * half of the batches, so that neither timer ticks nor whatever else the
 * kernel does now and then are part of it.
 *
 * With mark=1, two odd no-ops enclose it all for profile.c to see.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_PACKET
#define SOL_PACKET 263
#endif

#define BATCH 64
#define UDP_PAYLOAD 18

struct options {
	const char *netns, *dev, *flags;
	struct ether_addr mac;
	int protocol;
	uint32_t src, dst;
	unsigned int sport, dport, count, ports, addresses, stride, mark;
};

struct frame {
	struct ether_header eth;
	struct iphdr ip;
	union {
		struct tcphdr tcp;
		struct {
			struct udphdr udp;
			uint8_t payload[UDP_PAYLOAD];
		};
	};
} __attribute__((packed));

#define MARK(n) asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, " #n ", 0xb0, 0x5a, 0x5a" ::: "memory")

static uint64_t clock_ticks(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static uint32_t address(const char *text)
{
	struct in_addr in;

	if (!inet_aton(text, &in))
		errx(2, "%s: no address", text);
	return ntohl(in.s_addr);
}

static void parse(int argc, char **argv, struct options *o)
{
	*o = (struct options){ .flags = "", .ports = 1, .addresses = 1, .stride = 1 };
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			errx(2, "%s: not an option", argv[i]);
		*value++ = '\0';
		if (!strcmp(argv[i], "netns"))
			o->netns = value;
		else if (!strcmp(argv[i], "dev"))
			o->dev = value;
		else if (!strcmp(argv[i], "flags"))
			o->flags = value;
		else if (!strcmp(argv[i], "mac"))
			o->mac = *ether_aton(value);
		else if (!strcmp(argv[i], "proto"))
			o->protocol = !strcmp(value, "tcp") ? IPPROTO_TCP : IPPROTO_UDP;
		else if (!strcmp(argv[i], "src"))
			o->src = address(value);
		else if (!strcmp(argv[i], "dst"))
			o->dst = address(value);
		else if (!strcmp(argv[i], "sport"))
			o->sport = atoi(value);
		else if (!strcmp(argv[i], "dport"))
			o->dport = atoi(value);
		else if (!strcmp(argv[i], "count"))
			o->count = atoi(value);
		else if (!strcmp(argv[i], "ports"))
			o->ports = atoi(value);
		else if (!strcmp(argv[i], "addresses"))
			o->addresses = atoi(value);
		else if (!strcmp(argv[i], "stride"))
			o->stride = atoi(value);
		else if (!strcmp(argv[i], "mark"))
			o->mark = atoi(value);
		else
			errx(2, "%s: unknown option", argv[i]);
	}
	if (!o->netns || !o->dev || !o->count || !o->ports || !o->addresses)
		errx(2, "netns, dev and count are needed");
}

static uint32_t sum16(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *byte = data;

	for (; len > 1; len -= 2, byte += 2)
		sum += byte[0] << 8 | byte[1];
	return len ? sum + (byte[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static uint16_t transport_checksum(const struct frame *f, size_t len)
{
	/* The pseudo-header: both addresses, the protocol, the length. */
	uint32_t sum = sum16(&f->ip.saddr, 8, f->ip.protocol + len);

	return fold(sum16(&f->tcp, len, sum));
}

/* Returns the length of the frame. */
static size_t build(struct frame *f, const struct options *o, unsigned int flow)
{
	size_t len = o->protocol == IPPROTO_TCP ? sizeof(f->tcp) : sizeof(f->udp) + UDP_PAYLOAD;
	uint16_t sport = htons(o->sport + flow % o->ports), dport = htons(o->dport);

	memset(f, 0, sizeof(*f));
	memcpy(f->eth.ether_dhost, &o->mac, ETH_ALEN);
	f->eth.ether_shost[0] = 2;
	f->eth.ether_type = htons(ETH_P_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.tot_len = htons(sizeof(f->ip) + len);
	f->ip.ttl = 64;
	f->ip.protocol = o->protocol;
	f->ip.saddr = htonl(o->src + flow / o->ports % o->addresses);
	f->ip.daddr = htonl(o->dst);
	f->ip.check = fold(sum16(&f->ip, sizeof(f->ip), 0));
	if (o->protocol == IPPROTO_TCP) {
		f->tcp.source = sport;
		f->tcp.dest = dport;
		f->tcp.seq = htonl(1);
		f->tcp.doff = sizeof(f->tcp) / 4;
		f->tcp.window = htons(0x4000);
		f->tcp.syn = !!strchr(o->flags, 'S');
		f->tcp.ack = !!strchr(o->flags, 'A');
		f->tcp.fin = !!strchr(o->flags, 'F');
		f->tcp.rst = !!strchr(o->flags, 'R');
		f->tcp.psh = !!strchr(o->flags, 'P');
		f->tcp.check = transport_checksum(f, len);
	} else {
		f->udp.source = sport;
		f->udp.dest = dport;
		f->udp.len = htons(len);
		f->udp.check = transport_checksum(f, len) ?: 0xffff;
	}
	return offsetof(struct frame, tcp) + len;
}

static void enter_netns(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static int packet_socket(const char *dev)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		err(1, "packet socket");
	to.sll_ifindex = if_nametoindex(dev);
	if (!to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		err(1, "%s", dev);
	return fd;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double mean_of_middle_half(double *value, size_t n)
{
	size_t from = n / 4, to = n - n / 4;
	double sum = 0;

	qsort(value, n, sizeof(*value), compare);
	for (size_t i = from; i < to; i++)
		sum += value[i];
	return sum / (to - from);
}

int main(int argc, char **argv)
{
	struct options o;
	struct frame *frames;
	struct mmsghdr *messages;
	struct iovec *parts;
	double *per_frame;
	size_t batches = 0;
	uint64_t begin, end;
	unsigned int sent = 0;
	int fd, n;

	parse(argc, argv, &o);
	enter_netns(o.netns);
	fd = packet_socket(o.dev);
	frames = calloc(o.count, sizeof(*frames));
	messages = calloc(o.count, sizeof(*messages));
	parts = calloc(o.count, sizeof(*parts));
	per_frame = calloc(o.count, sizeof(*per_frame));
	if (!frames || !messages || !parts || !per_frame)
		err(1, "frames");
	for (unsigned int k = 0; k < o.count; k++) {
		parts[k].iov_base = &frames[k];
		parts[k].iov_len = build(&frames[k], &o, k * o.stride);
		messages[k].msg_hdr.msg_iov = &parts[k];
		messages[k].msg_hdr.msg_iovlen = 1;
	}
	usleep(100000);

	if (o.mark)
		MARK(1);
	while (sent < o.count) {
		unsigned int left = o.count - sent;

		begin = clock_ticks();
		n = sendmmsg(fd, messages + sent, left < BATCH ? left : BATCH, 0);
		end = clock_ticks();
		if (n <= 0)
			err(1, "frame %u of %u", sent, o.count);
		sent += n;
		per_frame[batches++] = (double)(end - begin) / n;
	}
	if (o.mark)
		MARK(2);

	printf("%.2f\n", mean_of_middle_half(per_frame, batches));
	return 0;
}
