/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - arguments, environment, clocks, random bytes, and how a program ends.
 */
#include <string.h>

#include "internal.h"

/* ---- arguments and environment ---- */

static int get_strings(struct ocre_call *call, const struct ocre__wasi_strings *strings)
{
	uint32_t list = ocre_arg_u32(call, 0);
	uint32_t data = ocre_arg_u32(call, 1);
	uint32_t offset = 0;
	uint32_t i;
	uint8_t *at;

	if (!ocre__wasi_in_memory(call, list, (uint64_t)strings->count * 4) ||
	    !ocre__wasi_in_memory(call, data, strings->size)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	at = (uint8_t *)ocre_call_memory(call, list, strings->count * 4);
	if (at == NULL) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	for (i = 0; i < strings->count; i++) {
		ocre_put_u32(at + i * 4, data + offset);
		offset += (uint32_t)strlen(strings->data + offset) + 1;
	}
	if (strings->size > 0) {
		at = (uint8_t *)ocre_call_memory(call, data, strings->size);
		if (at == NULL) {
			return ocre__wasi_return(call, WASI_EFAULT);
		}
		memcpy(at, strings->data, strings->size);
	}
	call->charge = strings->size / 64;
	return ocre__wasi_return(call, WASI_OK);
}

static int get_sizes(struct ocre_call *call, const struct ocre__wasi_strings *strings)
{
	unsigned int error;

	if (!ocre__wasi_in_memory(call, ocre_arg_u32(call, 1), 4)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	error = ocre__wasi_put_u32(call, ocre_arg_u32(call, 0), strings->count);
	if (error == WASI_OK) {
		error = ocre__wasi_put_u32(call, ocre_arg_u32(call, 1), strings->size);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_args_get(struct ocre_call *call)
{
	return get_strings(call, &ocre__wasi_of(call)->args);
}

int ocre__wasi_args_sizes_get(struct ocre_call *call)
{
	return get_sizes(call, &ocre__wasi_of(call)->args);
}

int ocre__wasi_environ_get(struct ocre_call *call)
{
	return get_strings(call, &ocre__wasi_of(call)->env);
}

int ocre__wasi_environ_sizes_get(struct ocre_call *call)
{
	return get_sizes(call, &ocre__wasi_of(call)->env);
}

/* ---- clocks ---- */

/* WASI's clock ids are the numbers of enum ocre_port_clock. */
static int read_clock(struct ocre_call *call, uint32_t result,
		      int (*read)(void *, enum ocre_port_clock, uint64_t *))
{
	uint32_t id = ocre_arg_u32(call, 0);
	uint64_t ns = 0;
	int rc;

	if (id > OCRE_CLOCK_THREAD) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	rc = read(ocre__wasi_of(call)->port->ctx, (enum ocre_port_clock)id, &ns);
	if (rc != 0) {
		return ocre__wasi_return(call, ocre__wasi_errno(rc));
	}
	return ocre__wasi_return(call, ocre__wasi_put_u64(call, result, ns));
}

int ocre__wasi_clock_res_get(struct ocre_call *call)
{
	return read_clock(call, ocre_arg_u32(call, 1),
			  ocre__wasi_of(call)->port->ops->clock_resolution);
}

int ocre__wasi_clock_time_get(struct ocre_call *call)
{
	/* The precision that the guest asks for is a hint; it gets the best there is. */
	return read_clock(call, ocre_arg_u32(call, 2), ocre__wasi_of(call)->port->ops->clock_now);
}

/* ---- the end ---- */

int ocre__wasi_proc_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	return OCRE_HOST_EXIT;
}

/*
 * No signal handlers exist here, so a signal does what it does to a program without any: nothing,
 * or the end with the status that a shell would show.
 */
int ocre__wasi_proc_raise(struct ocre_call *call)
{
	enum {
		CHLD = 16,
		CONT = 17,
		STOP = 18,
		TSTP = 19,
		TTIN = 20,
		TTOU = 21,
		URG = 22
	};
	enum {
		WINCH = 27,
		LAST = 30
	};
	uint32_t signal = ocre_arg_u32(call, 0);

	if (signal > LAST) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	switch (signal) {
	case 0:
	case CHLD:
	case CONT:
	case URG:
	case WINCH:
		return ocre__wasi_return(call, WASI_OK);
	case STOP:
	case TSTP:
	case TTIN:
	case TTOU:
		return ocre__wasi_return(call, WASI_ENOTSUP);
	default:
		call->exit_code = 128 + signal;
		return OCRE_HOST_EXIT;
	}
}

int ocre__wasi_sched_yield(struct ocre_call *call)
{
	if (!call->resumed) {
		return ocre__wasi_park_now(call);
	}
	return ocre__wasi_return(call, WASI_OK);
}

/* ---- random bytes; record: how many are there already ---- */

int ocre__wasi_random_get(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint32_t addr = ocre_arg_u32(call, 0);
	uint32_t size = ocre_arg_u32(call, 1);
	uint32_t done = (uint32_t)call->record->word[0];
	uint32_t moved = 0;

	if (!ocre__wasi_in_memory(call, addr, size)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	while (done < size) {
		uint32_t step = size - done < WASI_MOVE_STEP ? size - done : WASI_MOVE_STEP;
		void *at = ocre_call_memory(call, addr + done, step);
		int rc;

		if (at == NULL) {
			return ocre__wasi_return(call, WASI_EFAULT);
		}
		rc = port->ops->random(port->ctx, at, step);
		if (rc != 0) {
			return ocre__wasi_return(call, ocre__wasi_errno(rc));
		}
		done += step;
		moved += step;
		if (moved >= WASI_MOVE_MAX && done < size) {
			call->record->word[0] = done;
			return ocre__wasi_park_now(call);
		}
	}
	call->charge = size / 64;
	return ocre__wasi_return(call, WASI_OK);
}
