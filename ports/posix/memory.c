/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - linear memory with an MMU: the address space of the largest size is reserved at once,
 * and pages become usable when the engine says so. What a guest does not touch costs nothing.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ocre/engine.h>
#include <ocre/port_posix.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* `max` as a mapping has it: whole pages, at least one. 0 when there is no such size. */
static size_t mapping_size(size_t max)
{
	size_t page = page_size();

	if (max > SIZE_MAX - page) {
		return 0;
	}
	return max == 0 ? page : (max + page - 1) / page * page;
}

static void *reserve(void *ctx, size_t max)
{
	size_t size = mapping_size(max);
	void *base;

	(void)ctx;
	if (size == 0) {
		return NULL;
	}
	base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return base == MAP_FAILED ? NULL : base;
}

static bool commit(void *ctx, void *base, size_t from, size_t to)
{
	size_t page = page_size();
	size_t begin = from / page * page;

	(void)ctx;
	if (to <= from) {
		return true;
	}
	return mprotect((char *)base + begin, to - begin, PROT_READ | PROT_WRITE) == 0;
}

static void release(void *ctx, void *base, size_t max)
{
	(void)ctx;
	munmap(base, mapping_size(max));
}

const struct ocre_memory_ops ocre_memory_posix = {reserve, commit, release, NULL};
