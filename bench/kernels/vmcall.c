/* SPDX-License-Identifier: Apache-2.0 */
/* vmcall.c - indirect calls: a small stack machine with one function per operation. */
#include "kernel.h"

const char kernel_name[] = "vmcall";

struct machine {
	const uint8_t *pc;
	uint32_t *top; /* the next free slot */
	uint32_t slot[4];
	uint32_t stack[16];
	int running;
};

enum {
	LOAD,
	STORE,
	PUSH,
	ADD,
	MUL,
	XOR,
	SUB,
	JUMP_IF,
	STOP
};

static void op_load(struct machine *m)
{
	*m->top++ = m->slot[*m->pc++ & 3];
}

static void op_store(struct machine *m)
{
	m->slot[*m->pc++ & 3] = *--m->top;
}

static void op_push(struct machine *m)
{
	*m->top++ = *m->pc++;
}

static void op_add(struct machine *m)
{
	m->top--;
	m->top[-1] += m->top[0];
}

static void op_mul(struct machine *m)
{
	m->top--;
	m->top[-1] *= m->top[0];
}

static void op_xor(struct machine *m)
{
	m->top--;
	m->top[-1] ^= m->top[0];
}

static void op_sub(struct machine *m)
{
	m->top--;
	m->top[-1] -= m->top[0];
}

/* Back by the operand when the top is not zero. */
static void op_jump_if(struct machine *m)
{
	uint8_t back = *m->pc++;

	if (*--m->top != 0) {
		m->pc -= back;
	}
}

static void op_stop(struct machine *m)
{
	m->running = 0;
}

static void (*const operation[])(struct machine *m) = {
	op_load, op_store, op_push, op_add, op_mul, op_xor, op_sub, op_jump_if, op_stop,
};

/* do { 1 = (1 * 33 + 0) ^ 2; 2 = 2 + 1; 0 = 0 - 1; } while (0 != 0) */
static const uint8_t program[] = {
	LOAD, 1,   PUSH,  33, MUL,  LOAD, 0,	ADD, LOAD, 2,	  XOR, STORE, 1, LOAD,	  2,  LOAD,
	1,    ADD, STORE, 2,  LOAD, 0,	  PUSH, 1,   SUB,  STORE, 0,   LOAD,  0, JUMP_IF, 31, STOP,
};

static volatile uint32_t rounds = 60000;

uint32_t kernel_run(void)
{
	struct machine m = {.pc = program, .top = m.stack, .slot = {rounds, 5, 7, 0}, .running = 1};

	while (m.running) {
		operation[*m.pc++](&m);
	}
	return m.slot[1] ^ m.slot[2];
}
