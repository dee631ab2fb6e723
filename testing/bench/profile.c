// SPDX-License-Identifier: GPL-2.0
/*
 * profile - a QEMU plugin that counts the instructions of each translation
 * block between the two marks of send.c.
 *
 *   -plugin profile.so,out=FILE
 *
 * FILE gets, per measured stretch, a line "window" and then lines
 * "ADDRESS INSTRUCTIONS", one per block that was executed.
 *
 * What is needed of the plugin interface is declared here, because Debian
 * does not package its header.  QEMU compares the version that a plugin was
 * written for with those that it can serve, and refuses others.
 */
#include <inttypes.h>
#include <stdbool.h>
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

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translated_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, executed_fn fn,
					  enum qemu_plugin_cb_flags flags, void *data);
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
	struct block *next;
	uint64_t address;
	uint64_t instructions;
	uint64_t executed;
};

#define BUCKETS (1 << 16)
static struct block *blocks[BUCKETS];
static bool measuring;
static FILE *out;

static struct block *find_block(uint64_t address, uint64_t instructions)
{
	struct block **bucket = &blocks[(address ^ address >> 16) % BUCKETS], *block;

	for (block = *bucket; block; block = block->next)
		if (block->address == address && block->instructions == instructions)
			return block;
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->address = address;
	block->instructions = instructions;
	block->next = *bucket;
	*bucket = block;
	return block;
}

static void on_block(unsigned int vcpu, void *data)
{
	struct block *block = data;

	(void)vcpu;
	if (measuring)
		block->executed++;
}

static void on_begin(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	measuring = true;
}

static void on_end(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	measuring = false;
	fputs("window\n", out);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct block *block = blocks[i]; block; block = block->next) {
			if (!block->executed)
				continue;
			fprintf(out, "%" PRIx64 " %" PRIu64 "\n", block->address,
				block->executed * block->instructions);
			block->executed = 0;
		}
	}
	fflush(out);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	struct block *block = find_block(qemu_plugin_tb_vaddr(tb), n);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
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
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
