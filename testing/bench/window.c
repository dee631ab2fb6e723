// SPDX-License-Identifier: GPL-2.0
/*
 * window - does one thing of the control plane between two marks, which
 * profile.c sees.
 *
 *   window exec IN OUT COMMAND...   starts a program, waits for its end
 *   window read FILE                reads a file to its end, 64 KiB at a time
 *   window sleep SECONDS
 *   window load SERVICES DESTS [WEIGHT]
 *                                   makes services, each with so many
 *                                   destinations of its own; acknowledged in
 *                                   batches, so that little but the load
 *                                   balancer's own work is measured
 *   window services                 dumps all services, by netlink
 *   window dests SERVICES           dumps the destinations of each of these
 *   window totals                   asks for the sums of all and of each service, by
 *                                   netlink, which C does not know
 *   window sets COUNT SERVICES DESTS WEIGHT
 *                                   gives so many destinations, spread over all of
 *                                   them, another weight, each by a request
 *   window apply COUNT CHANGES SERVICES DESTS WEIGHT
 *                                   the same by so many transactions of so many
 *                                   changes, which C does not know
 *   window edits COUNT DESTS        changes destinations of the first service so often;
 *                                   printed are the instructions it takes
 *   window adds COUNT DESTS         gives it so many more, one after the other, and
 *                                   takes them back; printed is what it takes to add one
 *
 * Service i is TCP 10.99.0.1 + i, port 80; address() in control.py agrees.
 * Printed is how many things were seen: bytes read, netlink messages, or 0.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK(n) asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, " #n ", 0xb0, 0x5a, 0x5a" ::: "memory")

#define FIRST_SERVICE 0x0a630001 /* 10.99.0.1 */
#define FIRST_DEST 0xac100001	 /* 172.16.0.1 */
#define PORT 80
/* Far enough from each other not to be neighbours, and none twice of a round number. */
#define STRIDE 7919
/* Of Documentation/netlink/specs/ipvs.yaml */
#define CMD_APPLY 69
#define CMD_GET_TOTALS 72
#define ATTR_APPLY 0x1005
#define ATTR_APPLY_COMMAND 3
#define ATTR_TOTALS 0x1008
#define ATTR_TOTALS_BY 1
#define BY_NAMESPACE 0
#define BY_SERVICE 1
/* IP_VS_CONN_F_MASQ */
#define METHOD_NAT 0
#define MESSAGE_MAX 512
#define BATCH_MAX (1 << 16)

static char buffer[1 << 16];

/* Netlink messages, written one after the other into memory that is enough. */

struct message {
	char *start, *end;
};

static void put(struct message *m, const void *data, size_t len)
{
	memcpy(m->end, data, len);
	memset(m->end + len, 0, NLA_ALIGN(len) - len);
	m->end += NLA_ALIGN(len);
}

static void put_attr(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	put(m, &head, sizeof(head));
	put(m, data, len);
}

static void put_attr16(struct message *m, uint16_t type, uint16_t value)
{
	put_attr(m, type, &value, sizeof(value));
}

static void put_attr32(struct message *m, uint16_t type, uint32_t value)
{
	put_attr(m, type, &value, sizeof(value));
}

static void put_address(struct message *m, uint16_t type, uint32_t address)
{
	uint32_t data[4] = { htonl(address) };

	put_attr(m, type, data, sizeof(data));
}

static struct nlattr *nest(struct message *m, uint16_t type)
{
	struct nlattr *head = (struct nlattr *)m->end;

	put_attr(m, type | NLA_F_NESTED, NULL, 0);
	return head;
}

static void nest_end(struct message *m, struct nlattr *head)
{
	head->nla_len = m->end - (char *)head;
}

static void begin(struct message *m, char *where, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr head = { .nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST | flags };
	struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	m->start = m->end = where;
	put(m, &head, sizeof(head));
	put(m, &genl, sizeof(genl));
}

static char *end(struct message *m)
{
	((struct nlmsghdr *)m->start)->nlmsg_len = m->end - m->start;
	return m->end;
}

static void put_service_key(struct message *m, unsigned int i)
{
	put_attr16(m, IPVS_SVC_ATTR_AF, AF_INET);
	put_attr16(m, IPVS_SVC_ATTR_PROTOCOL, IPPROTO_TCP);
	put_address(m, IPVS_SVC_ATTR_ADDR, FIRST_SERVICE + i);
	put_attr16(m, IPVS_SVC_ATTR_PORT, htons(PORT));
}

