/* SPDX-License-Identifier: Apache-2.0 */
/* ram_flash.c - see ram_flash.h. */
#include "ram_flash.h"

#include <string.h>

#define ERASE_SIZE 512u

static _Alignas(8) uint8_t memory[28 * ERASE_SIZE];

static int ram_read(void *ctx, uint32_t offset, void *data, uint32_t size)
{
	(void)ctx;
	memcpy(data, memory + offset, size);
	return 0;
}

static int ram_program(void *ctx, uint32_t offset, const void *data, uint32_t size)
{
	(void)ctx;
	memcpy(memory + offset, data, size);
	return 0;
}

static int ram_erase(void *ctx, uint32_t offset)
{
	(void)ctx;
	memset(memory + offset, 0xff, ERASE_SIZE);
	return 0;
}

const struct ocre_flash ram_flash = {
	.read = ram_read,
	.program = ram_program,
	.erase = ram_erase,
	.base = memory,
	.size = sizeof(memory),
	.erase_size = ERASE_SIZE,
	.program_unit = 4,
	.journal_size = 4 * ERASE_SIZE,
	.journals = 2,
	.erased = 0xff,
};
