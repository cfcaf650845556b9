/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_call.c - where the arguments of a C function go, by the rules of native_abi.h: planned
 * once for a type, then filled in for each call. The trampoline does what C cannot.
 */
#include "native_call.h"

#include <stddef.h>
#include <string.h>

#include "native_abi.h"

/* Two words for each argument are the most that alignment can make of them. */
#define STACK_WORDS (2 * OCRE__CALL_ARGS + STACK_ALIGN / WORD_SIZE)

struct frame {
	uint64_t fpr[FPR_COUNT];
	uintptr_t gpr[GPR_COUNT];
	/* As the stack will be, from its end upwards. */
	uintptr_t stack[STACK_WORDS];
};

_Static_assert(sizeof(uintptr_t) == WORD_SIZE, "");
_Static_assert(offsetof(struct frame, gpr) == FRAME_GPR, "");
_Static_assert(offsetof(struct frame, stack) == FRAME_STACK, "");

/*
 * Call `function` with the registers and the `stack` bytes of `frame`. Leaves in it what may be the
 * result: the first float register, the first two integer ones.
 */
void ocre__trampoline(struct frame *frame, void (*function)(void), size_t stack);

#define NOWHERE UINT16_MAX

/* What is taken already. */
struct taken {
	unsigned int halves; /* of float registers, a bit for each */
	unsigned int gprs;
	unsigned int stack; /* words */
};

static uint16_t place_in_fpr(struct taken *taken, unsigned int size)
{
	unsigned int step = size == 4 && FPR_HALVES ? 1 : 2;

	for (unsigned int at = 0; at < 2 * FPR_COUNT; at += step) {
		unsigned int mask = (step == 1 ? 1u : 3u) << at;

		if ((taken->halves & mask) == 0) {
			taken->halves |= mask;
			return (uint16_t)(at * 4);
		}
	}
	/* The holes before it are not filled any more. */
	taken->halves = UINT32_MAX;
	return NOWHERE;
}

static uint16_t place_in_gpr(struct taken *taken, unsigned int words)
{
	unsigned int at = taken->gprs;

	if (words == 2 && PAIR_EVEN) {
		at = (at + 1) & ~1u;
	}
	if (at >= GPR_COUNT || (at + words > GPR_COUNT && !PAIR_SPLITS)) {
		taken->gprs = GPR_COUNT;
		return NOWHERE;
	}
	taken->gprs = at + words;
	if (taken->gprs > GPR_COUNT) {
		/* Nothing is on the stack as long as there are registers, so it is next to them. */
		taken->stack = taken->gprs - GPR_COUNT;
		taken->gprs = GPR_COUNT;
	}
	return (uint16_t)(FRAME_GPR + at * WORD_SIZE);
}

static uint16_t place_on_stack(struct taken *taken, unsigned int words)
{
	unsigned int at = taken->stack;

	if (words == 2) {
		at = (at + 1) & ~1u;
	}
	taken->stack = at + words;
	return (uint16_t)(FRAME_STACK + at * WORD_SIZE);
}

static unsigned int size_of(char kind)
{
	if (kind == 'p') {
		return WORD_SIZE;
	}
	return kind == 'I' || kind == 'F' ? 8 : 4;
}

static bool is_float(char kind)
{
	return (kind == 'f' || kind == 'F') && size_of(kind) <= FPR_SIZE;
}

static uint16_t place(struct taken *taken, char kind)
{
	unsigned int words = size_of(kind) > WORD_SIZE ? 2 : 1;
	uint16_t at = NOWHERE;

	if (is_float(kind)) {
		at = place_in_fpr(taken, size_of(kind));
	}
	if (at == NOWHERE && (!is_float(kind) || FPR_THEN_GPR)) {
		at = place_in_gpr(taken, words);
	}
	return at != NOWHERE ? at : place_on_stack(taken, words);
}

bool ocre__call_plan(struct ocre__call_plan *plan, const char *kinds, unsigned int count,
		     char result)
{
	struct taken taken = {0, 0, 0};

	memset(plan, 0, sizeof(*plan));
	plan->count = (uint8_t)count;
	plan->result = result;
	for (unsigned int n = 0; n < count; n++) {
		plan->kinds[n] = kinds[n];
		plan->at[n] = place(&taken, kinds[n]);
	}
	plan->stack =
		(uint16_t)((taken.stack * WORD_SIZE + STACK_ALIGN - 1) / STACK_ALIGN * STACK_ALIGN);
	return true;
}

/*
 * As it is in a register or slot of 8 bytes: an i32 with its sign, as RISC-V has it and the others
 * do not mind; a float as RISC-V marks one in a register for doubles.
 */
static uint64_t widen(char kind, const union ocre__value *arg)
{
	switch (kind) {
	case 'i':
		return (uint64_t)(int64_t)(int32_t)arg->i32;
	case 'f':
		return arg->i32 | UINT64_C(0xffffffff00000000);
	case 'p':
		return (uintptr_t)arg->ptr;
	default:
		return arg->i64;
	}
}

static unsigned int slot_size(const struct ocre__call_plan *plan, unsigned int n)
{
	unsigned int size = size_of(plan->kinds[n]);

	if (size == 4 && (WORD_SIZE == 8 || (plan->at[n] < FRAME_GPR && !FPR_HALVES))) {
		return 8;
	}
	return size;
}

void ocre__call(const struct ocre__call_plan *plan, void (*function)(void),
		const union ocre__value *args, union ocre__value *result)
{
	struct frame frame;

	for (unsigned int n = 0; n < plan->count; n++) {
		uint64_t value = widen(plan->kinds[n], &args[n]);

		/* Of a little-endian machine. */
		memcpy((unsigned char *)&frame + plan->at[n], &value, slot_size(plan, n));
	}
	ocre__trampoline(&frame, function, plan->stack);
	if (plan->result != ':') {
		memcpy(result, is_float(plan->result) ? (void *)frame.fpr : (void *)frame.gpr,
		       size_of(plan->result));
	}
}