static char *new_service(char *where, uint16_t family, unsigned int i)
{
	const struct ip_vs_flags flags = { .mask = ~0 };
	struct message m;
	struct nlattr *service;

	begin(&m, where, family, IPVS_CMD_NEW_SERVICE, 0);
	service = nest(&m, IPVS_CMD_ATTR_SERVICE);
	put_service_key(&m, i);
	put_attr(&m, IPVS_SVC_ATTR_SCHED_NAME, "rr", 3);
	put_attr(&m, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
	put_attr32(&m, IPVS_SVC_ATTR_TIMEOUT, 0);
	put_attr32(&m, IPVS_SVC_ATTR_NETMASK, ~0);
	nest_end(&m, service);
	return end(&m);
}

/* A destination of service i. */
static void put_dest_of(struct message *m, unsigned int i, unsigned int address, uint32_t weight)
{
	struct nlattr *service, *dest;

	service = nest(m, IPVS_CMD_ATTR_SERVICE);
	put_service_key(m, i);
	nest_end(m, service);
	dest = nest(m, IPVS_CMD_ATTR_DEST);
	put_address(m, IPVS_DEST_ATTR_ADDR, address);
	put_attr16(m, IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
	put_attr16(m, IPVS_DEST_ATTR_PORT, htons(PORT));
	put_attr32(m, IPVS_DEST_ATTR_FWD_METHOD, METHOD_NAT);
	put_attr32(m, IPVS_DEST_ATTR_WEIGHT, weight);
	put_attr32(m, IPVS_DEST_ATTR_U_THRESH, 0);
	put_attr32(m, IPVS_DEST_ATTR_L_THRESH, 0);
	nest_end(m, dest);
}

static char *put_dest(char *where, uint16_t family, uint8_t cmd, unsigned int i, unsigned int address,
		      uint32_t weight)
{
	struct message m;

	begin(&m, where, family, cmd, 0);
	put_dest_of(&m, i, address, weight);
	return end(&m);
}

/* Sends what is between, and takes answers until the last one. */
static unsigned long talk(int fd, char *from, char *to)
{
	unsigned long messages = 0;

	if (send(fd, from, to - from, 0) != to - from)
		err(1, "netlink");
	for (;;) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *head = (struct nlmsghdr *)buffer;

		if (got <= 0)
			err(1, "netlink");
		for (; NLMSG_OK(head, (size_t)got); head = NLMSG_NEXT(head, got)) {
			if (head->nlmsg_type == NLMSG_DONE)
				return messages;
			if (head->nlmsg_type == NLMSG_ERROR) {
				errno = -((struct nlmsgerr *)NLMSG_DATA(head))->error;
				if (errno)
					err(1, "the kernel");
				return messages;
			}
			messages++;
		}
	}
}

/* The netlink type of the family's messages. */
static uint16_t find_family(int fd)
{
	struct message m;
	struct nlattr *attr;
	ssize_t got;

	begin(&m, buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put_attr(&m, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof(IPVS_GENL_NAME));
	end(&m);
	if (send(fd, buffer, m.end - m.start, 0) < 0)
		err(1, "netlink");
	got = recv(fd, buffer, sizeof(buffer), 0);
	attr = (struct nlattr *)(buffer + NLMSG_HDRLEN + GENL_HDRLEN);
	for (; (char *)attr < buffer + got; attr = (struct nlattr *)((char *)attr + NLA_ALIGN(attr->nla_len)))
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(uint16_t *)(attr + 1);
	errx(1, "there is no family %s", IPVS_GENL_NAME);
}

static int netlink(uint16_t *family)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);

	if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		err(1, "netlink");
	*family = find_family(fd);
	return fd;
}

