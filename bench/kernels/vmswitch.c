/* SPDX-License-Identifier: Apache-2.0 */
/* vmswitch.c - a switch in a loop: a register machine whose program sieves for prime numbers. */
#include "kernel.h"

#include <string.h>

const char kernel_name[] = "vmswitch";

enum {
	SET,
	MOVE,
	ADD,
	ADDI,
	MUL,
	LOADB,
	STOREB,
	JUMP,
	LESS,
	ZERO,
	COUNT,
	MIX,
	STOP
};

/* One instruction: operation, destination, source, and a 16-bit operand or jump target. */
struct instruction {
	uint8_t op, d, s;
	uint16_t n;
};

#define LIMIT 20000

static uint8_t memory[LIMIT];
static volatile uint32_t limit = LIMIT;

/* r0 limit, r1 candidate, r2 multiple, r3 flag, r4 primes found, r5 mixed result */
static const struct instruction program[] = {
	/* 0 */ {SET, 1, 0, 2},
	/* 1 */ {LESS, 1, 0, 14}, /* unless r1 < r0 go to 14 */
	/* 2 */ {LOADB, 3, 1, 0}, /* r3 = memory[r1] */
	/* 3 */ {ZERO, 3, 0, 12}, /* unless r3 == 0 go to 12 */
	/* 4 */ {COUNT, 4, 0, 0}, /* r4++ */
	/* 5 */ {MIX, 5, 1, 0},	  /* r5 = r5 * 31 ^ r1 */
	/* 6 */ {MOVE, 2, 1, 0},
	/* 7 */ {ADD, 2, 1, 0},
	/* 8 */ {LESS, 2, 0, 12},  /* unless r2 < r0 go to 12 */
	/* 9 */ {STOREB, 2, 0, 1}, /* memory[r2] = 1 */
	/* 10 */ {JUMP, 0, 0, 7},
	/* 11 */ {STOP, 0, 0, 0},
	/* 12 */ {ADDI, 1, 0, 1},
	/* 13 */ {JUMP, 0, 0, 1},
	/* 14 */ {MUL, 5, 4, 0},
	/* 15 */ {STOP, 0, 0, 0},
};

static uint32_t execute(uint32_t r[8])
{
	const struct instruction *pc = program;

	for (;;) {
		const struct instruction *i = pc++;

		switch (i->op) {
		case SET:
			r[i->d] = i->n;
			break;
		case MOVE:
			r[i->d] = r[i->s];
			break;
		case ADD:
			r[i->d] += r[i->s];
			break;
		case ADDI:
			r[i->d] += i->n;
			break;
		case MUL:
			r[i->d] *= r[i->s];
			break;
		case LOADB:
			r[i->d] = memory[r[i->s]];
			break;
		case STOREB:
			memory[r[i->d]] = (uint8_t)i->n;
			break;
		case JUMP:
			pc = program + i->n;
			break;
		case LESS:
			if (!(r[i->d] < r[i->s])) {
				pc = program + i->n;
			}
			break;
		case ZERO:
			if (r[i->d] != 0) {
				pc = program + i->n;
			}
			break;
		case COUNT:
			r[i->d]++;
			break;
		case MIX:
			r[i->d] = r[i->d] * 31 ^ r[i->s];
			break;
		default:
			return r[5];
		}
	}
}

uint32_t kernel_run(void)
{
	uint32_t r[8] = {limit, 0, 0, 0, 0, 1, 0, 0};

	memset(memory, 0, sizeof(memory));
	return execute(r);
}
