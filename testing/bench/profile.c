// SPDX-License-Identifier: GPL-2.0
/*
 * profile - a QEMU plugin that counts the instructions of each translation
 * block between the two marks of send.c and window.c.
 *
 *   -plugin profile.so,out=FILE
 *
 * FILE gets, per measured stretch, a line "window" and then lines
 * "ADDRESS INSTRUCTIONS", one per block that was executed; those of user space
 * have the address 0.  An idle machine executes none.
 *
 * What is needed of the plugin interface is declared here, because Debian
 * does not package its header.  QEMU compares the version that a plugin was
 * written for with those that it can serve, and refuses others.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*translated_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_fn)(unsigned int vcpu, void *data);
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
struct qemu_plugin_scoreboard;
typedef struct {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
} qemu_plugin_u64;

struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
void *qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard *score, unsigned int vcpu);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated_fn fn);
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb,
						       enum qemu_plugin_op op,
						       qemu_plugin_u64 entry, uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, executed_fn fn,
					    enum qemu_plugin_cb_flags flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);

EXPORT int qemu_plugin_version = 4;

/* nopl imm32(%rax,%rax,1) */
#define MARK_LEN 8
static const uint8_t mark[MARK_LEN - 4] = { 0x0f, 0x1f, 0x84, 0x00 };
#define MARK_BEGIN 0x5a5ab001u
#define MARK_END 0x5a5ab002u

struct block {
	size_t next; /* in its chain; 0 ends it */
	uint64_t address;
	uint64_t instructions;
};

/* More than Debian's kernel and its modules have. */
#define BLOCKS (1 << 19)
#define BUCKETS (1 << 16)
static struct block blocks[BLOCKS];
static size_t buckets[BUCKETS], used = 1;
static struct qemu_plugin_scoreboard *executed; /* a uint64_t for each block */
static uint64_t before[BLOCKS];
static FILE *out;

static size_t find_block(uint64_t address, uint64_t instructions)
{
	size_t *bucket, i;

	/* User space is one, whatever the program. */
	if (!(address >> 63))
		address = 0;
	bucket = &buckets[(address ^ address >> 16) % BUCKETS];
	for (i = *bucket; i; i = blocks[i].next)
		if (blocks[i].address == address && blocks[i].instructions == instructions)
			return i;
	if (used == BLOCKS) {
		fputs("profile: too many blocks\n", stderr);
		abort();
	}
	i = used++;
	blocks[i] = (struct block){ *bucket, address, instructions };
	*bucket = i;
	return i;
}

static void on_begin(unsigned int vcpu, void *data)
{
	(void)data;
	memcpy(before, qemu_plugin_scoreboard_find(executed, vcpu), sizeof(before));
}

static void on_end(unsigned int vcpu, void *data)
{
	const uint64_t *after = qemu_plugin_scoreboard_find(executed, vcpu);

	(void)data;
	fputs("window\n", out);
	for (size_t i = 1; i < used; i++)
		if (after[i] != before[i])
			fprintf(out, "%" PRIx64 " %" PRIu64 "\n", blocks[i].address,
				(after[i] - before[i]) * blocks[i].instructions);
	fflush(out);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	size_t block = find_block(qemu_plugin_tb_vaddr(tb), n);
	qemu_plugin_u64 count = { executed, block * sizeof(uint64_t) };

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64, count, 1);
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint8_t bytes[MARK_LEN];
		uint32_t kind;

		if (qemu_plugin_insn_data(insn, bytes, MARK_LEN) < MARK_LEN ||
		    memcmp(bytes, mark, sizeof(mark)))
			continue;
		memcpy(&kind, bytes + sizeof(mark), sizeof(kind));
		if (kind == MARK_BEGIN || kind == MARK_END)
			qemu_plugin_register_vcpu_insn_exec_cb(insn,
				kind == MARK_BEGIN ? on_begin : on_end,
				QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			       char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	if (!out) {
		fputs("profile: out=FILE is needed, FILE writable\n", stderr);
		return -1;
	}
	executed = qemu_plugin_scoreboard_new(sizeof(before));
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