static unsigned long load(unsigned int services, unsigned int dests, uint32_t weight)
{
	unsigned long messages = 0;
	uint16_t family;
	int fd = netlink(&family);
	char *batch = malloc((dests + 1) * MESSAGE_MAX);

	if (!batch)
		err(1, "batch");
	MARK(1);
	for (unsigned int i = 0; i < services; i++) {
		char *last = batch, *at = new_service(batch, family, i);

		for (unsigned int k = 0; k < dests; k++) {
			last = at;
			at = put_dest(at, family, IPVS_CMD_NEW_DEST, i, FIRST_DEST + i * dests + k,
				      weight);
			if (at - batch < BATCH_MAX)
				continue;
			/* More does not go into one send(). */
			((struct nlmsghdr *)last)->nlmsg_flags |= NLM_F_ACK;
			talk(fd, batch, at);
			last = at = batch;
		}
		messages += dests + 1;
		if (at == batch)
			continue;
		((struct nlmsghdr *)last)->nlmsg_flags |= NLM_F_ACK;
		talk(fd, batch, at);
	}
	MARK(2);
	return messages;
}

static unsigned long dump_services(void)
{
	uint16_t family;
	int fd = netlink(&family);
	char request[MESSAGE_MAX];
	unsigned long messages;
	struct message m;

	MARK(1);
	begin(&m, request, family, IPVS_CMD_GET_SERVICE, NLM_F_DUMP);
	messages = talk(fd, request, end(&m));
	MARK(2);
	return messages;
}

static unsigned long dump_dests(unsigned int services)
{
	unsigned long messages = 0;
	uint16_t family;
	int fd = netlink(&family);

	MARK(1);
	for (unsigned int i = 0; i < services; i++) {
		char request[MESSAGE_MAX];
		struct nlattr *service;
		struct message m;

		begin(&m, request, family, IPVS_CMD_GET_DEST, NLM_F_DUMP);
		service = nest(&m, IPVS_CMD_ATTR_SERVICE);
		put_service_key(&m, i);
		nest_end(&m, service);
		messages += talk(fd, request, end(&m));
	}
	MARK(2);
	return messages;
}

static unsigned long dump_totals(void)
{
	static const uint32_t by[] = { BY_NAMESPACE, BY_SERVICE };
	unsigned long messages = 0;
	uint16_t family;
	int fd = netlink(&family);

	MARK(1);
	for (unsigned int i = 0; i < sizeof(by) / sizeof(*by); i++) {
		char request[MESSAGE_MAX];
		struct nlattr *totals;
		struct message m;

		begin(&m, request, family, CMD_GET_TOTALS, NLM_F_DUMP);
		totals = nest(&m, ATTR_TOTALS);
		put_attr32(&m, ATTR_TOTALS_BY, by[i]);
		nest_end(&m, totals);
		messages += talk(fd, request, end(&m));
	}
	MARK(2);
	return messages;
}

/* The destination of change number n, and in *i its service. */
static unsigned int spread(unsigned int n, unsigned int services, unsigned int dests, unsigned int *i)
{
	unsigned int k = (uint64_t)n * STRIDE % (services * dests);

	*i = k / dests;
	return FIRST_DEST + k;
}

static unsigned long sets(unsigned int count, unsigned int services, unsigned int dests, uint32_t weight)
{
	char message[MESSAGE_MAX];
	uint16_t family;
	int fd = netlink(&family);

	MARK(1);
	for (unsigned int n = 0; n < count; n++) {
		unsigned int i, address = spread(n, services, dests, &i);
		char *end = put_dest(message, family, IPVS_CMD_SET_DEST, i, address, weight);

		((struct nlmsghdr *)message)->nlmsg_flags |= NLM_F_ACK;
		talk(fd, message, end);
	}
	MARK(2);
	return count;
}

static unsigned long apply(unsigned int count, unsigned int changes, unsigned int services,
			   unsigned int dests, uint32_t weight)
{
	char *request = malloc((changes + 1) * MESSAGE_MAX);
	unsigned int n = 0;
	uint16_t family;
	int fd = netlink(&family);

	if (!request)
		err(1, "request");
	MARK(1);
	while (count--) {
		struct message m;

		begin(&m, request, family, CMD_APPLY, NLM_F_ACK);
		for (unsigned int k = 0; k < changes; k++, n++) {
			unsigned int i, address = spread(n, services, dests, &i);
			struct nlattr *change = nest(&m, ATTR_APPLY);

			put_attr32(&m, ATTR_APPLY_COMMAND, IPVS_CMD_SET_DEST);
			put_dest_of(&m, i, address, weight);
			nest_end(&m, change);
		}
		talk(fd, request, end(&m));
	}
	MARK(2);
	return n;
}

