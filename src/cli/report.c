/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - how a container ended, on stderr: the trap with its backtrace, the limit, the stats.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "run.h"

/* Frames of a backtrace that are shown; a stack overflow can have millions. */
#define FRAMES_SHOWN 50

static void print_frame(uint32_t n, const struct ocre_frame_info *frame)
{
	const struct ocre_module *module = ocre_instance_module(frame->instance);
	struct ocre_bytes name = ocre_module_func_name(module, frame->func);

	fprintf(stderr, "  #%" PRIu32 " ", n);
	if (name.size > 0) {
		ocre__print_bytes(stderr, name);
	} else {
		fputs("<unnamed>", stderr);
	}
	fprintf(stderr, " (func %" PRIu32 ") at 0x%" PRIx32 "\n", frame->func, frame->offset);
}

static bool same_place(const struct ocre_frame_info *a, const struct ocre_frame_info *b)
{
	return a->instance == b->instance && a->func == b->func && a->offset == b->offset;
}

/* A function that calls itself at the same place over and over is shown once. */
static void print_backtrace(struct ocre_instance *instance)
{
	struct ocre_frame_info last = {0};
	struct ocre_frame_info frame;
	uint32_t repeats = 0;
	uint32_t n = 0;
	bool more;

	while ((more = ocre_instance_frame(instance, n, &frame)) && n < FRAMES_SHOWN) {
		if (n > 0 && same_place(&frame, &last)) {
			repeats++;
		} else {
			if (repeats > 0) {
				fprintf(stderr, "  ... %" PRIu32 " more of these\n", repeats);
			}
			repeats = 0;
			print_frame(n, &frame);
		}
		last = frame;
		n++;
	}
	if (repeats > 0) {
		fprintf(stderr, "  ... %" PRIu32 " more of these\n", repeats);
	}
	if (more) {
		fprintf(stderr, "  ... more frames are not shown\n");
	}
}

static int report_trap(const struct ocre__loop *loop, const struct ocre__run_config *config)
{
	const struct ocre_trap_info *trap = ocre_instance_trap(loop->instance);
	char size[OCRE__UNIT_TEXT];

	if (trap->kind == OCRE_TRAP_NOMEM && config->memory != SIZE_MAX) {
		ocre__fail(0, "memory limit of %s reached",
			   ocre__format_size(config->memory, size));
		print_backtrace(loop->instance);
		return OCRE__EXIT_LIMIT;
	}
	ocre__fail(0, "trap: %s", trap->message);
	if (trap->host_name.size > 0) {
		fputs("  in host call ", stderr);
		ocre__print_bytes(stderr, trap->host_module);
		fputc('.', stderr);
		ocre__print_bytes(stderr, trap->host_name);
		fputc('\n', stderr);
	}
	print_backtrace(loop->instance);
	return OCRE__EXIT_TRAP;
}

int ocre__report_stop(const struct ocre__loop *loop, const struct ocre__run_config *config,
		      enum ocre__stop stop)
{
	char text[OCRE__UNIT_TEXT];

	fflush(stdout);
	switch (stop) {
	case OCRE__STOP_DONE:
		return OCRE__EXIT_OK;
	case OCRE__STOP_EXIT:
		return (int)(ocre_instance_exit_code(loop->instance) & 0xff);
	case OCRE__STOP_TRAP:
		return report_trap(loop, config);
	case OCRE__STOP_BUDGET:
		return ocre__fail(OCRE__EXIT_LIMIT, "budget of %" PRIu64 " used up",
				  config->budget);
	case OCRE__STOP_TIMEOUT:
		return ocre__fail(OCRE__EXIT_LIMIT, "timeout of %s reached",
				  ocre__format_duration(config->timeout_ns, text));
	case OCRE__STOP_SIGNAL:
		return 128 + loop->setup->caught_signal();
	}
	return OCRE__EXIT_ERROR;
}

void ocre__report_stats(const struct ocre__loop *loop, const struct ocre_mem *mem)
{
	uint64_t ns = ocre__now(loop->setup) - loop->begin_ns;
	char size[OCRE__UNIT_TEXT];
	char time[OCRE__UNIT_TEXT];

	fprintf(stderr,
		"ocre: budget used: %" PRIu64 "\n"
		"ocre: peak memory: %zu bytes (%s)\n"
		"ocre: time: %s\n"
		"ocre: parks: %" PRIu64 "\n",
		loop->used, mem->peak, ocre__format_size(mem->peak, size),
		ocre__format_duration(ns, time), loop->parks);
}
