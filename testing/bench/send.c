// SPDX-License-Identifier: GPL-2.0
/*
 * send - puts raw IP frames on a device and prints how many instructions the
 * machine executed per frame: under `qemu -icount shift=0` the time stamp
 * counter advances by one with each.
 *
 *   send netns=NAME dev=NAME mac=MAC proto=udp|tcp [flags=SAFRP]
 *        src=ADDRESS sport=N dst=ADDRESS dport=N count=N
 *        [ports=N] [addresses=N] [stride=N] [all=1] [mark=1]
 *
 * Both addresses are of IPv4, or both of IPv6.  The k-th frame belongs to flow
 * f = k * stride, which has the source port sport + f % ports and the source
 * address src + f / ports % addresses.
 *
 * All frames are built before the first one is sent, and a frame has gone its
 * whole way through the network namespaces, in softirq context, when the
 * system call that sent it returns: the machine is never idle meanwhile.
 *
 * The clock is read after each batch.  The result is the mean of the middle
 * half of the batches, so that neither timer ticks nor whatever else the
 * kernel does now and then are part of it; with all=1, for batches that are not
 * alike, the mean of all frames.
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
#include <netinet/ip6.h>
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
	int protocol, is_ipv6;
	/* An address of IPv4 is in the last four bytes, behind zeroes. */
	struct in6_addr src, dst;
	unsigned int sport, dport, count, ports, addresses, stride, all, mark;
};

union transport {
	struct tcphdr tcp;
	struct {
		struct udphdr udp;
		uint8_t payload[UDP_PAYLOAD];
	};
};

struct frame {
	struct ether_header eth;
	uint8_t packet[sizeof(struct ip6_hdr) + sizeof(union transport)];
};

#define MARK(n) asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, " #n ", 0xb0, 0x5a, 0x5a" ::: "memory")

static uint64_t clock_ticks(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void address(const char *text, struct options *o, struct in6_addr *to)
{
	memset(to, 0, sizeof(*to));
	o->is_ipv6 = !!strchr(text, ':');
	if (inet_pton(o->is_ipv6 ? AF_INET6 : AF_INET, text, to->s6_addr + (o->is_ipv6 ? 0 : 12)) != 1)
		errx(2, "%s: no address", text);
}

/* The last word of an address, more by so much. */
static uint32_t low_word(const struct in6_addr *addr, uint32_t more)
{
	uint32_t word;

	memcpy(&word, addr->s6_addr + 12, sizeof(word));
	return htonl(ntohl(word) + more);
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
			address(value, o, &o->src);
		else if (!strcmp(argv[i], "dst"))
			address(value, o, &o->dst);
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
		else if (!strcmp(argv[i], "all"))
			o->all = atoi(value);
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

/* `addresses` are both addresses of the IP header. */
static uint16_t transport_checksum(const void *addresses, size_t addresses_len, int protocol,
				   const union transport *l4, size_t len)
{
	return fold(sum16(l4, len, sum16(addresses, addresses_len, protocol + len)));
}

static void build_ipv4(struct iphdr *ip, const struct options *o, size_t len, uint32_t client)
{
	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + len);
	ip->ttl = 64;
	ip->protocol = o->protocol;
	ip->saddr = low_word(&o->src, client);
	ip->daddr = low_word(&o->dst, 0);
	ip->check = fold(sum16(ip, sizeof(*ip), 0));
}

static void build_ipv6(struct ip6_hdr *ip, const struct options *o, size_t len, uint32_t client)
{
	uint32_t low = low_word(&o->src, client);

	memset(ip, 0, sizeof(*ip));
	ip->ip6_vfc = 6 << 4;
	ip->ip6_plen = htons(len);
	ip->ip6_nxt = o->protocol;
	ip->ip6_hlim = 64;
	ip->ip6_src = o->src;
	memcpy(ip->ip6_src.s6_addr + 12, &low, sizeof(low));
	ip->ip6_dst = o->dst;
}

/* Returns the length of the frame. */
static size_t build(struct frame *f, const struct options *o, unsigned int flow)
{
	size_t len = o->protocol == IPPROTO_TCP ? sizeof(struct tcphdr) :
						  sizeof(struct udphdr) + UDP_PAYLOAD;
	uint16_t sport = htons(o->sport + flow % o->ports), dport = htons(o->dport), check;
	uint32_t client = flow / o->ports % o->addresses;
	struct iphdr ip4;
	struct ip6_hdr ip6;
	size_t ip_len;
	union transport l4 = { 0 };

	memset(f, 0, sizeof(*f));
	memcpy(f->eth.ether_dhost, &o->mac, ETH_ALEN);
	f->eth.ether_shost[0] = 2;
	f->eth.ether_type = htons(o->is_ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	if (o->protocol == IPPROTO_TCP) {
		l4.tcp.source = sport;
		l4.tcp.dest = dport;
		l4.tcp.seq = htonl(1);
		l4.tcp.doff = sizeof(l4.tcp) / 4;
		l4.tcp.window = htons(0x4000);
		l4.tcp.syn = !!strchr(o->flags, 'S');
		l4.tcp.ack = !!strchr(o->flags, 'A');
		l4.tcp.fin = !!strchr(o->flags, 'F');
		l4.tcp.rst = !!strchr(o->flags, 'R');
		l4.tcp.psh = !!strchr(o->flags, 'P');
	} else {
		l4.udp.source = sport;
		l4.udp.dest = dport;
		l4.udp.len = htons(len);
	}
	if (o->is_ipv6) {
		build_ipv6(&ip6, o, len, client);
		check = transport_checksum(&ip6.ip6_src, 2 * sizeof(ip6.ip6_src), o->protocol, &l4, len);
		ip_len = sizeof(ip6);
		memcpy(f->packet, &ip6, ip_len);
	} else {
		build_ipv4(&ip4, o, len, client);
		check = transport_checksum(&ip4.saddr, 2 * sizeof(ip4.saddr), o->protocol, &l4, len);
		ip_len = sizeof(ip4);
		memcpy(f->packet, &ip4, ip_len);
	}
	if (o->protocol == IPPROTO_TCP)
		l4.tcp.check = check;
	else
		l4.udp.check = check ?: 0xffff;
	memcpy(f->packet + ip_len, &l4, len);
	return offsetof(struct frame, packet) + ip_len + len;
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
	uint64_t begin, end, total = 0;
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
		total += end - begin;
	}
	if (o.mark)
		MARK(2);

	printf("%.2f\n", o.all ? (double)total / sent : mean_of_middle_half(per_frame, batches));
	return 0;
}