static unsigned long read_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	unsigned long bytes = 0;
	ssize_t got;

	if (fd < 0)
		err(1, "%s", path);
	memset(buffer, 1, sizeof(buffer));
	MARK(1);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		bytes += got;
	MARK(2);
	if (got < 0)
		err(1, "%s", path);
	return bytes;
}

static unsigned long execute(const char *in, const char *out, char **command)
{
	int from = open(in, O_RDONLY), to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), status;
	pid_t child;

	if (from < 0 || to < 0)
		err(1, "%s, %s", in, out);
	MARK(1);
	child = vfork();
	if (!child) {
		dup2(from, STDIN_FILENO);
		dup2(to, STDOUT_FILENO);
		execvp(*command, command);
		_exit(127);
	}
	waitpid(child, &status, 0);
	MARK(2);
	if (status)
		errx(1, "%s: status %x", *command, status);
	return 0;
}

static unsigned long idle(unsigned int seconds)
{
	MARK(1);
	sleep(seconds);
	MARK(2);
	return 0;
}

static uint64_t clock_ticks(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sends one request about a destination of the first service; the instructions it takes. */
static uint64_t request(int fd, uint16_t family, uint8_t cmd, unsigned int dest, uint32_t weight)
{
	static char message[MESSAGE_MAX];
	char *end = put_dest(message, family, cmd, 0, FIRST_DEST + dest, weight);
	uint64_t start;

	((struct nlmsghdr *)message)->nlmsg_flags |= NLM_F_ACK;
	start = clock_ticks();
	talk(fd, message, end);
	return clock_ticks() - start;
}

static uint64_t median(uint64_t *value, unsigned int count)
{
	qsort(value, count, sizeof(*value), compare);
	return value[count / 2];
}

/* What it takes to change the weight of a server there and back. */
static unsigned long edits(unsigned int count, unsigned int dests)
{
	uint64_t *took = calloc(count, sizeof(*took));
	uint16_t family;
	int fd = netlink(&family);

	if (!took)
		err(1, "edits");
	for (unsigned int i = 0; i < count; i++)
		took[i] = request(fd, family, IPVS_CMD_SET_DEST, i * STRIDE % dests, 1 + i % 2 * 6);
	return median(took, count);
}

/* What it takes to add a server. */
static unsigned long adds(unsigned int count, unsigned int dests)
{
	uint64_t *took = calloc(count, sizeof(*took));
	uint16_t family;
	int fd = netlink(&family);

	if (!took)
		err(1, "adds");
	for (unsigned int i = 0; i < count; i++)
		took[i] = request(fd, family, IPVS_CMD_NEW_DEST, dests + i, 1);
	for (unsigned int i = 0; i < count; i++)
		request(fd, family, IPVS_CMD_DEL_DEST, dests + i, 1);
	return median(took, count);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long seen;

	if (!strcmp(what, "exec") && argc > 4)
		seen = execute(argv[2], argv[3], argv + 4);
	else if (!strcmp(what, "read") && argc == 3)
		seen = read_file(argv[2]);
	else if (!strcmp(what, "sleep") && argc == 3)
		seen = idle(atoi(argv[2]));
	else if (!strcmp(what, "load") && (argc == 4 || argc == 5))
		seen = load(atoi(argv[2]), atoi(argv[3]), argc == 5 ? atoi(argv[4]) : 1);
	else if (!strcmp(what, "services") && argc == 2)
		seen = dump_services();
	else if (!strcmp(what, "dests") && argc == 3)
		seen = dump_dests(atoi(argv[2]));
	else if (!strcmp(what, "totals") && argc == 2)
		seen = dump_totals();
	else if (!strcmp(what, "sets") && argc == 6)
		seen = sets(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	else if (!strcmp(what, "apply") && argc == 7)
		seen = apply(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), atoi(argv[6]));
	else if (!strcmp(what, "edits") && argc == 4)
		seen = edits(atoi(argv[2]), atoi(argv[3]));
	else if (!strcmp(what, "adds") && argc == 4)
		seen = adds(atoi(argv[2]), atoi(argv[3]));
	else
		errx(2, "see the head of window.c");
	printf("%lu\n", seen);
	return 0;
}
